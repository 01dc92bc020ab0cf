import { createHash } from 'node:crypto';
import { z } from 'zod';
import { identifier, lengthFirst, listUpTo } from '../../http/query/shared-schemas.ts';
import { organisations, regions, sectors, sources } from '../../store/tables/schema.ts';
import type { EntryType } from './entry-tables.ts';
import type { Reference } from './known-ids.ts';
import { Collection, Forecaster, Measure, Region, RegionPart, Scope, Sector, Source } from './schemas.ts';

const MAX_NAME_LENGTH = 500;
const MAX_DESCRIPTION_LENGTH = 4000;
/** Most that a source's text may take, in bytes of UTF-8: 5 MiB. */
export const MAX_TEXT_BYTES = 5 * 1024 * 1024;

/** How strictly texts are taken; `title` of names of documents, and of names that may be missing. */
type Strictness = Readonly<Record<'name' | 'title' | 'prose' | 'url' | 'language', z.ZodType<string>>>;

const MOST_ALIASES = 50;
/** It has a letter or digit, or no query could name it. */
const alias = z
  .string()
  .trim()
  .max(200)
  .regex(/[\p{L}\p{N}]/u, 'a name, with a letter or digit');

function entrySchemas({ name, title, prose, url, language }: Strictness) {
  const optionalProse = prose.nullable().default(null);
  // Where it is left out, nothing is said of what the entry is called: files of before there were aliases have none.
  const aliases = listUpTo(MOST_ALIASES, alias)
    .optional()
    .meta({ description: 'What else it is called.', examples: [[]] });
  return {
    region: z.strictObject({
      ...Region.omit({ revision: true, kind: true, groups: true }).shape,
      alpha3: Region.shape.alpha3.default(null),
      nameChinese: Region.shape.nameChinese.default(null),
      name,
      aliases,
      // Where it is left out, nothing is said of it either.
      members: listUpTo(
        1000,
        z.strictObject({
          region: identifier,
          from: RegionPart.shape.from.default(null),
          to: RegionPart.shape.to.default(null),
        }),
      )
        .optional()
        .meta({ description: 'The regions right in it, and between which days each is.', examples: [[]] }),
    }),
    organisation: z.strictObject({
      id: Forecaster.shape.id,
      name,
      originalName: title.nullable().default(null),
      aliases,
      kind: Forecaster.shape.kind,
      country: Forecaster.shape.country.default(null),
      description: optionalProse,
    }),
    measure: z.strictObject({ ...Measure.omit({ revision: true }).shape, name, aliases }),
    scope: z.strictObject({ ...Scope.omit({ revision: true }).shape, name, aliases }),
    collection: z.strictObject({ id: Collection.shape.id, name, aliases, description: prose.default('') }),
    source: z.strictObject({
      id: Source.shape.id,
      title,
      aliases,
      publisher: title,
      publishedOn: Source.shape.publishedOn.default(null),
      url: url.nullable().default(null),
      language,
      documentSha256: Source.shape.documentSha256.default(null).meta({
        description: "SHA-256 of the text's UTF-8 bytes. May be left out where `text` is given.",
      }),
      licence: optionalProse,
      attribution: title,
      supplied: Source.shape.supplied.default([]),
      schemes: listUpTo(
        100,
        z.strictObject({ sector: identifier, parts: lengthFirst(z.array(identifier).min(1).max(1000)) }),
      )
        .default([])
        .meta({ description: 'How the document itself divides a sector, where it says so.' }),
      notes: optionalProse,
      text: z
        .string()
        .refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, `at most ${MAX_TEXT_BYTES} bytes long`)
        .nullable()
        .default(null),
    }),
    sector: z.strictObject({
      id: identifier,
      name,
      nameChinese: title.nullable().default(null),
      aliases,
      parent: identifier.nullable().default(null),
      otherParents: Sector.shape.otherParents.default([]),
      overlapsWith: Sector.shape.overlapsWith.default([]),
      definitions: listUpTo(
        100,
        z.strictObject({
          text: z.string().min(1),
          definedBy: identifier.nullable(),
          source: identifier.nullable(),
        }),
      ).default([]),
    }),
  } as const;
}

/** In files: an export of any ledger can be put back. */
export const FILE_ENTRIES = entrySchemas({
  name: z.string().min(1),
  title: z.string(),
  prose: z.string(),
  url: z.url(),
  language: z.string(),
});

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

const submittedName = z.string().trim().min(1).max(MAX_NAME_LENGTH);
/** A language as a client names it. */
export const languageTag = z
  .string()
  .max(35)
  .refine(isLanguageTag, 'a BCP 47 language tag such as en or zh-Hans')
  .meta({ description: 'BCP 47 language tag.', examples: ['en'] });

const submitted = entrySchemas({
  name: submittedName,
  title: submittedName,
  prose: z.string().max(MAX_DESCRIPTION_LENGTH),
  url: z.url({ protocol: /^https?$/ }).max(2000),
  language: languageTag,
});

/** Over HTTP: those of which a team adds its own. */
export const SUBMITTED_ENTRIES = {
  ...submitted,
  source: z.strictObject({
    ...submitted.source.shape,
    text: z.string().min(1).optional().meta({
      description:
        'The text of the document, at most 5 MiB in UTF-8. It is kept, shown to keys with the scope `write` only, and evidence from this source is looked up in it.',
    }),
  }),
};

export type Entry = {
  [Type in EntryType]: { readonly type: Type; readonly row: z.output<(typeof FILE_ENTRIES)[Type]> };
}[EntryType];

/** The sectors that one names beside its parent: they may come later in a file. */
export function besideOf(row: SectorRow): readonly { readonly field: string; readonly id: string }[] {
  return (['otherParents', 'overlapsWith'] as const).flatMap((list) =>
    row[list].map((id, place) => ({ field: `${list}.${place}`, id })),
  );
}

type SectorRow = Extract<Entry, { readonly type: 'sector' }>['row'];

/** The field in which a sector names what is above it in a circle. */
export function parentIn({ row }: Entry, circle: readonly string[]): 'parent' | 'otherParents' {
  const { parent } = row as { readonly parent?: string | null };
  return parent != null && circle.includes(parent) ? 'parent' : 'otherParents';
}

/** Why a sector cannot stand where it says. */
export function sectorFaults(entry: Entry): readonly {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}[] {
  if (entry.type !== 'sector') return [];
  const { id, parent, otherParents } = entry.row;
  const own = { code: 'circularTaxonomy', message: 'names the sector itself' };
  return [
    ...(parent === id ? [{ field: 'parent', ...own }] : []),
    ...besideOf(entry.row).flatMap(({ field, id: other }) => (other === id ? [{ field, ...own }] : [])),
    ...(parent === null && otherParents.length > 0
      ? [
          {
            field: 'otherParents',
            code: 'invalidValue',
            message: 'stands beside no `parent`: give the first of them there',
          },
        ]
      : []),
  ];
}

export function referencesOf({ type, row }: Entry): readonly Reference[] {
  switch (type) {
    case 'region':
      return (row.members ?? []).map(({ region }, position) => ({
        field: `members.${position}.region`,
        table: regions,
        id: region,
      }));
    case 'organisation':
      return [{ field: 'country', table: regions, id: row.country }];
    case 'source':
      return row.schemes.flatMap(({ sector, parts }, position): readonly Reference[] => [
        { field: `schemes.${position}.sector`, table: sectors, id: sector },
        ...parts.map((part, place) => ({
          field: `schemes.${position}.parts.${place}`,
          table: sectors,
          id: part,
        })),
      ]);
    case 'sector':
      return [
        { field: 'parent', table: sectors, id: row.parent },
        ...besideOf(row).map(({ field, id }) => ({ field, table: sectors, id })),
        ...row.definitions.flatMap(({ definedBy, source }, position): readonly Reference[] => [
          { field: `definitions.${position}.definedBy`, table: organisations, id: definedBy },
          { field: `definitions.${position}.source`, table: sources, id: source },
        ]),
      ];
    default:
      return [];
  }
}

/** The entry with the fingerprint of its text, where it has one; and that again where the entry states another one. */
export function withFingerprint(entry: Entry): {
  readonly entry: Entry;
  readonly contradicted: string | null;
} {
  if (entry.type !== 'source' || entry.row.text === null) return { entry, contradicted: null };
  const stated = entry.row.documentSha256;
  const documentSha256 = createHash('sha256').update(entry.row.text, 'utf8').digest('hex');
  const agrees = stated === null || stated === documentSha256;
  return {
    entry: { ...entry, row: { ...entry.row, documentSha256 } },
    contradicted: agrees ? null : documentSha256,
  };
}
