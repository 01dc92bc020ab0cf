import { EMPTY_DATASET_VERSION, versionNumber } from '../ledger-state.ts';
import { SharedQuestion } from '../shared-question.ts';
import type { DatasetVersion, ServerState } from '../store.ts';
import { connect } from './client.ts';
import type { CompiledQueries, Connection } from './connection.ts';
import { lost, postgresFailureOf } from './failures.ts';
import { Link } from './link.ts';
import type { Begun } from './read-pool.ts';
import { ReadPool } from './read-pool.ts';

export const VERSION =
  "select (select value from ledger_state where key = 'datasetVersion'), pg_is_in_recovery()";
/** What a primary and its replicas have in common, and no other database has. */
const IDENTITY = "select system_identifier || '/' || current_database() from pg_control_system()";
/** A server that takes longer to say its version is out of service. */
const ANSWER_TIMEOUT_MS = 5000;

/** A server of the database, as whoever reads sees it: the primary, or a replica. */
export class Server {
  readonly role: ServerState['role'];
  readonly name: string;
  readonly #primary: Server | undefined;
  readonly #pool: ReadPool;
  readonly #asking: Link;
  readonly #version: SharedQuestion<DatasetVersion>;
  readonly #onChange: (server: Server, reason: string | null) => void;
  /** As it said last. */
  #identity: string | undefined;
  /** Whether it was asked since it failed last: one that is back may be another. */
  #isIdentified = false;
  #isFailing = false;
  #newest: DatasetVersion | undefined;

  /**
   * Nothing is connected yet.
   * @param most connections that read
   * @param onChange told when it is left out, with the reason, and when it is back
   * @param primary of a replica
   */
  constructor(
    { role, name, url }: Pick<ServerState, 'role' | 'name'> & { readonly url: string },
    most: number,
    compiled: CompiledQueries,
    onChange: (server: Server, reason: string | null) => void,
    primary?: Server,
  ) {
    this.role = role;
    this.name = name;
    this.#onChange = onChange;
    this.#primary = primary;
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
    if (this.#primary !== undefined && !this.#isIdentified) await this.version();
    const begun = this.#pool.begin();
    await this.#noted(
      begun.then(({ version, isReplica, end }) => {
        if (isReplica === (this.role === 'replica')) return version;
        end();
        throw this.#misnamed();
      }),
    );
    return begun;
  }

  /** Asks something else on the connection that asks for versions. */
  ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    return this.#asking.use(question);
  }

  /** @throws where it is none of what the settings name it, or a replica of another primary */
  async #askVersion(): Promise<DatasetVersion> {
    const [row] = await this.#asking.use((connection) => connection.rows(VERSION, [], 'version'));
    if ((row?.[1] === true) !== (this.role === 'replica')) throw this.#misnamed();
    if (!this.#isIdentified) await this.#identify();
    return (row?.[0] as string | null | undefined) ?? EMPTY_DATASET_VERSION;
  }

  async #identify(): Promise<void> {
    const [row] = await this.#asking.use((connection) => connection.rows(IDENTITY, [], 'identity'));
    const identity = String(row?.[0]);
    const primary = this.#primary;
    if (primary !== undefined && primary.#identity === undefined) await primary.version();
    if (primary !== undefined && identity !== primary.#identity)
      throw lost('it is a replica of another database');
    this.#identity = identity;
    this.#isIdentified = true;
  }

  #misnamed(): Error {
    return lost(
      this.role === 'replica'
        ? 'it is no replica: it takes writes of its own'
        : 'it is a replica: it takes no writes',
    );
  }

  async #noted(asked: Promise<DatasetVersion>): Promise<DatasetVersion> {
    try {
      const version = await asked;
      this.#newest = version;
      if (this.#isFailing) this.#change(false, null);
      return version;
    } catch (error) {
      // A server whose connections are all taken is in service.
      if (postgresFailureOf(error) !== 'ledgerBusy' && !this.#isFailing)
        this.#change(true, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #change(isFailing: boolean, reason: string | null): void {
    this.#isFailing = isFailing;
    if (isFailing) this.#isIdentified = false;
    this.#onChange(this, reason);
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#asking.close()]);
  }
}
