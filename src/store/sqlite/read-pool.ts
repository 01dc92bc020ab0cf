import { Connection } from './connection.ts';
import { openForReading } from './database.ts';

/** Connections that wait for the next snapshot, with their prepared statements. */
const MOST_IDLE = 4;
/** Who reads everything once has no use for pages that were read before, but for the upper ones of the indexes. */
const FURTHER_CACHE_KIB = 4000;

/** Connections to a ledger's file that read, each one snapshot at a time. */
export class ReadPool {
  readonly #file: string;
  readonly #idle: Connection[] = [];
  #open = 0;
  #isClosed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /** Begins to read one state of the ledger. @throws StorageError `cannotOpen`, and what the database fails with */
  begin(): { readonly connection: Connection; readonly version: string } {
    if (this.#isClosed) throw new Error('the store is closed');
    const connection = this.#idle.pop() ?? this.#connect();
    try {
      connection.run('begin');
      // The transaction begins to see with the first read, not with `begin`.
      return { connection, version: connection.datasetVersion() };
    } catch (error) {
      this.#discard(connection);
      throw error;
    }
  }

  end(connection: Connection): void {
    // What fails a read may have ended the transaction; such a connection is not used again.
    const isSound = connection.sqlite.inTransaction;
    if (isSound) connection.run('commit');
    if (this.#isClosed || !isSound || this.#idle.length >= MOST_IDLE) this.#discard(connection);
    else this.#idle.push(connection);
  }

  /** Closes the connections; those that are in use, when their snapshots end. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#idle.splice(0)) this.#discard(connection);
  }

  #connect(): Connection {
    const isFirst = this.#open === 0;
    const sqlite = openForReading(this.#file, isFirst ? undefined : FURTHER_CACHE_KIB);
    this.#open += 1;
    return new Connection(sqlite);
  }

  #discard(connection: Connection): void {
    this.#open -= 1;
    connection.close();
  }
}
