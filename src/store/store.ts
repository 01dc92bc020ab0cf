import type { EventEmitter } from 'node:events';
import type { SQL } from 'drizzle-orm';
import type { BaseSQLiteDatabase, SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { LedgerClock } from './clock.ts';
import type { StorageFailure } from './failures.ts';
import type { FullText } from './full-text.ts';
import type { QueryReader } from './query.ts';
import type { RecordQuery } from './record-query.ts';

/*
 * The port to the database: all that the rest of the service knows of it. Every call is asynchronous, and reads exist
 * only inside a snapshot, so that an answer's data and its version are of one moment.
 */

/** Names the ledger's content: a counter of writes, a hyphen, a digest of all that was written; `0-empty` before any. */
export type DatasetVersion = string;

/** The handful of places where engines want other SQL for the same. */
export interface Dialect {
  /** A column's value, for a condition that no index of the column shall be taken for. */
  withoutIndex(column: SQLiteColumn): SQL;
  /** Holds where a column's value, or that of an expression of texts, stands in a list that is bound as one value: the JSON text of an array. */
  isListed(column: SQLiteColumn | SQL, list: unknown): SQL;
  /** What a column of JSON objects holds under a key: a text as it is, anything else as JSON; null where it is null. */
  jsonText(column: SQLiteColumn, key: string): SQL;
  /**
   * Rows that are bound as one value, the JSON text of an array of arrays, under the name of a table and of some of its
   * columns, so that a condition on these can be asked of them; `place` is the position of each.
   */
  listedRows(table: SQLiteTable, columns: readonly SQLiteColumn[], rows: unknown): SQL;
  /**
   * Whether indexes are chosen by what statistics say of the values. Then no condition is to be hidden from an index, and
   * each of several ranges that are merged is to be told how few of its rows are wanted.
   */
  readonly plansByStatistics: boolean;
}

/** Queries that read; always awaited. */
export interface Reader extends QueryReader {
  /** The sequences of a page's records, in the page's order; as fast in a ledger of any size. */
  pageSequences(query: RecordQuery): Promise<readonly number[]>;
  readonly dialect: Dialect;
  readonly search: FullText;
}

/** Queries that write; always awaited, inside a transaction. */
export type QueryWriter = Pick<BaseSQLiteDatabase<'async', unknown>, 'insert' | 'update' | 'delete'>;

export interface Writer extends QueryWriter {
  /** Inserts rows that all have the same columns, the fastest way the engine knows: hundreds at a time, not thousands. */
  insertRows<Table extends SQLiteTable>(table: Table, rows: readonly Table['$inferInsert'][]): Promise<void>;
}

/** The ledger as it stood at one moment: what is written later is not in it. */
export interface Snapshot extends Reader {
  /** Of a transaction, that from before its writes. */
  readonly version: DatasetVersion;
}

/** The one write that is under way; what it has written is seen by its own reads. */
export interface Transaction extends Snapshot, Writer {
  /**
   * ISO 8601 time in UTC with milliseconds under which this write is recorded: taken under the lock, and never before
   * an earlier write's, though the clock may have gone back.
   * @throws StorageError `clockBehindLedger` where it has gone back by more than the tolerance
   */
  readonly recordedAt: string;
}

export interface SnapshotOptions {
  /**
   * The snapshot is of this version or a later one, and may be a replica's. Without it, it has all that was committed before
   * it began, also what makes no version: keys, jobs.
   */
  readonly atLeast?: DatasetVersion;
}

/** A server that the ledger is read from. */
export interface ServerState {
  readonly role: 'primary' | 'replica';
  /** `primary`, `replica-1`, ... in the order of the settings; never an address. */
  readonly name: string;
  /** `lagging` by more than the limit, or `failing`: nothing is read from it until it is `ready` again. */
  readonly state: 'ready' | 'lagging' | 'failing';
  /** For how long it has lacked what the primary is known to have; null of the primary, and before it has answered. */
  readonly lagSeconds: number | null;
  /** Those that read: open ones, those of them that are idle, and requests that wait for one. */
  readonly connections: { readonly open: number; readonly idle: number; readonly waiting: number };
}

/** What a store tells whoever listens, as it happens in this process. */
export interface StoreEvents {
  /** How long a read or write waited to begin, and how long it took from there, in milliseconds; null of what never began. */
  used: [name: 'snapshot' | 'write', waitedMs: number, heldMs: number | null];
  /** A server is left out, with the reason, or is back. */
  server: [name: ServerState['name'], reason: string | null];
}

export interface WaitOptions {
  /** How long to wait while others write, in milliseconds. */
  readonly timeoutMs?: number;
}

export interface WriteOptions extends WaitOptions {
  /** Whether what is committed outlasts a power cut; by default it does. Not asked for what can be done again. */
  readonly durable?: boolean;
}

/** Files that are kept for a while, for every process of the ledger; no part of its content. Names are like those of locks. */
export interface Scratch {
  /** Writes a file of a name that there is none of. One that was not written whole is there as well, until it is removed. */
  write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** A file's bytes, in chunks of `CHUNK_BYTES` at most; what is not read before the next are asked for may be gone. */
  read(name: string): AsyncIterable<Uint8Array>;
  /** Removes a file; one that is not there is none to remove. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** How often something has come, this time included, and when it is counted from the beginning again. */
export interface Counted {
  readonly count: number;
  readonly endsInMs: number;
}

export interface Store {
  readonly engine: 'sqlite' | 'postgres';
  /** Reads from one state of the ledger, for as long as `use` runs. While it is held, old states pile up: not for long. */
  snapshot<Result>(use: (read: Snapshot) => Promise<Result>, options?: SnapshotOptions): Promise<Result>;
  /**
   * Writes, one at a time in all processes: committed when `action` resolves, rolled back when it rejects.
   * @throws what `action` throws; what `failureOf` names, `ledgerBusy` where others write for longer than the timeout
   */
  write<Result>(
    action: (transaction: Transaction) => Promise<Result>,
    options?: WriteOptions,
  ): Promise<Result>;
  /**
   * The version of now; asked once, with one promise, for all that wait for it in the same turn of the event loop. Where
   * the primary cannot be reached, the newest that a replica has: `servers` says so.
   * @param options.atLeast number of a version that somebody has seen: an older one is not given from memory
   */
  version(options?: { readonly atLeast?: number }): Promise<DatasetVersion>;
  /** The servers that are read from, the primary first, as they were last seen; asks none of them. Only of engines with servers. */
  servers?(): readonly ServerState[];
  readonly events: EventEmitter<StoreEvents>;
  /**
   * Runs an action while nobody else, in any process, runs one of that name. A process that dies lets go.
   * @param name letters, digits, `-`, `.`
   * @throws what `action` throws; what `failureOf` names `ledgerBusy` where others do not end within the timeout: of 0,
   *   at once
   */
  exclusive<Result>(name: string, action: () => Promise<Result>, options?: WaitOptions): Promise<Result>;
  /** Whether an action of that name is under way, in any process. */
  isUnderWay(name: string): Promise<boolean>;
  /** How the clock stands to what is recorded. */
  clock(): Promise<LedgerClock>;
  /**
   * Lets writes go on although the clock is behind what is recorded. What is recorded stays; the reason is kept.
   * @throws StorageError `clockNotBehind`
   */
  acceptClock(reason: string): Promise<void>;
  /** What an error of the database means for whoever asked; null for any other error. */
  failureOf(error: unknown): StorageFailure | null;
  readonly dialect: Dialect;
  readonly search: FullText;
  /** What another thread or process opens the same ledger by; never shown, for it may hold a password. */
  readonly location: string;
  readonly scratch: Scratch;
  /**
   * Counts, with all other processes, how often something comes within a span that begins with its first time. Only of
   * engines with servers. A count may be lost; whoever asks can do without.
   * @param name at most 255 characters
   */
  count?(name: string, spanMs: number): Promise<Counted>;
  /** How far the clock may be behind what is recorded, in milliseconds. */
  readonly clockToleranceMs: number;
  close(): Promise<void>;
}

/** A store that is ready for use, and what there was to do for it. */
export interface PreparedStore<Opened extends Store, Result> {
  readonly store: Opened;
  /** Where it is, for people: the path of its file, or the address of its database without the password. */
  readonly place: string;
  /** Whether there was none before. */
  readonly isNew: boolean;
  /** How many migrations were applied. */
  readonly migrated: number;
  readonly prepared: Result;
}
