import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { registerList } from '../../http/formats/lists.ts';
import { revisionTag } from '../../http/message/preconditions.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { selectFields } from '../../http/query/paging.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import { currencies } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { outcomeDraft } from './drafts.ts';
import { registerHistory } from './history-routes.ts';
import { FILTERED_TABLES, recordFilters, recordPage, toOutcome } from './outcome-repository.ts';
import {
  Outcome,
  OutcomeAnswer,
  OutcomeEvidence,
  OutcomeItemQuery,
  OutcomeList,
  OutcomeListQuery,
} from './outcome-schemas.ts';
import { convertIfAsked, evidenceOf, pageOfRecords, requireRecord } from './pages.ts';
import { RevisedOutcome, SubmittedOutcome } from './submissions.ts';
import { registerRecordWrites } from './write-routes.ts';

const EXAMPLE_ID = 'oc-cloud-2022';

/** What `POST` and `PUT` are shown with. */
const EXAMPLE_BODY = {
  reportedBy: 'caict',
  collection: 'china-new-infrastructure',
  source: 'daily-gulf-news-2023-07-26-cloud',
  sector: 'cloud-computing',
  region: 'CN',
  measure: 'marketSize',
  scope: 'national',
  amount: {
    value: '455000000000',
    low: '455000000000',
    high: '455000000000',
    qualifier: 'exact',
    currency: 'CNY',
    asStated: '455 billion yuan',
  },
  period: {
    start: '2022-01-01',
    end: '2022-12-31',
    kind: 'year',
    years: 1,
    asStated: '2022',
    inferred: [],
  },
  evidence: { phrase: 'reached 455 billion yuan' },
  confidence: 'medium',
};

/** What was reported as realised. */
export function registerOutcomeRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  registerList<ReadContext, OutcomeListQuery>(app, context, {
    path: '/v1/outcomes',
    name: 'outcomes',
    operation: {
      operationId: 'listOutcomes',
      tag: 'Outcomes',
      summary: 'Amounts reported as realised, filtered and sorted',
      description:
        'As `/v1/forecasts`, with the reporting body (`reportedBy`) in the place of the forecaster. An outcome is as sourced as a forecast, and never mixed with one.',
      querystring: OutcomeListQuery,
      response: OutcomeList,
      responseDescription: 'A page of outcomes.',
      example: { sector: '5g', measure: 'directEconomicOutput' },
      problems: ['tooManyRecords'],
    },
    record: Outcome,
    check: async ({ read: state }, query) => {
      await requireKnownIds(state, FILTERED_TABLES, query);
      await requireCurrency(query.convertTo);
    },
    present: ({ convertTo }) => (convertTo === undefined ? [] : ['converted', 'notConverted']),
    pageOf: async (state, { sort: _, ...query }, page) => {
      const found = await pageOfRecords(state, 'outcome', recordFilters(query), recordPage(page));
      return { ...found, records: found.records.map(toOutcome) };
    },
  });

  app.get(
    '/v1/outcomes/:id',
    {
      schema: operation({
        operationId: 'getOutcome',
        tag: 'Outcomes',
        summary: 'One outcome',
        params: IdParams,
        querystring: OutcomeItemQuery,
        response: OutcomeAnswer,
        responseDescription: 'The current revision, or that of `knownAsOf`.',
        example: { id: EXAMPLE_ID },
        etag: true,
        problems: ['recordNotFound', 'recordDeleted', 'rateNotHeld'],
      }),
    },
    async (request, reply) => {
      const query = request.query as z.output<typeof OutcomeItemQuery>;
      const { id } = request.params as z.output<typeof IdParams>;
      await requireCurrency(query.convertTo);
      const record = await requireRecord(context, 'outcome', id, query);
      reply.header('etag', revisionTag(record));
      return {
        data: selectFields(toOutcome(await convertIfAsked(context, record, query)), query.fields),
        meta: { datasetVersion: await readDatasetVersion(read), revisionTag: revisionTag(record) },
      };
    },
  );

  app.get(
    '/v1/outcomes/:id/evidence',
    {
      schema: operation({
        operationId: 'getOutcomeEvidence',
        tag: 'Outcomes',
        summary: "The words behind an outcome's figures, read again",
        params: IdParams,
        querystring: z.strictObject({ knownAsOf }),
        response: OutcomeEvidence,
        responseDescription: 'The evidence of the current revision, or of that of `knownAsOf`.',
        example: { id: EXAMPLE_ID },
        problems: ['recordNotFound', 'recordDeleted'],
      }),
    },
    async (request) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const outcome = await requireRecord(context, 'outcome', id, request.query as { knownAsOf?: string });
      return {
        outcome: outcome.id,
        revision: outcome.revision,
        source: outcome.source,
        placeUnit: 'unicodeCodePoint',
        data: evidenceOf(outcome),
        meta: { datasetVersion: await readDatasetVersion(read) },
      };
    },
  );

  const kind = { kind: 'outcome', path: '/v1/outcomes', tag: 'Outcomes', name: 'Outcome' } as const;
  registerHistory(app, context, { ...kind, exampleId: EXAMPLE_ID });
  registerRecordWrites<SubmittedOutcome>(app, context, {
    ...kind,
    submitted: SubmittedOutcome,
    revised: RevisedOutcome,
    toRecord: outcomeDraft,
    example: {
      added: { id: 'example-outcome', ...EXAMPLE_BODY },
      id: EXAMPLE_ID,
      revised: { ...EXAMPLE_BODY, notes: 'In the words of the English edition.' },
    },
  });

  async function requireCurrency(code: string | undefined): Promise<void> {
    if (code !== undefined) await requireKnownIds(read, { convertTo: currencies }, { convertTo: [code] });
  }
}
