import type { Snapshot, Store } from '../store/store.ts';
import type { Authentication } from './auth.ts';
import type { Reading, Streams } from './formats/streams.ts';
import type { MakeLarge } from './large-answers.ts';
import type { Addressed } from './message/origin.ts';

/** What an answer is read and computed from: one state of the ledger. */
export interface ReadContext {
  readonly read: Snapshot;
  readonly now: () => Date;
}

/** What routes are given. `View` is what their answers are read from: a higher storey adds to it what it reads. */
export interface RouteContext<View extends ReadContext = ReadContext> {
  readonly store: Store;
  readonly now: () => Date;
  /** Reads all that an answer needs, its `read.version` too, from one state of the ledger. */
  readonly reading: Reading<View>;
  /** For answers that are longer than a page. */
  readonly streams: Streams<View>;
  /** For answers that are computed with many records. */
  readonly makeLarge: MakeLarge;
  readonly authentication: Authentication;
  /** How long a write waits while others write, in milliseconds. */
  readonly writeWaitMs: number;
  /** The address under which the requesting client reaches the service, without a trailing slash; empty where unknown. */
  readonly originOf: (request: Addressed) => string;
}
