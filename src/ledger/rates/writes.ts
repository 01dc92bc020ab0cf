import type { Quarantined } from '../../domain/money/rate-screening.ts';
import { revise } from '../../domain/money/rate-screening.ts';
import type { RateObservation, RateQuotation } from '../../domain/money/rates.ts';
import { advanceDatasetVersionNow } from '../../store/ledger-state.ts';
import { and, eq, sql } from '../../store/query.ts';
import { recordingTime } from '../../store/recording-time.ts';
import type { Storage, Writer } from '../../store/sqlite/storage.ts';
import {
  currencies,
  rateAverages,
  rateQuarantine,
  rateSeries,
  rateSyncs,
} from '../../store/tables/schema.ts';
import type { CurrencySeedFile, RateSeedFile } from './seed-file.ts';

/** Currencies and series as a seed file has them. Inside a transaction. */
export function writeCurrencies(write: Writer, file: CurrencySeedFile): void {
  for (const { series: _, ...currency } of file.records) {
    write
      .insert(currencies)
      .values(currency)
      .onConflictDoUpdate({ target: currencies.id, set: currency })
      .run();
  }
  for (const { id, series } of file.records) {
    write.delete(rateSeries).where(eq(rateSeries.quote, id)).run();
    if (series !== null)
      write
        .insert(rateSeries)
        .values({ ...series, quote: id, gaps: JSON.stringify(series.gaps) })
        .run();
  }
}

/** The days and averages of a seed file: what is held already, perhaps corrected since, stays. Inside a transaction. */
export function writeRateSeeds(
  storage: Storage,
  write: Writer,
  file: RateSeedFile,
  observedAt: string,
): void {
  const { provider, base } = file;
  const quotations = file.days.flatMap(({ date, rates }) =>
    Object.entries(rates).map(([quote, rate]): RateQuotation => ({ provider, base, quote, date, rate })),
  );
  writeQuotations(storage, quotations, observedAt, { correct: false });
  for (const { targetDays: _, mean: __, ...average } of file.averages) {
    const row = { ...average, provider, base, recordedAt: observedAt };
    write
      .insert(rateAverages)
      .values(row)
      .onConflictDoUpdate({
        target: [rateAverages.provider, rateAverages.quote, rateAverages.year],
        set: row,
        // What was known when stays: an average that says the same is not a new one.
        setWhere: sql`(${rateAverages.sum}, ${rateAverages.observations}, ${rateAverages.firstDay}, ${rateAverages.lastDay}) is not (${row.sum}, ${row.observations}, ${row.firstDay}, ${row.lastDay})`,
      })
      .run();
  }
}

export interface WrittenRates {
  readonly added: number;
  readonly corrected: number;
}

/**
 * Records published rates: a first revision for a day not held, a further one where the number differs from the one
 * held. Inside a transaction. Statements are prepared on the connection itself: a history has over 200,000 rates, and
 * a built query for each would take several times as long.
 * @param observedAt ISO 8601 time in UTC with milliseconds
 * @param options `correct`: whether a differing number is a correction, or (seeds) older than what is held
 */
export function writeQuotations(
  { sqlite }: Storage,
  quotations: readonly RateQuotation[],
  observedAt: string,
  { correct }: { readonly correct: boolean },
): WrittenRates {
  const held = sqlite.prepare<[string, string, string], RateObservation>(
    'select provider, base, quote, date, rate, revision, observed_at as observedAt from rates where provider = ? and quote = ? and date = ? and superseded_at is null',
  );
  const supersede = sqlite.prepare<[string, string, string, string, number]>(
    'update rates set superseded_at = ? where provider = ? and quote = ? and date = ? and revision = ?',
  );
  const insert = sqlite.prepare<[string, string, string, string, number, string, string]>(
    'insert into rates (provider, base, quote, date, revision, rate, observed_at) values (?, ?, ?, ?, ?, ?, ?)',
  );
  let added = 0;
  let corrected = 0;
  for (const quotation of quotations) {
    const { provider, base, quote, date } = quotation;
    const current = held.get(provider, quote, date);
    const next = revise(current, quotation, observedAt);
    if (next === null || (current !== undefined && !correct)) continue;
    if (current === undefined) added += 1;
    else {
      corrected += 1;
      supersede.run(observedAt, provider, quote, date, current.revision);
    }
    insert.run(provider, base, quote, date, next.revision, next.rate, observedAt);
  }
  return { added, corrected };
}

/** What a fetch brought. */
export interface Delivery {
  readonly provider: string;
  readonly accepted: readonly RateQuotation[];
  readonly quarantined: readonly Quarantined[];
  readonly attemptedAt: string;
  /** The clock as the delivery is written: what is recorded was not known before. */
  readonly now: Date;
}

/** Records a whole delivery, or nothing of it. The dataset version moves on only where something changed. */
export function writeDelivery(
  storage: Storage,
  delivery: Delivery,
): WrittenRates & { readonly quarantined: number } {
  const { provider, attemptedAt } = delivery;
  return storage.write.transaction(
    (write) => {
      const observedAt = recordingTime(storage, delivery.now);
      const written = writeQuotations(storage, delivery.accepted, observedAt, { correct: true });
      let quarantined = 0;
      for (const { quotation, reason, comparedWith } of delivery.quarantined) {
        const row = { ...quotation, reason, comparedWith, reportedAt: attemptedAt };
        quarantined += write.insert(rateQuarantine).values(row).onConflictDoNothing().run().changes;
      }
      const sync = { provider, attemptedAt, succeededAt: attemptedAt, failure: null };
      write
        .insert(rateSyncs)
        .values(sync)
        .onConflictDoUpdate({ target: rateSyncs.provider, set: sync })
        .run();
      if (written.added + written.corrected + quarantined > 0) {
        advanceDatasetVersionNow(
          write,
          `rates ${provider} ${attemptedAt} ${JSON.stringify({ ...written, quarantined })}`,
        );
      }
      return { ...written, quarantined };
    },
    { behavior: 'immediate' },
  );
}

/** Records that a fetch failed; the rates stay as they are. */
export function writeFailure(write: Writer, provider: string, attemptedAt: string, failure: unknown): void {
  const text = JSON.stringify(failure);
  write
    .insert(rateSyncs)
    .values({ provider, attemptedAt, failure: text })
    .onConflictDoUpdate({ target: rateSyncs.provider, set: { attemptedAt, failure: text } })
    .run();
}

/** The rate held for the last day before a date, or null. */
export function previousRate(
  storage: Storage,
  provider: string,
): (quote: string, date: string) => string | null {
  const statement = storage.sqlite
    .prepare<[string, string, string], string>(
      'select rate from rates where provider = ? and quote = ? and date < ? and superseded_at is null order by date desc limit 1',
    )
    .pluck();
  return (quote, date) => statement.get(provider, quote, date) ?? null;
}

/** The codes of all currencies. */
export function knownCurrencyCodes(write: Writer): ReadonlySet<string> {
  return new Set(
    write
      .select({ id: currencies.id })
      .from(currencies)
      .all()
      .map(({ id }) => id),
  );
}

/** The newest day of a provider's rates, and how many days are held; for deciding what to fetch. */
export function heldDays(
  write: Writer,
  provider: string,
): { readonly newest: string | null; readonly days: number } {
  const row = write
    .select({ newest: sql<string | null>`max(date)`, days: sql<number>`count(distinct date)` })
    .from(sql`rates`)
    .where(and(sql`provider = ${provider}`, sql`superseded_at is null`))
    .get();
  return row ?? { newest: null, days: 0 };
}
