import { amountSortKey, sortKey } from '../db/sort-key.ts';
import type { Conversion } from '../domain/conversion.ts';
import type { RouteContext } from '../http/context.ts';
import type { ConversionRequest, ReasonNotConverted } from '../rates/conversions.ts';
import { openConverter } from '../rates/conversions.ts';
import { forecastsToCompute } from './figures.ts';
import type { Forecast, ForecastFilters } from './schemas.ts';

/** A forecast with what `convertTo` adds to it. */
export interface ConvertedForecast extends Omit<Forecast, 'converted' | 'notConverted'> {
  readonly converted: Conversion | null;
  readonly notConverted: ReasonNotConverted | null;
}

/** Each with its converted amount, or with the reason why it has none. */
export async function convertAll(
  context: RouteContext,
  stated: readonly Forecast[],
  conversion: ConversionRequest,
): Promise<readonly ConvertedForecast[]> {
  const currencies = new Set(stated.map(({ amount }) => amount.currency));
  const converter = await openConverter(context.rates, currencies, conversion, context.now());
  return stated.map((forecast) => ({ ...forecast, ...converter.tryConvert(forecast) }));
}

/** What a converted amount sorts and compares by; null where it could not be converted. */
export function convertedSortKey({ converted }: ConvertedForecast): string | null {
  return converted === null ? null : amountSortKey(converted);
}

/**
 * Every forecast of some filters, converted, of which `amountMin` and `amountMax` are in the currency that is converted
 * into: where either is given, what could not be converted is not among them.
 * @throws Problem `tooManyRecords`
 */
export async function forecastsConverted(
  context: RouteContext,
  filters: ForecastFilters,
  conversion: ConversionRequest,
): Promise<readonly ConvertedForecast[]> {
  const { amountMin, amountMax, ...others } = filters;
  const all = await forecastsToCompute(context.storage.read, others);
  const [least, most] = [sortKey(amountMin ?? null), sortKey(amountMax ?? null)];
  return (await convertAll(context, all, conversion)).filter((forecast) => {
    const key = convertedSortKey(forecast);
    return (
      (least === null || (key !== null && key >= least)) && (most === null || (key !== null && key <= most))
    );
  });
}
