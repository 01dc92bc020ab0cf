import { z } from 'zod';
import { MAX_SEARCH_LENGTH, searchText } from '../../http/query/search-parameter.ts';
import {
  commaSeparated,
  count,
  entryName,
  flag,
  identifier,
  isoDate,
  lengthFirst,
  nullableText,
  positiveInteger,
  sha256,
} from '../../http/query/shared-schemas.ts';
import { knownAsOf, vintageParameters } from '../../http/query/vintage.ts';

const aliases = z.array(z.string()).meta({
  description:
    'What else it is called. A query may name it so, as `data-centre` for "Data centre", where nothing else of its kind is called so.',
  examples: [[]],
});

const revision = positiveInteger.meta({
  description: 'Counts the corrections of the entry, from 1: `/revisions` has each.',
  examples: [1],
});

export const Measure = z
  .object({
    id: identifier.meta({ examples: ['directInvestment'] }),
    name: z.string().meta({ examples: ['Direct investment'] }),
    aliases,
    definition: z.string(),
    revision,
  })
  .meta({
    id: 'Measure',
    description: 'What a figure measures. Figures of different measures are never added.',
  });

export const Scope = z
  .object({
    id: identifier.meta({ examples: ['national'] }),
    name: z.string().meta({ examples: ['National'] }),
    aliases,
    definition: z.string(),
    revision,
  })
  .meta({
    id: 'Scope',
    description: 'Whose spending a figure means. Figures of different scopes are never compared.',
  });

export const REGION_KINDS = ['country', 'group', 'subdivision'] as const;

/** A region that is part of another one, and between which days. */
export const RegionPart = z.object({
  region: identifier.meta({ examples: ['HR'] }),
  from: isoDate
    .nullable()
    .meta({ description: 'First day; null where it always was.', examples: ['2013-07-01'] }),
  to: isoDate.nullable().meta({ description: 'Last day; null where it still is.', examples: [null] }),
});

export const Region = z
  .object({
    id: identifier.meta({
      description:
        'ISO 3166-1 alpha-2 code (`CN`) or ISO 3166-2 code (`CN-GD`); of a group the code of UN M49 (`001`, the world), `EU` or `EZ` (the euro area).',
      examples: ['CN'],
    }),
    kind: z.enum(REGION_KINDS).meta({
      description:
        'A country or area of ISO 3166-1, a group of regions, or a subdivision of a country: what the code says. Computed.',
    }),
    alpha3: z
      .string()
      .length(3)
      .nullable()
      .meta({
        description: 'ISO 3166-1 alpha-3 code; null of a group and of a subdivision.',
        examples: ['CHN'],
      }),
    name: z.string().meta({ examples: ['China'] }),
    nameChinese: nullableText.meta({ examples: ['中国'] }),
    aliases,
    members: z.array(RegionPart).meta({
      description: 'The regions right in it: of a country its subdivisions as far as the ledger has them.',
      examples: [[]],
    }),
    groups: z.array(RegionPart).meta({
      description: 'The regions that it is right in, by id. Computed from their `members`.',
      examples: [[{ region: '030', from: null, to: null }]],
    }),
    revision,
  })
  .meta({ id: 'Region', description: 'A country or area, a group of regions, or a subdivision.' });
export type Region = z.output<typeof Region>;

export const Collection = z
  .object({
    id: identifier.meta({ examples: ['seed-documents'] }),
    name: z.string(),
    aliases,
    description: z.string(),
    revision,
  })
  .meta({ id: 'Collection', description: 'A set of records that were gathered together.' });

const SectorDefinition = z
  .object({
    text: z.string(),
    definedBy: identifier
      .nullable()
      .meta({ description: 'The organisation that defines it so.', examples: ['ndrc'] }),
    source: identifier.nullable().meta({ description: 'The document that gives the definition.' }),
  })
  .meta({ id: 'SectorDefinition' });

const MOST_SECTORS = 50;
const sectorIds = lengthFirst(z.array(identifier).max(MOST_SECTORS));

const identity = {
  id: identifier.meta({ examples: ['new-infrastructure'] }),
  name: z.string().meta({ examples: ['New infrastructure'] }),
  nameChinese: nullableText.meta({ examples: ['新型基础设施'] }),
  aliases,
  parent: identifier
    .nullable()
    .meta({ description: 'The sector that it is shown under; null for a root.', examples: [null] }),
  otherParents: sectorIds.meta({
    description:
      'Further sectors that it is a part of: filters, facets and breakdowns count it under each, once in a tree.',
    examples: [[]],
  }),
  overlapsWith: sectorIds.meta({
    description:
      'Sectors neither above nor below it that hold some of the same money; said by one of the two. Where both are parts of a breakdown, it warns of `overlappingParts`.',
    examples: [[]],
  }),
  definitions: z.array(SectorDefinition),
  revision,
};

export const Sector = z
  .object({
    ...identity,
    ancestors: z.array(identifier).meta({
      description: 'From the root down to the parent, by `parent` alone.',
      examples: [[]],
    }),
    children: z.array(identifier).meta({ examples: [['5g', 'artificial-intelligence']] }),
  })
  .meta({ id: 'Sector', description: 'A part of the economy, in a forest of such parts.' });
export type Sector = z.output<typeof Sector>;

export interface SectorTree extends Omit<Sector, 'ancestors' | 'children'> {
  readonly children: readonly SectorTree[];
}
export const SectorTree = z
  .object({
    ...identity,
    get children(): z.ZodArray<z.ZodType> {
      return z.array(SectorTree);
    },
  })
  .meta({ id: 'SectorTree', description: 'A sector with the sectors below it, down to the leaves.' });

const q = searchText.optional().meta({
  maxLength: MAX_SEARCH_LENGTH,
  description:
    'Every word must be found in its id, its names or its aliases (of a source in its title and publisher too); the last one may be incomplete. Spelling variants, the names of sectors in English and Chinese, and traditional and simplified characters find the same.',
});

/** What every list of the catalogue is narrowed by. */
export const catalogueFilters = { q, knownAsOf };
export type CatalogueFilters = z.output<z.ZodObject<typeof catalogueFilters>>;

export const regionFilters = {
  q,
  kind: commaSeparated(z.enum(REGION_KINDS))
    .optional()
    .meta({ description: 'Kinds of region, e.g. `group`.' }),
  knownAsOf,
};
export type RegionFilters = z.output<z.ZodObject<typeof regionFilters>>;

export const sectorFilters = {
  q,
  roots: flag.optional().meta({ description: '`true`: only the roots.' }),
  knownAsOf,
};
export type SectorFilters = z.output<z.ZodObject<typeof sectorFilters>>;

export const SectorTreeAnswer = z
  .object({ data: z.array(SectorTree), meta: z.object({ datasetVersion: z.string() }) })
  .meta({ id: 'SectorTreeAnswer', description: 'The whole taxonomy, nested.' });

export const ORGANISATION_KINDS = [
  'government',
  'party',
  'legislature',
  'stateOwnedEnterprise',
  'securitiesFirm',
  'bank',
  'researchInstitute',
  'consultancy',
  'internationalOrganisation',
  'company',
  'industryAssociation',
  'media',
  'university',
  'individual',
] as const;

export const Forecaster = z
  .object({
    id: identifier.meta({ examples: ['haitong-securities'] }),
    name: z.string().meta({ description: 'English name.', examples: ['Haitong Securities'] }),
    originalName: nullableText.meta({ description: 'Name in its own language.', examples: ['海通证券'] }),
    aliases,
    kind: z.enum(ORGANISATION_KINDS),
    country: identifier.nullable().meta({ description: 'ISO 3166-1 alpha-2 code.', examples: ['CN'] }),
    description: nullableText,
    revision,
    forecastCount: count.meta({ description: 'How many current forecasts it made.', examples: [3] }),
  })
  .meta({
    id: 'Forecaster',
    description: 'An organisation: one that forecasts, defines, publishes or reports.',
  });
export type Forecaster = z.output<typeof Forecaster>;

export const forecasterFilters = {
  q,
  kind: commaSeparated(z.enum(ORGANISATION_KINDS))
    .optional()
    .meta({ description: 'Kinds of organisation, e.g. `securitiesFirm`.' }),
  country: commaSeparated(entryName).optional().meta({ description: 'ISO 3166-1 alpha-2 codes.' }),
  hasForecasts: flag.optional().meta({
    description: '`true`: only those with a forecast; `false`: only those that are named and have none.',
  }),
  knownAsOf,
};
export type ForecasterFilters = z.output<z.ZodObject<typeof forecasterFilters>>;

export const SUPPLIABLE_FIELDS = ['title', 'publisher', 'publishedOn', 'url', 'language'] as const;

export const Source = z
  .object({
    id: identifier.meta({ examples: ['china-banking-news-2020-05-25'] }),
    title: z.string(),
    aliases,
    publisher: z.string().meta({ examples: ['China Banking News'] }),
    publishedOn: isoDate.nullable().meta({ examples: ['2020-05-25'] }),
    url: z.url().nullable(),
    language: z.string().meta({ description: 'BCP 47 language tag.', examples: ['en'] }),
    documentSha256: sha256
      .nullable()
      .meta({ description: "SHA-256 of the text's UTF-8 bytes; null where no text was at hand." }),
    licence: nullableText.meta({ description: 'Null where none is stated: all rights with the publisher.' }),
    attribution: z.string(),
    supplied: lengthFirst(
      z
        .array(z.enum(SUPPLIABLE_FIELDS))
        .max(SUPPLIABLE_FIELDS.length)
        .meta({
          description: 'Fields that the text itself does not print, such as a date taken from the address.',
          examples: [['publisher', 'publishedOn', 'url']],
        }),
    ),
    schemes: z.array(z.object({ sector: identifier, parts: z.array(identifier).min(1) })).meta({
      description:
        'How the document itself divides a sector, where it says so: what a breakdown without a figure for each part leaves open.',
      examples: [[]],
    }),
    notes: nullableText,
    textHeld: z.boolean().meta({
      description: 'Whether this ledger keeps the text, and looks evidence up in it.',
      examples: [false],
    }),
    revision,
    forecastCount: count.meta({ description: 'How many current forecasts come from it.', examples: [5] }),
  })
  .meta({
    id: 'Source',
    description:
      'A document that prints forecasts. Its text, where a team has handed it in, is kept, and shown to keys with the scope `write` only.',
  });
export type Source = z.output<typeof Source>;

export const SourceTextAnswer = z
  .object({
    data: z.object({
      id: identifier.meta({ examples: ['china-banking-news-2020-05-25'] }),
      documentSha256: sha256.nullable(),
      text: z
        .string()
        .nullable()
        .meta({ description: 'In whose Unicode code points the places of evidence count.' }),
    }),
    meta: z.object({ datasetVersion: z.string() }),
  })
  .meta({ id: 'SourceTextAnswer', description: 'The text of a source.' });

export const sourceFilters = {
  q,
  publishedFrom: isoDate.optional().meta({ description: 'Published on this day or later.' }),
  publishedTo: isoDate.optional().meta({ description: 'Published on this day or earlier.' }),
  ...vintageParameters,
};
export type SourceFilters = z.output<z.ZodObject<typeof sourceFilters>>;
