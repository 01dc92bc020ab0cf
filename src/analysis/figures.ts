import type { ComparedFigure } from '../domain/analysis/comparison.ts';
import { repeatedClaims } from '../domain/analysis/same-claim.ts';
import type { FigureAmount } from '../domain/money/amount.ts';
import { numbersOf } from '../domain/money/amount.ts';
import type { Receipt } from '../domain/money/conversion.ts';
import { factorOf } from '../domain/money/conversion.ts';
import { formatDecimal } from '../domain/money/decimal.ts';
import { mapped } from '../domain/steps.ts';
import { vintageOf } from '../domain/vintage.ts';
import { inTurns } from '../http/turns.ts';
import type { ReadContext } from '../ledger/context.ts';
import { conversionRequest, openConverter } from '../ledger/rates/conversions.ts';
import type { ForecastFilters, StatedForecast } from '../ledger/records/kinds.ts';
import { recordFilters, toForecast } from '../ledger/records/kinds.ts';
import { pagesOfRecords, recordsToCompute } from '../ledger/records/repository.ts';

/**
 * Every forecast of some filters, for computing with all of them.
 * @throws Problem `tooManyRecords`
 */
export async function forecastsToCompute(
  view: ReadContext,
  filters: ForecastFilters,
): Promise<readonly StatedForecast[]> {
  const records = await recordsToCompute(view, 'forecast', recordFilters('forecast', filters));
  return inTurns(mapped(records, toForecast));
}

/** The same, however many, a page at a time. */
export async function* forecastPages(
  { read }: ReadContext,
  filters: ForecastFilters,
): AsyncGenerator<readonly StatedForecast[]> {
  for await (const page of pagesOfRecords(read, 'forecast', recordFilters('forecast', filters)))
    yield page.map(toForecast);
}

type FigureQuery = Parameters<typeof conversionRequest>[0] & Parameters<typeof vintageOf>[1];

export type FiguresById = ReadonlyMap<string, ComparedFigure>;

/** Forecasts as breakdowns and comparisons read them, with the receipts of those that were converted. */
export interface Figures {
  readonly figures: readonly ComparedFigure[];
  readonly byId: FiguresById;
  /** By forecast; null where no conversion was asked for. */
  readonly receipts: Readonly<Record<string, Receipt>> | null;
  /** Those that could not be converted, each with the code of its reason. */
  readonly notConverted: readonly { readonly forecast: string; readonly reason: string }[];
}

/** Forecasts to compute with, converted where the query asks for it. */
export async function figuresOf(
  view: ReadContext,
  forecasts: readonly StatedForecast[],
  query: FigureQuery,
): Promise<Figures> {
  const conversion = conversionRequest(query);
  const receipts: Record<string, Receipt> = {};
  const stated = new Set(forecasts.map(({ amount }) => amount.currency));
  const converter =
    conversion && (await openConverter(view.rates, stated, conversion, vintageOf(view, query)));
  const repeated = await inTurns(
    repeatedClaims(forecasts, ({ forecaster, ...rest }) => ({ ...rest, organisation: forecaster })),
  );
  const figures = await inTurns(
    mapped(forecasts, (stated) => {
      const forecast = { ...stated, sameClaimAs: sameClaims(stated, repeated) };
      if (converter === null) return figureOf(forecast, forecast.amount, NOT_CONVERTED);
      const { converted, notConverted } = converter.tryConvert(forecast);
      if (converted === null)
        return figureOf(forecast, null, { conversionReason: notConverted?.code ?? null, rateKey: null });
      receipts[forecast.id] = converted.receipt;
      const { currency, qualifier } = forecast.amount;
      const rateKey = rateKeyOf(currency, converted.receipt);
      const { interval = null } = converted;
      return figureOf(
        { ...forecast, interval },
        { ...converted, qualifier },
        { conversionReason: null, rateKey },
      );
    }),
  );
  const notConverted = figures.flatMap(({ id, amount, conversionReason }) =>
    amount === null && conversionReason != null ? [{ forecast: id, reason: conversionReason }] : [],
  );
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  return { figures, byId, receipts: conversion && receipts, notConverted };
}

type Conversions = Required<Pick<ComparedFigure, 'conversionReason' | 'rateKey'>>;
const NOT_CONVERTED: Conversions = { conversionReason: null, rateKey: null };

/** The rate that a receipt's legs make, exact to 40 digits, of a stated currency: see `Figure`. */
function rateKeyOf(from: string, { legs }: Receipt): string {
  const { numerator, denominator } = factorOf(legs);
  return JSON.stringify([from, formatDecimal(numerator.dividedBy(denominator))]);
}

/** Those that it is related to as the same claim, and those that state it at the same place. */
function sameClaims(
  { id, relations }: StatedForecast,
  repeated: ReadonlyMap<string, readonly string[]>,
): readonly string[] {
  const related = relations.filter(({ kind }) => kind === 'alsoStatedIn').map(({ forecast }) => forecast);
  return [...related, ...(repeated.get(id) ?? [])];
}

function figureOf(
  forecast: StatedForecast & Pick<ComparedFigure, 'sameClaimAs'>,
  amount: FigureAmount | null,
  { conversionReason, rateKey }: Conversions,
): ComparedFigure {
  return {
    ...forecast,
    amount: amount && numbersOf(amount),
    conversionReason,
    rateKey,
    statedValue: forecast.amount.value,
    stated: numbersOf(forecast.amount),
    evidence: forecast.evidence.status,
  };
}
