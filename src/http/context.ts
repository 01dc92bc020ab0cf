import type { RateBooks } from '../ledger/rates/book.ts';
import type { ReadStorage, Storage } from '../store/sqlite/storage.ts';
import type { Snapshot, Store } from '../store/store.ts';
import type { Authentication } from './auth.ts';
import type { Streams } from './formats/streams.ts';
import type { Addressed } from './message/origin.ts';

/** What records are read and computed from: the ledger as it is now, or one state of it. */
export interface ReadContext {
  readonly read: Snapshot;
  /** Being replaced by `read`. */
  readonly storage: Omit<ReadStorage, 'close'>;
  readonly rates: RateBooks;
  readonly now: () => Date;
}

/** What routes are given: nothing of it hangs on the application object. */
export interface RouteContext extends ReadContext {
  /** Being replaced by `store` and `reading`. */
  readonly storage: Storage;
  readonly store: Store;
  readonly rates: RateBooks;
  readonly now: () => Date;
  /** Reads all that an answer needs from one state of the ledger. */
  readonly reading: <Result>(use: (view: ReadContext) => Promise<Result>) => Promise<Result>;
  /** For answers that are longer than a page. */
  readonly streams: Streams;
  readonly authentication: Authentication;
  /** How long a write waits while another process writes, in milliseconds. */
  readonly writeWaitMs: number;
  /** The address under which the requesting client reaches the service, without a trailing slash; empty where unknown. */
  readonly originOf: (request: Addressed) => string;
}
