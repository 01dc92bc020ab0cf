import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Comparison as DomainComparison } from '../../domain/analysis/comparison.ts';
import { compare } from '../../domain/analysis/comparison.ts';
import { mapped } from '../../domain/steps.ts';
import { vintageOf } from '../../domain/vintage.ts';
import type { StatTable } from '../../http/formats/json-stat.ts';
import { jsonStatDataset } from '../../http/formats/json-stat.ts';
import type { Table } from '../../http/formats/tables.ts';
import { registerTable } from '../../http/formats/tables.ts';
import { inTurns } from '../../http/turns.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import { figuresOf, forecastsToCompute } from '../figures.ts';
import type { Names } from '../shared-schemas.ts';
import { namesOf, periodCells } from '../shared-schemas.ts';
import { Comparison, ComparisonQuery, ComparisonTableRow } from './schemas.ts';

/** Forecasters side by side. */
export function registerComparisonRoutes(app: FastifyInstance, context: RouteContext): void {
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
      querystring: ComparisonQuery,
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
    compute: (view, { query }) => sideBySide(view, query as ComparisonQuery),
  });
}

async function sideBySide(view: ReadContext, query: ComparisonQuery): Promise<Table> {
  await requireKnownIds(view.read, KINDS.forecast.tables, query);
  const { sector, measure, region, scope, over, convertTo, periodFrom, periodTo, ...others } = query;
  const forecasts = await forecastsToCompute(view, {
    ...others,
    sector: [sector],
    sectorOnly: true,
    measure: [measure],
    region: [region],
  });
  const { figures, receipts } = await figuresOf(view, forecasts, query);
  const book = await view.rates.open([], vintageOf(view, {}));
  const window = { start: periodFrom, end: periodTo };
  const comparison = await inTurns(
    compare(figures, {
      window,
      assumeStart: query.assumeStart ?? null,
      scope,
      over,
      minorUnitsOf: (currency) => book.currencyOf(currency)?.minorUnits ?? 0,
      currency: convertTo ?? null,
    }),
  );
  const { rows, currency, spread } = comparison;
  const names = namesOf(forecasts, ['source', 'forecaster']);
  return {
    answer: {
      sector,
      measure,
      region,
      window,
      currency,
      data: rows,
      spread,
      receipts,
      meta: { datasetVersion: view.read.version, names },
    },
    rows: () => mapped(rows, (row) => tableRow(row, names)),
    stat: () => jsonStatDataset(comparisonTable(query, comparison, names)),
  };
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
