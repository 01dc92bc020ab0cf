import type { EvidenceStatus } from '../domain/phrase/evidence.ts';
import type { FilledIn } from '../ledger/records/schemas.ts';
import type { Reader, Snapshot, Transaction } from '../store/store.ts';
import type { RowFault } from './row-faults.ts';

/** A row as it was read: its cells by column (CSV), its JSON value, or why it could not be read. */
export interface ReadRow {
  /** Counts data rows from 1. */
  readonly row: number;
  /** The line on which it begins, from 1. */
  readonly line: number;
  readonly value?: unknown;
  readonly fault?: UnreadRow;
}

/** A row that was checked: what is staged of it, what is wrong with it, or neither where nothing is to be written. */
export interface CheckedRow {
  readonly staged?: StagedRow;
  readonly faults?: readonly RowFault[];
  /** The rows of wrong entries that it refers to: what is wrong with it for their sake is none of its `faults`. */
  readonly causes?: readonly number[];
  /** What was filled in that the row had left out. */
  readonly filledIn?: { readonly id: string } & FilledIn;
  /** Why nothing after this row can be right. */
  readonly fatal?: FileFault;
}

/** What is kept of a row until it is published. */
export interface StagedRow {
  /** By what it is told from every other row of its file. */
  readonly key: string;
  /** As the handling that checked it has it; plain JSON. */
  readonly content: unknown;
  /** Equal for rows that may state one claim; undefined where that makes no difference. */
  readonly claim?: string | undefined;
}

/** A fault of a row that was staged before. */
export interface LateFault {
  readonly row: number | null;
  readonly line: number | null;
  readonly fault: RowFault;
}

const COUNTED = [
  'added',
  'revised',
  'unchanged',
  'unverified',
  'noLongerVerified',
  'filledIn',
  'catalogueAdded',
  'catalogueRevised',
  'catalogueUnchanged',
  'revisionsRestored',
] as const;

/** How much an import added, revised and so on, or a dry run would: see the schema of a job's `result`. */
export type Tally = Record<(typeof COUNTED)[number], number> & {
  /** The first of those that are `unverified`, with the reason. */
  readonly unverifiedRows: UnverifiedRow[];
};

/** A record whose words do not state its amount. */
export interface UnverifiedRow {
  readonly row: number;
  readonly id: string;
  /** What its evidence was before; null where the ledger had no such record. */
  readonly before: EvidenceStatus | null;
  readonly code: string;
  readonly message: string;
}

export function emptyTally(): Tally {
  const counts = Object.fromEntries(COUNTED.map((name) => [name, 0])) as Record<
    (typeof COUNTED)[number],
    number
  >;
  return { ...counts, unverifiedRows: [] };
}

/** The staged rows whose claim stands at another one too, by claim, and of one claim in their order. */
export type StagedClaims = (
  read: Reader,
) => AsyncIterable<{ readonly row: number; readonly claim: string; readonly content: unknown }>;

/** Looks up what was staged of the file's rows before, by key. */
export type StagedContents = (
  read: Reader,
  keys: readonly string[],
) => Promise<ReadonlyMap<string, { readonly row: number; readonly content: unknown }>>;

export interface FileFault {
  readonly code: string;
  readonly message: string;
}

/** Why a row could not be read, and at which of its fields, where it is one. */
export interface UnreadRow extends FileFault {
  readonly column?: string;
}

export interface Publication {
  readonly faults: readonly LateFault[];
  readonly write: (transaction: Transaction) => Promise<void>;
}

/** How the rows of a file are checked and published: as records and entries of the catalogue, or as a whole history. */
export interface RowHandling {
  /** Why the ledger takes no such file at all; null where it does. */
  refusal(read: Snapshot): Promise<FileFault | null>;
  /** Checks rows, each beside the ledger and the rows before it. @param suggests whether their errors are told */
  check(read: Snapshot, rows: readonly ReadRow[], suggests: boolean): Promise<readonly CheckedRow[]>;
  /** What shows only when all rows are known. `fatal`: the file cannot be imported without those rows. */
  finish(read: Snapshot): Promise<readonly (LateFault & { readonly fatal: boolean })[]>;
  /** Makes room for what is published. */
  begin(transaction: Transaction): Promise<void>;
  /** What is to be done for some rows, in their order; counts it. */
  publication(
    read: Snapshot,
    rows: readonly { readonly row: number; readonly content: unknown }[],
    publisher: { readonly author: string; readonly reason: string },
    tally: Tally,
  ): Promise<Publication>;
  /** What is wrong with the whole when all rows are published; null where nothing is. */
  conclude(transaction: Transaction): Promise<FileFault | null>;
}
