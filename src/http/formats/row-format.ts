import type { Column } from './columns.ts';

/** What `delimiter` may say. */
export const DELIMITERS = [',', ';', 'tab'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** What differs between CSV for one reader and another. */
export interface Dialect {
  readonly byteOrderMark: boolean;
  readonly delimiter: string;
}

/** A form in which records are given one after the other, and streamed where they are many. */
export interface RowFormat {
  /** What `format` and the ending of a path say. */
  readonly name: string;
  readonly mediaType: string;
  /** Whether its bytes are text in UTF-8. */
  readonly isText: boolean;
  /** Whether its rows are flat, whatever `shape` says. */
  readonly isFlat: boolean;
  /** How many rows a file of it has room for, where that is limited. */
  readonly mostRows?: number;
  /** Makes bytes of batches of records; of one empty batch, what says that there is none. */
  readonly write: (batches: AsyncIterable<readonly unknown[]>, shape: RowShape) => AsyncIterable<Buffer>;
}

/** How a query wants its records. */
export interface RowShape {
  /** Of a flat row. */
  readonly columns: readonly Column[];
  /** A record as JSON gives it: nested, flat, or the fields that were asked for. */
  readonly shaped: (record: unknown) => unknown;
  readonly dialect: Dialect;
}
