import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LedgerClock } from '../clock.ts';
import { CLOCK_TOLERANCE_MS, nextRecordedAt, notedAsAccepted, notedWith } from '../clock.ts';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import { openSnapshot, openTransaction } from '../snapshot.ts';
import type { DatasetVersion, Store, Transaction } from '../store.ts';
import { WriteQueue } from '../write-queue.ts';
import { connect, shownAddress } from './client.ts';
import type { Connection } from './connection.ts';
import { CompiledQueries } from './connection.ts';
import { DIALECT } from './dialect.ts';
import { postgresFailureOf } from './failures.ts';
import { FULL_TEXT } from './full-text.ts';
import { Link } from './link.ts';
import { CHANNEL, Listener } from './listener.ts';
import type { HeldLock } from './locks.ts';
import { heldLocks, IS_LOCKED, refuseWithout, WRITE_LOCK, whileLocked } from './locks.ts';
import { migrate } from './migrate.ts';
import { ReadPool } from './read-pool.ts';
import type { State } from './recorded-at.ts';
import { readState } from './recorded-at.ts';

const TIMEOUT_MS = 20_000;
const READ_CONNECTIONS = 10;
/** None: what takes out a whole ledger's records is one statement. Whoever writes is seen by all who wait. */
const WRITE_STATEMENT_TIMEOUT_MS = 0;
const VERSION = "select value from ledger_state where key = 'datasetVersion'";
const NOTE = `insert into ledger_state (key, value) select key, value from jsonb_each_text($1::jsonb)
  on conflict (key) do update set value = excluded.value`;
const TELL = `select value, case when value <> $1 then pg_notify('${CHANNEL}', $2 || ' ' || value) end
  from ledger_state where key = 'datasetVersion'`;

export interface PostgresStoreOptions {
  /** In place of the server's clock; for tests. */
  readonly now?: (() => Date) | undefined;
  readonly clockToleranceMs?: number | undefined;
  /** Connections that read, at most. */
  readonly readConnections?: number | undefined;
}

/** The port over a PostgreSQL database. A connection writes, another asks for the version, others read. */
export class PostgresStore implements Store {
  readonly engine = 'postgres';
  readonly dialect = DIALECT;
  readonly search = FULL_TEXT;
  readonly location: string;
  readonly filesDirectory: string;
  readonly clockToleranceMs: number;
  readonly #now: (() => Date) | undefined;
  readonly #queue = new WriteQueue();
  readonly #compiled = new CompiledQueries();
  readonly #reads: ReadPool;
  readonly #writing: Link;
  readonly #asking: Link;
  readonly #listeners = new Set<(version: DatasetVersion) => void>();
  readonly #id = randomUUID();
  #listener: Listener | undefined;
  #nextVersion: Promise<DatasetVersion> | undefined;
  #sentVersion: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param url `postgres://user:password@host:port/database`; nothing is connected yet */
  constructor(
    url: string,
    {
      now,
      clockToleranceMs = CLOCK_TOLERANCE_MS,
      readConnections = READ_CONNECTIONS,
    }: PostgresStoreOptions = {},
  ) {
    this.location = url;
    this.filesDirectory = join(
      tmpdir(),
      `forecast-ledger-${createHash('sha256').update(shownAddress(url)).digest('hex').slice(0, 16)}`,
    );
    this.#now = now;
    this.clockToleranceMs = clockToleranceMs;
    this.#reads = new ReadPool(url, readConnections, this.#compiled);
    this.#writing = new Link(() => connect(url, WRITE_STATEMENT_TIMEOUT_MS), this.#compiled);
    this.#asking = new Link(() => connect(url), this.#compiled);
  }

  /** Brings the database to the schema of this code; gives how many migrations were applied. */
  migrate(): Promise<number> {
    return this.#writing.use(migrate);
  }

  readonly snapshot: Store['snapshot'] = async (use) => {
    const { connection, version } = await this.#reads.begin();
    const { view, end } = openSnapshot(connection, version);
    try {
      return await use(view);
    } finally {
      end();
      this.#reads.end(connection);
    }
  };

  readonly write: Store['write'] = (action, { timeoutMs = TIMEOUT_MS, durable = true } = {}) => {
    const locks = heldLocks(this.location);
    return this.#queue.inTurn(async (leftMs) => {
      if (this.#isClosed) throw new Error('the store is closed');
      const { result, before, after } = await this.#writing.use((connection) =>
        this.#writeNow(connection, action, leftMs, durable, locks),
      );
      if (after !== before) for (const heard of this.#listeners) heard(after);
      return result;
    }, timeoutMs);
  };

  async #writeNow<Result>(
    connection: Connection,
    action: (transaction: Transaction, state: State) => Promise<Result>,
    timeoutMs: number,
    durable: boolean,
    locks: readonly HeldLock[] = [],
  ): Promise<{ readonly result: Result; readonly before: DatasetVersion; readonly after: DatasetVersion }> {
    let end = (): void => undefined;
    try {
      // What is read after the lock is what those before have committed: each statement sees the state of its beginning.
      const state = await this.#state(
        connection,
        `begin isolation level read committed; set local lock_timeout = ${Math.max(1, Math.ceil(timeoutMs))};
        ${durable ? '' : 'set local synchronous_commit = off;'} select pg_advisory_xact_lock(${WRITE_LOCK});`,
      );
      await refuseWithout(locks, connection);
      const { version: before, clock } = state;
      let recordedAt: string | undefined;
      const transaction = openTransaction(connection, before, () => {
        recordedAt = nextRecordedAt(clock);
        return recordedAt;
      });
      end = transaction.end;
      const result = await action(transaction.view, state);
      end();
      if (recordedAt !== undefined) await note(connection, notedWith(recordedAt, clock));
      const [told] = await connection.rows(TELL, [before, this.#id]);
      await connection.run('commit');
      return { result, before, after: (told?.[0] as string | undefined) ?? EMPTY_DATASET_VERSION };
    } catch (error) {
      end();
      // A connection that cannot even take back is closed: another one is opened for the next write.
      await connection.run('rollback').catch(() => connection.close());
      throw error;
    }
  }

  version(): Promise<DatasetVersion> {
    // Asked when everything that arrived in this turn waits for it, and what was sent before is answered: nobody gets one
    // from before it asked, and all that come meanwhile wait for one more question.
    this.#nextVersion ??= this.#sentVersion
      .then(() => nextTurn())
      .then(() => {
        this.#nextVersion = undefined;
        if (this.#isClosed) throw new Error('the store is closed');
        const sent = this.#asking.use((connection) => connection.rows(VERSION, [], 'version'));
        this.#sentVersion = sent.catch(() => undefined);
        return sent.then(([row]) => (row?.[0] as string | undefined) ?? EMPTY_DATASET_VERSION);
      });
    return this.#nextVersion;
  }

  onChange(heard: (version: DatasetVersion) => void): () => void {
    this.#listeners.add(heard);
    this.#listener ??= new Listener(this.location, (payload) => {
      const [teller, version = ''] = payload.split(' ');
      if (teller !== this.#id) for (const listener of this.#listeners) listener(version);
    });
    return () => void this.#listeners.delete(heard);
  }

  readonly exclusive: Store['exclusive'] = (name, action, { timeoutMs = TIMEOUT_MS } = {}) =>
    whileLocked(this.location, name, action, timeoutMs);

  async isUnderWay(name: string): Promise<boolean> {
    return (await this.#asking.use((connection) => connection.rows(IS_LOCKED, [name]))).length > 0;
  }

  async clock(): Promise<LedgerClock> {
    return (await this.#asking.use((connection) => this.#state(connection))).clock;
  }

  acceptClock(reason: string): Promise<void> {
    return this.#queue.inTurn(async (leftMs) => {
      await this.#writing.use((connection) =>
        this.#writeNow(
          connection,
          (_, { clock }) => note(connection, notedAsAccepted(clock, reason)),
          leftMs,
          true,
        ),
      );
    }, TIMEOUT_MS);
  }

  #state(connection: Connection, before = ''): Promise<State> {
    return readState(connection, { before, now: this.#now, toleranceMs: this.clockToleranceMs });
  }

  failureOf(error: unknown): ReturnType<Store['failureOf']> {
    return postgresFailureOf(error);
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([
      this.#reads.close(),
      this.#writing.close(),
      this.#asking.close(),
      this.#listener?.close(),
    ]);
  }
}

async function note(connection: Connection, values: ReadonlyMap<string, string>): Promise<void> {
  await connection.rows(NOTE, [JSON.stringify(Object.fromEntries(values))]);
}
