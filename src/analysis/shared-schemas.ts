import { z } from 'zod';
import { QUALIFIERS } from '../domain/money/amount.ts';
import type { Period } from '../domain/period/period.ts';
import { wholeMonths } from '../domain/period/period.ts';
import type { Statement } from '../domain/statement.ts';
import { currencyCode, decimalString, isoDate } from '../http/query/shared-schemas.ts';
import type { StatedForecast } from '../ledger/records/kinds.ts';
import { forecastFilters } from '../ledger/records/kinds.ts';
import { Forecast } from '../ledger/records/schemas.ts';

/* What breakdowns, comparisons and assessments share. */

const { amountMin: _, amountMax: __, ...judged } = forecastFilters;

/** Which forecasts are judged: amounts compare within a list only. */
export const judgedFilters = judged;

const { publishedFrom, publishedTo, publishedAsOf, knownAsOf } = forecastFilters;
const { measure, forecaster, source, region, regionMembersOn, scope, collection } = forecastFilters;
const { stance, scenario, prices } = forecastFilters;

/** What figures say beside their numbers. */
export const statementFilters = { stance, scenario, prices };

/** Documents of which days, and as the ledger knew them when. */
export const publicationFilters = { publishedFrom, publishedTo, publishedAsOf, knownAsOf };

/** Which forecasts a computed table is made of. */
export const tableFilters = {
  measure,
  forecaster,
  source,
  region: region.meta({ description: 'Region codes, each without what lies in it.' }),
  regionMembersOn,
  scope: scope.meta({ description: 'Scope ids.' }),
  collection: collection.meta({ description: 'Collection ids.' }),
  ...statementFilters,
  ...publicationFilters,
};

export const Statements = z
  .object({
    stances: z.array(Forecast.shape.stance),
    scenarios: z.array(Forecast.shape.scenario.unwrap()),
    prices: z.array(Forecast.shape.prices),
  })
  .meta({
    id: 'Statements',
    description:
      'What the figures that count say beside their numbers, each once: a plan is no projection, a high case no base case. More than one `stance` or scenario has a warning. Different `prices` are never among them, but for nominal and unstated ones.',
  });

/** What a figure says beside its number, in a flat row. */
export const statementColumns = {
  stance: z.string().nullable(),
  scenarioName: z.string().nullable(),
  scenarioKind: z.string().nullable(),
  pricesKind: z.string().nullable(),
  pricesYear: z.int().nullable(),
};

export function statementCells({
  stance,
  scenario,
  prices,
}: Pick<Statement, 'stance' | 'scenario' | 'prices'>): z.output<z.ZodObject<typeof statementColumns>> {
  return {
    stance,
    scenarioName: scenario?.name ?? null,
    scenarioKind: scenario?.kind ?? null,
    pricesKind: prices.kind,
    pricesYear: prices.year,
  };
}

export const FigureAmount = z
  .object({
    value: decimalString.nullable(),
    low: decimalString.nullable(),
    high: decimalString.nullable(),
    qualifier: z.enum(QUALIFIERS),
    currency: currencyCode.meta({ examples: ['CNY'] }),
  })
  .meta({ id: 'FigureAmount', description: 'The numbers of an amount, as stated or as converted.' });

/** A period in a flat row: its kind and length change what a figure means as much as its dates do. */
export const periodColumns = {
  periodStart: isoDate.nullable(),
  periodEnd: isoDate.nullable(),
  periodKind: z.string(),
  periodYears: z.int().nullable(),
};

export function periodCells({ start, end, kind, years }: Period) {
  return { periodStart: start, periodEnd: end, periodKind: kind, periodYears: years };
}

const PERIOD_KINDS: Readonly<Record<Period['kind'], string>> = {
  year: 'one year',
  window: 'in all',
  cumulativeTo: 'cumulative to the end',
  perYear: 'for each year',
  unstated: 'period not stated',
};

/** A period for people: its dates, what its figures are for, and its length. */
export function periodLabel({ start, end, kind, years }: Period): string {
  const dates = start === null && end === null ? [] : [`${start ?? '…'} to ${end ?? '…'}`];
  const months = years !== null || start === null || end === null ? null : wholeMonths(start, end);
  const length = years === null ? counted(months, 'month') : counted(years, 'year');
  return [...dates, PERIOD_KINDS[kind], ...length].join(', ');
}

function counted(count: number | null, unit: string): readonly string[] {
  return count === null ? [] : [count === 1 ? `1 ${unit}` : `${count} ${unit}s`];
}

/** What to show for an id. */
export type Names = Readonly<Record<string, string>>;

/** Where rows find the name of a scope among names: organisations have ids of their own that are alike. */
const scopeKey = (id: string): string => `scope ${id}`;

/** Names with those of the scopes of forecasts, for rows. */
export function withScopeNames(
  names: Names,
  records: readonly { scope: string; names: { scope: string } }[],
): Names {
  return { ...names, ...Object.fromEntries(records.map((one) => [scopeKey(one.scope), one.names.scope])) };
}

/** The name of a scope among such names. */
export function scopeNameIn(names: Names, id: string): string | null {
  return names[scopeKey(id)] ?? null;
}

/** What to show for some of the ids in forecasts, by id. */
export function namesOf(
  forecasts: readonly StatedForecast[],
  fields: readonly (keyof StatedForecast['names'])[],
): Record<string, string> {
  const names: Record<string, string> = {};
  for (const forecast of forecasts) {
    for (const field of fields) {
      const [id, name] = [forecast[field], forecast.names[field]];
      if (id !== null && name !== null) names[id] = name;
    }
  }
  return names;
}
