import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { mapped } from '../../domain/steps.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { registerEndings, registerOtherForms } from '../../http/formats/formats.ts';
import { registerList } from '../../http/formats/lists.ts';
import { registerPictured } from '../../http/formats/pictured.ts';
import type { Draw } from '../../http/formats/pictures.ts';
import { pictureParameters } from '../../http/formats/pictures.ts';
import { revisionTag } from '../../http/message/preconditions.ts';
import { recordNotFound } from '../../http/message/problem.ts';
import type { Operation } from '../../http/openapi/openapi.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { addressWith, selectFields, withoutParameters } from '../../http/query/paging.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import { pageOfRows } from '../../store/keyset.ts';
import type { Reader } from '../../store/store.ts';
import { currencies } from '../../store/tables/schema.ts';
import { requireKnownIds } from '../catalogue/known-ids.ts';
import { findEntry, readSourceText, SOURCES } from '../catalogue/repository.ts';
import { IdParams } from '../catalogue/resource.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { convertAtEveryBasis } from '../rates/conversions.ts';
import { RecordConversionsQuery } from '../rates/schemas.ts';
import { Revision, RevisionList, RevisionListQuery } from '../revision-lists.ts';
import type { CitationStyle } from './citation.ts';
import { CITATION_FORMS, citationOf } from './citation.ts';
import { computesAll, conversionOf, convertIfAsked, pageOfRecords } from './converted.ts';
import { evidenceOf } from './evidence.ts';
import type { RecordFilters } from './filters.ts';
import { heldText } from './held-text.ts';
import { saidOfAmounts } from './hints.ts';
import { listRevisions } from './history.ts';
import type { KindOfRecord } from './kinds.ts';
import { KINDS, recordFilters, recordPage } from './kinds.ts';
import type { ConversionsPicture, RecordPicture } from './picture.ts';
import { recordPicture } from './picture.ts';
import { highlightsIn, requireRecord, revisionsOf } from './repository.ts';
import { CslItems, withArticle } from './schemas.ts';
import { registerRecordWrites } from './write-routes.ts';
import { shownOf } from './written.ts';

export function registerRecordRoutes(
  app: FastifyInstance,
  context: RouteContext,
  draw: { readonly record: Draw<RecordPicture>; readonly conversions: Draw<ConversionsPicture> },
): void {
  for (const kind of Object.values(KINDS)) {
    registerRecords(app, context, kind);
    registerRecord(app, context, kind, draw.record);
    registerEvidence(app, context, kind);
    registerHistory(app, context, kind);
    registerRecordWrites(app, context, kind);
    registerConversions(app, context, kind, draw.conversions);
    registerCitation(app, context, kind);
  }
}

type Conversions = Parameters<typeof convertIfAsked>[2];
type ListQuery = RecordFilters &
  Conversions & {
    readonly fields?: readonly string[] | undefined;
    readonly sort: readonly { readonly key: string; readonly direction: 'ascending' | 'descending' }[];
  };
type ItemQuery = Conversions & { readonly fields?: readonly string[] | undefined };

function idOf(request: FastifyRequest): string {
  return (request.params as z.output<typeof IdParams>).id;
}

function registerRecords(app: FastifyInstance, context: RouteContext, kind: KindOfRecord): void {
  registerList<ReadContext, ListQuery>(app, context, {
    path: kind.path,
    name: `${kind.kind}s`,
    operation: {
      operationId: `list${kind.name}s`,
      tag: kind.tag,
      ...kind.texts.list,
      querystring: kind.listQuery,
      response: kind.answers.list,
      responseDescription: `A page of ${kind.kind}s.`,
      example: kind.examples.list,
      problems: ['tooManyRecords'],
    },
    record: kind.record,
    check: ({ read }, query) => requireKnownIds(read, kind.tables, query),
    present: ({ convertTo }) => (convertTo === undefined ? [] : ['converted', 'notConverted']),
    isComputed: (query) => computesAll(query, query.sort),
    meta: async (view, query, page, request) => {
      const { notCompared } = page as Awaited<ReturnType<typeof pageOfRecords>>;
      const addressOf = (changes: Parameters<typeof addressWith>[2]) =>
        addressWith(request, context.originOf(request), changes);
      const filters = recordFilters(kind.kind, query);
      return saidOfAmounts(view, kind.kind, filters, query.sort, await notCompared?.(), addressOf);
    },
    pageOf: async (view, query, page) => {
      const asked = recordPage(kind.kind, page);
      const found = await pageOfRecords(view, kind.kind, recordFilters(kind.kind, query), asked);
      const { q } = query;
      const isSearched = q !== undefined && showsHighlights(query, page);
      const highlights = isSearched
        ? await highlightsIn(view.read, found.records.map(shownOf), q)
        : undefined;
      const added = ([place, record]: [number, (typeof found.records)[number]]) =>
        shownOf(record).with({ ...conversionOf(record), highlights: highlights?.[place] });
      const records = await inTurns(mapped(found.records.entries(), added));
      return { ...found, records };
    },
  });
}

function showsHighlights({ fields }: ListQuery, { isFlat }: { readonly isFlat: boolean }): boolean {
  return !isFlat && (fields === undefined || fields.some((path) => path.startsWith('highlights')));
}

function registerRecord(
  app: FastifyInstance,
  context: RouteContext,
  kind: KindOfRecord,
  draw: Draw<RecordPicture>,
): void {
  const path = `${kind.path}/:id`;
  const definition = {
    operationId: `get${kind.name}`,
    tag: kind.tag,
    summary: `One ${kind.kind}`,
    description: `${kind.texts.item}\n\nOnly some \`fields\`: \`${kind.path}/{id}.json\`.`,
    params: IdParams,
    querystring: kind.itemQuery,
    response: kind.answers.item,
    responseDescription: kind.texts.item,
    example: { id: kind.examples.id },
    etag: true,
    problems: [
      'recordNotFound',
      'recordDeleted',
      'recordNotYetPublished',
      'preconditionFailed',
      'rateNotHeld',
    ],
  } satisfies Operation;
  const handler = registerPictured<ReadContext, RecordPicture>(app, context, {
    path,
    nameOf: idOf,
    operation: definition,
    draw,
    compute: async (view, request, reply) => {
      const query = request.query as ItemQuery;
      await requireKnownIds(view.read, kind.tables, query);
      const record = await requireRecord(view, kind.kind, await idAsked(view.read, kind, request), query);
      const tag = revisionTag(record);
      const shown = await convertIfAsked(view, record, query);
      reply.header('etag', tag);
      return {
        answer: {
          data: selectFields(shownOf(shown).with(conversionOf(shown)), query.fields),
          meta: { datasetVersion: view.read.version, revisionTag: tag },
        },
        picture: ({ lang }) => recordPicture(view, shown, lang),
      };
    },
  });
  const parts = {
    ...{ path, operation: definition, endings: ['json'] },
    others: {
      operationId: `get${kind.name}Parts`,
      summary: `Some fields of one ${kind.kind}`,
      description: 'Those that `fields` names; all of them without it.',
      querystring: withoutParameters(kind.itemQuery, Object.keys(pictureParameters)),
      response: kind.answers.parts,
      example: { fields: 'id,amount.value,amount.currency' },
    },
  };
  registerOtherForms(app, parts, handler);
}

/** The id in a path that may end in `.json`, unless that is the end of an id. */
async function idAsked(read: Reader, { kind }: KindOfRecord, request: FastifyRequest): Promise<string> {
  const id = idOf(request);
  const { listFormat: ending } = request.routeOptions.config;
  const whole = `${id}.${ending}`;
  return ending !== undefined && (await revisionsOf(read, kind, whole)).length > 0 ? whole : id;
}

const AsOfQuery = z.strictObject({ knownAsOf });
type AsOfQuery = z.output<typeof AsOfQuery>;

function registerEvidence(app: FastifyInstance, context: RouteContext, kind: KindOfRecord): void {
  const schema = operation({
    operationId: `get${kind.name}Evidence`,
    tag: kind.tag,
    summary: `The words behind ${withArticle(kind.kind)}'s figures, read again`,
    ...kind.texts.evidence,
    params: IdParams,
    querystring: AsOfQuery,
    response: kind.answers.evidence,
    example: { id: kind.examples.id },
    problems: ['recordNotFound', 'recordDeleted'],
  });
  app.get(`${kind.path}/:id/evidence`, { schema }, (request) =>
    context.reading(request, async (view) => {
      const record = await requireRecord(view, kind.kind, idOf(request), request.query as AsOfQuery);
      const source = await findEntry(view.read, SOURCES, record.source);
      const text = source?.textHeld ? await readSourceText(view.read, record.source) : null;
      const held =
        text === null
          ? undefined
          : { text: await inTurns(heldText(text)), documentSha256: source?.documentSha256 ?? null };
      return {
        [kind.kind]: record.id,
        revision: record.revision,
        source: record.source,
        placeUnit: 'unicodeCodePoint',
        data: await inTurns(evidenceOf(record, source?.language, held)),
        meta: { datasetVersion: view.read.version },
      };
    }),
  );
}

function registerHistory(app: FastifyInstance, context: RouteContext, kind: KindOfRecord): void {
  registerList<ReadContext, RevisionListQuery>(app, context, {
    path: `${kind.path}/:id/revisions`,
    name: 'revisions',
    operation: {
      operationId: `list${kind.name}Revisions`,
      tag: kind.tag,
      summary: `Every revision of ${withArticle(kind.kind)}, with what each changed`,
      description:
        'Oldest first; of a deleted record as well, whose tombstone is the last. A revision counts from `recordedAt` up to, not including, `supersededAt`: what the record said at a time is to be had with `knownAsOf`.',
      params: IdParams,
      querystring: RevisionListQuery,
      response: RevisionList,
      responseDescription: 'A page of revisions.',
      example: { id: kind.examples.id },
      problems: ['recordNotFound'],
    },
    record: Revision,
    pageOf: async (view, { knownAsOf: asOf }, page, request) => {
      const revisions = await listRevisions(view.read, kind.kind, idOf(request), asOf);
      // Says that there is no such record, and what may have been meant.
      if (revisions.length === 0) await requireRecord(view, kind.kind, idOf(request), { knownAsOf: asOf });
      return inTurns(pageOfRows(revisions, page, ({ revision }) => revision));
    },
  });
}

function registerConversions(
  app: FastifyInstance,
  context: RouteContext,
  kind: KindOfRecord,
  draw: Draw<ConversionsPicture>,
): void {
  registerPictured<ReadContext, ConversionsPicture>(app, context, {
    path: `${kind.path}/:id/conversions`,
    nameOf: (request) => `conversions-${idOf(request)}`,
    draw,
    operation: {
      operationId: `get${kind.name}Conversions`,
      tag: kind.tag,
      summary: `One ${kind.kind} converted at every basis, side by side`,
      description:
        "Each basis with its receipt, or with the reason why it gives nothing, and how far it lies from the document's own conversion.",
      params: IdParams,
      querystring: RecordConversionsQuery,
      response: kind.answers.conversions,
      responseDescription: 'A row for each basis.',
      example: { id: kind.examples.convertedId, to: 'USD' },
      problems: ['recordNotFound', 'recordDeleted', 'recordNotYetPublished'],
    },
    compute: async (view, request) => {
      const query = request.query as RecordConversionsQuery;
      await requireKnownIds(view.read, { to: currencies }, { to: query.to });
      const record = await requireRecord(view, kind.kind, idOf(request), query);
      const { value, low, high, currency } = record.amount;
      const { to } = query;
      const data = await convertAtEveryBasis(view.rates, record, query, vintageOf(view, query));
      return {
        answer: {
          [kind.kind]: record.id,
          revision: record.revision,
          to,
          stated: { value, low, high, currency },
          data,
          meta: { datasetVersion: view.read.version },
        },
        picture: async ({ lang }) => ({ ...(await recordPicture(view, record, lang)), to, rows: data }),
      };
    },
  });
}

const STYLES = Object.keys(CITATION_FORMS) as CitationStyle[];
/** Those that the ending of the path may say. */
const TEXT_STYLES = STYLES.filter((style) => style !== 'csl-json');
const ABOUT_STYLES =
  '`bibtex` or `ris` for reference managers; `apa`, `chicago` (author and date) or `gb-t-7714` in words, as plain text.';

const CitationQuery = z.strictObject({
  knownAsOf,
  style: z
    .enum(STYLES)
    .optional()
    .meta({
      description: `\`csl-json\` (default: Zotero, pandoc, citation styles), ${ABOUT_STYLES} The path may end in \`.bibtex\` and so on instead.`,
    }),
});

function registerCitation(app: FastifyInstance, context: RouteContext, kind: KindOfRecord): void {
  const path = `${kind.path}/:id/citation`;
  const inForms = `${kind.path}/{id}/citation.{format}`;
  const summary = `How to cite the document of ${withArticle(kind.kind)}`;
  const forms = {
    path,
    operation: {
      operationId: `get${kind.name}Citation`,
      tag: kind.tag,
      summary,
      description: `The document that prints the ${kind.kind}, for a reference manager: its title, publisher (as author too: who wrote it is not recorded), date where it is known, address and language, with today (UTC), or the day of \`knownAsOf\`, as the day of access and a note that names the ${kind.organisationIs}, the figure as printed, and the record with its revision.\n\nAs BibTeX or RIS, or in words: \`${inForms}\`.`,
      params: IdParams,
      querystring: CitationQuery,
      response: CslItems,
      mediaType: CITATION_FORMS['csl-json'].mediaType,
      responseDescription: 'The citation as CSL-JSON.',
      example: { id: kind.examples.id },
      problems: ['recordNotFound', 'recordDeleted'],
    } satisfies Operation,
    others: {
      summary: `${summary}, in a style`,
      description:
        'In words it is an entry of a list of references, without a day of access, since nobody is known to have read the document on it.',
      response: z.string(),
      mediaType: CITATION_FORMS.apa.mediaType,
      otherForms: [CITATION_FORMS.bibtex, CITATION_FORMS.ris].map((form) => ({ ...form, isText: true })),
      responseDescription: 'The citation, in the style asked for.',
      example: { format: 'apa' },
    },
    endings: TEXT_STYLES,
    about: ABOUT_STYLES,
  };
  registerEndings(app, forms, async (request, reply) => {
    const id = idOf(request);
    const query = request.query as z.output<typeof CitationQuery>;
    const { style = 'csl-json' } = query;
    const ending = request.routeOptions.config.listFormat as CitationStyle | undefined;
    const { mediaType, extension, write } = CITATION_FORMS[ending ?? style];
    const citation = await context.reading(request, async (view) => {
      const record = await requireRecord(view, kind.kind, id, query);
      const source = await findEntry(view.read, SOURCES, record.source);
      if (source === undefined) throw recordNotFound('source', record.source, undefined);
      return citationOf(record, kind.organisationIs, source, vintageOf(view, query).now);
    });
    return reply
      .type(`${mediaType}; charset=utf-8`)
      .header('content-disposition', `inline; filename="${id}.${extension}"`)
      .serializer(String)
      .send(await write(citation));
  });
}
