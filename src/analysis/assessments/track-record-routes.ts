import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { repeatedClaims } from '../../domain/analysis/same-claim.ts';
import type { TrackRecordRow as DomainRow, TrackRecordFigures } from '../../domain/analysis/track-record.ts';
import { trackRecord } from '../../domain/analysis/track-record.ts';
import { registerList } from '../../http/formats/lists.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { inTurns } from '../../http/turns.ts';
import { requireKnownIds, requireNamed } from '../../ledger/catalogue/known-ids.ts';
import { FORECASTERS, findEntry } from '../../ledger/catalogue/repository.ts';
import { NameParams } from '../../ledger/catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import { KINDS, recordFilters } from '../../ledger/records/kinds.ts';
import { recordsToCompute } from '../../ledger/records/repository.ts';
import { pageOfRows } from '../../store/keyset.ts';
import { organisations } from '../../store/tables/schema.ts';
import type { Judged } from './judgement.ts';
import { assessedForecast, dayOfJudgement, judge } from './judgement.ts';
import {
  assessmentUrl,
  percentOrder,
  TrackRecordAnswer,
  TrackRecordList,
  TrackRecordListQuery,
  TrackRecordQuery,
  TrackRecordRow,
} from './schemas.ts';

type Query = z.output<typeof TrackRecordQuery> & { readonly forecaster?: string[] | undefined };

/** What assessments make of their forecasters. */
export function registerTrackRecordRoutes(app: FastifyInstance, context: RouteContext): void {
  app.get(
    '/v1/forecasters/:id/track-record',
    {
      schema: operation({
        operationId: 'getTrackRecord',
        tag: 'Outcomes',
        summary: "How a forecaster's forecasts came out",
        description:
          'Counts, errors against point values, and how often bounds were kept; by measure and by how far ahead the forecasts looked. A figure that nothing supports is null, with its reason; the others name the assessments that they rest on.',
        params: NameParams,
        querystring: TrackRecordQuery,
        response: TrackRecordAnswer,
        responseDescription: 'The track record.',
        example: { id: 'caict' },
        problems: ['recordNotFound', 'tooManyRecords'],
      }),
    },
    (request, reply) => {
      const query = request.query as z.output<typeof TrackRecordQuery>;
      return context.makeLarge(request, reply, () =>
        context.reading(request, (view) =>
          ofForecaster(view, request.params as z.output<typeof NameParams>, query, context.originOf(request)),
        ),
      );
    },
  );

  registerList<ReadContext, TrackRecordListQuery>(app, context, {
    path: '/v1/track-records',
    name: 'track-records',
    operation: {
      operationId: 'listTrackRecords',
      tag: 'Outcomes',
      summary: 'How forecasters came out, as a table',
      description: 'A row for each forecaster with a forecast that the filters leave.',
      querystring: TrackRecordListQuery,
      response: TrackRecordList,
      responseDescription: 'A page of track records.',
      example: { limit: '10' },
      problems: ['tooManyRecords'],
    },
    record: TrackRecordRow,
    check: ({ read }, query) => requireKnownIds(read, KINDS.forecast.tables, query),
    isComputed: () => true,
    pageOf: async (view, query, page, request) => {
      const records = await trackRecords(view, query, context.originOf(request));
      const rows = records.map(({ byMeasure: _, byHorizon: __, fulfilment, ...row }) => ({
        ...row,
        fulfilments: fulfilment.forecasts,
        fulfilmentsAssessed: fulfilment.assessed,
      }));
      return inTurns(
        pageOfRows(rows, page, (row, key) => {
          const value = row[key];
          return key === 'forecaster' || typeof value === 'number' ? value : percentOrder(value);
        }),
      );
    },
  });
}

async function ofForecaster(
  view: ReadContext,
  params: z.output<typeof NameParams>,
  query: Query,
  origin: string,
) {
  const { read } = view;
  const named = await requireNamed(read, organisations, 'forecaster', params);
  const resolved = await requireKnownIds(read, KINDS.forecast.tables, query, named);
  const { id } = params;
  const name = (await findEntry(read, FORECASTERS, id))?.name ?? id;
  const [record] = await trackRecords(view, { ...query, forecaster: [id] }, origin);
  return {
    data: record ?? (await shownTrackRecord(id, name, [], dayOfJudgement(view, query), origin)),
    meta: { datasetVersion: read.version, ...resolved },
  };
}

/** Of each forecaster with a forecast that the filters leave. */
async function trackRecords(
  view: ReadContext,
  { sort: _, ...query }: Query & { readonly sort?: unknown },
  origin: string,
) {
  const { outcomeVintage: __, ...filters } = query;
  const forecasts = await recordsToCompute(view, 'forecast', recordFilters('forecast', filters));
  const { judged } = await judge(view, forecasts, query);
  const judgedAsOf = dayOfJudgement(view, query);
  const records = [];
  for (const [id, own] of Map.groupBy(judged, ({ forecast }) => forecast.organisation)) {
    if (id === null) continue;
    const name = own[0]?.forecast.names.organisation ?? id;
    records.push(await shownTrackRecord(id, name, own, judgedAsOf, origin));
  }
  return records;
}

async function shownTrackRecord(
  forecaster: string,
  name: string,
  own: readonly Judged[],
  judgedAsOf: string,
  origin: string,
) {
  const forecasts = own.map(({ forecast }) => forecast);
  const repeated = await inTurns(repeatedClaims(forecasts, (forecast) => forecast));
  const { byMeasure, byHorizon, fulfilment, ...figures } = await inTurns(
    trackRecord(
      own.map(({ forecast, assessments }) => ({
        forecast: assessedForecast(forecast, repeated.get(forecast.id)),
        assessments,
      })),
    ),
  );
  return {
    forecaster,
    ...linked(figures, origin),
    fulfilment: linked(fulfilment, origin),
    byMeasure: byMeasure.map((group) => linked(group, origin)),
    byHorizon: byHorizon.map((group) => linked(group, origin)),
    judgedAsOf,
    names: { forecaster: name },
  };
}

/** Figures whose rows say where they are shown. */
function linked<Figures extends TrackRecordFigures>(figures: Figures, origin: string) {
  const link = (rows: readonly DomainRow[]) =>
    rows.map((row) => ({ ...row, url: assessmentUrl(origin, row.forecast) }));
  return {
    ...figures,
    percentageErrorRows: link(figures.percentageErrorRows),
    shareInsideBoundsRows: link(figures.shareInsideBoundsRows),
  };
}
