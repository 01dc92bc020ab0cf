import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { identifier } from '../../http/query/shared-schemas.ts';
import { MAX_TEXT_BYTES } from '../../ledger/catalogue/entries.ts';
import { recordFactNow } from '../../ledger/catalogue/facts.ts';
import { Collection, Forecaster, Measure, Region, Scope, Source } from '../../ledger/catalogue/schemas.ts';
import { eq } from '../../store/query.ts';
import type { Storage, Writer } from '../../store/sqlite/storage.ts';
import {
  collections,
  measures,
  organisations,
  regions,
  scopes,
  sectorDefinitions,
  sectors,
  sources,
  sourceTexts,
} from '../../store/tables/schema.ts';
import type { RowFault } from './faults.ts';
import { nestedPlace, rowFaults, shown } from './faults.ts';
import type { References } from './references.ts';
import { unknownId } from './rows.ts';

/*
 * Rows of the catalogue in an NDJSON or JSON file: what records refer to. They are added, never changed: a file that
 * says something else of what exists is told so.
 */

const named = { id: identifier, name: z.string().min(1) };
const SCHEMAS = {
  region: z.strictObject({ ...Region.shape, ...named }),
  organisation: z.strictObject({ ...Forecaster.omit({ forecastCount: true }).shape, ...named }),
  measure: z.strictObject({ ...Measure.shape, ...named }),
  scope: z.strictObject({ ...Scope.shape, ...named }),
  collection: z.strictObject({ ...Collection.shape, ...named }),
  source: z.strictObject({
    ...Source.omit({ forecastCount: true, textHeld: true }).shape,
    schemes: Source.shape.schemes.default([]),
    text: z
      .string()
      .refine((text) => Buffer.byteLength(text) <= MAX_TEXT_BYTES, `at most ${MAX_TEXT_BYTES} bytes long`)
      .nullable()
      .default(null),
  }),
  sector: z.strictObject({
    ...named,
    nameChinese: z.string().nullable(),
    parent: identifier.nullable(),
    definitions: z
      .array(
        z.strictObject({
          text: z.string().min(1),
          definedBy: identifier.nullable(),
          source: identifier.nullable(),
        }),
      )
      .default([]),
  }),
} as const;
export type CatalogueType = keyof typeof SCHEMAS;
export const CATALOGUE_TYPES = Object.keys(SCHEMAS) as readonly CatalogueType[];

/** A row of the catalogue as it is staged. */
export type CatalogueRow = {
  [Type in CatalogueType]: {
    readonly type: Type;
    readonly row: z.output<(typeof SCHEMAS)[Type]>;
    /** As an export has them; null where the row does not say. */
    readonly recordedAt: string | null;
    readonly author: string | null;
  };
}[CatalogueType];

/** What answers show beside a row's own content. */
const COMPUTED = ['type', 'recordedAt', 'author', 'forecastCount', 'textHeld', 'ancestors', 'children'];

export function isCatalogueType(type: unknown): type is CatalogueType {
  return typeof type === 'string' && Object.hasOwn(SCHEMAS, type);
}

/** Reads a row of the catalogue, and looks for what it refers to. */
export function checkCatalogueRow(
  type: CatalogueType,
  value: Readonly<Record<string, unknown>>,
  references: References,
): { readonly row?: CatalogueRow; readonly faults: readonly RowFault[] } {
  const own = Object.fromEntries(Object.entries(value).filter(([key]) => !COMPUTED.includes(key)));
  const result = SCHEMAS[type].safeParse(own);
  if (!result.success) return { faults: rowFaults(result.error, SCHEMAS[type], own, nestedPlace) };
  const text = (key: string): string | null =>
    typeof value[key] === 'string' ? (value[key] as string) : null;
  const read = {
    type,
    row: result.data,
    recordedAt: text('recordedAt'),
    author: text('author'),
  } as CatalogueRow;
  const faults = [...faultsOf(read, references)];
  if (faults.length > 0) return { faults };
  if (read.type === 'source') {
    const row = withFingerprint(read.row);
    return { row: { ...read, row }, faults };
  }
  return { row: read, faults };
}

type SourceRow = z.output<(typeof SCHEMAS)['source']>;

function withFingerprint(row: SourceRow): SourceRow {
  return row.text === null ? row : { ...row, documentSha256: fingerprint(row.text) };
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function* faultsOf(read: CatalogueRow, references: References): Generator<RowFault> {
  switch (read.type) {
    case 'organisation': {
      const { country } = read.row;
      if (country !== null && !references.has('region', country))
        yield unknownId('country', 'region', country, references);
      break;
    }
    case 'sector': {
      const { id, parent, definitions } = read.row;
      if (parent === id) yield circle(parent);
      else if (parent !== null && !references.has('sector', parent))
        yield unknownId('parent', 'sector', parent, references);
      for (const [position, { definedBy, source }] of definitions.entries()) {
        if (definedBy !== null && !references.has('organisation', definedBy))
          yield unknownId(`definitions.${position}.definedBy`, 'organisation', definedBy, references);
        if (source !== null && !references.has('source', source))
          yield unknownId(`definitions.${position}.source`, 'source', source, references);
      }
      break;
    }
    case 'source': {
      const { text, documentSha256 } = read.row;
      if (text !== null && documentSha256 !== null && fingerprint(text) !== documentSha256) {
        yield {
          column: 'documentSha256',
          code: 'fingerprintDiffers',
          message: `is not that of the text, which is ${fingerprint(text)}`,
          value: documentSha256,
        };
      }
      break;
    }
  }
}

function circle(parent: string): RowFault {
  return {
    column: 'parent',
    code: 'circularTaxonomy',
    message: 'names the sector itself',
    value: shown(parent),
  };
}

const TABLES = {
  region: regions,
  organisation: organisations,
  measure: measures,
  scope: scopes,
  collection: collections,
  source: sources,
  sector: sectors,
} as const;

/** A row as its table has it. */
function tableRow(
  { type, row }: CatalogueRow,
  first: { recordedAt: string | null; author: string | null },
): Record<string, unknown> {
  switch (type) {
    case 'source': {
      const { text: _, supplied, schemes, ...rest } = row;
      return { ...rest, supplied: JSON.stringify(supplied), schemes: JSON.stringify(schemes), ...first };
    }
    case 'sector':
      return { id: row.id, name: row.name, nameChinese: row.nameChinese, parentId: row.parent };
    case 'organisation':
    case 'collection':
      return { ...row, ...first };
    default:
      return row;
  }
}

/** Whether the ledger has a row, and where it says something else. */
export function compareWithHeld(
  { write }: Storage,
  read: CatalogueRow,
): { readonly held: boolean; readonly differs: readonly string[] } {
  const table = TABLES[read.type];
  const [held] = write.select().from(table).where(eq(table.id, read.row.id)).all() as Record<
    string,
    unknown
  >[];
  if (held === undefined) return { held: false, differs: [] };
  const wanted = tableRow(read, { recordedAt: null, author: null });
  const differs = Object.keys(wanted).filter(
    (key) =>
      key !== 'recordedAt' && key !== 'author' && !isDeepStrictEqual(held[key] ?? null, wanted[key] ?? null),
  );
  if (read.type === 'sector') {
    const definitions = heldDefinitions(write, read.row.id);
    if (!isDeepStrictEqual(definitions, read.row.definitions)) differs.push('definitions');
  }
  return { held: true, differs };
}

function heldDefinitions(write: Writer, sectorId: string) {
  return write
    .select({
      text: sectorDefinitions.text,
      definedBy: sectorDefinitions.definedBy,
      source: sectorDefinitions.sourceId,
    })
    .from(sectorDefinitions)
    .where(eq(sectorDefinitions.sectorId, sectorId))
    .orderBy(sectorDefinitions.position)
    .all();
}

/**
 * Writes a row of the catalogue. Inside a transaction.
 * @param first when and by whom the ledger is told of it
 * @param isRestored whether it comes from an export, which says for itself what was known when
 */
export function writeCatalogueRow(
  write: Writer,
  read: CatalogueRow,
  first: { readonly recordedAt: string | null; readonly author: string | null },
  isRestored = false,
): void {
  const table = TABLES[read.type];
  const row = tableRow(read, first) as typeof table.$inferInsert;
  write.insert(table).values(row).onConflictDoUpdate({ target: table.id, set: row }).run();
  if (!isRestored) noteFacts(write, read, first.recordedAt);
  if (read.type === 'source' && read.row.text !== null) writeText(write, read.row.id, read.row.text);
  if (read.type !== 'sector') return;
  write.delete(sectorDefinitions).where(eq(sectorDefinitions.sectorId, read.row.id)).run();
  for (const [position, { text, definedBy, source }] of read.row.definitions.entries())
    write
      .insert(sectorDefinitions)
      .values({ sectorId: read.row.id, position, text, definedBy, sourceId: source })
      .run();
}

/** Notes what figures depend on, so that a past moment is reckoned with it. */
function noteFacts(write: Writer, { type, row }: CatalogueRow, recordedAt: string | null): void {
  if (recordedAt === null) return;
  if (type === 'source') recordFactNow(write, 'sourceSchemes', row.id, row.schemes, recordedAt);
  if (type === 'sector') recordFactNow(write, 'sectorParent', row.id, row.parent, recordedAt);
}

function writeText(write: Writer, sourceId: string, text: string): void {
  write
    .insert(sourceTexts)
    .values({ sourceId, text })
    .onConflictDoUpdate({ target: sourceTexts.sourceId, set: { text } })
    .run();
}

/** Adds the text of a document that the ledger has without it; its fingerprint is the same. Inside a transaction. */
export function addMissingText({ write }: Storage, read: CatalogueRow): boolean {
  if (read.type !== 'source' || read.row.text === null) return false;
  const held = write
    .select({ id: sourceTexts.sourceId })
    .from(sourceTexts)
    .where(eq(sourceTexts.sourceId, read.row.id))
    .get();
  if (held !== undefined) return false;
  writeText(write, read.row.id, read.row.text);
  return true;
}
