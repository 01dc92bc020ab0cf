import type { RecordContent } from '../../src/ledger/records/record.ts';
import type { Store } from '../../src/store/store.ts';
import { recordContent } from './record-content.ts';
import { writeRecords } from './records.ts';

/*
 * Ledgers of as many records as are computed with at once, made so that as many as can be have to do with each other.
 */

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2010, 0, 1);

function day(number: number): string {
  return new Date(FIRST_DAY + number * DAY_MS).toISOString().slice(0, 10);
}

/** A period of some days that no other number has. */
function periodOf(first: number, last: number): RecordContent['period'] {
  return { start: day(first), end: day(last), kind: 'window', years: null, asStated: 'then', inferred: [] };
}

const WRITTEN_AT_ONCE = 500;

/** Forecasts and as many outcomes of one subject: each for a period of its own, which one outcome of one body has as well. */
export async function writeOneSubject(store: Store, number: number): Promise<void> {
  const contents = Array.from({ length: number }, (_, at): readonly RecordContent[] => {
    const amount = `${1_000_000_000 + at * 997}`;
    const period = periodOf(at, at + 400 + (at % 300));
    const notes = '一'.repeat(4000);
    return [
      { ...recordContent(`large-forecast-${at}`, amount), period, notes },
      {
        ...recordContent(`large-outcome-${at}`, `${1_000_000_000 + at * 991}`),
        kind: 'outcome',
        organisation: 'caict',
        period,
      },
    ];
  }).flat();
  for (let at = 0; at < contents.length; at += WRITTEN_AT_ONCE)
    await writeRecords(store, ...contents.slice(at, at + WRITTEN_AT_ONCE));
}
