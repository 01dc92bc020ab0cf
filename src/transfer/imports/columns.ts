import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { flatName } from '../../http/formats/columns.ts';
import { valueAt } from '../../http/message/validation.ts';
import { FORECAST_EXAMPLE, KINDS } from '../../ledger/records/kinds.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { RECORD_KINDS } from '../../store/tables/schema.ts';
import type { PlaceName } from '../row-faults.ts';
import type { ImportColumnList } from './schemas.ts';

/*
 * The columns of a file of records: those of a list's CSV, so that what was downloaded can be edited and imported.
 */

export interface ImportColumn extends Omit<z.output<typeof ImportColumnList>['data'][number], 'field'> {
  /** Where the value stands in a record that is not flat. */
  readonly path: readonly string[];
}
type ColumnType = ImportColumn['type'];

/** Names a place in a record by the column in which it stands. */
export const flatPlace: PlaceName = (path) => {
  if (path.length === 0) return null;
  const [first] = path;
  // What a list of objects holds has no column of its own.
  if (first === 'statedConversions' || first === 'relations') return String(first);
  // Of what is read from the words there is no one column.
  if (path.length === 1 && (first === 'amount' || first === 'period'))
    return first === 'amount' ? 'amountValue' : 'periodAsStated';
  // A list is one cell.
  const named = path.map(String).filter((part) => !/^\d+$/.test(part));
  return flatName(named);
};

/** What each column is, by its place in a record, in the order of the template. */
const DESCRIPTIONS = {
  kind: 'What the row is. Where it is left out: an outcome in a file with `reportedBy` and without `forecaster`, else a forecast.',
  id: 'The record. One that exists gets a new revision where the row differs from it, and is left alone where it does not. Where it is empty one is made, the same whenever the file is imported.',
  collection: 'The collection that it belongs to; where it is empty, that which the record has.',
  forecaster: 'The organisation that forecasts; empty where the document names none.',
  reportedBy: 'The organisation that reports; empty where the document names none.',
  via: 'Through whom an outcome was read, if not the reporting body itself.',
  source: 'The document. Publication date, address and fingerprint are taken from it.',
  sector: 'The sector.',
  beneficiarySectors: 'Sectors in which the effect is expected, separated by `; `.',
  region: 'ISO 3166-1 alpha-2 code.',
  measure: 'What is measured.',
  scope: 'Whose spending is meant. Empty of a new record: national.',
  stance: 'What kind of statement it is. Empty of a new record: projection.',
  'scenario.name':
    'The scenario that the figure is of, as the document calls it. Empty with its kind in a file that has this column: none.',
  'scenario.kind': 'Its place among the scenarios of the document.',
  'amount.value':
    'Whole units of the currency: digits with a decimal point, nothing else. Empty where the words give no single figure, and in every column of the amount where it is to be read from the phrase.',
  'amount.low': 'Lower bound. May be empty where it follows from value and qualifier.',
  'amount.high': 'Upper bound. May be empty where it follows from value and qualifier.',
  'amount.qualifier': 'How the words qualify the figure.',
  'amount.currency': 'ISO 4217 code.',
  'amount.asStated': 'The figure as printed, in its own script.',
  'amount.interpretation': 'How an indefinite wording was read; empty where the figure needs no reading.',
  'amount.approximate': '`true` where the ends of a range are approximate; else empty.',
  'interval.low':
    'Lower bound of an interval beside the figure. All three empty in a file that has this column: none.',
  'interval.high': 'Its upper bound.',
  'interval.percent': 'How probable it is, in percent: above 0, below 100. Empty where nobody says it.',
  'prices.kind': 'In which prices the figure is reckoned. Empty of a new record: unstated.',
  'prices.year': 'Of constant prices, and purchasing power parity: the year whose prices these are.',
  statedConversions:
    "The document's own conversions: `amount.value=420, amount.currency=USD, …, evidence.phrase=…`, several separated by `; `, with a backslash before each comma, semicolon and backslash in a value. A JSON array is read as well.",
  'period.start': 'First day, inclusive; empty where it is not known.',
  'period.end': 'Last day, inclusive; empty where it is not known.',
  'period.kind': 'How the period is stated. May be empty where it follows from the days.',
  'period.years': 'Length in whole years; empty where it is not known, or follows from the days.',
  'period.asStated': 'The words that state the period.',
  'period.inferred': 'Which of `start` and `end` the document does not state, separated by `; `.',
  'evidence.phrase': 'A few words of the document: the figure and what qualifies it.',
  'evidence.start':
    'Place of the phrase in the text, in Unicode code points from 0; empty where the text is not held.',
  'evidence.end': 'Place after the phrase; empty where the text is not held.',
  'evidence.status': 'For the ledger to say. May be empty; what is given must be what it finds.',
  relations:
    'What it has to do with others: `kind=drives, forecast=its-id`, several separated by `; `. A JSON array is read as well.',
  revises: 'The earlier forecast whose place it takes. Empty in a file that has this column: none.',
  confidence: 'How sure the record is. Empty of a new record: medium.',
  corroboration: 'Addresses of further pages that state the same, separated by `; `.',
  notes: 'Anything else.',
} as const;
type Place = keyof typeof DESCRIPTIONS;

const TYPED: Readonly<Record<Exclude<ColumnType, 'text'>, readonly Place[]>> = {
  id: [
    ...(['id', 'collection', 'forecaster', 'reportedBy', 'source', 'sector', 'region', 'measure'] as const),
    ...(['scope', 'revises'] as const),
  ],
  list: ['beneficiarySectors', 'period.inferred', 'corroboration'],
  decimal: [
    ...(['amount.value', 'amount.low', 'amount.high'] as const),
    ...(['interval.low', 'interval.high', 'interval.percent'] as const),
  ],
  boolean: ['amount.approximate'],
  json: ['statedConversions', 'relations'],
  date: ['period.start', 'period.end'],
  integer: ['period.years', 'prices.year', 'evidence.start', 'evidence.end'],
};

/**
 * What a kind of record is handed in with at a place; undefined where it has no such field.
 * @param ofWhole whether what may be missing with the whole that it is part of may be missing as well
 */
function schemaAt(kind: RecordKind, path: readonly string[], ofWhole = false): z.ZodType | undefined {
  let schema: unknown = KINDS[kind].submitted;
  for (const name of path) {
    if (ofWhole && schema instanceof z.ZodOptional) return schema;
    while (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) schema = schema.unwrap();
    schema = schema instanceof z.ZodObject ? schema.shape[name] : undefined;
  }
  return schema as z.ZodType | undefined;
}

/** The values there are of a field, where they are few. */
function optionsOf(schema: z.ZodType | undefined): readonly string[] | undefined {
  if (schema instanceof z.ZodOptional) return optionsOf(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodEnum ? (schema.options as string[]) : undefined;
}

const EXAMPLE = { kind: 'forecast', id: 'example-2020-5g', ...FORECAST_EXAMPLE };

export const IMPORT_COLUMNS: readonly ImportColumn[] = (Object.keys(DESCRIPTIONS) as Place[]).map((place) => {
  const path = place.split('.');
  const types = Object.entries(TYPED) as [ColumnType, readonly Place[]][];
  const type = types.find(([, places]) => places.includes(place))?.[0] ?? 'text';
  const having = RECORD_KINDS.filter((kind) => schemaAt(kind, path) !== undefined);
  const schema = schemaAt(having[0] ?? 'forecast', path);
  const whole = schemaAt(having[0] ?? 'forecast', path, true);
  const allowed = place === 'kind' ? RECORD_KINDS : optionsOf(schema);
  return {
    name: flatName(path),
    type,
    // A list may be empty, what is null stands as an empty cell, and what may be left out is read from the phrase.
    required:
      type !== 'list' &&
      whole !== undefined &&
      [null, undefined].every((none) => !whole.safeParse(none).success),
    description: DESCRIPTIONS[place],
    example: String(valueAt(EXAMPLE, path) ?? ''),
    ...(allowed === undefined ? {} : { allowed: [...allowed] }),
    only: having.length === 1 ? having[0] : undefined,
    path,
  };
});

/** Columns that a record takes from its document: they may stand in a file, and must then agree with it. */
export const DERIVED_COLUMNS = {
  publishedOn: 'publishedOn',
  evidenceDocumentSha256: 'evidence.documentSha256',
  evidenceUrl: 'evidence.url',
} as const;

/** Whether a column of a downloaded list is computed by the ledger: it is not read, and the answer says so. */
export function isComputedColumn(name: string): boolean {
  return (
    /^(?:revision|revisedBy|recordedAt|supersededAt|author|reason|deleted|highlights|time)$/.test(name) ||
    /^(?:forecaster|reportedBy|source|sector|region|measure|scope)Name$/.test(name) ||
    /^(?:converted|notConverted)(?:[A-Z]|$)/.test(name)
  );
}

export function importTemplate(): string {
  return stringify([IMPORT_COLUMNS.map(({ name }) => name), IMPORT_COLUMNS.map(({ example }) => example)], {
    record_delimiter: '\r\n',
  });
}
