import type * as http from '../http/context.ts';
import type { Snapshot } from '../store/store.ts';
import type { RateBooks } from './rates/book.ts';

/** What records are read and computed from: one state of the ledger, with the rates of that state. */
export interface ReadContext extends http.ReadContext {
  readonly rates: RateBooks;
}

/** What the routes of the ledger, and of all that is built on it, are given. */
export interface RouteContext extends http.RouteContext<ReadContext> {
  /** The rates of a state of the ledger, for what is checked before it is written. */
  readonly ratesOf: (read: Snapshot) => RateBooks;
}
