import type { Storage } from '../db/storage.ts';
import type { RateBooks } from '../rates/book.ts';
import type { Authentication } from './auth.ts';
import type { Addressed } from './origin.ts';

/** What routes are given: nothing of it hangs on the application object. */
export interface RouteContext {
  readonly storage: Storage;
  readonly rates: RateBooks;
  readonly now: () => Date;
  readonly authentication: Authentication;
  /** How long a write waits while another process writes, in milliseconds. */
  readonly writeWaitMs: number;
  /** The address under which the requesting client reaches the service, without a trailing slash; empty where unknown. */
  readonly originOf: (request: Addressed) => string;
}
