import { hash } from 'node:crypto';
import type { Period } from '../../domain/period/period.ts';
import type { DraftRecord, RecordContent } from './record.ts';

/*
 * Ids of records that were handed in without one: of who forecasts or reports, the sector and the period, and of the
 * measure and a digest only where another record has that id. The same record gets the same id again.
 */

/** As in the schema of an identifier. */
const LONGEST = 128;
const DIGEST_LENGTH = 8;

/** What tells a record from others of the same document. */
export type Identified = Pick<
  DraftRecord,
  'kind' | 'organisation' | 'source' | 'sector' | 'region' | 'measure' | 'scope' | 'collection'
> & {
  readonly evidence: Pick<RecordContent['evidence'], 'phrase'>;
  readonly amount: Pick<RecordContent['amount'], 'asStated'>;
  readonly period: Pick<Period, 'start' | 'end' | 'kind' | 'years'>;
  readonly scenario?: RecordContent['scenario'] | undefined;
};

/** The ids that a record may get, the first where no other record has it, and so on. */
export function idCandidates(record: Identified): readonly string[] {
  const { organisation, source, sector, measure, period } = record;
  const base = `${organisation ?? source}-${sector}-${wordsOf(period)}`;
  const withMeasure = `${base}-${measure.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase()}`;
  const digest = hash('sha256', JSON.stringify(identityOf(record))).slice(0, DIGEST_LENGTH);
  const stem = withMeasure.slice(0, LONGEST - DIGEST_LENGTH - 1).replace(/[-._]$/, '');
  return [base, withMeasure, `${stem}-${digest}`].filter(({ length }) => length <= LONGEST);
}

function wordsOf({ start, end, kind, years }: Identified['period']): string {
  const [from, to] = [dayOrYear(start, '-01-01'), dayOrYear(end, '-12-31')];
  const span = [...new Set([from, to])].filter((day) => day !== '').join('-');
  if (kind === 'cumulativeTo') return `by-${to}`;
  if (kind === 'perYear') return span === '' ? 'a-year' : `${span}-a-year`;
  if (span !== '') return span;
  return years === null ? 'undated' : `${years}-years`;
}

/** The year of a day that begins or ends it, else the day. */
function dayOrYear(day: string | null, boundary: string): string {
  return day?.endsWith(boundary) ? day.slice(0, -boundary.length) : (day ?? '');
}

function identityOf(record: Identified): readonly unknown[] {
  const { kind, organisation, source, sector, region, measure, evidence, amount, period, scenario } = record;
  const subject = [kind, organisation, source, sector, region, measure];
  const said = [evidence.phrase.trim(), amount.asStated, period.start, period.end, period.kind];
  // Ids that were made before there were scenarios stay.
  return [...subject, ...said, ...(scenario == null ? [] : [scenario.name])];
}

/** Whether a record is the one that somebody handed in without its id: the same words for the same subject. */
export function isSameRecord(held: Identified, draft: Identified): boolean {
  return (
    (['scope', 'collection'] as const).every(
      (name) => draft[name] === undefined || held[name] === draft[name],
    ) && JSON.stringify(identityOf(held)) === JSON.stringify(identityOf(draft))
  );
}
