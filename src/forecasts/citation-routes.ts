import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { RouteContext } from '../http/context.ts';
import { operation } from '../http/openapi.ts';
import { recordNotFound } from '../http/problem.ts';
import { IdParams } from '../http/resource.ts';
import { identifier } from '../http/shared-schemas.ts';
import { requireRecord } from '../records/pages.ts';
import { findSource } from '../sources/repository.ts';
import type { Source } from '../sources/schemas.ts';
import type { Citation, CitationStyle } from './citation.ts';
import { CITATION_STYLES, toBibtex, toCslItem, toRis } from './citation.ts';
import type { StatedForecast } from './repository.ts';
import { toForecast } from './repository.ts';

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
    description: 'A list of one CSL-JSON item: the document that prints the forecast.',
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

export function registerCitationRoutes(app: FastifyInstance, context: RouteContext): void {
  const { read } = context.storage;

  app.get(
    '/v1/forecasts/:id/citation',
    {
      schema: operation({
        operationId: 'getForecastCitation',
        tag: 'Forecasts',
        summary: 'How to cite the document of a forecast',
        description:
          'The document that prints the forecast, for a reference manager: its title, publisher (as author too: who wrote it is not recorded), date where it is known, address and language, with today (UTC) as the day of access and a note that names the forecaster, the figure as printed, and the record with its revision.',
        params: IdParams,
        querystring: CitationQuery,
        response: CslItems,
        mediaType: FORMS['csl-json'].mediaType,
        textMediaTypes: [FORMS.bibtex.mediaType, FORMS.ris.mediaType],
        responseDescription: 'The citation, in the style asked for.',
        example: { id: 'haitong-2020-new-infrastructure-2020', style: 'csl-json' },
        problems: ['recordNotFound', 'recordDeleted'],
      }),
    },
    async (request, reply) => {
      const { id } = request.params as z.output<typeof IdParams>;
      const { style } = request.query as z.output<typeof CitationQuery>;
      const forecast = toForecast(await requireRecord(context, 'forecast', id));
      const source = await findSource(read, forecast.source);
      if (source === undefined) throw recordNotFound('source', forecast.source, undefined);
      const { mediaType, extension, write } = FORMS[style];
      return reply
        .type(`${mediaType}; charset=utf-8`)
        .header('content-disposition', `inline; filename="${id}.${extension}"`)
        .serializer((text: unknown) => String(text))
        .send(write(citationOf(forecast, source, context.now())));
    },
  );
}

function citationOf(forecast: StatedForecast, source: Source, now: Date): Citation {
  const { id, revision, amount, names } = forecast;
  const forecaster = names.forecaster ?? 'No forecaster named';
  return {
    id,
    title: source.title,
    publisher: source.publisher,
    issued: source.publishedOn,
    accessed: now.toISOString().slice(0, 10),
    url: source.url,
    language: source.language,
    note: `${forecaster}: “${amount.asStated}” (${names.measure}, ${names.sector}). Forecast Ledger record ${id}, revision ${revision}.`,
  };
}
