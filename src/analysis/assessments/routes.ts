import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { mapped } from '../../domain/steps.ts';
import { registerList } from '../../http/formats/lists.ts';
import type { Pictured } from '../../http/formats/pictured.ts';
import { registerPictured } from '../../http/formats/pictured.ts';
import type { Draw } from '../../http/formats/pictures.ts';
import { inTurns } from '../../http/turns.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import { IdParams } from '../../ledger/catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import { KINDS, toOutcome } from '../../ledger/records/kinds.ts';
import { namesOfRecord } from '../../ledger/records/picture.ts';
import type { LedgerRecord } from '../../ledger/records/record.ts';
import { requireRecord } from '../../ledger/records/repository.ts';
import { organisations } from '../../store/tables/schema.ts';
import { judgeOne } from './judgement.ts';
import type { KeptOutcomes } from './kept-outcomes.ts';
import type { AssessmentPicture } from './picture.ts';
import { orderOfForecasts, pageOfAssessments } from './rows.ts';
import {
  Assessment,
  AssessmentList,
  AssessmentListQuery,
  AssessmentQuery,
  ForecastAssessment,
} from './schemas.ts';

/** Was it right? Forecasts beside outcomes. */
export function registerAssessmentRoutes(
  app: FastifyInstance,
  context: RouteContext,
  kept: KeptOutcomes,
  draw: Draw<AssessmentPicture>,
): void {
  registerPictured<ReadContext, AssessmentPicture>(app, context, {
    path: '/v1/forecasts/:id/assessment',
    nameOf: (request) => `assessment-${(request.params as z.output<typeof IdParams>).id}`,
    isLarge: true,
    draw,
    operation: {
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
    },
    compute: (view, request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      return forecastAssessment(view, id, request.query as z.output<typeof AssessmentQuery>);
    },
  });

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
    record: Assessment,
    check: ({ read }, query) =>
      requireKnownIds(read, { ...KINDS.forecast.tables, reportedBy: organisations }, query),
    isComputed: ({ sort }) => orderOfForecasts(sort) === null,
    pageOf: (view, query, page, request) =>
      pageOfAssessments(view, kept, query, page, context.originOf(request)),
  });
}

async function forecastAssessment(
  view: ReadContext,
  id: string,
  query: z.output<typeof AssessmentQuery>,
): Promise<Pictured<AssessmentPicture>> {
  const forecast = await requireRecord(view, 'forecast', id, query);
  const result = await judgeOne(view, forecast, query);
  const { assessments, setAside, outcomes } = result;
  const datasetVersion = view.read.version;
  return {
    answer: {
      forecast: forecast.id,
      revision: forecast.revision,
      data: assessments,
      setAside,
      outcomes: await inTurns(mapped(byId(outcomes), toOutcome)),
      meta: { datasetVersion },
    },
    picture: async ({ lang }) => ({
      ...{ ...result, forecast, datasetVersion },
      names: await namesOfRecord(lang, view.read, forecast),
    }),
  };
}

function byId(outcomes: readonly LedgerRecord[]): readonly LedgerRecord[] {
  return outcomes.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}
