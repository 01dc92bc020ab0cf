import type { Logger } from 'pino';
import { pino } from 'pino';

/** What a pipe takes in one piece (Linux, `PIPE_BUF`): lines of several processes on one pipe stay whole. */
const LONGEST_SHARED_WRITE = 4096;
const LONGEST_WRITE = 65_536;
const LONGEST_DELAY_MS = 100;

/**
 * The log of the process, JSON lines on its standard output. Lines are written several at once, since a write for each
 * is a good part of the cost of a short answer: none waits longer than 100 ms, and none is lost when the process ends by itself, by a
 * signal that it handles or by an error. A line of `fatal` is written at once.
 * @param isShared whether other processes log to the same output
 */
export function createLog(level: string, isShared = true): Logger {
  const longest = isShared ? LONGEST_SHARED_WRITE : LONGEST_WRITE;
  const output = pino.destination({ fd: 1, sync: true });
  let lines = '';
  let bytes = 0;
  let delay: NodeJS.Timeout | undefined;
  const flushSync = (): void => {
    clearTimeout(delay);
    delay = undefined;
    if (lines === '') return;
    const text = lines;
    lines = '';
    bytes = 0;
    output.write(text);
  };
  const write = (line: string): void => {
    const added = Buffer.byteLength(line);
    if (bytes + added > longest) flushSync();
    lines += line;
    bytes += added;
    // What is left is written when the process ends: it need not wait for that.
    delay ??= setTimeout(flushSync, LONGEST_DELAY_MS).unref();
  };
  process.on('exit', flushSync);
  return pino({ level }, { write, flushSync } as { write: typeof write });
}
