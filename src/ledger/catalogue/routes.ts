import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { requireKey } from '../../http/auth.ts';
import { operation } from '../../http/openapi/openapi.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import { collections, measures, regions, scopes } from '../../store/tables/schema.ts';
import type { RouteContext } from '../context.ts';
import { MAX_TEXT_BYTES } from './entries.ts';
import {
  FORECASTERS,
  plainTable,
  REGIONS,
  readSourceText,
  requireEntry,
  SECTORS,
  SOURCES,
  sectorForest,
} from './repository.ts';
import type { CatalogueResource, WritableEntries } from './resource.ts';
import { IdParams, registerCatalogueResource } from './resource.ts';
import {
  Collection,
  Forecaster,
  forecasterFilters,
  Measure,
  Region,
  regionFilters,
  Scope,
  Sector,
  SectorTreeAnswer,
  Source,
  SourceTextAnswer,
  sectorFilters,
  sourceFilters,
} from './schemas.ts';
import { registerCatalogueWrites } from './write-routes.ts';
import type { EntryFollowers } from './writes.ts';

/** Everything that is listed; bodies that correct an entry on the seeded data stand beside it. */
function resourcesOf(
  followers: EntryFollowers,
): readonly (CatalogueResource & { readonly entries: WritableEntries })[] {
  return [
    {
      path: 'sectors',
      noun: 'sector',
      summary: 'The taxonomy as a flat list',
      part: SECTORS,
      record: Sector,
      filters: sectorFilters,
      exampleId: 'new-infrastructure',
      entries: {
        type: 'sector',
        followers,
        deletedId: 'clean-energy-vehicles',
        revised: {
          name: 'New infrastructure',
          nameChinese: '新型基础设施建设',
          parent: null,
          definitions: [],
        },
      },
    },
    {
      path: 'forecasters',
      noun: 'forecaster',
      summary: 'Organisations: who forecasts, and who is named',
      part: FORECASTERS,
      record: Forecaster,
      filters: forecasterFilters,
      filterIds: { country: regions },
      exampleId: 'haitong-securities',
      entries: {
        type: 'organisation',
        followers,
        deletedId: 'peoples-daily',
        revised: {
          name: 'Haitong Securities Co., Ltd.',
          originalName: '海通证券',
          kind: 'securitiesFirm',
          country: 'CN',
        },
        addition: {
          example: {
            id: 'example-institute',
            name: 'Example Institute',
            kind: 'researchInstitute',
            country: 'CN',
          },
        },
      },
    },
    {
      path: 'sources',
      noun: 'source',
      summary: 'Documents that print forecasts',
      part: SOURCES,
      record: Source,
      filters: sourceFilters,
      sortKeys: ['id', 'title', 'publisher', 'publishedOn'],
      exampleId: 'china-banking-news-2020-05-25',
      entries: {
        type: 'source',
        followers,
        deletedId: 'china-banking-news-2020-05-25',
        revised: {
          title: 'China’s new infrastructure push to drive 17.1 trillion yuan in investment',
          publisher: 'China Banking News',
          publishedOn: '2020-05-25',
          language: 'en',
          attribution: 'China Banking News, 25 May 2020',
          supplied: ['publisher', 'publishedOn'],
        },
        addition: {
          description:
            'With its `text`, which is kept and shown to keys with the scope `write` only (but for 32 characters on either side of a quoted phrase), evidence from the source is looked up in it; `documentSha256` is computed then, and one that is sent must agree. Without the text a fingerprint is taken as it is.',
          // Room for the text as JSON escapes it (Chinese as `\uXXXX` takes twice its UTF-8), and for the rest.
          bodyLimit: 2 * MAX_TEXT_BYTES + 1024 * 1024,
          example: {
            id: 'example-press-release-2021',
            title: 'Charging stations in 2021',
            publisher: 'Example Ministry',
            publishedOn: '2021-02-01',
            language: 'en',
            attribution: 'Example Ministry, 1 February 2021',
            text: 'An example of a press release: investment in charging stations will reach 10 billion yuan in 2021, the ministry said.',
          },
        },
      },
    },
    {
      path: 'measures',
      noun: 'measure',
      summary: 'What figures measure, each with its definition',
      part: plainTable(measures, Measure),
      record: Measure,
      exampleId: 'directInvestment',
      entries: {
        type: 'measure',
        followers,
        deletedId: 'directInvestment',
        revised: { name: 'Direct investment', definition: 'Money that is spent on building what is meant.' },
      },
    },
    {
      path: 'scopes',
      noun: 'scope',
      summary: 'Whose spending figures mean, each with its definition',
      part: plainTable(scopes, Scope),
      record: Scope,
      exampleId: 'national',
      entries: {
        type: 'scope',
        followers,
        deletedId: 'national',
        revised: { name: 'National', definition: 'Everybody in the country that the figure is of.' },
      },
    },
    {
      path: 'regions',
      noun: 'region',
      summary: 'Countries and areas, groups of them and subdivisions',
      part: REGIONS,
      record: Region,
      filters: regionFilters,
      exampleId: 'CN',
      entries: {
        type: 'region',
        followers,
        deletedId: '419',
        revised: { name: 'Mainland China', alpha3: 'CHN', nameChinese: '中国' },
      },
    },
    {
      path: 'collections',
      noun: 'collection',
      summary: 'Sets of records that were gathered together',
      part: plainTable(collections, Collection),
      record: Collection,
      exampleId: 'seed-documents',
      entries: {
        type: 'collection',
        followers,
        deletedId: 'examples',
        revised: { name: 'Seed documents', description: 'What came with the first version.' },
        addition: {
          description: 'Every record belongs to one collection: make one for your own.',
          example: { id: 'example-ledger', name: 'Example ledger', description: 'What we found ourselves.' },
        },
      },
    },
  ];
}

/**
 * What records refer to: sectors, forecasters, sources, and the plain lists of what has an id and a name.
 * @param followers what refers to them, and follows their corrections
 */
export function registerCatalogueRoutes(
  app: FastifyInstance,
  context: RouteContext,
  followers: EntryFollowers,
): void {
  app.get('/v1/sectors/tree', { schema: SECTOR_TREE }, (request) =>
    context.reading(request, async ({ read }) => ({
      data: await sectorForest(read),
      meta: { datasetVersion: read.version },
    })),
  );
  app.get(
    '/v1/sources/:id/text',
    { config: { cacheable: false }, onRequest: requireKey(context, 'write'), schema: SOURCE_TEXT },
    (request, reply) =>
      context.reading(request, async ({ read }) => {
        const { id } = request.params as z.output<typeof IdParams>;
        const which = { type: 'source', noun: 'source', id } as const;
        const { documentSha256 } = await requireEntry(read, SOURCES, which, undefined);
        reply.header('cache-control', 'no-store');
        const text = await readSourceText(read, id);
        return { data: { id, documentSha256, text }, meta: { datasetVersion: read.version } };
      }),
  );
  for (const { entries, ...resource } of resourcesOf(followers)) {
    const item = registerCatalogueResource(app, context, { ...resource, entries });
    registerCatalogueWrites(app, context, { ...resource, ...entries, item });
  }
}

const SOURCE_TEXT = operation({
  operationId: 'getSourceText',
  tag: 'Catalogue',
  summary: 'The text of a source, for those who keep the ledger',
  description:
    'The text that was handed in with the source; null where none is held. It needs a key with the scope `write`: the rights in a text are its publisher’s.',
  params: IdParams,
  response: SourceTextAnswer,
  responseDescription: 'The text.',
  example: { id: 'china-banking-news-2020-05-25' },
  key: 'write',
  problems: ['recordNotFound', 'recordDeleted'],
});

const SECTOR_TREE = operation({
  operationId: 'getSectorTree',
  tag: 'Catalogue',
  summary: 'The taxonomy as a forest',
  description: 'Every sector under its parent, from the roots down. No sector has the id `tree`.',
  querystring: z.strictObject({ knownAsOf }),
  response: SectorTreeAnswer,
  responseDescription: 'The whole taxonomy, nested.',
});
