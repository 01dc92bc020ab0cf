import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { repeatedClaims } from '../../domain/analysis/same-claim.ts';
import type { TrackRecordRow as DomainRow, TrackRecordFigures } from '../../domain/analysis/track-record.ts';
import { trackRecord } from '../../domain/analysis/track-record.ts';
import { registerList } from '../../http/formats/lists.ts';
import type { Pictured } from '../../http/formats/pictured.ts';
import { registerPictured } from '../../http/formats/pictured.ts';
import type { Draw } from '../../http/formats/pictures.ts';
import { inTurns, pause } from '../../http/turns.ts';
import { requireKnownIds, requireNamed } from '../../ledger/catalogue/known-ids.ts';
import { FORECASTERS, findEntry, namesIn } from '../../ledger/catalogue/repository.ts';
import { NameParams } from '../../ledger/catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import { KINDS, recordFilters } from '../../ledger/records/kinds.ts';
import { namesById } from '../../ledger/records/picture.ts';
import { recordsToCompute } from '../../ledger/records/repository.ts';
import { pageOfRows } from '../../store/keyset.ts';
import { organisations } from '../../store/tables/schema.ts';
import type { Judged } from './judgement.ts';
import { assessedForecast, dayOfJudgement, judge, outcomesFor } from './judgement.ts';
import type { KeptOutcomes } from './kept-outcomes.ts';
import type { TrackRecordPicture } from './picture.ts';
import type { TrackRecordQuery } from './schemas.ts';
import {
  assessmentUrl,
  OneTrackRecordQuery,
  percentOrder,
  TrackRecordAnswer,
  TrackRecordList,
  TrackRecordListQuery,
  TrackRecordRow,
} from './schemas.ts';

type Query = z.output<typeof TrackRecordQuery> & { readonly forecaster?: string[] | undefined };

/** What assessments make of their forecasters. */
export function registerTrackRecordRoutes(
  app: FastifyInstance,
  context: RouteContext,
  kept: KeptOutcomes,
  draw: Draw<TrackRecordPicture>,
): void {
  registerPictured<ReadContext, TrackRecordPicture>(app, context, {
    path: '/v1/forecasters/:id/track-record',
    nameOf: (request) => `track-record-${(request.params as z.output<typeof NameParams>).id}`,
    isLarge: true,
    draw,
    operation: {
      operationId: 'getTrackRecord',
      tag: 'Outcomes',
      summary: "How a forecaster's forecasts came out",
      description:
        'Counts, errors against point values, and how often bounds were kept; by measure and by how far ahead the forecasts looked. A figure that nothing supports is null, with its reason; the others name the assessments that they rest on.',
      params: NameParams,
      querystring: OneTrackRecordQuery,
      response: TrackRecordAnswer,
      responseDescription: 'The track record.',
      example: { id: 'caict' },
      problems: ['recordNotFound', 'tooManyRecords'],
    },
    compute: (view, request) =>
      ofForecaster(
        view,
        kept,
        request.params as z.output<typeof NameParams>,
        request.query as z.output<typeof OneTrackRecordQuery>,
        context.originOf(request),
      ),
  });

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
      const records = await trackRecords(view, kept, query, context.originOf(request));
      const rows = records.map(({ record: { byMeasure: _, byHorizon: __, fulfilment, ...row } }) => ({
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
  kept: KeptOutcomes,
  params: z.output<typeof NameParams>,
  { width: _, theme: __, lang: ___, ...query }: z.output<typeof OneTrackRecordQuery>,
  origin: string,
): Promise<Pictured<TrackRecordPicture>> {
  const { read } = view;
  const named = await requireNamed(read, organisations, 'forecaster', params);
  const resolved = await requireKnownIds(read, KINDS.forecast.tables, query, named);
  const { id } = params;
  const name = (await findEntry(read, FORECASTERS, id))?.name ?? id;
  const [found] = await trackRecords(view, kept, { ...query, forecaster: [id] }, origin);
  const judged = found?.own ?? [];
  const record = found?.record ?? (await shownTrackRecord(id, name, [], dayOfJudgement(view, query), origin));
  return {
    answer: { data: record, meta: { datasetVersion: read.version, ...resolved } },
    picture: async ({ lang }) => ({
      ...{ forecaster: name, figures: record, judged, judgedAsOf: record.judgedAsOf },
      names: await namesIn(
        lang,
        read,
        Object.assign({}, ...judged.map(({ forecast }) => namesById(forecast))),
        judged.map(({ forecast }) => forecast),
      ),
      datasetVersion: read.version,
    }),
  };
}

/** Of each forecaster with a forecast that the filters leave. */
async function trackRecords(
  view: ReadContext,
  kept: KeptOutcomes,
  { sort: _, ...query }: Query & { readonly sort?: unknown },
  origin: string,
) {
  const { outcomeVintage: __, ...filters } = query;
  const forecasts = await recordsToCompute(view, 'forecast', recordFilters('forecast', filters));
  const outcomesBeside = await outcomesFor(view, kept, query);
  const judged: Judged[] = [];
  for (const forecast of forecasts) {
    judged.push(await judge(outcomesBeside, forecast));
    await pause();
  }
  const judgedAsOf = dayOfJudgement(view, query);
  const records = [];
  for (const [id, own] of Map.groupBy(judged, ({ forecast }) => forecast.organisation)) {
    if (id === null) continue;
    const name = own[0]?.forecast.names.organisation ?? id;
    records.push({ own, record: await shownTrackRecord(id, name, own, judgedAsOf, origin) });
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
