import { LRUCache } from 'lru-cache';
import { DomainError, unlessRefused } from '../../domain/errors.ts';
import type { IrrevocableLeg, ReferenceLeg } from '../../domain/money/conversion.ts';
import { factorOf } from '../../domain/money/conversion.ts';
import { pathWithin, referenceLeg, referenceRoute } from '../../domain/money/conversion-routes.ts';
import { formatRatio } from '../../domain/money/decimal.ts';
import type { RateProvider } from '../../domain/money/rate-provider.ts';
import { currentRateDate, publishingDaysIn } from '../../domain/money/rate-provider.ts';
import type { DayRange, RateObservation } from '../../domain/money/rates.ts';
import { LAST_DAY, missingRates, publishedPart, ratesNotHeld } from '../../domain/money/rates.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns, pause } from '../../http/turns.ts';
import type { PageOf, PageRequest } from '../../store/keyset.ts';
import { pageOfRows } from '../../store/keyset.ts';
import type { Reader } from '../../store/store.ts';
import type { ReadContext } from '../context.ts';
import type { RateBook } from './book.ts';
import { requireProvider } from './book.ts';
import { reasonOf } from './conversions.ts';
import {
  daysHeld,
  earlierRevisions,
  heldDates,
  heldDays,
  listPublishedRates,
  quotedOn,
} from './repository.ts';
import type { Rate, RateListQuery, RateRange, RateSortKey } from './schemas.ts';

type Page = PageRequest<RateSortKey>;

/** A rate that a document implies by stating one figure in two currencies. */
export interface ImpliedRate {
  readonly base: string;
  readonly quote: string;
  readonly rate: string;
  /** The document's; null where it prints none. */
  readonly date: string | null;
  readonly recordedAt: string;
  readonly forecast: string;
}

/** Reads the rates that documents imply. @param asOf the time whose state is asked for; null or absent for the present */
export type ImpliedRates = (read: Reader, asOf?: string | null) => Promise<readonly ImpliedRate[]>;

export async function ratePage(
  view: ReadContext,
  query: RateListQuery,
  page: Page,
  impliedRates: ImpliedRates,
): Promise<PageOf<Rate>> {
  if (query.provider === 'source')
    return impliedPage(await impliedRates(view.read, query.knownAsOf), query, page);
  const provider = await requireProvider(view.read, query.provider, query.knownAsOf ?? null, 'provider');
  return query.date === undefined
    ? rangePage(view, provider, query, page)
    : dayPage(view, provider, query, query.date, page);
}

function impliedPage(
  implied: readonly ImpliedRate[],
  query: RateListQuery,
  page: Page,
): Promise<PageOf<Rate>> {
  const rows = implied
    .filter(
      ({ base, quote, date }) =>
        (query.base === undefined || base === query.base) &&
        (query.quotes === undefined || query.quotes.includes(quote)) &&
        (query.date === undefined || date === query.date) &&
        (query.from === undefined || (date !== null && date >= query.from)) &&
        (query.to === undefined || (date !== null && date <= query.to)),
    )
    .map(({ base, quote, date, rate, recordedAt: observedAt, forecast }) => ({
      ...emptyRow('source', base, quote),
      date,
      rate,
      computed: true,
      observedAt,
      forecast,
    }));
  return inTurns(pageOfRows(rows, page, (row, key) => row[key]));
}

/** A range as it is asked of the published rates, and the rates of its base where that is not the provider's. */
async function rangeOf(view: ReadContext, provider: RateProvider, query: RateListQuery) {
  const { base = provider.base, from, to } = query;
  const isCross = base !== provider.base;
  const book = await view.rates.open(isCross ? [base] : [], vintageOf(view, query), provider.id);
  // With another base, the row of the base's own rate is the one of the provider's: the same pair the other way round.
  const quotes = query.quotes
    ?.filter((quote) => quote !== base)
    .map((quote) => (quote === provider.base ? base : quote));
  const alsoHeld = isCross ? base : undefined;
  const asOf = query.knownAsOf ?? null;
  return { base, book, isCross, filters: { provider: provider.id, quotes, from, to, alsoHeld, asOf } };
}

/** The published rates of a range, or crosses of those that stand on the same day as the asked base's. */
async function rangePage(
  view: ReadContext,
  provider: RateProvider,
  query: RateListQuery,
  page: Page,
): Promise<PageOf<Rate>> {
  const { base, book, isCross, filters } = await rangeOf(view, provider, query);
  const published = await listPublishedRates(view.read, filters, page);
  const earlier = await earlierRevisions(view.read, provider.id, published.records);
  const rows = {
    ...published,
    records: published.records.map((observation) => {
      const { quote, date } = observation;
      if (!isCross) return publishedRow(observation, earlier.get(`${quote} ${date}`));
      const ofBase = book.rateOn(base, date);
      const legs = ofBase === undefined ? [] : [ofBase];
      return quote === base
        ? computedFrom(provider, base, provider.base, legs)
        : computedFrom(provider, base, quote, [...legs, observation]);
    }),
  };
  if (query.quotes?.includes(base) !== true) return rows;
  const { from = '', to = LAST_DAY } = query;
  const days = await heldDates(view.read, provider.id, filters.asOf);
  const own = days
    .filter(({ date }) => from <= date && date <= to && (!isCross || book.rateOn(base, date) !== undefined))
    .map(({ date }) => ({ ...emptyRow(provider.id, base, base), date, rate: '1', computed: true }));
  const merged = await inTurns(
    pageOfRows([...rows.records, ...own], page, (row, key) => (key === 'forecast' ? '' : row[key])),
  );
  return {
    ...merged,
    next: merged.next ?? rows.next,
    count: rows.count === undefined ? undefined : rows.count + own.length,
  };
}

const rangesByState = new LRUCache<string, RateRange>({ max: 64 });

/** What a range has of published rates, for each state of the ledger and day found once; null for a list that is none. */
export async function rateRange(view: ReadContext, query: RateListQuery): Promise<RateRange | null> {
  if (query.provider === 'source' || query.date !== undefined) return null;
  const { base, quotes, from, to, knownAsOf } = query;
  const provider = await requireProvider(view.read, query.provider, knownAsOf ?? null, 'provider');
  const { today, todaysRatesDue } = currentRateDate(provider, vintageOf(view, query).now);
  const asked = [provider.id, base, quotes, from, to, knownAsOf];
  const key = JSON.stringify([view.read.version, today, todaysRatesDue, ...asked]);
  const known = rangesByState.get(key) ?? (await rateRangeOf(view, provider, query));
  rangesByState.set(key, known);
  return known;
}

async function rateRangeOf(
  view: ReadContext,
  provider: RateProvider,
  query: RateListQuery,
): Promise<RateRange> {
  const { base, book, isCross, filters } = await rangeOf(view, provider, query);
  const isOpenEnded = provider.calendar.hasUnknownClosings === true;
  const [firstHeld] = isOpenEnded ? [...(await daysHeld(view.read, filters))].sort() : [];
  const range = {
    from: query.from ?? firstHeld ?? provider.calendar.firstDay,
    to: query.to ?? book.current.today,
  };
  const asked = query.quotes ?? (await quotedOn(view.read, provider.id, range.from, range.to));
  const needed = new Set([base, ...asked].filter((code) => code !== provider.base));
  // The base as a quote of itself stands on each day on which it has a rate.
  const ofBase = isCross ? [base] : undefined;
  const listed = query.quotes?.includes(base) === true ? { ...filters, quotes: ofBase } : filters;
  const missing: RateRange['missing'] = [];
  for (const currency of needed) {
    await pause();
    const one = { ...filters, ...range, quotes: [currency], alsoHeld: undefined };
    const parts = missingRates(currency, range, await heldDays(view.read, one), book);
    for (const { refusal, ...part } of parts) {
      const isNotHeld = refusal.code === 'rateNotHeld';
      // What was left to the ledger is what it could hold.
      if (query.quotes === undefined && currency !== base && !isNotHeld) continue;
      const others = parts.filter((other) => other.refusal !== refusal);
      const days = isNotHeld ? daysNotHeld(provider, part, await daysHeld(view.read, one), others) : [];
      const [firstMissing, lastMissing] = [days[0], days.at(-1)];
      missing.push({ currency, ...part, firstMissing, lastMissing, reason: reasonOf(refusal) });
    }
  }
  const { from, to } = publishedPart(range, book.current);
  const published = publishingDaysIn(provider.calendar, from, to);
  const held = await daysHeld(view.read, listed);
  // The provider's base has no series of its own: as a quote of itself it stands on each day that any rate is held of.
  if (!isCross && query.quotes?.includes(base) === true) {
    const days = published.filter((day) => !held.has(day));
    const [firstMissing, lastMissing] = [days[0], days.at(-1)];
    const reason = reasonOf(ratesNotHeld(base, provider));
    if (days.length > 0)
      missing.push({
        currency: base,
        from,
        to,
        publicationDays: days.length,
        firstMissing,
        lastMissing,
        reason,
      });
  }
  return {
    ...range,
    // Where closing days are not known, those are known to be published of which rates are held.
    publicationDays: isOpenEnded ? held.size : published.length,
    heldDays: held.size,
    missing,
  };
}

/** The publication days of a range on which a currency is not held, but for those that have another reason. */
function daysNotHeld(
  { calendar }: RateProvider,
  { from, to }: DayRange,
  held: ReadonlySet<string>,
  others: readonly DayRange[],
): readonly string[] {
  return publishingDaysIn(calendar, from, to).filter(
    (day) => !held.has(day) && !others.some((other) => other.from <= day && day <= other.to),
  );
}

/** One row for each currency on one day; where there is no rate, with the reason, or thrown if it is the only one. */
async function dayPage(
  { read, rates, now }: ReadContext,
  provider: RateProvider,
  query: RateListQuery,
  date: string,
  page: Page,
): Promise<PageOf<Rate>> {
  const { base = provider.base } = query;
  const quotes = query.quotes ?? [
    ...(await quotedOn(read, provider.id, date)),
    ...(base === provider.base ? [] : [provider.base]),
  ];
  const needed = new Set([base, ...quotes].filter((code) => code !== provider.base));
  const book = await rates.open(needed, vintageOf({ now }, query), provider.id);
  const rows: Rate[] = [];
  if (query.quotes?.includes(base) === true) {
    const itself = { ...emptyRow(provider.id, base, base), date, rate: '1', computed: true };
    rows.push({ ...itself, requestedDate: date, carriedDays: 0 });
  }
  for (const quote of new Set(quotes.filter((code) => code !== base))) {
    const row = unlessRefused(() => dayRow(provider, base, quote, date, book));
    if (!(row instanceof DomainError)) rows.push(row);
    else if (quotes.length === 1) throw row;
    else rows.push({ ...emptyRow(provider.id, base, quote), requestedDate: date, reason: reasonOf(row) });
  }
  const paged = await inTurns(pageOfRows(rows, page, (row, key) => row[key]));
  const published = paged.records.flatMap((row) =>
    row.date === null || row.revision === null ? [] : [{ ...row, date: row.date, revision: row.revision }],
  );
  const earlier = await earlierRevisions(read, provider.id, published);
  const withEarlier = (row: Rate): Rate =>
    row.computed ? row : { ...row, earlier: [...(earlier.get(`${row.quote} ${row.date}`) ?? [])] };
  return { ...paged, records: paged.records.map(withEarlier) };
}

function dayRow(provider: RateProvider, base: string, quote: string, date: string, book: RateBook): Rate {
  const { legs, carriedDays } = referenceRoute('date', pathWithin(book, base, quote), date).receipt;
  const dayLegs = legs.filter((leg) => leg.kind === 'reference' || leg.kind === 'irrevocable');
  const [only] = dayLegs;
  const observation = only?.kind === 'reference' ? book.rateOn(only.quote, only.date) : undefined;
  const row =
    base === provider.base && observation !== undefined
      ? publishedRow(observation)
      : computedRow(provider, base, quote, { legs: dayLegs, book, date });
  return { ...row, requestedDate: date, carriedDays };
}

function emptyRow(provider: string, base: string, quote: string): Rate {
  return {
    provider,
    base,
    quote,
    date: null,
    rate: null,
    computed: false,
    revision: null,
    observedAt: null,
    requestedDate: null,
    carriedDays: null,
    from: [],
    irrevocable: [],
    earlier: [],
    forecast: null,
    reason: null,
  };
}

function publishedRow(
  { provider, base, quote, date, rate, revision, observedAt }: RateObservation,
  earlier: readonly RateObservation[] = [],
): Rate {
  return { ...emptyRow(provider, base, quote), date, rate, revision, observedAt, earlier: [...earlier] };
}

/** A cross of published rates of one day: units of `quote` for one `base`. */
function computedFrom(
  provider: RateProvider,
  base: string,
  quote: string,
  observations: readonly RateObservation[],
): Rate {
  const byQuote = new Map(observations.map((observation) => [observation.quote, observation]));
  const legs = observations.map((observation) =>
    referenceLeg({ operation: observation.quote === base ? 'divide' : 'multiply' }, observation),
  );
  const book = { rateOn: (code: string) => byQuote.get(code) };
  return computedRow(provider, base, quote, { legs, book, date: observations[0]?.date ?? null });
}

/**
 * An inverse, a cross or a rate that the law has fixed: units of `quote` for one `base`, from the legs that lead there.
 * @param how `date`: the day of a rate that has no published one in it
 */
function computedRow(
  { id }: RateProvider,
  base: string,
  quote: string,
  how: {
    readonly legs: readonly (ReferenceLeg | IrrevocableLeg)[];
    readonly book: Pick<RateBook, 'rateOn'>;
    readonly date: string | null;
  },
): Rate {
  const { numerator, denominator } = factorOf(how.legs);
  const published = how.legs.filter((leg) => leg.kind === 'reference');
  const observations = published.flatMap((leg) => how.book.rateOn(leg.quote, leg.date) ?? []);
  return {
    ...emptyRow(id, base, quote),
    date: observations[0]?.date ?? how.date,
    rate: formatRatio(numerator.dividedBy(denominator)),
    computed: true,
    observedAt:
      observations
        .map((observation) => observation.observedAt)
        .sort()
        .at(-1) ?? null,
    from: [...observations],
    irrevocable: how.legs.flatMap((leg) => {
      if (leg.kind !== 'irrevocable') return [];
      return { base: leg.base, quote: leg.quote, rate: leg.rate, since: leg.date, law: leg.law };
    }),
  };
}
