import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';
import type { FetchProgress } from './fetching.ts';

export interface ProgressDisplay {
  readonly show: (progress: FetchProgress) => void;
  /** A line that stays. */
  readonly note: (line: string) => void;
  readonly end: () => void;
}

/** A progress bar on a terminal; elsewhere only the notes, so that logs stay readable. */
export function createProgress(
  stream: Pick<WriteStream, 'isTTY' | 'write'> & NodeJS.WritableStream,
): ProgressDisplay {
  const note = (line: string): void => void stream.write(`${line}\n`);
  if (!stream.isTTY) return { show: () => undefined, note, end: () => undefined };
  const bar = new SingleBar(
    {
      stream,
      format: 'fetching rates {bar} {percentage}% | {quotations} rates',
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  let started = false;
  const end = (): void => {
    if (started) bar.stop();
    started = false;
  };
  return {
    show: ({ receivedBytes, totalBytes, quotations }) => {
      const total = totalBytes ?? Math.max(receivedBytes, 1);
      if (!started) bar.start(total, 0, { quotations });
      started = true;
      bar.setTotal(total);
      bar.update(receivedBytes, { quotations });
    },
    note: (line) => {
      end();
      note(line);
    },
    end,
  };
}
