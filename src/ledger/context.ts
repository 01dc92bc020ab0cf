import type * as http from '../http/context.ts';
import type { ReadStorage, Storage } from '../store/sqlite/storage.ts';
import type { Snapshot } from '../store/store.ts';
import type { RateBooks } from './rates/book.ts';

/** What records are read and computed from: one state of the ledger, with the rates of that state. */
export interface ReadContext extends http.ReadContext {
  readonly rates: RateBooks;
  /** Being replaced by `read`. */
  readonly storage: Omit<ReadStorage, 'close'>;
}

/** What the routes of the ledger, and of all that is built on it, are given. */
export interface RouteContext extends http.RouteContext<ReadContext> {
  /** Being replaced by `store` and `reading`. */
  readonly storage: Storage;
  /** Being replaced by `reading`: not of one state. */
  readonly read: Snapshot;
  /** Being replaced by `reading`: not of one state. */
  readonly rates: RateBooks;
}
