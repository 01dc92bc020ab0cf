import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { checkAmount, QUALIFIERS } from '../../domain/money/amount.ts';
import { PERIOD_KINDS } from '../../domain/period/period.ts';
import { describeDomainError } from '../../http/message/domain-errors.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import { HISTORY_SUBJECTS } from '../../ledger/catalogue/entry-history.ts';
import type { Reference } from '../../ledger/catalogue/known-ids.ts';
import { CONFIDENCES, FILTERS, REFERENCES } from '../../ledger/records/filters.ts';
import { getTableColumns } from '../../store/query.ts';
import { amountSortKey } from '../../store/sort-key.ts';
import type { factRevisions } from '../../store/tables/schema.ts';
import { RECORD_KINDS, records } from '../../store/tables/schema.ts';
import type { RowFault } from '../row-faults.ts';
import { nestedPlace, rowFaults, shown } from '../row-faults.ts';

export const EXPORT_VERSION = 1;

/** Columns of `records` that hold JSON text; an export has what it says. */
export const JSON_COLUMNS = [
  'beneficiarySectors',
  'statedConversions',
  'periodInferred',
  'corroboration',
] as const;

const time = z.iso.datetime({ precision: 3 });

type RecordRow = typeof records.$inferSelect;
type JsonColumn = (typeof JSON_COLUMNS)[number];

const columns = Object.fromEntries(
  Object.entries(getTableColumns(records)).map(([key, { dataType, notNull }]) => {
    const schema = dataType === 'number' ? z.int() : z.string();
    return [key, notNull ? schema : schema.nullable()];
  }),
);
const { amountSortKey: _, ...plainColumns } = columns;

const RevisionSchema = z.strictObject({
  ...plainColumns,
  ...Object.fromEntries(JSON_COLUMNS.map((name) => [name, z.array(z.unknown())])),
  id: identifier,
  kind: z.enum(RECORD_KINDS),
  revision: z.int().positive(),
  sequence: z.int().positive(),
  deleted: z.literal([0, 1]),
  recordedAt: time,
  supersededAt: time.nullable(),
  amountQualifier: z.enum(QUALIFIERS),
  periodKind: z.enum(PERIOD_KINDS),
  confidence: z.enum(CONFIDENCES),
  relations: z.array(z.strictObject({ kind: z.string(), record: identifier })),
});
export interface RevisionLine
  extends Omit<RecordRow, JsonColumn | 'amountSortKey'>,
    Record<JsonColumn, unknown[]> {
  readonly relations: readonly { readonly kind: string; readonly record: string }[];
}

const FactSchema = z.strictObject({
  subject: z.enum(HISTORY_SUBJECTS),
  id: identifier,
  revision: z.int().positive(),
  value: z.unknown(),
  recordedAt: time,
  supersededAt: time.nullable(),
});
/** A line of an export that says what was known of the vocabulary, and when. */
export type FactLine = z.output<typeof FactSchema>;

export type HistoryLine = { readonly fact: FactLine } | { readonly revision: RevisionLine };

export function readFact(value: Readonly<Record<string, unknown>>): HistoryLine | LineFaults {
  const { type: _, ...own } = value;
  const result = FactSchema.safeParse(own);
  if (result.success) return { fact: result.data };
  return { faults: rowFaults(result.error, FactSchema, own, nestedPlace) };
}

export function readRevision(value: Readonly<Record<string, unknown>>): HistoryLine | LineFaults {
  const { type: _, ...own } = value;
  const result = RevisionSchema.safeParse(own);
  if (!result.success) return { faults: rowFaults(result.error, RevisionSchema, own, nestedPlace) };
  const revision = result.data as unknown as RevisionLine;
  try {
    checkAmount(amountOf(revision));
    return { revision };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const message = describeDomainError(error);
    const value = shown(revision.amountValue);
    return { faults: [{ column: 'amountValue', code: error.code, message, value }] };
  }
}

interface LineFaults {
  readonly faults: readonly RowFault[];
}

export function referencesOfRevision(revision: RevisionLine): readonly Reference[] {
  return REFERENCES.map((name) => {
    const field = `${name}Id` as const;
    return { field, table: FILTERS[name].ids, id: revision[field] };
  });
}

export function rowOfFact(fact: FactLine): typeof factRevisions.$inferInsert {
  return { ...fact, value: JSON.stringify(fact.value) };
}

export function rowOfRevision({ relations: _, ...line }: RevisionLine): typeof records.$inferInsert {
  const texts = Object.fromEntries(JSON_COLUMNS.map((name) => [name, JSON.stringify(line[name])]));
  return {
    ...line,
    ...(texts as Record<JsonColumn, string>),
    amountSortKey: amountSortKey(amountOf(line)),
  };
}

function amountOf(row: Omit<RevisionLine, 'relations'>) {
  return {
    value: row.amountValue,
    low: row.amountLow,
    high: row.amountHigh,
    qualifier: row.amountQualifier as (typeof QUALIFIERS)[number],
    currency: row.amountCurrency,
    asStated: row.amountAsStated,
    interpretation: row.amountInterpretation,
  };
}
