import { EMPTY_DATASET_VERSION, versionNumber } from '../ledger-state.ts';
import { SharedQuestion } from '../shared-question.ts';
import type { DatasetVersion, ServerState } from '../store.ts';
import { connect } from './client.ts';
import type { CompiledQueries, Connection } from './connection.ts';
import { postgresFailureOf } from './failures.ts';
import { Link } from './link.ts';
import type { Begun } from './read-pool.ts';
import { ReadPool } from './read-pool.ts';

export const VERSION = "select value from ledger_state where key = 'datasetVersion'";
/** A server that takes longer to say its version is out of service. */
const ANSWER_TIMEOUT_MS = 5000;

/** A server of the database, as whoever reads sees it: the primary, or a replica. */
export class Server {
  readonly role: ServerState['role'];
  readonly name: string;
  readonly #pool: ReadPool;
  readonly #asking: Link;
  readonly #version: SharedQuestion<DatasetVersion>;
  #isFailing = false;
  #newest: DatasetVersion | undefined;

  /** Nothing is connected yet. @param most connections that read */
  constructor(
    { role, name, url }: Pick<ServerState, 'role' | 'name'> & { readonly url: string },
    most: number,
    compiled: CompiledQueries,
  ) {
    this.role = role;
    this.name = name;
    this.#pool = new ReadPool(url, most, compiled);
    this.#asking = new Link(() => connect(url, ANSWER_TIMEOUT_MS, ANSWER_TIMEOUT_MS), compiled);
    this.#version = new SharedQuestion(async () => {
      try {
        return await this.#noted(this.#askVersion());
      } catch (error) {
        // Where the server does not answer, nothing that is asked on this connection later would be.
        this.#asking.drop();
        throw error;
      }
    });
  }

  /** Whether it did not do what it was asked last: it may again. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Of the newest version that it was seen to have; undefined before it has answered. */
  get number(): number | undefined {
    return this.#newest === undefined ? undefined : versionNumber(this.#newest);
  }

  get connections(): ServerState['connections'] {
    return this.#pool.connections;
  }

  /** The version that it has now; asked once for all that wait. */
  version(): Promise<DatasetVersion> {
    return this.#version.ask();
  }

  /** Begins to read one state of the ledger. */
  async begin(): Promise<Begun> {
    const begun = this.#pool.begin();
    await this.#noted(begun.then(({ version }) => version));
    return begun;
  }

  /** Asks something else on the connection that asks for versions. */
  ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    return this.#asking.use(question);
  }

  async #askVersion(): Promise<DatasetVersion> {
    const [row] = await this.#asking.use((connection) => connection.rows(VERSION, [], 'version'));
    return (row?.[0] as string | undefined) ?? EMPTY_DATASET_VERSION;
  }

  async #noted(asked: Promise<DatasetVersion>): Promise<DatasetVersion> {
    try {
      const version = await asked;
      this.#isFailing = false;
      this.#newest = version;
      return version;
    } catch (error) {
      // A server whose connections are all taken is in service.
      if (postgresFailureOf(error) !== 'ledgerBusy') this.#isFailing = true;
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#asking.close()]);
  }
}
