import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { PeriodAverage } from '../../src/domain/money/rate-averages.ts';
import type { CurrentRateDate } from '../../src/domain/money/rate-provider.ts';
import type {
  Currency,
  IrrevocableRate,
  RateContext,
  RateObservation,
} from '../../src/domain/money/rates.ts';
import { ecb } from '../../src/ledger/rates/providers/ecb.ts';

interface SeedSeries {
  readonly quote: string;
  readonly firstDay: string;
  readonly lastDay: string | null;
  readonly gaps: readonly { readonly from: string; readonly to: string }[];
}

export interface SeedCurrency {
  readonly id: string;
  readonly numeric: string;
  readonly name: string;
  readonly minorUnits: number | null;
  readonly endedOn: string | null;
  readonly successor: string | null;
  readonly irrevocable?: IrrevocableRate;
}

interface SeedRates {
  readonly provider: string;
  readonly base: string;
  readonly series: readonly SeedSeries[];
  readonly days: readonly { readonly date: string; readonly rates: Readonly<Record<string, string>> }[];
  readonly averages: readonly {
    readonly year: number;
    readonly quote: string;
    readonly firstDay: string;
    readonly lastDay: string;
    readonly observations: number;
    readonly targetDays: number;
    readonly sum: string;
    readonly mean: string;
  }[];
}

function readSeed<Content>(name: string): Content {
  const text = readFileSync(new URL(`../../seeds/${name}`, import.meta.url), 'utf8');
  return JSON.parse(text) as Content;
}

export const seedCurrencies = readSeed<{ readonly records: readonly SeedCurrency[] }>(
  'currencies.json',
).records;
export const seedRates = readSeed<SeedRates>('rates-ecb.json');

/** The seeded currencies as the domain knows them, by code. */
export const currencies: ReadonlyMap<string, Currency> = new Map(
  seedCurrencies.map(({ id, minorUnits, endedOn, successor, irrevocable = null }) => {
    const { provider, base } = seedRates;
    const found = seedRates.series.find(({ quote }) => quote === id);
    const series = found === undefined ? null : { ...found, provider, base };
    return [id, { code: id, minorUnits, endedOn, successor, irrevocable, series }];
  }),
);

/** The seeded rates as held observations. */
export const seedObservations: readonly RateObservation[] = seedRates.days.flatMap(({ date, rates }) =>
  Object.entries(rates).map(([quote, rate]) => ({
    provider: seedRates.provider,
    base: seedRates.base,
    quote,
    date,
    rate,
    observedAt: '2026-08-24T00:00:00.000Z',
    revision: 1,
  })),
);

/** The seeded sums of calendar years. */
export const seedAverages: readonly PeriodAverage[] = seedRates.averages.map(
  ({ quote, firstDay, lastDay, observations, sum }) => {
    return {
      provider: seedRates.provider,
      base: seedRates.base,
      quote,
      firstDay,
      lastDay,
      observations,
      sum,
    };
  },
);

/** Monday 24 August 2026, before the day's rates: the newest seeded rates are of Friday the 21st. */
export const CURRENT: CurrentRateDate = { today: '2026-08-24', todaysRatesDue: false };

/** A resolver's context that holds these observations and the seeded currencies. */
export function contextOf(
  observations: readonly RateObservation[],
  current: CurrentRateDate = CURRENT,
): RateContext {
  const held = new Map(
    observations.map((observation) => [`${observation.quote} ${observation.date}`, observation]),
  );
  return {
    provider: ecb,
    current,
    currencyOf: (code) => currencies.get(code),
    rateOn: (quote, date) => held.get(`${quote} ${date}`),
  };
}

/** The seeded rates, on 24 August 2026. */
export const seedContext = contextOf(seedObservations);

/** Minor units of a seeded currency. */
export function minorUnitsOf(code: string): number {
  const minorUnits = currencies.get(code)?.minorUnits;
  if (minorUnits === undefined || minorUnits === null) throw new Error(`${code} has no minor units`);
  return minorUnits;
}

/** The path of a file of collected rates that stand beside the project, or null where they do not. */
export function collectedRates(name: string): string | null {
  const path = fileURLToPath(new URL(`../../../shared/data/rates/${name}`, import.meta.url));
  return existsSync(path) ? path : null;
}
