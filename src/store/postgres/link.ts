import type { Client } from 'pg';
import type { CompiledQueries } from './connection.ts';
import { Connection } from './connection.ts';

/** A connection that is opened when it is first used, and again after it was lost. */
export class Link {
  readonly #connect: () => Promise<Client>;
  readonly #compiled: CompiledQueries;
  #open: Promise<Connection> | undefined;
  #isClosed = false;

  constructor(connect: () => Promise<Client>, compiled: CompiledQueries) {
    this.#connect = connect;
    this.#compiled = compiled;
  }

  async use<Result>(action: (connection: Connection) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new Error('the store is closed');
    this.#open ??= this.#connected();
    return action(await this.#open);
  }

  /** Closes the connection without a word, for its server may not answer; what is asked next opens another. */
  drop(): void {
    const open = this.#open;
    this.#open = undefined;
    open?.then((connection) => connection.destroy()).catch(() => undefined);
  }

  #connected(): Promise<Connection> {
    const gone = (): void => {
      if (this.#open === open) this.#open = undefined;
    };
    const open = this.#connect().then((client) => {
      client.once('end', gone).once('error', gone);
      return new Connection(client, this.#compiled);
    });
    open.catch(gone);
    return open;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#open?.then((connection) => connection.close()).catch(() => undefined);
  }
}
