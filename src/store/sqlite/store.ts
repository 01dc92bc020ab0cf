import { EventEmitter } from 'node:events';
import { dirname, join } from 'node:path';
import type { LedgerClock } from '../clock.ts';
import { CLOCK_TOLERANCE_MS } from '../clock.ts';
import { SharedQuestion } from '../shared-question.ts';
import { openSnapshot, openTransaction } from '../snapshot.ts';
import type {
  DatasetVersion,
  Scratch,
  Snapshot,
  Store,
  StoreEvents,
  Transaction,
  WriteOptions,
} from '../store.ts';
import { timed } from '../store-events.ts';
import { WriteQueue } from '../write-queue.ts';
import { untilFree } from './busy.ts';
import type { LogLimits } from './checkpoints.ts';
import { Checkpoints } from './checkpoints.ts';
import { Connection } from './connection.ts';
import { openForReading, openForWriting } from './database.ts';
import { DIALECT } from './dialect.ts';
import { sqliteFailureOf } from './failures.ts';
import { FULL_TEXT } from './full-text.ts';
import { isLocked, whileLocked } from './locks.ts';
import { ReadPool } from './read-pool.ts';
import { acceptClock, readClock, takeRecordedAt } from './recorded-at.ts';
import { filesIn } from './scratch.ts';

const TIMEOUT_MS = 20_000;
const SCRATCH_DIRECTORY = 'imports';
/** For the one row that has the version. */
const VERSION_CACHE_KIB = 64;

export interface SqliteStoreOptions {
  readonly now?: (() => Date) | undefined;
  readonly clockToleranceMs?: number | undefined;
  /** Called when it is closed. */
  readonly onClosed?: () => void;
  /** Whether what is committed outlasts a power cut. */
  readonly durable?: boolean;
  /** How its write-ahead log is kept short; without it SQLite does so in its own way, within commits. */
  readonly logLimits?: LogLimits;
}

interface HeldSnapshot {
  readonly connection: Connection;
  readonly end: (because?: string) => void;
  /** When it began, in the milliseconds of `performance.now()`. */
  readonly since: number;
}

/** The port over a ledger's file: one connection writes, in a queue; others read. */
export class SqliteStore implements Store {
  readonly engine = 'sqlite';
  readonly dialect = DIALECT;
  readonly search = FULL_TEXT;
  readonly events = new EventEmitter<StoreEvents>();
  readonly location: string;
  readonly scratch: Scratch;
  readonly clockToleranceMs: number;
  /** The one connection that writes. */
  readonly writing: Connection;
  readonly #file: string;
  readonly #isDurable: boolean;
  readonly #now: () => Date;
  readonly #onClosed: () => void;
  readonly #queue = new WriteQueue();
  readonly #pool: ReadPool;
  /** The oldest first. */
  readonly #held = new Set<HeldSnapshot>();
  readonly #checkpoints: Checkpoints | undefined;
  readonly #version = new SharedQuestion(async () => {
    if (this.#isClosed) throw new Error('the store is closed');
    this.#asking ??= new Connection(openForReading(this.#file, VERSION_CACHE_KIB));
    return this.#asking.datasetVersion();
  });
  /** Asks for the version of now, outside of any snapshot. */
  #asking: Connection | undefined;
  #isClosed = false;

  /** @throws StorageError `runtimeTooOld`, `cannotOpen`, `foreignDatabase` (the file is left untouched) */
  constructor(
    file: string,
    {
      now = () => new Date(),
      clockToleranceMs = CLOCK_TOLERANCE_MS,
      onClosed = () => undefined,
      durable = true,
      logLimits,
    }: SqliteStoreOptions = {},
  ) {
    this.#file = file;
    this.location = dirname(file);
    this.scratch = filesIn(join(this.location, SCRATCH_DIRECTORY));
    this.writing = new Connection(openForWriting(file, durable));
    this.#isDurable = durable;
    this.#now = now;
    this.clockToleranceMs = clockToleranceMs;
    this.#onClosed = onClosed;
    this.#pool = new ReadPool(file);
    if (logLimits === undefined) return;
    this.writing.sqlite.pragma('wal_autocheckpoint = 0');
    this.#checkpoints = new Checkpoints(file, logLimits, {
      whileNotWriting: (action) => this.#queue.inTurn(action, TIMEOUT_MS),
      onHeldUp: () => this.#endOldest(logLimits.endedFromMs),
    });
  }

  readonly snapshot: Store['snapshot'] = timed<Snapshot, unknown>(this.events, 'snapshot', async (use) => {
    const { connection, version } = this.#pool.begin();
    const { view, end } = openSnapshot(connection, version);
    const held: HeldSnapshot = { connection, end, since: performance.now() };
    this.#held.add(held);
    try {
      return await use(view);
    } finally {
      if (this.#held.delete(held)) {
        end();
        this.#pool.end(connection);
      }
    }
  });

  /** Ends the oldest snapshot where it is old enough. Its connection goes with it: whatever still reads on it fails. */
  #endOldest(endedFromMs: number): void {
    const [oldest] = this.#held;
    if (oldest === undefined || performance.now() - oldest.since < endedFromMs) return;
    this.#held.delete(oldest);
    oldest.end(
      'this snapshot of the ledger has ended: it kept the write-ahead log from being emptied for too long',
    );
    oldest.connection.close();
    this.#pool.end(oldest.connection);
  }

  readonly write: Store['write'] = timed<Transaction, WriteOptions>(
    this.events,
    'write',
    (action, { timeoutMs = TIMEOUT_MS, durable = true } = {}) =>
      this.#queue.inTurn(async (leftMs) => {
        if (durable || !this.#isDurable) return this.#writeNow(action, leftMs);
        const { sqlite } = this.writing;
        sqlite.pragma('synchronous = NORMAL');
        try {
          return await this.#writeNow(action, leftMs);
        } finally {
          sqlite.pragma('synchronous = FULL');
        }
      }, timeoutMs),
  );

  async #writeNow<Result>(
    action: (transaction: Transaction) => Promise<Result>,
    timeoutMs: number,
  ): Promise<Result> {
    const { writing } = this;
    await untilFree(() => writing.run('begin immediate'), timeoutMs);
    const { view, end } = openTransaction(writing, writing.datasetVersion(), () =>
      takeRecordedAt(writing, this.#now(), this.clockToleranceMs),
    );
    let result: Result;
    try {
      result = await action(view);
      writing.run('commit');
    } catch (error) {
      if (writing.sqlite.inTransaction) writing.run('rollback');
      throw error;
    } finally {
      end();
    }
    this.#checkpoints?.noteCommit();
    return result;
  }

  version(): Promise<DatasetVersion> {
    return this.#version.ask();
  }

  readonly exclusive: Store['exclusive'] = (name, action, { timeoutMs = TIMEOUT_MS } = {}) =>
    whileLocked(this.location, name, action, timeoutMs);

  isUnderWay(name: string): Promise<boolean> {
    return isLocked(this.location, name);
  }

  async clock(): Promise<LedgerClock> {
    const { connection } = this.#pool.begin();
    try {
      return readClock(connection.sqlite, this.#now(), this.clockToleranceMs);
    } finally {
      this.#pool.end(connection);
    }
  }

  acceptClock(reason: string): Promise<void> {
    return this.write(async () => acceptClock(this.writing, this.#now(), this.clockToleranceMs, reason));
  }

  failureOf(error: unknown): ReturnType<Store['failureOf']> {
    return sqliteFailureOf(error);
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#checkpoints?.close();
    this.#pool.close();
    this.#asking?.close();
    this.writing.close();
    this.#onClosed();
  }
}
