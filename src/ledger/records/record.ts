import type { Given } from '../../domain/given.ts';
import type { Amount } from '../../domain/money/amount.ts';
import type { Period } from '../../domain/period/period.ts';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import type { Statement } from '../../domain/statement.ts';
import type { ColumnSortKey } from '../../store/record-query.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { Forecast, SubmittedForecast } from './schemas.ts';

/*
 * A record of the ledger, whichever its kind: a figure that somebody forecast or reported. Forecasts and outcomes are
 * shown under names of their own (`forecaster`, `reportedBy`) and are kept, found and written as one.
 */

export interface StatedFigure {
  readonly amount: Amount;
  readonly evidence: Evidence;
}

export interface StatedRelation {
  readonly kind: string;
  readonly record: string;
}

type AsShown = Pick<
  Forecast,
  | 'id'
  | 'collection'
  | 'source'
  | 'sector'
  | 'region'
  | 'measure'
  | 'scope'
  | 'publishedOn'
  | 'confidence'
  | 'notes'
>;

/** What a record says: what a revision holds beside its number, time, author and reason. */
export interface RecordContent extends StatedFigure, Statement, Readonly<AsShown> {
  readonly kind: RecordKind;
  /** Who forecasts, or reports; null where the document names nobody. */
  readonly organisation: string | null;
  /** Through whom an outcome was read, where that is not the reporting body itself. */
  readonly via: string | null;
  readonly beneficiarySectors: readonly string[];
  readonly statedConversions: readonly StatedFigure[];
  readonly period: Period;
  readonly relations: readonly StatedRelation[];
  readonly corroboration: readonly string[];
}

/** A record as it is handed in: what follows from its document is missing, and of its words what the ledger finds. */
export type SubmittedRecord = Omit<RecordContent, 'publishedOn' | 'evidence' | 'statedConversions'> & {
  readonly evidence: SubmittedEvidence;
  readonly statedConversions: readonly SubmittedFigure[];
};
export type SubmittedEvidence = SubmittedForecast['evidence'];
interface SubmittedFigure {
  readonly amount: Amount;
  readonly evidence: SubmittedEvidence;
}

/** The same before anything is filled in that it was handed in without. */
export type DraftRecord = Omit<SubmittedRecord, keyof LeftOut | 'statedConversions'> &
  LeftOut & { readonly statedConversions: readonly DraftFigure[] };
type LeftOut = Given<
  Pick<SubmittedRecord, 'id' | 'collection' | 'scope' | 'confidence' | keyof Statement>
> & {
  readonly amount?: Given<Amount> | undefined;
  readonly period?: Given<Period> | undefined;
  /** The earlier forecast that it takes the place of: a relation to it. Null: none. */
  readonly revises?: string | null | undefined;
};
export interface DraftFigure extends Pick<LeftOut, 'amount'> {
  readonly evidence: SubmittedEvidence;
}

/** What a record has to do with another one of its kind, whichever of the two states it. */
export interface RecordRelation {
  readonly kind: Forecast['relations'][number]['kind'] | 'revises' | 'revisedBy';
  readonly record: string;
  readonly impliedMultiplier: string | null;
}

/** A revision of a record as it is read: what it says, and what the ledger computes of it. */
export interface LedgerRecord extends RecordContent {
  readonly revision: number;
  readonly recordedAt: string;
  readonly beneficiarySectors: string[];
  readonly statedConversions: Forecast['statedConversions'];
  readonly period: Forecast['period'];
  readonly corroboration: string[];
  readonly relations: RecordRelation[];
  /** What to show for the identifiers. */
  readonly names: Omit<Forecast['names'], 'forecaster'> & { readonly organisation: string | null };
}

export type RecordSortKey = ColumnSortKey | 'relevance';
