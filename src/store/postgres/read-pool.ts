import type Pg from 'pg';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import type { ServerState } from '../store.ts';
import { createPool, telling } from './client.ts';
import type { CompiledQueries } from './connection.ts';
import { Connection } from './connection.ts';
import { TOO_MANY_CONNECTIONS } from './failures.ts';

/** The version is of the same state as everything that is read after it; a replica may have become a primary of its own. */
const BEGIN = `begin isolation level repeatable read read only;
  select (select value from ledger_state where key = 'datasetVersion') as value, pg_is_in_recovery() as "isReplica"`;
const BEGIN_TIMEOUT_MS = 10_000;

/** A state of the ledger that is being read. */
export interface Begun {
  readonly connection: Connection;
  readonly version: string;
  readonly isReplica: boolean;
  /** Nobody waits for the end of a snapshot but who is given its connection next. */
  readonly end: () => void;
}

/** Connections that read, each one snapshot at a time. */
export class ReadPool {
  readonly #pool: Pg.Pool;
  readonly #most: number;
  readonly #compiled: CompiledQueries;
  readonly #connections = new WeakMap<Pg.ClientBase, Connection>();
  #isClosed = false;

  constructor(url: string, most: number, compiled: CompiledQueries) {
    this.#pool = createPool(url, most);
    this.#most = most;
    this.#compiled = compiled;
  }

  get connections(): ServerState['connections'] {
    const { totalCount: open, idleCount: idle, waitingCount: waiting } = this.#pool;
    return { open, idle, waiting };
  }

  /** Begins to read one state of the ledger, when a connection is free. */
  async begin(): Promise<Begun> {
    if (this.#isClosed) throw new Error('the store is closed');
    const client = await telling(this.#pool.connect().catch((error: unknown) => this.#refused(error)));
    const connection = this.#connections.get(client) ?? new Connection(client, this.#compiled);
    this.#connections.set(client, connection);
    try {
      const [row] = await connection.run(BEGIN, BEGIN_TIMEOUT_MS);
      const end = (): void =>
        void connection.run('commit').then(
          () => client.release(),
          () => client.release(true),
        );
      const version = (row?.value as string | null | undefined) ?? EMPTY_DATASET_VERSION;
      return { connection, version, isReplica: row?.isReplica === true, end };
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Whoever waited in vain while all connections were in use was not refused by the server. */
  #refused(error: unknown): never {
    const { open, idle } = this.connections;
    if (open - idle < this.#most) throw error;
    throw Object.assign(new Error(`all ${this.#most} connections that read are in use`, { cause: error }), {
      code: TOO_MANY_CONNECTIONS,
    });
  }

  /** Closes the connections when their snapshots have ended. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#pool.end();
  }
}
