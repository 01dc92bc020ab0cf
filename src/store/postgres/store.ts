import { EventEmitter } from 'node:events';
import type { LedgerClock } from '../clock.ts';
import { CLOCK_TOLERANCE_MS, nextRecordedAt, notedAsAccepted, notedWith } from '../clock.ts';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import { openSnapshot, openTransaction } from '../snapshot.ts';
import type {
  DatasetVersion,
  ServerState,
  Snapshot,
  SnapshotOptions,
  Store,
  StoreEvents,
  Transaction,
  WriteOptions,
} from '../store.ts';
import { timed } from '../store-events.ts';
import { WriteQueue } from '../write-queue.ts';
import { connect } from './client.ts';
import type { Connection } from './connection.ts';
import { CompiledQueries } from './connection.ts';
import { Counts } from './counts.ts';
import { DIALECT } from './dialect.ts';
import { postgresFailureOf } from './failures.ts';
import { FULL_TEXT } from './full-text.ts';
import { Link } from './link.ts';
import type { HeldLock } from './locks.ts';
import { heldLocks, IS_LOCKED, refuseWithout, WRITE_LOCK, whileLocked } from './locks.ts';
import { isEmpty, migrate } from './migrate.ts';
import type { State } from './recorded-at.ts';
import { readState } from './recorded-at.ts';
import { TableScratch } from './scratch.ts';
import { Server, VERSION } from './server.ts';
import { Servers } from './servers.ts';

const TIMEOUT_MS = 20_000;
const READ_CONNECTIONS = 10;
const LAG_LIMIT_MS = 10_000;
/** None: what takes out a whole ledger's records is one statement. Whoever writes is seen by all who wait. */
const WRITE_STATEMENT_TIMEOUT_MS = 0;
const NOTE = `insert into ledger_state (key, value) select key, value from jsonb_each_text($1::jsonb)
  on conflict (key) do update set value = excluded.value`;

export interface PostgresStoreOptions {
  /** In place of the server's clock; for tests. */
  readonly now?: (() => Date) | undefined;
  readonly clockToleranceMs?: number | undefined;
  /** Connections that read from one server, at most. */
  readonly readConnections?: number | undefined;
  /** URLs of replicas. */
  readonly readUrls?: readonly string[] | undefined;
  /** How old an answer may be without the primary being asked, in milliseconds. */
  readonly stalenessMs?: number | undefined;
  /** By how much a replica may lag before it is left out, in milliseconds. */
  readonly lagLimitMs?: number | undefined;
}

/** The port over a PostgreSQL database: a connection to the primary writes; another one to each server asks for the version, others read. */
export class PostgresStore implements Store {
  readonly engine = 'postgres';
  readonly dialect = DIALECT;
  readonly search = FULL_TEXT;
  readonly events = new EventEmitter<StoreEvents>();
  readonly location: string;
  readonly scratch: TableScratch;
  readonly #counts: Counts;
  readonly clockToleranceMs: number;
  readonly #now: (() => Date) | undefined;
  readonly #queue = new WriteQueue();
  readonly #compiled = new CompiledQueries();
  readonly #servers: Servers;
  readonly #writing: Link;
  #isClosed = false;

  /** @param url `postgres://user:password@host:port/database`; nothing is connected yet */
  constructor(
    url: string,
    {
      now,
      clockToleranceMs = CLOCK_TOLERANCE_MS,
      readConnections = READ_CONNECTIONS,
      readUrls = [],
      stalenessMs = 0,
      lagLimitMs = LAG_LIMIT_MS,
    }: PostgresStoreOptions = {},
  ) {
    this.location = url;
    this.scratch = new TableScratch(url, this.#compiled);
    this.#counts = new Counts(url, this.#compiled);
    this.#now = now;
    this.clockToleranceMs = clockToleranceMs;
    const server = (role: Server['role'], name: string, address: string, primary?: Server): Server =>
      new Server(
        { role, name, url: address },
        readConnections,
        this.#compiled,
        ({ name }, reason) => void this.events.emit('server', name, reason),
        primary,
      );
    const primary = server('primary', 'primary', url);
    this.#servers = new Servers(
      primary,
      readUrls.map((address, place) => server('replica', `replica-${place + 1}`, address, primary)),
      { stalenessMs, lagLimitMs },
    );
    this.#writing = new Link(async () => {
      const client = await connect(url, WRITE_STATEMENT_TIMEOUT_MS);
      // An import makes a table grow under plans that were right for the small one: they are made for each statement.
      await client.query('set plan_cache_mode = force_custom_plan');
      return client;
    }, this.#compiled);
  }

  /** Brings the database to the schema of this code; gives how many migrations were applied. */
  isEmpty(): Promise<boolean> {
    return this.#writing.use(isEmpty);
  }

  migrate(): Promise<number> {
    return this.#writing.use(migrate);
  }

  readonly snapshot: Store['snapshot'] = timed<Snapshot, SnapshotOptions>(
    this.events,
    'snapshot',
    async (use, { atLeast } = {}) => {
      const begun = await this.#servers.begin(atLeast);
      const { view, end } = openSnapshot(begun.connection, begun.version);
      try {
        return await use(view);
      } finally {
        end();
        begun.end();
      }
    },
  );

  readonly write: Store['write'] = timed<Transaction, WriteOptions>(
    this.events,
    'write',
    (action, { timeoutMs = TIMEOUT_MS, durable = true } = {}) => {
      const locks = heldLocks(this.location);
      return this.#queue.inTurn(async (leftMs) => {
        if (this.#isClosed) throw new Error('the store is closed');
        const { result, after } = await this.#writing.use((connection) =>
          this.#writeNow(connection, action, leftMs, durable, locks),
        );
        this.#servers.note(after);
        return result;
      }, timeoutMs);
    },
  );

  async #writeNow<Result>(
    connection: Connection,
    action: (transaction: Transaction, state: State) => Promise<Result>,
    timeoutMs: number,
    durable: boolean,
    locks: readonly HeldLock[] = [],
  ): Promise<{ readonly result: Result; readonly after: DatasetVersion }> {
    let end = (): void => undefined;
    try {
      // What is read after the lock is what those before have committed: each statement sees the state of its beginning.
      const state = await this.#state(
        connection,
        `begin isolation level read committed; set local lock_timeout = ${Math.max(1, Math.ceil(timeoutMs))};
        ${durable ? '' : 'set local synchronous_commit = off;'} select pg_advisory_xact_lock(${WRITE_LOCK});`,
      );
      await refuseWithout(locks, connection);
      const { version, clock } = state;
      let recordedAt: string | undefined;
      const transaction = openTransaction(connection, version, () => {
        recordedAt = nextRecordedAt(clock);
        return recordedAt;
      });
      end = transaction.end;
      const result = await action(transaction.view, state);
      end();
      if (recordedAt !== undefined) await note(connection, notedWith(recordedAt, clock));
      const [written] = await connection.rows(VERSION, [], 'version');
      await connection.run('commit');
      return { result, after: (written?.[0] as string | undefined) ?? EMPTY_DATASET_VERSION };
    } catch (error) {
      end();
      // A connection that cannot even take back is closed: another one is opened for the next write.
      await connection.run('rollback').catch(() => connection.close());
      throw error;
    }
  }

  version({ atLeast = 0 }: { readonly atLeast?: number } = {}): Promise<DatasetVersion> {
    if (this.#isClosed) return Promise.reject(new Error('the store is closed'));
    return this.#servers.version(atLeast);
  }

  servers(): readonly ServerState[] {
    return this.#servers.states();
  }

  readonly exclusive: Store['exclusive'] = (name, action, { timeoutMs = TIMEOUT_MS } = {}) =>
    whileLocked(this.location, name, action, timeoutMs);

  async isUnderWay(name: string): Promise<boolean> {
    return (await this.#servers.ask((connection) => connection.rows(IS_LOCKED, [name]))).length > 0;
  }

  count(name: string, spanMs: number): ReturnType<NonNullable<Store['count']>> {
    return this.#counts.count(name, spanMs);
  }

  async clock(): Promise<LedgerClock> {
    return (await this.#servers.ask((connection) => this.#state(connection))).clock;
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
      this.#servers.close(),
      this.#writing.close(),
      this.scratch.close(),
      this.#counts.close(),
    ]);
  }
}

async function note(connection: Connection, values: ReadonlyMap<string, string>): Promise<void> {
  await connection.rows(NOTE, [JSON.stringify(Object.fromEntries(values))]);
}
