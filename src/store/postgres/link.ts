import type { Client } from 'pg';
import type { CompiledQueries } from './connection.ts';
import { Connection } from './connection.ts';

/** A connection that is opened when it is first used, and again after it was lost. */
export class Link {
  readonly #connect: () => Promise<Client>;
  readonly #compiled: CompiledQueries;
  #open: Promise<Connection> | undefined;

  constructor(connect: () => Promise<Client>, compiled: CompiledQueries) {
    this.#connect = connect;
    this.#compiled = compiled;
  }

  async use<Result>(action: (connection: Connection) => Promise<Result>): Promise<Result> {
    this.#open ??= this.#connected();
    return action(await this.#open);
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
    await this.#open?.then((connection) => connection.close()).catch(() => undefined);
  }
}
