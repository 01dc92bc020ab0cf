import { createHash } from 'node:crypto';
import type { RateCalendar } from '../../domain/money/rate-provider.ts';
import { skippedDays } from '../../domain/money/rate-provider.ts';
import type { Quarantined } from '../../domain/money/rate-screening.ts';
import { revise, screen } from '../../domain/money/rate-screening.ts';
import type { RateObservation, RateQuotation } from '../../domain/money/rates.ts';
import { advanceDatasetVersion } from '../../store/ledger-state.ts';
import { and, eq, excluded, getTableColumns, gte, inArray, isNull, lt, lte, sql } from '../../store/query.ts';
import type { QueryWriter, Snapshot, Transaction } from '../../store/store.ts';
import {
  currencies,
  rateAverages,
  rateQuarantine,
  rateSeries,
  rateSyncs,
  rates,
  unpublishedDays,
} from '../../store/tables/schema.ts';
import type { CurrencySeedFile, RateSeedFile } from './seed-file.ts';

/** Writes the currencies of a seed file, new or in the present wording. */
export async function writeCurrencies(transaction: QueryWriter, file: CurrencySeedFile): Promise<void> {
  const { id: _, ...columns } = getTableColumns(currencies);
  await transaction
    .insert(currencies)
    .values(
      file.records.map(({ irrevocable, ...row }) => ({
        ...row,
        irrevocable: irrevocable === undefined ? null : JSON.stringify(irrevocable),
      })),
    )
    .onConflictDoUpdate({ target: currencies.id, set: excluded(columns) });
}

/** Writes the series, days and averages of a seed file: a rate that is held already, perhaps corrected since, stays. */
export async function writeRateSeeds(transaction: Transaction, file: RateSeedFile): Promise<void> {
  const { provider, base } = file;
  await transaction.delete(rateSeries).where(eq(rateSeries.provider, provider));
  await transaction.insertRows(
    rateSeries,
    file.series.map(({ gaps, ...series }) => ({ ...series, provider, base, gaps: JSON.stringify(gaps) })),
  );
  const quotations = file.days.flatMap(({ date, rates: ofDay }) =>
    Object.entries(ofDay).map(([quote, rate]): RateQuotation => ({ provider, base, quote, date, rate })),
  );
  const held = await readHeld(transaction, provider, spanOf(quotations));
  const missing = quotations.filter((quotation) => held.on(quotation) === undefined);
  await insertRevisions(transaction, revisionsOf(missing, held, transaction.recordedAt));
  const { recordedAt } = transaction;
  const averages = file.averages.map(({ targetDays: _, mean: __, ...average }) => ({
    ...average,
    provider,
    base,
    recordedAt,
  }));
  const { sum, observations, firstDay, lastDay } = rateAverages;
  const others = { base: rateAverages.base, recordedAt: rateAverages.recordedAt };
  await transaction
    .insert(rateAverages)
    .values(averages)
    .onConflictDoUpdate({
      target: [rateAverages.provider, rateAverages.quote, rateAverages.year],
      set: excluded({ sum, observations, firstDay, lastDay, ...others }),
      // What was known when stays: an average that says the same is not a new one.
      setWhere: sql`(${sum}, ${observations}, ${firstDay}, ${lastDay}) <> (excluded.sum, excluded.observations, excluded.first_day, excluded.last_day)`,
    });
}

export interface WrittenDelivery {
  readonly added: number;
  readonly corrected: number;
  readonly quarantined: number;
  /** Open days newly known to be without rates. */
  readonly unpublishedDays: number;
}

/** What of a delivery can be served, beside the rates that are held. */
export async function screenDelivery(
  transaction: Transaction,
  provider: string,
  quotations: readonly RateQuotation[],
) {
  const known = new Set(
    (await transaction.select({ id: currencies.id }).from(currencies)).map(({ id }) => id),
  );
  const held = await readHeld(transaction, provider, spanOf(quotations));
  return { ...screen(quotations, held.before, (quote) => known.has(quote)), held };
}

/** Lets the series of a provider whose rates are imported begin with the first day of each currency. */
export async function widenSeries(
  transaction: Transaction,
  quotations: readonly RateQuotation[],
): Promise<void> {
  for (const [quote, ofQuote] of Map.groupBy(quotations, (one) => one.quote)) {
    const { provider, base } = ofQuote[0] as RateQuotation;
    const firstDay = spanOf(ofQuote).from;
    await transaction
      .insert(rateSeries)
      .values({ provider, base, quote, firstDay, lastDay: null, gaps: '[]' })
      .onConflictDoUpdate({
        target: [rateSeries.provider, rateSeries.quote],
        set: { firstDay },
        setWhere: sql`${rateSeries.firstDay} > excluded.first_day`,
      });
  }
}

/**
 * Records a delivery: a first revision for a day not held, a further one where the number differs from the one held, what
 * cannot be served in quarantine. The dataset version moves on only where something changed.
 * @param calendar of a delivery that is the provider's whole history: open days that it skips were not published
 */
export async function writeDelivery(
  transaction: Transaction,
  provider: string,
  attemptedAt: string,
  quotations: readonly RateQuotation[],
  calendar: RateCalendar | null = null,
): Promise<WrittenDelivery> {
  const { accepted, quarantined, held } = await screenDelivery(transaction, provider, quotations);
  const revisions = revisionsOf(accepted, held, transaction.recordedAt);
  const corrections = revisions.filter(({ revision }) => revision > 1);
  await supersede(transaction, provider, corrections);
  await insertRevisions(transaction, revisions);
  const newlyQuarantined = await insertQuarantined(transaction, quarantined, attemptedAt);
  const days = [...new Set(quotations.map(({ date }) => date))];
  const skipped = calendar === null ? [] : skippedDays(calendar, days);
  // A history that lacks what has been published is not whole.
  const proven = skipped.some((day) => held.days.has(day)) ? [] : skipped;
  const unpublished = await writeUnpublished(transaction, provider, { proven, seen: days });
  await writeSync(transaction, { provider, attemptedAt, succeededAt: attemptedAt, failure: null });
  const written = {
    added: revisions.length - corrections.length,
    corrected: corrections.length,
    quarantined: newlyQuarantined.length,
    unpublishedDays: unpublished.length,
  };
  if (revisions.length + newlyQuarantined.length + unpublished.length > 0) {
    const digest = createHash('sha256').update(unpublished.join());
    for (const { quote, date, rate } of [...revisions, ...newlyQuarantined])
      digest.update(`${quote} ${date} ${rate}\n`);
    await advanceDatasetVersion(transaction, `rates ${provider} ${attemptedAt} ${digest.digest('hex')}`);
  }
  return written;
}

/**
 * Records the days that are proven to be without rates, and takes back those of which rates are seen after all.
 * @returns those not known before
 */
async function writeUnpublished(
  transaction: Transaction,
  provider: string,
  { proven, seen }: { readonly proven: readonly string[]; readonly seen: readonly string[] },
): Promise<readonly string[]> {
  const { date, supersededAt } = unpublishedDays;
  const current = and(eq(unpublishedDays.provider, provider), isNull(supersededAt));
  const known = new Set(
    (await transaction.select({ date }).from(unpublishedDays).where(current)).map((row) => row.date),
  );
  const published = seen.filter((day) => known.has(day));
  const { recordedAt } = transaction;
  if (published.length > 0)
    await transaction
      .update(unpublishedDays)
      .set({ supersededAt: recordedAt })
      .where(and(current, inArray(date, published)));
  const unpublished = proven.filter((day) => !known.has(day));
  await transaction.insertRows(
    unpublishedDays,
    unpublished.map((day) => ({ provider, date: day, recordedAt, supersededAt: null })),
  );
  return unpublished;
}

/** Records how a fetch went; where it failed, the rates stay as they are. */
export async function writeSync(
  transaction: QueryWriter,
  sync: typeof rateSyncs.$inferInsert,
): Promise<void> {
  await transaction
    .insert(rateSyncs)
    .values(sync)
    .onConflictDoUpdate({ target: rateSyncs.provider, set: sync });
}

const BATCH_ROWS = 500;

function* batchesOf<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += BATCH_ROWS) yield rows.slice(at, at + BATCH_ROWS);
}

async function insertRevisions(
  transaction: Transaction,
  revisions: readonly RateObservation[],
): Promise<void> {
  for (const batch of batchesOf(revisions)) await transaction.insertRows(rates, batch);
}

async function supersede(
  transaction: Transaction,
  provider: string,
  corrections: readonly RateObservation[],
): Promise<void> {
  for (const [date, ofDay] of Map.groupBy(corrections, (correction) => correction.date)) {
    const quotes = ofDay.map(({ quote }) => quote);
    await transaction
      .update(rates)
      .set({ supersededAt: transaction.recordedAt })
      .where(
        and(
          eq(rates.provider, provider),
          eq(rates.date, date),
          inArray(rates.quote, quotes),
          isNull(rates.supersededAt),
        ),
      );
  }
}

/** @returns those not reported before */
async function insertQuarantined(
  transaction: Transaction,
  quarantined: readonly Quarantined[],
  reportedAt: string,
): Promise<readonly RateQuotation[]> {
  const inserted: RateQuotation[] = [];
  for (const batch of batchesOf(quarantined)) {
    const { provider, base, quote, date, rate } = rateQuarantine;
    inserted.push(
      ...(await transaction
        .insert(rateQuarantine)
        .values(batch.map(({ quotation, ...why }) => ({ ...quotation, ...why, reportedAt })))
        .onConflictDoNothing()
        .returning({ provider, base, quote, date, rate })),
    );
  }
  return inserted;
}

function revisionsOf(
  quotations: readonly RateQuotation[],
  held: HeldRates,
  observedAt: string,
): readonly RateObservation[] {
  return quotations.flatMap((quotation) => revise(held.on(quotation), quotation, observedAt) ?? []);
}

type HeldRate = Pick<RateObservation, 'rate' | 'revision'>;

/** A provider's rates that are held for some days, in memory: a history has 200,000 rates to compare with. */
interface HeldRates {
  readonly on: (quotation: Pick<RateQuotation, 'quote' | 'date'>) => HeldRate | undefined;
  /** Those of the days on which any rate is held. */
  readonly days: ReadonlySet<string>;
  /** The rate held for the last day before a date of those days, or null. */
  readonly before: (quote: string, date: string) => string | null;
}

function spanOf(quotations: readonly RateQuotation[]): { readonly from: string; readonly to: string } {
  let from = '9999-12-31';
  let to = '';
  for (const { date } of quotations) {
    if (date < from) from = date;
    if (date > to) to = date;
  }
  return { from, to };
}

async function readHeld(
  read: Snapshot,
  provider: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<HeldRates> {
  const current = and(eq(rates.provider, sql.placeholder('provider')), isNull(rates.supersededAt));
  const { quote, date, rate, revision } = rates;
  const within = () =>
    read
      .select({ quote, date, rate, revision })
      .from(rates)
      .where(and(current, gte(date, sql.placeholder('from')), lte(date, sql.placeholder('to'))));
  const last = () => {
    const newest = read
      .select({ quote, date: sql`max(${date})` })
      .from(rates)
      .where(and(current, lt(date, sql.placeholder('from'))))
      .groupBy(quote);
    return read
      .select({ quote, rate })
      .from(rates)
      .where(and(current, sql`(${quote}, ${date}) in ${newest}`));
  };
  const byQuote = new Map<string, Map<string, HeldRate>>();
  const heldDays = new Set<string>();
  for (const row of await read.rows('rates held', within, { provider, from, to })) {
    const [ofQuote, day, ofDay, number] = row as [string, string, string, number];
    const days = byQuote.get(ofQuote) ?? new Map<string, HeldRate>();
    byQuote.set(ofQuote, days);
    days.set(day, { rate: ofDay, revision: number });
    heldDays.add(day);
  }
  const earlier = new Map(
    (await read.rows('rates held before', last, { provider, from })) as [string, string][],
  );
  return {
    on: (one) => byQuote.get(one.quote)?.get(one.date),
    days: heldDays,
    before: (ofQuote, day) => {
      let newest: string | undefined;
      const days = byQuote.get(ofQuote) ?? new Map<string, HeldRate>();
      for (const other of days.keys())
        if (other < day && (newest === undefined || other > newest)) newest = other;
      return (newest === undefined ? earlier.get(ofQuote) : days.get(newest)?.rate) ?? null;
    },
  };
}
