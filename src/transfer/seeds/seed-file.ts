import { z } from 'zod';
import { findCycle } from '../../domain/analysis/taxonomy.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { identifier } from '../../http/query/shared-schemas.ts';
import { Collection, Forecaster, Measure, Region, Scope, Source } from '../../ledger/catalogue/schemas.ts';
import { completeDraft, DraftError } from '../../ledger/records/drafts.ts';
import { forecastDraft, outcomeDraft } from '../../ledger/records/kinds.ts';
import type { RecordContent, RecordDraft } from '../../ledger/records/record.ts';
import { ForecastDraft, OutcomeDraft } from '../../ledger/records/schemas.ts';
import { invalidSeed, parseSeedText } from '../../ledger/seed-file.ts';

const SeedOrganisation = z.strictObject(Forecaster.omit({ forecastCount: true }).shape);
const SeedSource = z.strictObject({
  ...Source.omit({ forecastCount: true, textHeld: true }).shape,
  schemes: Source.shape.schemes.default([]),
});
const SeedSector = z.strictObject({
  id: identifier,
  name: z.string().min(1),
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
});

/** A seed file: vocabulary, at most one collection with its forecasts, and outcomes of any collection. */
export const SeedFile = z.strictObject({
  about: z.string().min(1),
  regions: z.array(z.strictObject(Region.shape)).default([]),
  organisations: z.array(SeedOrganisation).default([]),
  measures: z.array(z.strictObject(Measure.shape)).default([]),
  scopes: z.array(z.strictObject(Scope.shape)).default([]),
  sectors: z.array(SeedSector).default([]),
  sources: z.array(SeedSource).default([]),
  collection: z.strictObject(Collection.shape).nullable().default(null),
  forecasts: z.array(ForecastDraft).default([]),
  outcomes: z.array(z.strictObject({ ...OutcomeDraft.shape, collection: identifier })).default([]),
});
export type SeedFile = z.output<typeof SeedFile>;
const GROUPS = [
  'regions',
  'organisations',
  'measures',
  'scopes',
  'sectors',
  'sources',
  'forecasts',
  'outcomes',
] as const;

/** All seed files together, checked record by record and against each other. */
export interface Seeds extends Omit<SeedFile, 'about' | 'collection' | 'forecasts' | 'outcomes'> {
  readonly collections: readonly z.output<typeof Collection>[];
  /** Complete and checked: as they are to be stored. */
  readonly records: readonly RecordContent[];
}

/**
 * Reads the text of a seed file.
 * @throws StorageError `invalidSeed`
 */
export function parseSeedFile(file: string, text: string): SeedFile {
  return parseSeedText(SeedFile, file, text);
}

/**
 * Puts seed files together and checks what no single record shows: ids given twice, references to nothing, a taxonomy
 * that is not a forest, amounts, periods and evidence that contradict themselves.
 * @param files by name, in the order in which they are to be applied
 * @throws StorageError `invalidSeed`
 */
export function combineSeeds(files: ReadonlyMap<string, SeedFile>): Seeds {
  const origin = new Map<string, string>();
  for (const [file, seeds] of files) {
    for (const group of GROUPS) {
      for (const { id } of seeds[group]) {
        const key = `${group} ${JSON.stringify(id)}`;
        if (origin.has(key)) throw invalidSeed(file, key, 'id', `stands in ${origin.get(key)} already`);
        origin.set(key, file);
      }
    }
  }
  const all = [...files.values()];
  const known = Object.fromEntries(
    GROUPS.map((group) => [group, new Set(all.flatMap((seeds) => seeds[group].map(({ id }) => id)))]),
  ) as Record<(typeof GROUPS)[number], Set<string>>;
  const collections = new Set(all.flatMap((seeds) => seeds.collection?.id ?? []));
  for (const [file, seeds] of files) checkReferences(file, seeds, known, collections);
  const cycle = findCycle(
    new Map(all.flatMap((seeds) => seeds.sectors.map(({ id, parent }) => [id, parent] as const))),
  );
  if (cycle !== undefined) {
    throw invalidSeed(
      origin.get(`sectors "${cycle[0]}"`) ?? '',
      `sectors "${cycle[0]}"`,
      'parent',
      `runs in a circle: ${cycle.join(' > ')}`,
    );
  }
  const sourcesById = new Map(
    all.flatMap((seeds) => seeds.sources.map((source) => [source.id, source] as const)),
  );
  return {
    regions: all.flatMap((seeds) => seeds.regions),
    organisations: all.flatMap((seeds) => seeds.organisations),
    measures: all.flatMap((seeds) => seeds.measures),
    scopes: all.flatMap((seeds) => seeds.scopes),
    sectors: all.flatMap((seeds) => seeds.sectors),
    sources: all.flatMap((seeds) => seeds.sources),
    collections: all.flatMap((seeds) => seeds.collection ?? []),
    records: [...files].flatMap(([file, seeds]) => [
      ...seeds.forecasts.map((draft) => {
        if (seeds.collection === null) {
          throw invalidSeed(
            file,
            `forecasts "${draft.id}"`,
            'collection',
            'the file has forecasts and no collection',
          );
        }
        return complete(file, 'forecasts', forecastDraft(draft), seeds.collection.id);
      }),
      ...seeds.outcomes.map(({ collection, ...draft }) =>
        complete(file, 'outcomes', outcomeDraft(draft), collection),
      ),
    ]),
  };

  function complete(file: string, group: string, draft: RecordDraft, collection: string): RecordContent {
    const source = sourcesById.get(draft.source) ?? NO_SOURCE;
    try {
      return completeDraft({ ...draft, collection }, source);
    } catch (error) {
      if (!(error instanceof DraftError)) throw error;
      const { field, reason } = error;
      throw invalidSeed(
        file,
        `${group} "${draft.id}"`,
        field,
        `${reason.code} ${JSON.stringify(reason.data)}`,
      );
    }
  }
}
/** References are checked before: no record is without its source. */
const NO_SOURCE = { publishedOn: null, url: null, documentSha256: null };

type Known = Readonly<Record<(typeof GROUPS)[number], ReadonlySet<string>>>;

function checkReferences(
  file: string,
  seeds: SeedFile,
  known: Known,
  collections: ReadonlySet<string>,
): void {
  const refer = (record: string, field: string, group: keyof Known, id: string | null): void => {
    if (id === null || known[group].has(id)) return;
    const suggestion = didYouMean(id, [...known[group]]);
    const hint = suggestion === undefined ? '' : `; did you mean ${JSON.stringify(suggestion)}?`;
    throw invalidSeed(
      file,
      record,
      field,
      `there is nothing of the id ${JSON.stringify(id)} in ${group}${hint}`,
    );
  };
  for (const { id, country } of seeds.organisations)
    refer(`organisations "${id}"`, 'country', 'regions', country);
  for (const { id, parent, definitions } of seeds.sectors) {
    refer(`sectors "${id}"`, 'parent', 'sectors', parent);
    for (const [position, { definedBy, source }] of definitions.entries()) {
      refer(`sectors "${id}"`, `definitions.${position}.definedBy`, 'organisations', definedBy);
      refer(`sectors "${id}"`, `definitions.${position}.source`, 'sources', source);
    }
  }
  for (const { id, schemes } of seeds.sources) {
    for (const [position, { sector, parts }] of schemes.entries()) {
      for (const part of [sector, ...parts]) refer(`sources "${id}"`, `schemes.${position}`, 'sectors', part);
    }
  }
  const checkRecord = (group: 'forecasts' | 'outcomes', draft: RecordDraft): void => {
    const record = `${group} "${draft.id}"`;
    refer(record, group === 'forecasts' ? 'forecaster' : 'reportedBy', 'organisations', draft.organisation);
    refer(record, 'source', 'sources', draft.source);
    refer(record, 'sector', 'sectors', draft.sector);
    refer(record, 'region', 'regions', draft.region);
    refer(record, 'measure', 'measures', draft.measure);
    refer(record, 'scope', 'scopes', draft.scope);
    for (const [position, id] of draft.beneficiarySectors.entries())
      refer(record, `beneficiarySectors.${position}`, 'sectors', id);
    for (const [position, relation] of draft.relations.entries())
      refer(record, `relations.${position}.${draft.kind}`, group, relation.record);
  };
  for (const forecast of seeds.forecasts) checkRecord('forecasts', forecastDraft(forecast));
  for (const outcome of seeds.outcomes) {
    checkRecord('outcomes', outcomeDraft(outcome));
    if (!collections.has(outcome.collection)) {
      throw invalidSeed(
        file,
        `outcomes "${outcome.id}"`,
        'collection',
        `there is no collection ${JSON.stringify(outcome.collection)}`,
      );
    }
  }
}
