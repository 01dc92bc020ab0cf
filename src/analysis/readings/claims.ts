import type { Amount } from '../../domain/money/amount.ts';
import { parseDecimal } from '../../domain/money/decimal.ts';
import type { Period } from '../../domain/period/period.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { Problem } from '../../http/message/problem.ts';
import { pause } from '../../http/turns.ts';
import type { ReadContext } from '../../ledger/context.ts';
import { conversionRequest, openConverter } from '../../ledger/rates/conversions.ts';
import type { StatedForecast } from '../../ledger/records/kinds.ts';
import { forecastsToCompute } from '../figures.ts';
import type { Conflict, Draft, Match } from './schemas.ts';
import type { TextFigure } from './text-figures.ts';

/** A figure of a text with its draft. */
export interface DraftedFigure {
  readonly figure: TextFigure;
  readonly draft: Draft | null;
}

export interface Known {
  readonly matches: readonly Omit<Match, 'href'>[];
  readonly conflicts: readonly Omit<Conflict, 'href'>[];
}

/** Sums in two currencies say the same where they differ by no more than this, as parts of one. */
const ALIKE = 0.05;
/** So many records of each are shown. */
const MOST_SHOWN = 10;

/**
 * What is on record of the figures of a text: forecasts that say the same, and those of the same subject that say
 * otherwise.
 * @returns null where more records may be meant than are computed with
 */
export async function knownClaims(
  view: ReadContext,
  figures: readonly DraftedFigure[],
): Promise<readonly Known[] | null> {
  const forecasts = await forecastsNamed(view, figures);
  if (forecasts === null) return null;
  const bySector = Map.groupBy(forecasts, ({ sector }) => sector);
  const converters = await convertersFor(view, figures, forecasts);
  const known: Known[] = [];
  for (const one of figures) {
    const sectors = idsNear(one.figure, 'sector');
    const alike = sectors.flatMap((sector) => bySector.get(sector) ?? []);
    known.push(knownOf(one, alike, figures, converters));
    await pause();
  }
  return known;
}

/** Ids of what is named in the sentence of a figure; where nothing is, in its paragraph; else in the document. */
function idsNear({ candidates }: TextFigure, kind: string): readonly string[] {
  const all = candidates[kind] ?? [];
  for (const nearness of ['sentence', 'paragraph', 'document'] as const) {
    const near = all.filter((candidate) => candidate.nearness === nearness);
    if (near.length > 0) return near.map(({ id }) => id);
  }
  return [];
}

/** The forecasts that the figures may be of. */
async function forecastsNamed(
  view: ReadContext,
  figures: readonly DraftedFigure[],
): Promise<readonly StatedForecast[] | null> {
  const named = (kind: string): string[] => [
    ...new Set(figures.flatMap(({ figure }) => idsNear(figure, kind))),
  ];
  const [sector, forecaster] = [named('sector'), named('forecaster')];
  if (sector.length === 0) return [];
  const filters = forecaster.length === 0 ? { sector } : { sector, forecaster };
  try {
    return await forecastsToCompute(view, { ...filters, sectorOnly: true } as Parameters<
      typeof forecastsToCompute
    >[1]);
  } catch (error) {
    if (error instanceof Problem && error.code === 'tooManyRecords') return null;
    throw error;
  }
}

type Converter = Awaited<ReturnType<typeof openConverter>>;

/** What converts the forecasts into each currency of the text. */
async function convertersFor(
  view: ReadContext,
  figures: readonly DraftedFigure[],
  forecasts: readonly StatedForecast[],
): Promise<ReadonlyMap<string, Converter>> {
  const stated = new Set(forecasts.map(({ amount }) => amount.currency));
  const wanted = new Set(figures.flatMap(({ figure }) => figure.amount?.currency ?? []));
  const converters = new Map<string, Converter>();
  for (const convertTo of wanted) {
    const request = conversionRequest({ convertTo, rateBasis: ['publication', 'latest'] });
    if (request === null || stated.size === 0) continue;
    converters.set(convertTo, await openConverter(view.rates, stated, request, vintageOf(view, {})));
  }
  return converters;
}

/** The sum by which amounts are compared: the value, else a bound. */
function sumOf({ value, low, high }: Pick<Amount, 'value' | 'low' | 'high'>): string | null {
  return value ?? low ?? high;
}

function isSameSum(one: Amount, other: Amount): boolean {
  return one.currency === other.currency && sumOf(one) !== null && sumOf(one) === sumOf(other);
}

function knownOf(
  { figure, draft }: DraftedFigure,
  forecasts: readonly StatedForecast[],
  figures: readonly DraftedFigure[],
  converters: ReadonlyMap<string, Converter>,
): Known {
  const { amount } = figure;
  if (amount === null) return { matches: [], conflicts: [] };
  const at = figures.findIndex((other) => other.figure === figure);
  const conversions = figures.flatMap(({ figure: other }) =>
    other.converts === at ? (other.amount ?? []) : [],
  );
  const forecasters = idsNear(figure, 'forecaster');
  const measures = idsNear(figure, 'measure');
  const matches: Omit<Match, 'href'>[] = [];
  const conflicts: Omit<Conflict, 'href'>[] = [];
  for (const forecast of forecasts) {
    if (forecasters.length > 0 && !forecasters.includes(forecast.forecaster ?? '')) continue;
    const known = { forecast: forecast.id, amount: forecast.amount };
    const isSubject = measures.length === 0 || measures.includes(forecast.measure);
    const by = isSubject && mayBeSamePeriod(figure.period?.stated ?? null, forecast.period);
    const way = by ? sameBy(amount, conversions, forecast, converters) : null;
    if (way !== null) matches.push({ ...known, by: way });
    else if (draft !== null && isOfSameSubject(draft, forecast)) conflicts.push(known);
  }
  return { matches: matches.slice(0, MOST_SHOWN), conflicts: conflicts.slice(0, MOST_SHOWN) };
}

/** In which way a forecast states the sum of a figure; null where it does not. */
function sameBy(
  amount: Amount,
  conversions: readonly Amount[],
  forecast: StatedForecast,
  converters: ReadonlyMap<string, Converter>,
): Match['by'] | null {
  if (isSameSum(amount, forecast.amount)) return 'amount';
  const theirs = forecast.statedConversions.map((stated) => stated.amount);
  const isStated =
    theirs.some((other) => isSameSum(amount, other)) ||
    conversions.some((own) => [forecast.amount, ...theirs].some((other) => isSameSum(own, other)));
  if (isStated) return 'statedConversion';
  if (amount.currency === forecast.amount.currency) return null;
  const converted = converters.get(amount.currency)?.tryConvert(forecast).converted;
  const [own, other] = [sumOf(amount), converted == null ? null : sumOf(converted)];
  if (own === null || other === null || parseDecimal(other).isZero()) return null;
  return parseDecimal(own).dividedBy(parseDecimal(other)).minus(1).abs().lessThanOrEqualTo(ALIKE)
    ? 'rate'
    : null;
}

/** Whether two periods can be the same: what one of them leaves open excludes nothing. */
function mayBeSamePeriod(one: Period | null, other: Period): boolean {
  if (one === null || one.kind === 'unstated' || other.kind === 'unstated') return true;
  const agree = (a: string | null, b: string | null): boolean => a === null || b === null || a === b;
  return agree(one.start, other.start) && agree(one.end, other.end);
}

function isOfSameSubject(
  { forecaster, sector, measure, region, scope, period }: Draft,
  forecast: StatedForecast,
): boolean {
  return (
    forecaster === forecast.forecaster &&
    sector === forecast.sector &&
    measure === forecast.measure &&
    (region ?? forecast.region) === forecast.region &&
    (scope ?? forecast.scope) === forecast.scope &&
    period !== undefined &&
    period.kind !== 'unstated' &&
    (['start', 'end', 'kind'] as const).every((field) => period[field] === forecast.period[field])
  );
}
