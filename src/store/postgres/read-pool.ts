import type Pg from 'pg';
import { EMPTY_DATASET_VERSION } from '../ledger-state.ts';
import { createPool, telling } from './client.ts';
import type { CompiledQueries } from './connection.ts';
import { Connection } from './connection.ts';

/** The version is of the same state as everything that is read after it. */
const BEGIN = `begin isolation level repeatable read read only;
  select value from ledger_state where key = 'datasetVersion'`;

/** Connections that read, each one snapshot at a time. */
export class ReadPool {
  readonly #pool: Pg.Pool;
  readonly #compiled: CompiledQueries;
  readonly #connections = new WeakMap<Pg.ClientBase, Connection>();
  #isClosed = false;

  constructor(url: string, most: number, compiled: CompiledQueries) {
    this.#pool = createPool(url, most);
    this.#compiled = compiled;
  }

  /** Begins to read one state of the ledger, when a connection is free. */
  async begin(): Promise<{ readonly connection: Connection; readonly version: string }> {
    if (this.#isClosed) throw new Error('the store is closed');
    const client = await telling(this.#pool.connect());
    const connection = this.#connections.get(client) ?? new Connection(client, this.#compiled);
    this.#connections.set(client, connection);
    try {
      const [row] = await connection.run(BEGIN);
      return { connection, version: (row?.value as string | undefined) ?? EMPTY_DATASET_VERSION };
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Nobody waits for the end of a snapshot but who is given its connection next. */
  end(connection: Connection): void {
    const client = connection.client as Pg.PoolClient;
    connection.run('commit').then(
      () => client.release(),
      () => client.release(true),
    );
  }

  /** Closes the connections when their snapshots have ended. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#pool.end();
  }
}
