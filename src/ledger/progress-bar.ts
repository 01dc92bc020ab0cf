import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

type Terminal = Pick<WriteStream, 'isTTY' | 'write'> & NodeJS.WritableStream;

/**
 * A progress bar on a terminal; elsewhere only its notes, so that logs stay readable.
 * @param format with `{bar}`, `{percentage}`, `{value}`, `{total}` and the words that are shown
 */
export function createProgressBar(format: string, stream: Terminal = process.stderr) {
  const bar = new SingleBar(
    { stream, format, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  let started = false;
  const end = (): void => {
    if (started) bar.stop();
    started = false;
  };
  return {
    /** @param total grows with the value where it is null */
    show: (value: number, total: number | null, words: Readonly<Record<string, unknown>> = {}): void => {
      if (!stream.isTTY) return;
      const most = total ?? Math.max(value, 1);
      if (!started) bar.start(most, 0, words);
      started = true;
      bar.setTotal(most);
      bar.update(value, words);
    },
    /** Writes a line that stays. */
    note: (line: string): void => {
      end();
      stream.write(`${line}\n`);
    },
    end,
  };
}
