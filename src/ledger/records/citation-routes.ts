import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { recordNotFound } from '../../http/message/problem.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { findSource } from '../catalogue/repository.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { Source } from '../catalogue/schemas.ts';
import type { RouteContext } from '../context.ts';
import type { Citation, CitationStyle } from './citation.ts';
import { CITATION_STYLES, toBibtex, toCslItem, toRis } from './citation.ts';
import { requireRecord } from './pages.ts';
import type { LedgerRecord } from './record.ts';

const CitationQuery = z.strictObject({
  style: z
    .enum(CITATION_STYLES)
    .default('csl-json')
    .meta({ description: '`csl-json` (Zotero, pandoc, citation styles), `bibtex` or `ris`.' }),
});

const CslDate = z.object({ 'date-parts': z.array(z.array(z.int()).min(1).max(3)).min(1) });

export const CslItems = z
  .array(
    z.object({
      id: identifier,
      type: z.enum(['webpage', 'document']),
      title: z.string(),
      author: z.array(z.object({ literal: z.string() })),
      publisher: z.string(),
      issued: CslDate.optional(),
      accessed: CslDate,
      URL: z.string().optional(),
      language: z.string(),
      note: z.string(),
    }),
  )
  .length(1)
  .meta({
    id: 'CslItems',
    description: 'A list of one CSL-JSON item: the document that prints the figure.',
  });

interface Form {
  readonly mediaType: string;
  readonly extension: string;
  readonly write: (citation: Citation) => string;
}

const FORMS: Readonly<Record<CitationStyle, Form>> = {
  'csl-json': {
    mediaType: 'application/vnd.citationstyles.csl+json',
    extension: 'json',
    write: (citation) => JSON.stringify([toCslItem(citation)]),
  },
  bibtex: { mediaType: 'application/x-bibtex', extension: 'bib', write: toBibtex },
  ris: { mediaType: 'application/x-research-info-systems', extension: 'ris', write: toRis },
};

/** How the document of a record is cited, for both kinds of record. */
export function registerCitationRoutes(app: FastifyInstance, context: RouteContext): void {
  registerCitation(app, context, {
    kind: 'forecast',
    path: '/v1/forecasts/:id/citation',
    operationId: 'getForecastCitation',
    tag: 'Forecasts',
    exampleId: 'haitong-2020-new-infrastructure-2020',
    body: 'forecaster',
  });
  registerCitation(app, context, {
    kind: 'outcome',
    path: '/v1/outcomes/:id/citation',
    operationId: 'getOutcomeCitation',
    tag: 'Outcomes',
    exampleId: 'oc-cloud-2022',
    body: 'reporting body',
  });
}

interface CitedKind {
  readonly kind: RecordKind;
  readonly path: string;
  readonly operationId: string;
  readonly tag: 'Forecasts' | 'Outcomes';
  readonly exampleId: string;
  /** What the organisation is to such a record. */
  readonly body: string;
}

function registerCitation(
  app: FastifyInstance,
  context: RouteContext,
  { kind, path, operationId, tag, exampleId, body }: CitedKind,
): void {
  app.get(
    path,
    {
      schema: operation({
        operationId,
        tag,
        summary: `How to cite the document of ${kind === 'outcome' ? 'an outcome' : 'a forecast'}`,
        description: `The document that prints the ${kind}, for a reference manager: its title, publisher (as author too: who wrote it is not recorded), date where it is known, address and language, with today (UTC) as the day of access and a note that names the ${body}, the figure as printed, and the record with its revision.`,
        params: IdParams,
        querystring: CitationQuery,
        response: CslItems,
        mediaType: FORMS['csl-json'].mediaType,
        textMediaTypes: [FORMS.bibtex.mediaType, FORMS.ris.mediaType],
        responseDescription: 'The citation, in the style asked for.',
        example: { id: exampleId, style: 'csl-json' },
        problems: ['recordNotFound', 'recordDeleted'],
      }),
    },
    async (request, reply) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const { style } = request.query as z.output<typeof CitationQuery>;
      const record = await requireRecord(context, kind, id);
      const source = await findSource(context.storage.read, record.source);
      if (source === undefined) throw recordNotFound('source', record.source, undefined);
      const { mediaType, extension, write } = FORMS[style];
      return reply
        .type(`${mediaType}; charset=utf-8`)
        .header('content-disposition', `inline; filename="${id}.${extension}"`)
        .serializer((text: unknown) => String(text))
        .send(write(citationOf(record, body, source, context.now())));
    },
  );
}

function citationOf(record: LedgerRecord, body: string, source: Source, now: Date): Citation {
  const { id, revision, amount, names } = record;
  const organisation = names.organisation ?? `No ${body} named`;
  return {
    id,
    title: source.title,
    publisher: source.publisher,
    issued: source.publishedOn,
    accessed: now.toISOString().slice(0, 10),
    url: source.url,
    language: source.language,
    note: `${organisation}: “${amount.asStated}” (${names.measure}, ${names.sector}). Forecast Ledger record ${id}, revision ${revision}.`,
  };
}
