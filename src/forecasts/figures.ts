import type { Reader } from '../db/storage.ts';
import type { ComparedFigure } from '../domain/comparison.ts';
import type { Receipt } from '../domain/conversion.ts';
import type { FigureAmount } from '../domain/figure.ts';
import type { RouteContext } from '../http/context.ts';
import { Problem } from '../http/problem.ts';
import type { ConversionRequest } from '../rates/conversions.ts';
import { openConverter } from '../rates/conversions.ts';
import { someForecasts } from './repository.ts';
import type { Forecast, ForecastFilters } from './schemas.ts';

/** The most forecasts that are computed with at once. */
export const MOST_COMPUTED = 5000;

/**
 * Every current forecast of some filters, for computing with all of them.
 * @throws Problem `tooManyRecords`
 */
export async function forecastsToCompute(
  read: Reader,
  filters: ForecastFilters,
): Promise<readonly Forecast[]> {
  const found = await someForecasts(read, filters, MOST_COMPUTED + 1);
  if (found.length <= MOST_COMPUTED) return found;
  throw new Problem(
    'tooManyRecords',
    `More than ${MOST_COMPUTED} records would have to be computed with. Narrow the filters.`,
  );
}

/** Forecasts as breakdowns and comparisons read them, with the receipts of those that were converted. */
export interface Figures {
  readonly figures: readonly ComparedFigure[];
  /** By forecast; null where no conversion was asked for. */
  readonly receipts: Readonly<Record<string, Receipt>> | null;
  /** Those that could not be converted, each with the code of its reason. */
  readonly notConverted: readonly { readonly forecast: string; readonly reason: string }[];
}

/** Forecasts to compute with, converted where a conversion is asked for. */
export async function figuresOf(
  context: RouteContext,
  forecasts: readonly Forecast[],
  conversion: ConversionRequest | null,
): Promise<Figures> {
  if (conversion === null) {
    return {
      figures: forecasts.map((forecast) => figureOf(forecast, forecast.amount, null)),
      receipts: null,
      notConverted: [],
    };
  }
  const stated = new Set(forecasts.map(({ amount }) => amount.currency));
  const converter = await openConverter(context.rates, stated, conversion, context.now());
  const receipts: Record<string, Receipt> = {};
  const figures = forecasts.map((forecast) => {
    const { converted, notConverted } = converter.tryConvert(forecast);
    if (converted === null) return figureOf(forecast, null, notConverted?.code ?? null);
    receipts[forecast.id] = converted.receipt;
    return figureOf(forecast, { ...converted, qualifier: forecast.amount.qualifier }, null);
  });
  const notConverted = figures.flatMap(({ id, amount, conversionReason }) =>
    amount === null && conversionReason != null ? [{ forecast: id, reason: conversionReason }] : [],
  );
  return { figures, receipts, notConverted };
}

function figureOf(
  forecast: Forecast,
  amount: FigureAmount | null,
  conversionReason: string | null,
): ComparedFigure {
  const { id, source, forecaster, sector, measure, region, scope, period, publishedOn } = forecast;
  return {
    id,
    source,
    forecaster,
    sector,
    measure,
    region,
    scope,
    period,
    publishedOn,
    amount: amount && numbersOf(amount),
    conversionReason,
    statedValue: forecast.amount.value,
    sameClaimAs: forecast.relations
      .filter(({ kind }) => kind === 'alsoStatedIn')
      .map((relation) => relation.forecast),
    stated: numbersOf(forecast.amount),
    evidence: forecast.evidence.status,
  };
}

function numbersOf({ value, low, high, qualifier, currency }: FigureAmount): FigureAmount {
  return { value, low, high, qualifier, currency };
}
