import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Comparison as DomainComparison } from '../../domain/analysis/comparison.ts';
import { compare } from '../../domain/analysis/comparison.ts';
import type { StatTable } from '../../http/formats/json-stat.ts';
import { jsonStatDataset } from '../../http/formats/json-stat.ts';
import { registerTable } from '../../http/formats/tables.ts';
import { vantageOf } from '../../http/query/vintage.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import type { RouteContext } from '../../ledger/context.ts';
import { conversionRequest } from '../../ledger/rates/conversions.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { collections, currencies, measures, regions, scopes, sectors } from '../../store/tables/schema.ts';
import { periodCells } from '../breakdowns/rows.ts';
import { figuresOf, forecastsToCompute } from '../figure-amount.ts';
import type { ComparisonQuery } from './schemas.ts';
import { Comparison, ComparisonQuery as ComparisonQuerySchema, ComparisonTableRow } from './schemas.ts';

type Names = Readonly<Record<string, string>>;

/** Forecasters side by side. */
export function registerComparisonRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  registerTable(app, context, {
    path: '/v1/comparisons',
    nameOf: (request) => {
      const { sector, measure, periodFrom, periodTo } = request.query as ComparisonQuery;
      return `comparison-${sector}-${measure}-${periodFrom}-${periodTo}`;
    },
    operation: {
      operationId: 'getComparison',
      tag: 'Analysis',
      summary: 'Forecasters side by side: one sector, measure, region and window',
      description:
        'Totals and figures a year, in one currency where `convertTo` is given. The spread is over the comparable rows only; every other row says why it is left out. The same claim in several places counts once where all state it alike.',
      querystring: ComparisonQuerySchema,
      response: Comparison,
      responseDescription: 'The rows and their spread.',
      example: {
        sector: 'new-infrastructure',
        measure: 'directInvestment',
        region: 'CN',
        periodFrom: '2020-01-01',
        periodTo: '2020-12-31',
        convertTo: 'USD',
        rateBasis: 'publication,periodAverage',
      },
      problems: ['tooManyRecords'],
    },
    row: ComparisonTableRow,
    compute: async (_view, request) => {
      const query = request.query as ComparisonQuery;
      const {
        sector,
        measure,
        region,
        scope,
        collection,
        publishedFrom,
        publishedTo,
        publishedAsOf,
        knownAsOf,
        convertTo,
      } = query;
      await requireKnownIds(
        read,
        {
          sector: sectors,
          measure: measures,
          region: regions,
          scope: scopes,
          collection: collections,
          convertTo: currencies,
        },
        {
          sector: [sector],
          measure: [measure],
          region: [region],
          scope: [scope],
          collection,
          convertTo: convertTo && [convertTo],
        },
      );
      const forecasts = await forecastsToCompute(context, {
        sector: [sector],
        sectorOnly: true,
        measure: [measure],
        region: [region],
        collection,
        publishedFrom,
        publishedTo,
        publishedAsOf,
        knownAsOf,
      });
      const window = { start: query.periodFrom, end: query.periodTo };
      const { figures, receipts } = await figuresOf(
        context,
        forecasts,
        conversionRequest(query),
        vantageOf(context, query),
      );
      const comparison = compare(figures, {
        window,
        assumeStart: query.assumeStart ?? null,
        scope,
        over: query.over,
        minorUnitsOf: await minorUnits(),
        ...(convertTo === undefined ? {} : { currency: convertTo }),
      });
      const names: Names = Object.fromEntries(
        forecasts.flatMap(({ forecaster, source, names: own }) => [
          [source, own.source],
          ...(forecaster === null || own.forecaster === null ? [] : [[forecaster, own.forecaster]]),
        ]),
      );
      return {
        answer: {
          sector,
          measure,
          region,
          window,
          currency: comparison.currency,
          data: comparison.rows,
          spread: comparison.spread,
          receipts,
          meta: { datasetVersion: await readDatasetVersion(read), names },
        },
        rows: comparison.rows.map((row) => tableRow(row, names)),
        stat: () => jsonStatDataset(comparisonTable(query, comparison, names)),
      };
    },
  });

  async function minorUnits(): Promise<(currency: string) => number> {
    const book = await context.rates.open([], vantageOf(context, {}));
    return (currency) => book.currencyOf(currency)?.minorUnits ?? 0;
  }
}

function tableRow(row: DomainComparison['rows'][number], names: Names): z.output<typeof ComparisonTableRow> {
  const { total, perYear } = row;
  const amount = total ?? perYear;
  return {
    forecast: row.forecast,
    forecaster: row.forecaster,
    source: row.source,
    scope: row.scope,
    publishedOn: row.publishedOn,
    ...periodCells(row.period),
    totalValue: total?.value ?? null,
    totalLow: total?.low ?? null,
    totalHigh: total?.high ?? null,
    qualifier: amount?.qualifier ?? null,
    approximate: amount === null ? null : amount.qualifier === 'approximately',
    currency: amount?.currency ?? null,
    years: row.years,
    perYearValue: perYear?.value ?? null,
    perYearLow: perYear?.low ?? null,
    perYearHigh: perYear?.high ?? null,
    pointValue: row.pointValue,
    comparable: row.comparable,
    reason: row.reason,
    conversionReason: row.conversionReason,
    assumptions: row.assumptions.map((assumption) =>
      assumption.code === 'startAssumed' ? `startAssumed ${assumption.start}` : assumption.code,
    ),
    alsoStatedIn: row.alsoStatedIn.map(({ forecast }) => forecast),
    names: {
      forecaster: row.forecaster === null ? null : (names[row.forecaster] ?? null),
      source: names[row.source] ?? null,
    },
  };
}

const FIGURES = [
  'totalValue',
  'totalLow',
  'totalHigh',
  'perYearValue',
  'perYearLow',
  'perYearHigh',
  'pointValue',
] as const;

/** A comparison as a JSON-stat table: forecast by figure. */
function comparisonTable(query: ComparisonQuery, comparison: DomainComparison, names: Names): StatTable {
  const rows = new Map(comparison.rows.map((row) => [row.forecast, tableRow(row, names)]));
  return {
    label: `${query.sector}, ${query.measure}, ${query.periodFrom} to ${query.periodTo}`,
    source: [...new Set(comparison.rows.map(({ source }) => names[source] ?? source))].join('; '),
    updated: null,
    dimensions: [
      {
        id: 'forecast',
        label: 'Forecast',
        categories: [...rows].map(([id, row]) => ({
          id,
          label: row.names.forecaster ?? row.forecaster ?? id,
        })),
      },
      { id: 'figure', label: 'Figure', categories: FIGURES.map((id) => ({ id, label: id })) },
    ],
    valueAt: ([forecast = '', figure]) => rows.get(forecast)?.[figure as (typeof FIGURES)[number]] ?? null,
    extension: {
      currency: comparison.currency,
      spread: comparison.spread,
      rows: comparison.rows,
      approximate: [...rows.values()].filter((row) => row.approximate).map(({ forecast }) => forecast),
      leftOut: comparison.rows.flatMap(({ forecast, reason }) =>
        reason === null ? [] : [{ forecast, reason }],
      ),
      notConverted: comparison.rows.flatMap(({ forecast, conversionReason }) =>
        conversionReason === null ? [] : [{ forecast, reason: conversionReason }],
      ),
    },
  };
}
