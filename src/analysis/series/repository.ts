import type { Series, SeriesFigure, SeriesOutcome } from '../../domain/analysis/series.ts';
import { seriesOf } from '../../domain/analysis/series.ts';
import { numbersOf } from '../../domain/money/amount.ts';
import type { Receipt } from '../../domain/money/conversion.ts';
import { mapped } from '../../domain/steps.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import type { ReadContext } from '../../ledger/context.ts';
import { conversionRequest, openConverter } from '../../ledger/rates/conversions.ts';
import type { StatedForecast } from '../../ledger/records/kinds.ts';
import type { LedgerRecord } from '../../ledger/records/record.ts';
import { recordsToCompute } from '../../ledger/records/repository.ts';
import type { Figures } from '../figures.ts';
import { figuresOf, forecastsToCompute } from '../figures.ts';
import type { SeriesQuery } from './schemas.ts';

export interface FoundSeries extends Pick<Figures, 'byId' | 'receipts' | 'notConverted'> {
  readonly series: readonly Series[];
  readonly forecasts: readonly StatedForecast[];
  /** Those of the series. */
  readonly outcomes: readonly LedgerRecord[];
}

/** The series of a query's forecasts, in one currency where it asks for one. @throws Problem `tooManyRecords` */
export async function findSeries(view: ReadContext, query: SeriesQuery): Promise<FoundSeries> {
  const forecasts = await forecastsToCompute(view, query);
  const { figures, byId, receipts, notConverted } = await figuresOf(view, forecasts, query);
  const outcomes = await outcomesOf(view, forecasts, query);
  const converted = await convertedOutcomes(view, outcomes, query);
  const said = new Map(forecasts.map((forecast) => [forecast.id, forecast]));
  const ofSeries = figures.flatMap((figure): SeriesFigure[] => {
    const forecast = said.get(figure.id);
    if (forecast === undefined) return [];
    const { stance, scenario, prices, revises } = forecast;
    return [{ ...figure, stance, scenario, prices, revises }];
  });
  const series = await inTurns(seriesOf(ofSeries, converted.outcomes));
  const shown = new Set(series.flatMap((one) => one.outcomes.map(({ id }) => id)));
  const ofOutcomes = Object.entries(converted.receipts).filter(([id]) => shown.has(id));
  return {
    series,
    forecasts,
    outcomes: outcomes.filter(({ id }) => shown.has(id)),
    receipts: receipts && { ...receipts, ...Object.fromEntries(ofOutcomes) },
    byId,
    notConverted,
  };
}

/** The outcomes of the sectors and measures of some forecasts. */
async function outcomesOf(
  view: ReadContext,
  forecasts: readonly StatedForecast[],
  { publishedAsOf, knownAsOf }: SeriesQuery,
): Promise<readonly LedgerRecord[]> {
  if (forecasts.length === 0) return [];
  const distinct = (name: 'sector' | 'measure' | 'region' | 'scope') => [
    ...new Set(forecasts.map((forecast) => forecast[name])),
  ];
  return recordsToCompute(view, 'outcome', {
    sector: distinct('sector'),
    sectorOnly: true,
    measure: distinct('measure'),
    region: distinct('region'),
    scope: distinct('scope'),
    publishedAsOf,
    knownAsOf,
  });
}

async function convertedOutcomes(
  view: ReadContext,
  outcomes: readonly LedgerRecord[],
  query: SeriesQuery,
): Promise<{
  readonly outcomes: readonly SeriesOutcome[];
  readonly receipts: Readonly<Record<string, Receipt>>;
}> {
  const conversion = conversionRequest(query);
  const currencies = new Set(outcomes.map(({ amount }) => amount.currency));
  const converter =
    conversion && (await openConverter(view.rates, currencies, conversion, vintageOf(view, query)));
  const receipts: Record<string, Receipt> = {};
  const shown = await inTurns(
    mapped(outcomes, ({ organisation, ...record }): SeriesOutcome => {
      const own = { ...record, reportedBy: organisation, conversionReason: null };
      if (converter === null) return { ...own, amount: numbersOf(record.amount) };
      const { converted, notConverted } = converter.tryConvert(record);
      if (converted === null) return { ...own, amount: null, conversionReason: notConverted?.code ?? null };
      receipts[record.id] = converted.receipt;
      return { ...own, amount: numbersOf({ ...converted, qualifier: record.amount.qualifier }) };
    }),
  );
  return { outcomes: shown, receipts };
}
