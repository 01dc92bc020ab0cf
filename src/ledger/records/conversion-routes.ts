import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { operation } from '../../http/openapi/openapi.ts';
import { vantageOf } from '../../http/query/vintage.ts';
import { readDatasetVersion } from '../../store/ledger-state.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { currencies } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { RouteContext } from '../context.ts';
import { convertAtEveryBasis } from '../rates/conversions.ts';
import { ForecastConversions, OutcomeConversions, RecordConversionsQuery } from '../rates/schemas.ts';
import { requireRecord } from './pages.ts';

interface ConvertedKind {
  readonly kind: RecordKind;
  readonly path: string;
  readonly operationId: string;
  readonly tag: 'Forecasts' | 'Outcomes';
  readonly response: z.ZodType;
  readonly exampleId: string;
}

const KINDS: readonly ConvertedKind[] = [
  {
    kind: 'forecast',
    path: '/v1/forecasts/:id/conversions',
    operationId: 'getForecastConversions',
    tag: 'Forecasts',
    response: ForecastConversions,
    exampleId: 'haitong-2020-new-infrastructure-2020',
  },
  {
    kind: 'outcome',
    path: '/v1/outcomes/:id/conversions',
    operationId: 'getOutcomeConversions',
    tag: 'Outcomes',
    response: OutcomeConversions,
    exampleId: 'oc-ai-core-2025',
  },
];

/** A record at every rate basis, for both kinds of record. */
export function registerConversionRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;
  for (const { kind, path, operationId, tag, response, exampleId } of KINDS) {
    app.get(
      path,
      {
        schema: operation({
          operationId,
          tag,
          summary: `One ${kind} converted at every basis, side by side`,
          description:
            "Each basis with its receipt, or with the reason why it gives nothing, and how far it lies from the document's own conversion.",
          params: IdParams,
          querystring: RecordConversionsQuery,
          response,
          responseDescription: 'A row for each basis.',
          example: { id: exampleId, to: 'USD' },
          problems: ['recordNotFound', 'recordDeleted'],
        }),
      },
      async (request) => {
        const { id } = request.params as z.output<typeof IdParams>;
        const query = request.query as RecordConversionsQuery;
        await requireKnownIds(read, { to: currencies }, { to: [query.to] });
        const record = await requireRecord(context, kind, id, query);
        const { value, low, high, currency } = record.amount;
        return {
          [kind]: record.id,
          revision: record.revision,
          to: query.to,
          stated: { value, low, high, currency },
          data: await convertAtEveryBasis(context.rates, record, query, vantageOf(context, query)),
          meta: { datasetVersion: await readDatasetVersion(read) },
        };
      },
    );
  }
}
