import { stringify } from 'csv-stringify/sync';
import { QUALIFIERS } from '../../domain/money/amount.ts';
import { PERIOD_KINDS } from '../../domain/period/period.ts';
import { EVIDENCE_STATUSES } from '../../domain/phrase/evidence.ts';
import { CONFIDENCES } from '../../ledger/records/filters.ts';
import type { PlaceName } from '../row-faults.ts';

/*
 * The columns of a file of records: those of a list's CSV, so that what was downloaded can be edited and imported.
 */

export type ColumnType = 'text' | 'id' | 'decimal' | 'integer' | 'date' | 'list' | 'json';

/** One column that an import reads. */
export interface ImportColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Whether every record needs a value. */
  readonly required: boolean;
  readonly description: string;
  /** A value of the template's row; empty where it has none. */
  readonly example: string;
  /** The values there are, where they are few. */
  readonly allowed?: readonly string[];
  /** Which records have it, where not all do. */
  readonly only?: 'forecast' | 'outcome';
  /** Where the value stands in a record that is not flat. */
  readonly path: readonly string[];
}

const column = (
  path: string,
  type: ColumnType,
  required: boolean,
  example: string,
  description: string,
  more: Pick<ImportColumn, 'allowed' | 'only'> = {},
): ImportColumn => ({
  name: flatName(path.split('.')),
  type,
  required,
  description,
  example,
  ...more,
  path: path.split('.'),
});

/** The flat name of a place in a record: `amount.value` is `amountValue`. */
export function flatName(path: readonly string[]): string {
  return path
    .map((part, position) => (position === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1)))
    .join('');
}

/** Names a place in a record by the column in which it stands. */
export const flatPlace: PlaceName = (path) => {
  if (path.length === 0) return null;
  const [first] = path;
  // What a JSON cell holds has no column of its own.
  if (first === 'statedConversions' || first === 'relations') return String(first);
  // A list is one cell.
  const named = path.map(String).filter((part) => !/^\d+$/.test(part));
  return flatName(named);
};

export const IMPORT_COLUMNS: readonly ImportColumn[] = [
  column(
    'kind',
    'text',
    false,
    'forecast',
    'What the row is. Where it is left out: an outcome in a file with `reportedBy` and without `forecaster`, else a forecast.',
    { allowed: ['forecast', 'outcome'] },
  ),
  column(
    'id',
    'id',
    true,
    'example-2020-new-infrastructure',
    'The record. One that exists gets a new revision where the row differs from it, and is left alone where it does not.',
  ),
  column('collection', 'id', true, 'seed-documents', 'The collection that it belongs to.'),
  column(
    'forecaster',
    'id',
    false,
    'haitong-securities',
    'The organisation that forecasts; empty where the document names none.',
    { only: 'forecast' },
  ),
  column(
    'reportedBy',
    'id',
    false,
    '',
    'The organisation that reports; empty where the document names none.',
    {
      only: 'outcome',
    },
  ),
  column('via', 'text', false, '', 'Through whom an outcome was read, if not the reporting body itself.', {
    only: 'outcome',
  }),
  column(
    'source',
    'id',
    true,
    'china-banking-news-2020-05-25',
    'The document. Publication date, address and fingerprint are taken from it.',
  ),
  column('sector', 'id', true, 'new-infrastructure', 'The sector.'),
  column(
    'beneficiarySectors',
    'list',
    false,
    '',
    'Sectors in which the effect is expected, separated by `; `.',
    {
      only: 'forecast',
    },
  ),
  column('region', 'id', true, 'CN', 'ISO 3166-1 alpha-2 code.'),
  column('measure', 'id', true, 'directInvestment', 'What is measured.'),
  column('scope', 'id', true, 'national', 'Whose spending is meant.'),
  column(
    'amount.value',
    'decimal',
    false,
    '3000000000000',
    'Whole units of the currency: digits with a decimal point, nothing else. Empty where the words give no single figure.',
  ),
  column(
    'amount.low',
    'decimal',
    false,
    '3000000000000',
    'Lower bound; of an `exact` amount, the amount itself.',
  ),
  column(
    'amount.high',
    'decimal',
    false,
    '3000000000000',
    'Upper bound; of an `exact` amount, the amount itself.',
  ),
  column('amount.qualifier', 'text', true, 'exact', 'How the words qualify the figure.', {
    allowed: QUALIFIERS,
  }),
  column('amount.currency', 'text', true, 'CNY', 'ISO 4217 code.'),
  column('amount.asStated', 'text', true, '3 trillion yuan', 'The figure as printed, in its own script.'),
  column(
    'amount.interpretation',
    'text',
    false,
    '',
    'How an indefinite wording was read; empty where the figure needs no reading.',
  ),
  column(
    'statedConversions',
    'json',
    false,
    '',
    "The document's own conversions: a JSON array of `{ amount, evidence }`.",
  ),
  column('period.start', 'date', false, '2020-01-01', 'First day, inclusive; empty where it is not known.'),
  column('period.end', 'date', false, '2020-12-31', 'Last day, inclusive; empty where it is not known.'),
  column('period.kind', 'text', true, 'year', 'How the period is stated.', { allowed: PERIOD_KINDS }),
  column('period.years', 'integer', false, '1', 'Length in whole years; empty where it is not known.'),
  column('period.asStated', 'text', false, 'in 2020', 'The words that state the period.'),
  column(
    'period.inferred',
    'list',
    false,
    '',
    'Which of `start` and `end` the document does not state, separated by `; `.',
  ),
  column(
    'evidence.phrase',
    'text',
    true,
    'will total 3 trillion yuan in 2020',
    'A few words of the document: the figure and what qualifies it.',
  ),
  column(
    'evidence.start',
    'integer',
    false,
    '',
    'Place of the phrase in the text, in Unicode code points from 0; empty where the text is not held.',
  ),
  column('evidence.end', 'integer', false, '', 'Place after the phrase; empty where the text is not held.'),
  column(
    'evidence.status',
    'text',
    false,
    '',
    'For the ledger to say. May be empty; what is given must be what it finds.',
    { allowed: EVIDENCE_STATUSES },
  ),
  column('relations', 'json', false, '', 'What it has to do with others: a JSON array of `{ kind, … }`.'),
  column('confidence', 'text', true, 'medium', 'How sure the record is.', { allowed: CONFIDENCES }),
  column(
    'corroboration',
    'list',
    false,
    '',
    'Addresses of further pages that state the same, separated by `; `.',
  ),
  column('notes', 'text', false, '', 'Anything else.'),
];

/** Columns that a record takes from its document: they may stand in a file, and must then agree with it. */
export const DERIVED_COLUMNS = {
  publishedOn: 'publishedOn',
  evidenceDocumentSha256: 'evidence.documentSha256',
  evidenceUrl: 'evidence.url',
} as const;

/** Whether a column of a downloaded list is computed by the ledger: it is not read, and the answer says so. */
export function isComputedColumn(name: string): boolean {
  return (
    /^(?:revision|recordedAt|supersededAt|author|reason|deleted|highlights)$/.test(name) ||
    /^(?:forecaster|reportedBy|source|sector|region|measure)Name$/.test(name) ||
    /^(?:converted|notConverted)(?:[A-Z]|$)/.test(name)
  );
}

/** A CSV with every column and one row that shows them. */
export function importTemplate(): string {
  return stringify([IMPORT_COLUMNS.map(({ name }) => name), IMPORT_COLUMNS.map(({ example }) => example)], {
    record_delimiter: '\r\n',
  });
}
