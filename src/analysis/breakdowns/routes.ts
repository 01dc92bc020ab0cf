import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { MatrixSelection } from '../../domain/analysis/breakdown.ts';
import { breakdownMatrix, breakdownsOf } from '../../domain/analysis/breakdown.ts';
import { rootOf } from '../../domain/analysis/taxonomy.ts';
import { mayOverlap } from '../../domain/money/figure.ts';
import { calendarYear } from '../../domain/period/period.ts';
import { jsonStatCollection } from '../../http/formats/json-stat.ts';
import { registerTable } from '../../http/formats/tables.ts';
import { recordNotFound } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { vantageOf } from '../../http/query/vintage.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import { allIds } from '../../ledger/catalogue/repository.ts';
import { IdParams } from '../../ledger/catalogue/resource.ts';
import { sectorNames, sectorParents } from '../../ledger/catalogue/sector-repository.ts';
import { schemesOf } from '../../ledger/catalogue/source-repository.ts';
import type { RouteContext } from '../../ledger/context.ts';
import { conversionRequest } from '../../ledger/rates/conversions.ts';
import { FILTERED_TABLES } from '../../ledger/records/forecast-repository.ts';
import type { Forecast } from '../../ledger/records/forecast-schemas.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { currencies, measures, organisations, sectors } from '../../store/tables/schema.ts';
import { figuresOf, forecastsToCompute } from '../figure-amount.ts';
import type { Names } from './rows.ts';
import { breakdownRows, breakdownTable, matrixRows, matrixTable } from './rows.ts';
import type { BreakdownQuery, MatrixQuery } from './schemas.ts';
import {
  BreakdownList,
  BreakdownQuery as BreakdownQuerySchema,
  BreakdownRow,
  Matrix,
  MatrixQuery as MatrixQuerySchema,
  MatrixRow,
} from './schemas.ts';

/** Breakdowns of one sector, and the matrix of sectors by period. */
export function registerBreakdownRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  registerTable(app, context, {
    path: '/v1/sectors/:id/breakdown',
    nameOf: (request) => `breakdown-${(request.params as z.output<typeof IdParams>).id}`,
    operation: {
      operationId: 'getSectorBreakdown',
      tag: 'Analysis',
      summary: 'What a sector is made of, document by document',
      description:
        'A breakdown for each document, forecaster, measure, region, scope and period of the total. Figures of different measures, forecasters or documents are never added, nor is a sector beside its own child. Parts are the nearest descendants with a figure.',
      params: IdParams,
      querystring: BreakdownQuerySchema,
      response: BreakdownList,
      responseDescription: 'The breakdowns; none where no document speaks of the sector.',
      example: { id: 'new-infrastructure', forecaster: 'industrial-securities' },
      problems: ['recordNotFound', 'tooManyRecords'],
    },
    row: BreakdownRow,
    compute: async (_view, request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const query = request.query as BreakdownQuery;
      const { read: reader } = context.storage;
      const ids = await allIds(reader, sectors);
      if (!ids.includes(id)) throw recordNotFound('sector', id, didYouMean(id, ids));
      await requireKnown(query);
      const forecasts = await forecastsToCompute(context, { ...filtersOf(query), sector: [id] });
      const { figures, receipts, notConverted } = await figuresOf(
        context,
        forecasts,
        conversionRequest(query),
        vantageOf(context, query),
      );
      const breakdowns = breakdownsOf(
        id,
        figures,
        await sectorParents(reader, query.knownAsOf),
        await schemesOf(reader, [...new Set(forecasts.map(({ source }) => source))], query.knownAsOf),
      );
      const names = await namesOf(forecasts, [
        ...ids.filter((sector) => sector === id),
        ...breakdowns.flatMap(({ uncoveredSectors }) => uncoveredSectors),
      ]);
      return {
        answer: { sector: id, data: breakdowns, receipts, notConverted, meta: await meta(names) },
        rows: breakdownRows(id, breakdowns, figures, names),
        stat: () =>
          jsonStatCollection(
            `Breakdown of ${names[id] ?? id}`,
            breakdowns.map((breakdown) => breakdownTable(breakdown, figures, names)),
            { notConverted },
          ),
      };
    },
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
      querystring: MatrixQuerySchema,
      response: Matrix,
      responseDescription: 'The series.',
      example: { forecaster: 'industrial-securities' },
      problems: ['tooManyRecords'],
    },
    row: MatrixRow,
    compute: async (_view, request: FastifyRequest) => {
      const query = request.query as MatrixQuery;
      const { measure, forecaster, year, ...others } = query;
      await requireKnownIds(
        read,
        { measure: measures, forecaster: organisations },
        { measure: measure && [measure], forecaster: forecaster && [forecaster] },
      );
      await requireKnown(others);
      const found = await forecastsToCompute(context, {
        ...filtersOf(others),
        ...(measure === undefined ? {} : { measure: [measure] }),
        ...(forecaster === undefined ? {} : { forecaster: [forecaster] }),
      });
      // Not by the filters of lists, which leave out what has no end: it may be of the year all the same, and says so.
      const forecasts =
        year === undefined ? found : found.filter(({ period }) => mayOverlap(period, calendarYear(year)));
      const { figures, receipts, notConverted } = await figuresOf(
        context,
        forecasts,
        conversionRequest(query),
        vantageOf(context, query),
      );
      const parentOf = await sectorParents(read, query.knownAsOf);
      const matrix = breakdownMatrix(figures, parentOf, { by: selection(query) });
      const { series, leftOut } = matrix;
      const names = await namesOf(
        forecasts,
        forecasts.map(({ sector }) => rootOf(parentOf, sector)),
      );
      return {
        answer: { data: series, leftOut, receipts, notConverted, meta: await meta(names) },
        rows: matrixRows(matrix, figures, parentOf, names),
        stat: () =>
          jsonStatCollection(
            'Breakdowns',
            series.map((one) => matrixTable(one, figures, names)),
            { leftOut, notConverted },
          ),
      };
    },
  });

  async function requireKnown(query: Partial<BreakdownQuery>): Promise<void> {
    await requireKnownIds(read, FILTERED_TABLES, query);
    const { convertTo } = query;
    await requireKnownIds(read, { convertTo: currencies }, { convertTo: convertTo && [convertTo] });
  }

  async function meta(names: Names) {
    return { datasetVersion: await readDatasetVersion(read), names };
  }

  /** What to show for the ids of forecasts, and of further sectors. */
  async function namesOf(forecasts: readonly Forecast[], furtherSectors: readonly string[]): Promise<Names> {
    const names: Record<string, string> = {};
    for (const { sector, forecaster, source, measure, region, names: own } of forecasts) {
      names[sector] = own.sector;
      names[source] = own.source;
      names[measure] = own.measure;
      names[region] = own.region;
      if (forecaster !== null && own.forecaster !== null) names[forecaster] = own.forecaster;
    }
    const missing = furtherSectors.filter((id) => names[id] === undefined);
    if (missing.length > 0) {
      Object.assign(names, await sectorNames(read, missing));
    }
    return names;
  }
}

/** The filters of a query that forecasts have as well. */
function filtersOf(query: Partial<BreakdownQuery>) {
  const { measure, forecaster, source, region, scope, collection } = query;
  const { publishedFrom, publishedTo, publishedAsOf, knownAsOf } = query;
  const published = { publishedFrom, publishedTo, publishedAsOf };
  return { measure, forecaster, source, region, scope, collection, ...published, knownAsOf };
}

function selection({ forecaster, year, measure }: MatrixQuery): MatrixSelection {
  if (forecaster !== undefined) return { forecaster };
  return year === undefined ? { measure: measure ?? '' } : { year };
}
