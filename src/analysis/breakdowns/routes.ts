import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { breakdownsOf, hasContent } from '../../domain/analysis/breakdown.ts';
import { mayOverlap } from '../../domain/analysis/figure.ts';
import type { MatrixSelection } from '../../domain/analysis/matrix.ts';
import { breakdownMatrix } from '../../domain/analysis/matrix.ts';
import { rootsOf } from '../../domain/analysis/taxonomy.ts';
import { calendarYear } from '../../domain/period/period.ts';
import { mapped } from '../../domain/steps.ts';
import { jsonStatCollection } from '../../http/formats/json-stat.ts';
import type { Draw } from '../../http/formats/pictures.ts';
import type { Table } from '../../http/formats/tables.ts';
import { registerTable } from '../../http/formats/tables.ts';
import { inTurns } from '../../http/turns.ts';
import { requireKnownIds, requireNamed } from '../../ledger/catalogue/known-ids.ts';
import { namesIn, schemesOf, sectorNames, sectorRelations } from '../../ledger/catalogue/repository.ts';
import { NameParams } from '../../ledger/catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import type { StatedForecast } from '../../ledger/records/kinds.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import { sectors } from '../../store/tables/schema.ts';
import { figuresOf, forecastsToCompute } from '../figures.ts';
import { saidBy } from '../picture-content.ts';
import type { Names } from '../shared-schemas.ts';
import { namesOf, withScopeNames } from '../shared-schemas.ts';
import type { BreakdownPicture, MatrixPicture } from './picture.ts';
import { breakdownRows, breakdownTable, matrixRows, matrixTable } from './rows.ts';
import { BreakdownList, BreakdownQuery, BreakdownRow, Matrix, MatrixQuery, MatrixRow } from './schemas.ts';

/** So many parts and figures left out may be named in an answer, which holds them at once. */
const MOST_NAMED = 100_000;

/** Breakdowns of one sector, and the matrix of sectors by period. */
export function registerBreakdownRoutes(
  app: FastifyInstance,
  context: RouteContext,
  draw: { readonly breakdown: Draw<BreakdownPicture>; readonly matrix: Draw<MatrixPicture> },
): void {
  registerTable(app, context, {
    path: '/v1/sectors/:id/breakdown',
    nameOf: (request) => `breakdown-${(request.params as z.output<typeof NameParams>).id}`,
    operation: {
      operationId: 'getSectorBreakdown',
      tag: 'Analysis',
      summary: 'What a sector is made of, document by document',
      description:
        'A breakdown for each document, forecaster, measure, region, scope and period of the total. Figures of different measures, forecasters or documents are never added, nor is a sector beside its own child. Parts are the nearest descendants with a figure. Breakdowns with a total and parts come first.',
      params: NameParams,
      querystring: BreakdownQuery,
      response: BreakdownList,
      responseDescription: 'The breakdowns; none where no document speaks of the sector.',
      example: { id: 'new-infrastructure', forecaster: 'industrial-securities' },
      problems: ['recordNotFound', 'tooManyRecords'],
    },
    row: BreakdownRow,
    draw: draw.breakdown,
    compute: (view, { params, query }) =>
      sectorBreakdown(view, params as z.output<typeof NameParams>, query as BreakdownQuery),
  });

  registerTable(app, context, {
    path: '/v1/breakdowns',
    nameOf: (request) => {
      const { forecaster, year, measure } = request.query as MatrixQuery;
      return `breakdowns-${forecaster ?? year ?? measure}`;
    },
    operation: {
      operationId: 'getBreakdownMatrix',
      tag: 'Analysis',
      summary: 'Sector by period, for one forecaster, year or measure',
      description:
        'What a stacked bar needs: a series for each document, forecaster, measure, region, scope, currency and tree of the taxonomy; what cannot be stacked is left out, with its reason.',
      querystring: MatrixQuery,
      response: Matrix,
      responseDescription: 'The series.',
      example: { forecaster: 'industrial-securities' },
      problems: ['tooManyRecords'],
    },
    row: MatrixRow,
    draw: draw.matrix,
    compute: (view, { query }) => matrix(view, query as MatrixQuery),
  });
}

async function sectorBreakdown(
  view: ReadContext,
  params: z.output<typeof NameParams>,
  { having = [], ...query }: BreakdownQuery,
): Promise<Table<BreakdownPicture>> {
  const { read } = view;
  const named = await requireNamed(read, sectors, 'sector', params);
  const resolved = await requireKnownIds(read, KINDS.forecast.tables, query, named);
  const { id: sector } = params;
  const forecasts = await forecastsToCompute(view, { ...query, sector: [sector] });
  const { figures, byId, receipts, notConverted } = await figuresOf(view, forecasts, query);
  const sources = [...new Set(forecasts.map(({ source }) => source))];
  const relations = { ...(await sectorRelations(read)), schemes: await schemesOf(read, sources) };
  const all = await inTurns(breakdownsOf(sector, figures, relations, MOST_NAMED));
  const breakdowns = all.filter((one) => having.every((content) => hasContent(one, content)));
  const uncovered = breakdowns.flatMap(({ uncoveredSectors }) => uncoveredSectors);
  const names = await allNames(view, forecasts, [sector, ...uncovered]);
  return {
    answer: {
      sector,
      data: breakdowns,
      receipts,
      notConverted,
      meta: { datasetVersion: read.version, ...resolved, names },
    },
    rows: () => breakdownRows(sector, breakdowns, byId, withScopeNames(names, forecasts)),
    stat: () =>
      jsonStatCollection(
        `Breakdown of ${names[sector] ?? sector}`,
        mapped(breakdowns, (breakdown) => breakdownTable(breakdown, byId, names)),
        { notConverted },
      ),
    picture: async ({ lang }) => ({
      ...{ sector, breakdowns, figures: byId, receipts, said: saidBy(forecasts, byId) },
      names: await namesIn(lang, read, names, forecasts),
      datasetVersion: read.version,
    }),
  };
}

async function matrix(view: ReadContext, query: MatrixQuery): Promise<Table<MatrixPicture>> {
  const { read } = view;
  const resolved = await requireKnownIds(read, KINDS.forecast.tables, query);
  const { measure, forecaster, year } = query;
  const found = await forecastsToCompute(view, {
    ...query,
    year: undefined,
    measure: measure === undefined ? undefined : [measure],
    forecaster: forecaster === undefined ? undefined : [forecaster],
  });
  // Not by the filter of lists, which leaves out what has no end: it may be of the year all the same, and says so.
  const forecasts =
    year === undefined ? found : found.filter(({ period }) => mayOverlap(period, calendarYear(year)));
  const { figures, byId, receipts, notConverted } = await figuresOf(view, forecasts, query);
  const { parentOf, overlapsOf } = await sectorRelations(read);
  const stacked = await inTurns(breakdownMatrix(figures, parentOf, { by: selection(query), overlapsOf }));
  const { series, leftOut } = stacked;
  const roots = forecasts.flatMap(({ sector }) => rootsOf(parentOf, sector));
  const names = await allNames(view, forecasts, roots);
  return {
    answer: {
      data: series,
      leftOut,
      receipts,
      notConverted,
      meta: { datasetVersion: read.version, ...resolved, names },
    },
    rows: () => matrixRows(stacked, byId, parentOf, withScopeNames(names, forecasts)),
    stat: () =>
      jsonStatCollection(
        'Breakdowns',
        mapped(series, (one) => matrixTable(one, byId, names)),
        { leftOut, notConverted },
      ),
    picture: async ({ lang }) => ({
      ...{ series, leftOut, figures: byId, receipts, said: saidBy(forecasts, byId) },
      selection: String(forecaster ?? year ?? measure),
      names: await namesIn(lang, read, names, forecasts),
      datasetVersion: read.version,
    }),
  };
}

/** What to show for the ids of forecasts, and of further sectors. */
async function allNames(
  { read }: ReadContext,
  forecasts: readonly StatedForecast[],
  furtherSectors: readonly string[],
): Promise<Names> {
  const names = namesOf(forecasts, ['sector', 'source', 'measure', 'region', 'forecaster']);
  const missing = furtherSectors.filter((id) => names[id] === undefined);
  return missing.length === 0 ? names : { ...names, ...(await sectorNames(read, missing)) };
}

function selection({ forecaster, year, measure }: MatrixQuery): MatrixSelection {
  if (forecaster !== undefined) return { forecaster };
  return year === undefined ? { measure: measure ?? '' } : { year };
}
