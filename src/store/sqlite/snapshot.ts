import type { Reader, Snapshot, Transaction } from '../store.ts';
import type { Connection } from './connection.ts';

/** Reads through a connection for as long as its transaction lasts. */
export class OpenSnapshot implements Snapshot {
  readonly version: string;
  #reader: Reader | null;

  constructor({ reader }: Connection, version: string) {
    this.#reader = reader;
    this.version = version;
  }

  /** From now on it refuses to read: what came later would be of another state. */
  end(): void {
    this.#reader = null;
  }

  get #open(): Reader {
    if (this.#reader === null) throw new Error('this snapshot of the ledger has ended');
    return this.#reader;
  }

  get select() {
    return this.#open.select;
  }
  get selectDistinct() {
    return this.#open.selectDistinct;
  }
  get with() {
    return this.#open.with;
  }
  get $with() {
    return this.#open.$with;
  }
  get $count() {
    return this.#open.$count;
  }
  get rows() {
    return this.#open.rows;
  }
  get pageSequences() {
    return this.#open.pageSequences;
  }
  get dialect() {
    return this.#open.dialect;
  }
  get search() {
    return this.#open.search;
  }
}

export class OpenTransaction extends OpenSnapshot implements Transaction {
  readonly insert: Transaction['insert'];
  readonly update: Transaction['update'];
  readonly delete: Transaction['delete'];
  readonly insertRows: Transaction['insertRows'];
  readonly #takeTime: () => string;
  #recordedAt: string | undefined;

  constructor(connection: Connection, version: string, takeTime: () => string) {
    super(connection, version);
    ({
      insert: this.insert,
      update: this.update,
      delete: this.delete,
      insertRows: this.insertRows,
    } = connection.writer);
    this.#takeTime = takeTime;
  }

  /** Taken when it is first asked for: most writes of keys and jobs are recorded under no time. */
  get recordedAt(): string {
    this.#recordedAt ??= this.#takeTime();
    return this.#recordedAt;
  }
}
