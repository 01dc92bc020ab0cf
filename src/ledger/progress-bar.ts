import type { WriteStream } from 'node:tty';
import { Presets, SingleBar } from 'cli-progress';

export type Terminal = Pick<WriteStream, 'isTTY' | 'write'> & NodeJS.WritableStream;

export interface ProgressBar {
  /** @param total grows with the value where it is null */
  readonly show: (value: number, total: number | null, words?: Readonly<Record<string, unknown>>) => void;
  readonly note: (line: string) => void;
  readonly end: () => void;
}

/**
 * A progress bar on a terminal; elsewhere only its notes, so that logs stay readable.
 * @param format with `{bar}`, `{percentage}`, `{value}`, `{total}` and the words that are shown
 */
export function createProgressBar(format: string, stream: Terminal = process.stderr): ProgressBar {
  const note = (line: string): void => void stream.write(`${line}\n`);
  if (!stream.isTTY) return { show: () => undefined, note, end: () => undefined };
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
    show: (value, total, words = {}) => {
      const most = total ?? Math.max(value, 1);
      if (!started) bar.start(most, 0, words);
      started = true;
      bar.setTotal(most);
      bar.update(value, words);
    },
    note: (line) => {
      end();
      note(line);
    },
    end,
  };
}
