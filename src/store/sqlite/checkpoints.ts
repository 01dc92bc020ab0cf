import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { sizeOf } from './files.ts';

/** How long the write-ahead log of a ledger may become, and for how long it may be read from. */
export interface LogLimits {
  /** A log of more bytes is emptied as soon as nobody reads from it. */
  readonly emptiedFromBytes: number;
  /** Where snapshots keep more bytes from being emptied, the oldest one is ended. */
  readonly mostBytes: number;
  /** A snapshot that is younger than so many milliseconds is never ended. */
  readonly endedFromMs: number;
  /** How often the log is looked at, in milliseconds. */
  readonly everyMs: number;
}

const MEBIBYTE = 1024 ** 2;

export const LOG_LIMITS: LogLimits = {
  emptiedFromBytes: 16 * MEBIBYTE,
  mostBytes: 1024 * MEBIBYTE,
  endedFromMs: 60_000,
  everyMs: 1000,
};

const PAGE_BYTES = 4096;
const THREAD = new URL(`./checkpoint-thread${extname(import.meta.url)}`, import.meta.url);

/** What a checkpoint leaves: pages in the log, and how many of them are in the ledger's file too. */
interface LogState {
  readonly log: number;
  readonly checkpointed: number;
}

/** What the checkpoints of a ledger ask of its store. */
interface LogOwner {
  /** Runs an action while this process does not write. */
  readonly whileNotWriting: <Result>(action: () => Promise<Result>) => Promise<Result>;
  /** Called while snapshots keep more of the log from being emptied than there may be. */
  readonly onHeldUp: () => void;
}

/**
 * Keeps the write-ahead log of a ledger short, on a thread of its own. SQLite would bring it into the ledger's file within
 * a commit, on the event loop (measured: 0.6 s for the 330 MiB that a slow download had kept there), and never make the
 * log itself shorter.
 */
export class Checkpoints {
  readonly #file: string;
  readonly #limits: LogLimits;
  readonly #owner: LogOwner;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | undefined;
  #isHeldUp = false;

  constructor(file: string, limits: LogLimits, owner: LogOwner) {
    this.#file = file;
    this.#limits = limits;
    this.#owner = owner;
    this.#timer = setInterval(() => this.#look(), limits.everyMs).unref();
  }

  /** To be told of each commit. Where the log could not be emptied, the next attempt is left to the timer. */
  noteCommit(): void {
    if (!this.#isHeldUp) this.#look();
  }

  #look(): void {
    this.#running ??= this.#shorten()
      // A full disk, say: whoever writes is told, and the next look tries again.
      .catch(() => undefined)
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Most of the work is done beside writes; they wait only while the log is emptied. */
  async #shorten(): Promise<void> {
    this.#isHeldUp = (sizeOf(`${this.#file}-wal`) ?? 0) > this.#limits.emptiedFromBytes;
    if (!this.#isHeldUp) return;
    const worker = new Worker(THREAD, { workerData: this.#file });
    const checkpoint = async (mode: 'passive' | 'truncate'): Promise<LogState> => {
      worker.postMessage(mode);
      const [state] = (await once(worker, 'message')) as [LogState];
      return state;
    };
    try {
      let { log, checkpointed } = await checkpoint('passive');
      if (log === checkpointed)
        ({ log, checkpointed } = await this.#owner.whileNotWriting(() => checkpoint('truncate')));
      this.#isHeldUp = log > 0;
      if (checkpointed < log && log * PAGE_BYTES > this.#limits.mostBytes) this.#owner.onHeldUp();
    } finally {
      await worker.terminate();
    }
  }

  /** Ends when a checkpoint that is under way does. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}
