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

/** A period that no other number has. */
function periodAt(at: number): RecordContent['period'] {
  const [start, end] = [day(at), day(at + 400 + (at % 300))];
  return { start, end, kind: 'window', years: null, asStated: 'then', inferred: [] };
}

const WRITTEN_AT_ONCE = 300;
const WITH_NOTES = 1000;

/**
 * Forecasts, and outcomes of one body, each for a period of its own, all of one document, forecaster and measure:
 * of each three forecasts two are of a sector, one of a part of it. The first thousand have notes that repeat one
 * character.
 */
export async function writeLargeLedger(store: Store, forecasts: number, outcomes = forecasts): Promise<void> {
  for (let first = 0; first < Math.max(forecasts, outcomes); first += WRITTEN_AT_ONCE) {
    const places = Array.from({ length: WRITTEN_AT_ONCE }, (_, at) => first + at);
    await writeRecords(
      store,
      ...places.filter((at) => at < forecasts).map(forecastAt),
      ...places.filter((at) => at < outcomes).map(outcomeAt),
    );
  }
}

function forecastAt(at: number): RecordContent {
  return {
    ...recordContent(`large-forecast-${at}`, `${1_000_000_000 + at * 997}`),
    sector: at % 3 === 0 ? '5g' : 'new-infrastructure',
    period: periodAt(at),
    statedConversions: [STATED_CONVERSION],
    notes: at < WITH_NOTES ? '一'.repeat(4000) : null,
  };
}

const { amount, evidence } = recordContent('dollars', '420000000');
const STATED_CONVERSION: RecordContent['statedConversions'][number] = {
  amount: { ...amount, currency: 'USD', asStated: '420000000 dollars' },
  evidence: { ...evidence, phrase: '420000000 dollars' },
};

function outcomeAt(at: number): RecordContent {
  return {
    ...recordContent(`large-outcome-${at}`, `${1_000_000_000 + at * 991}`),
    kind: 'outcome',
    organisation: 'caict',
    period: periodAt(at),
  };
}
