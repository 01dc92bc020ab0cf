import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Assessment as DomainAssessment } from '../../domain/analysis/assessment.ts';
import type { TrackRecordRow as DomainRow, TrackRecordFigures } from '../../domain/analysis/track-record.ts';
import { trackRecord } from '../../domain/analysis/track-record.ts';
import { registerList } from '../../http/formats/lists.ts';
import { recordNotFound } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { findForecaster } from '../../ledger/catalogue/forecaster-repository.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import { allIds } from '../../ledger/catalogue/repository.ts';
import { IdParams } from '../../ledger/catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import { FILTERED_TABLES, recordFilters } from '../../ledger/records/forecast-repository.ts';
import { toOutcome } from '../../ledger/records/outcome-repository.ts';
import { recordsToCompute, requireRecord } from '../../ledger/records/pages.ts';
import { pageOfRows } from '../../store/keyset.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { organisations } from '../../store/tables/schema.ts';
import type { Judged, JudgementQuery } from './judgement.ts';
import { assessedForecast, assessmentId, dayOfJudgement, judge } from './judgement.ts';
import { organisationNames } from './repository.ts';
import type { Assessment, AssessmentSortKey, TrackRecordSortKey } from './schemas.ts';
import {
  AssessmentList,
  AssessmentListQuery,
  AssessmentQuery,
  Assessment as AssessmentSchema,
  ForecastAssessment,
  TrackRecordAnswer,
  TrackRecordList,
  TrackRecordListQuery,
  TrackRecordQuery,
  TrackRecordRow,
} from './schemas.ts';

type TrackRecordFilters = z.output<typeof TrackRecordQuery> & { readonly forecaster?: string[] | undefined };

/** Was it right? Forecasts beside outcomes, and what that makes of their forecasters. */
export function registerAssessmentRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  app.get(
    '/v1/forecasts/:id/assessment',
    {
      schema: operation({
        operationId: 'getForecastAssessment',
        tag: 'Outcomes',
        summary: 'Was it right? One forecast beside what was reported',
        description:
          "An outcome counts where sector, measure, scope, region and currency are those of the forecast, and its period is the forecast's, or one body's outcomes without a gap make it up or its beginning. All other outcomes of the sector and measure are set aside, each with its reason. Where several bodies report, there is an assessment for each.",
        params: IdParams,
        querystring: AssessmentQuery,
        response: ForecastAssessment,
        responseDescription: 'The assessments, the outcomes set aside, and the outcomes themselves.',
        example: { id: 'fc-caict-cloud-2022' },
        problems: ['recordNotFound', 'recordDeleted', 'recordNotYetPublished'],
      }),
    },
    async (request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const query = request.query as z.output<typeof AssessmentQuery>;
      const forecast = await requireRecord(context, 'forecast', id, query);
      const { judged, outcomes } = await judge(context, [forecast], query);
      const { assessments = [], setAside = [] } = judged[0] ?? {};
      const named = new Set([
        ...assessments.flatMap((assessment) => assessment.outcomes),
        ...setAside.map(({ outcome }) => outcome),
      ]);
      return {
        forecast: forecast.id,
        revision: forecast.revision,
        data: assessments,
        setAside,
        outcomes: [...outcomes.values()]
          .filter((outcome) => named.has(outcome.id))
          .sort((one, other) => (one.id < other.id ? -1 : 1))
          .map(toOutcome),
        meta: { datasetVersion: await readDatasetVersion(read) },
      };
    },
  );

  registerList<ReadContext, AssessmentListQuery>(app, context, {
    path: '/v1/assessments',
    name: 'assessments',
    operation: {
      operationId: 'listAssessments',
      tag: 'Outcomes',
      summary: 'Forecasts beside outcomes, as a table',
      description:
        'A row for each forecast and each body that reports outcomes which count for it; a forecast without any has one row that says why.',
      querystring: AssessmentListQuery,
      response: AssessmentList,
      responseDescription: 'A page of assessments.',
      example: { status: 'realised,partial' },
      problems: ['tooManyRecords'],
    },
    record: AssessmentSchema,
    check: ({ read: state }, query) =>
      requireKnownIds(state, { ...FILTERED_TABLES, reportedBy: organisations }, query),
    pageOf: async (state, { sort: _, status, reportedBy, ...query }, page, request) => {
      const forecasts = await recordsToCompute(state, 'forecast', recordFilters(query));
      const { judged } = await judge(state, forecasts, query);
      const names = await organisationNames(state.storage.read);
      const rows = judged
        .flatMap((one) => rowsOf(one, names, context.originOf(request)))
        .filter(
          (row) =>
            (status === undefined || status.includes(row.status)) &&
            (reportedBy === undefined || (row.reportedBy !== null && reportedBy.includes(row.reportedBy))),
        );
      return pageOfRows(rows, page, assessmentSortValue);
    },
  });

  app.get(
    '/v1/forecasters/:id/track-record',
    {
      schema: operation({
        operationId: 'getTrackRecord',
        tag: 'Outcomes',
        summary: "How a forecaster's forecasts came out",
        description:
          'Counts, errors against point values, and how often bounds were kept; by measure and by how far ahead the forecasts looked. A figure that nothing supports is null, with its reason; the others name the assessments that they rest on.',
        params: IdParams,
        querystring: TrackRecordQuery,
        response: TrackRecordAnswer,
        responseDescription: 'The track record.',
        example: { id: 'caict' },
        problems: ['recordNotFound', 'tooManyRecords'],
      }),
    },
    async (request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const query = request.query as z.output<typeof TrackRecordQuery>;
      await requireKnownIds(read, FILTERED_TABLES, query);
      const forecaster = await findForecaster(read, id);
      if (forecaster === undefined)
        throw recordNotFound('forecaster', id, didYouMean(id, await allIds(read, organisations)));
      const [record] = await trackRecords(context, { ...query, forecaster: [id] }, request);
      return {
        data: record ?? trackRecordOf(id, forecaster.name, [], request, query),
        meta: { datasetVersion: await readDatasetVersion(read) },
      };
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
    check: ({ read: state }, query) => requireKnownIds(state, FILTERED_TABLES, query),
    pageOf: async (state, { sort: _, ...query }, page, request) => {
      const records = await trackRecords(state, query, request);
      return pageOfRows(
        records.map(({ byMeasure: __, byHorizon: ___, ...row }) => row),
        page,
        trackRecordSortValue,
      );
    },
  });

  async function trackRecords(state: ReadContext, query: TrackRecordFilters, request: FastifyRequest) {
    const { sector, sectorOnly, measure, region, collection, scope, forecaster, publishedAsOf, knownAsOf } =
      query;
    const filters = {
      sector,
      sectorOnly,
      measure,
      region,
      collection,
      scope,
      forecaster,
      publishedAsOf,
      knownAsOf,
    };
    const forecasts = await recordsToCompute(state, 'forecast', recordFilters(filters));
    const { judged } = await judge(state, forecasts, query);
    const named = judged.filter(({ forecast }) => forecast.organisation !== null);
    return [...Map.groupBy(named, ({ forecast }) => forecast.organisation ?? '')].map(([id, own]) =>
      trackRecordOf(id, own[0]?.forecast.names.organisation ?? id, own, request, query),
    );
  }

  function trackRecordOf(
    forecaster: string,
    name: string,
    own: readonly Judged[],
    request: FastifyRequest,
    query: JudgementQuery,
  ) {
    const { byMeasure, byHorizon, ...figures } = trackRecord(
      own.map(({ forecast, assessments }) => ({ forecast: assessedForecast(forecast), assessments })),
    );
    const origin = context.originOf(request);
    return {
      forecaster,
      ...linked(figures, origin),
      byMeasure: byMeasure.map((group) => linked(group, origin)),
      byHorizon: byHorizon.map((group) => linked(group, origin)),
      judgedAsOf: dayOfJudgement(context, query),
      names: { forecaster: name },
    };
  }
}

function assessmentUrl(origin: string, forecast: string): string {
  return `${origin}/v1/forecasts/${forecast}/assessment`;
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

function rowsOf(
  { forecast, assessments }: Judged,
  names: ReadonlyMap<string, string>,
  origin: string,
): readonly (DomainAssessment & Omit<Assessment, keyof DomainAssessment>)[] {
  const { id, organisation, sector, measure, region, scope, source, publishedOn, period, amount } = forecast;
  const { value, low, high, qualifier, currency } = amount;
  return assessments.map((assessment) => ({
    id: assessmentId(id, assessment),
    forecast: id,
    forecaster: organisation,
    sector,
    measure,
    region,
    scope,
    source,
    publishedOn,
    period,
    forecastAmount: { value, low, high, qualifier, currency },
    ...assessment,
    url: assessmentUrl(origin, id),
    names: {
      forecaster: forecast.names.organisation,
      sector: forecast.names.sector,
      measure: forecast.names.measure,
      region: forecast.names.region,
      source: forecast.names.source,
      reportedBy: assessment.reportedBy === null ? null : (names.get(assessment.reportedBy) ?? null),
    },
  }));
}

function assessmentSortValue(
  row: DomainAssessment & Omit<Assessment, keyof DomainAssessment>,
  key: AssessmentSortKey,
): string | number | null {
  if (key === 'periodEnd') return row.period.end;
  return key === 'outcomeVsForecastPercent' ? numeric(row[key]) : row[key];
}

function trackRecordSortValue(
  row: Readonly<Record<Exclude<TrackRecordSortKey, 'forecasts' | 'assessed' | 'partial'>, string | null>> &
    Readonly<Record<'forecasts' | 'assessed' | 'partial', number>>,
  key: TrackRecordSortKey,
): string | number | null {
  if (key === 'forecaster') return row.forecaster;
  const value = row[key];
  return typeof value === 'number' ? value : numeric(value);
}

/** A percentage as a number, for the order of a list only. */
function numeric(percent: string | null): number | null {
  return percent === null ? null : Number(percent);
}
