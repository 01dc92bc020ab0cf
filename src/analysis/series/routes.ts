import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Series } from '../../domain/analysis/series.ts';
import type { FigureAmount } from '../../domain/money/amount.ts';
import type { Steps } from '../../domain/steps.ts';
import { mapped } from '../../domain/steps.ts';
import type { StatTable } from '../../http/formats/json-stat.ts';
import { jsonStatCollection } from '../../http/formats/json-stat.ts';
import type { Draw } from '../../http/formats/pictures.ts';
import type { Table } from '../../http/formats/tables.ts';
import { registerTable } from '../../http/formats/tables.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import { namesIn } from '../../ledger/catalogue/repository.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import { saidBy } from '../picture-content.ts';
import type { Names } from '../shared-schemas.ts';
import { namesOf, periodLabel, scopeNameIn, withScopeNames } from '../shared-schemas.ts';
import type { SeriesPicture } from './picture.ts';
import { findSeries } from './repository.ts';
import { SeriesAnswer, SeriesQuery, SeriesRow } from './schemas.ts';

/** How forecasts moved from document to document. */
export function registerSeriesRoutes(
  app: FastifyInstance,
  context: RouteContext,
  draw: Draw<SeriesPicture>,
): void {
  registerTable(app, context, {
    path: '/v1/series',
    nameOf: (request) => {
      const { forecaster = [], sector = [] } = request.query as SeriesQuery;
      return ['series', ...forecaster.slice(0, 3), ...sector.slice(0, 3)].join('-');
    },
    operation: {
      operationId: 'getSeries',
      tag: 'Analysis',
      summary: 'How a forecast moved: what a forecaster said of one subject, document by document',
      description:
        'All forecasts of one forecaster, sector, measure, region, scope, prices, scenario and period in the order of their publication, with what was reported, in one currency where `convertTo` is given. Each has the change from the one before it, where both are single figures; else the reason why there is none. Where the query allows several subjects each is a series.',
      querystring: SeriesQuery,
      response: SeriesAnswer,
      responseDescription: 'The series.',
      example: { forecaster: 'haitong-securities', sector: 'new-infrastructure', convertTo: 'USD' },
      problems: ['tooManyRecords'],
    },
    row: SeriesRow,
    draw,
    compute: (view, { query }) => seriesTable(view, query as SeriesQuery),
  });
}

async function seriesTable(view: ReadContext, query: SeriesQuery): Promise<Table<SeriesPicture>> {
  const resolved = await requireKnownIds(view.read, KINDS.forecast.tables, query);
  const { series, forecasts, outcomes, byId, receipts, notConverted } = await findSeries(view, query);
  const names: Names = {
    ...Object.fromEntries(
      outcomes.flatMap(({ source, organisation, names: own }) => [
        [source, own.source],
        ...(organisation === null || own.organisation === null ? [] : [[organisation, own.organisation]]),
      ]),
    ),
    ...namesOf(forecasts, ['source', 'forecaster', 'sector', 'measure', 'region']),
  };
  return {
    answer: {
      data: series.map((one) => ({
        ...one,
        outcomes: one.outcomes.map(({ id, reportedBy, source, publishedOn, amount, conversionReason }) => {
          return { id, reportedBy, source, publishedOn, amount, conversionReason };
        }),
      })),
      receipts,
      notConverted,
      meta: { datasetVersion: view.read.version, ...resolved, names },
    },
    rows: () => rowsOf(series, withScopeNames(names, forecasts)),
    stat: () =>
      jsonStatCollection(
        'Series',
        mapped(series, (one) => statTable(one, names)),
        { notConverted },
      ),
    picture: async ({ lang }) => ({
      ...{ series, receipts, said: saidBy(forecasts, byId) },
      names: await namesIn(lang, view.read, names, forecasts),
      datasetVersion: view.read.version,
    }),
  };
}

type Row = z.output<typeof SeriesRow>;

function amountCells(amount: FigureAmount | null) {
  const { value = null, low = null, high = null, qualifier = null, currency = null } = amount ?? {};
  const approximate = qualifier === null ? null : qualifier === 'approximately';
  return { value, low, high, qualifier, currency, approximate };
}

function* rowsOf(series: readonly Series[], names: Names): Steps<readonly Row[]> {
  const rows: Row[] = [];
  for (const { items, outcomes, period, prices, forecaster, sector, measure, region, scope } of series) {
    const shared = (source: string) => ({
      ...{ source, sector, measure, region, scope },
      ...{ pricesKind: prices.kind, pricesYear: prices.year },
      ...{ windowStart: period.start, windowEnd: period.end },
      ...{ windowKind: period.kind, windowYears: period.years },
      names: {
        forecaster: forecaster && (names[forecaster] ?? null),
        source: names[source] ?? null,
        sector: names[sector] ?? null,
        measure: names[measure] ?? null,
        region: names[region] ?? null,
        scope: scopeNameIn(names, scope),
      },
    });
    for (const item of items)
      rows.push({
        ...{ role: 'forecast', record: item.forecast, publishedOn: item.publishedOn },
        ...{ forecaster, reportedBy: null, stance: item.stance, scenario: item.scenario?.name ?? null },
        ...shared(item.source),
        ...amountCells(item.amount),
        ...{ conversionReason: item.conversionReason, revises: item.revises },
        changeFrom: item.change?.from ?? null,
        changeAbsolute: item.change?.absolute ?? null,
        changePercent: item.change?.percent ?? null,
        noChangeReason: item.noChangeReason,
      });
    for (const { id, reportedBy, source, publishedOn, amount, conversionReason } of outcomes)
      rows.push({
        ...{ role: 'outcome', record: id, publishedOn },
        ...{ forecaster, reportedBy, stance: null, scenario: null },
        ...shared(source),
        ...amountCells(amount),
        ...{ conversionReason, revises: null },
        ...{ changeFrom: null, changeAbsolute: null, changePercent: null, noChangeReason: null },
      });
    yield;
  }
  return rows;
}

const FIGURES = [
  { id: 'value', label: 'Value' },
  { id: 'low', label: 'Lower bound' },
  { id: 'high', label: 'Upper bound' },
  { id: 'changeAbsolute', label: 'Change' },
  { id: 'changePercent', label: 'Change in percent' },
] as const;

/** A series as a JSON-stat table: forecast by figure. */
function statTable(series: Series, names: Names): StatTable {
  const { items, period, forecaster, sector, measure, ...others } = series;
  const cells = new Map(
    items.map(({ forecast, amount, change }) => [
      forecast,
      {
        ...amountCells(amount),
        changeAbsolute: change?.absolute ?? null,
        changePercent: change?.percent ?? null,
      },
    ]),
  );
  const nameOf = (id: string): string => names[id] ?? id;
  const who = forecaster === null ? [] : [nameOf(forecaster)];
  return {
    label: [...who, nameOf(sector), nameOf(measure), periodLabel(period)].join(', '),
    source: [...new Set(items.map(({ source }) => nameOf(source)))].join('; '),
    updated: null,
    dimensions: [
      {
        id: 'forecast',
        label: 'Forecast',
        categories: items.map(({ forecast, publishedOn, source }) => ({
          id: forecast,
          label: publishedOn ?? forecast,
          further: [nameOf(source)],
        })),
      },
      { id: 'figure', label: 'Figure', categories: FIGURES },
    ],
    valueAt: ([forecast = '', figure = '']) =>
      cells.get(forecast)?.[figure as (typeof FIGURES)[number]['id']] ?? null,
    extension: { forecaster, sector, measure, ...others, period, items },
  };
}
