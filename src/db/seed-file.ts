import { z } from 'zod';
import { Collection, Measure, Region, Scope } from '../catalogue/schemas.ts';
import { checkAmount } from '../domain/amount.ts';
import { DomainError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import { checkEvidence } from '../domain/evidence.ts';
import { checkPeriod } from '../domain/period.ts';
import { findCycle } from '../domain/taxonomy.ts';
import { Forecaster } from '../forecasters/schemas.ts';
import type { StoredConversion } from '../forecasts/repository.ts';
import { ForecastDraft } from '../forecasts/schemas.ts';
import { identifier } from '../http/shared-schemas.ts';
import { didYouMean } from '../http/suggestion.ts';
import { Source } from '../sources/schemas.ts';
import { invalidSeed, parseSeedText } from './seed-text.ts';

const SeedOrganisation = z.strictObject(Forecaster.omit({ forecastCount: true }).shape);
const SeedSource = z.strictObject({
  ...Source.omit({ forecastCount: true }).shape,
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

/** A seed file: vocabulary, and at most one collection with its forecasts. */
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
});
export type SeedFile = z.output<typeof SeedFile>;
const GROUPS = ['regions', 'organisations', 'measures', 'scopes', 'sectors', 'sources', 'forecasts'] as const;

/** A forecast of a seed file, complete and checked: as it is to be stored. */
export interface SeedForecast extends Omit<ForecastDraft, 'amount' | 'evidence' | 'statedConversions'> {
  readonly collection: string;
  readonly publishedOn: string | null;
  readonly amount: StoredConversion['amount'];
  readonly evidence: Evidence;
  readonly statedConversions: readonly StoredConversion[];
}

/** All seed files together, checked record by record and against each other. */
export interface Seeds extends Omit<SeedFile, 'about' | 'collection' | 'forecasts'> {
  readonly collections: readonly z.output<typeof Collection>[];
  readonly forecasts: readonly SeedForecast[];
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
  for (const [file, seeds] of files) checkReferences(file, seeds, known);
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
    forecasts: [...files].flatMap(([file, seeds]) =>
      seeds.forecasts.map((draft) => {
        const source = sourcesById.get(draft.source);
        if (seeds.collection === null || source === undefined) {
          throw invalidSeed(
            file,
            `forecasts "${draft.id}"`,
            'collection',
            'the file has forecasts and no collection',
          );
        }
        return completeForecast(file, draft, seeds.collection.id, source);
      }),
    ),
  };
}

type Known = Readonly<Record<(typeof GROUPS)[number], ReadonlySet<string>>>;

function checkReferences(file: string, seeds: SeedFile, known: Known): void {
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
  for (const forecast of seeds.forecasts) {
    const record = `forecasts "${forecast.id}"`;
    refer(record, 'forecaster', 'organisations', forecast.forecaster);
    refer(record, 'source', 'sources', forecast.source);
    refer(record, 'sector', 'sectors', forecast.sector);
    refer(record, 'region', 'regions', forecast.region);
    refer(record, 'measure', 'measures', forecast.measure);
    refer(record, 'scope', 'scopes', forecast.scope);
    for (const [position, id] of forecast.beneficiarySectors.entries())
      refer(record, `beneficiarySectors.${position}`, 'sectors', id);
    for (const [position, relation] of forecast.relations.entries()) {
      refer(record, `relations.${position}.forecast`, 'forecasts', relation.forecast);
    }
  }
}

function completeForecast(
  file: string,
  draft: ForecastDraft,
  collection: string,
  source: z.output<typeof SeedSource>,
): SeedForecast {
  const checked = <Value>(field: string, check: () => Value): Value => {
    try {
      return check();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      throw invalidSeed(
        file,
        `forecasts "${draft.id}"`,
        field,
        `${error.code} ${JSON.stringify(error.data)}`,
      );
    }
  };
  const complete = (field: string, stated: Pick<ForecastDraft, 'amount' | 'evidence'>): StoredConversion => {
    const amount = checked(`${field}amount`, () =>
      checkAmount({ ...stated.amount, interpretation: stated.amount.interpretation ?? null }),
    );
    const located = stated.evidence.status === 'located';
    const evidence = {
      ...stated.evidence,
      documentSha256: located ? source.documentSha256 : null,
      url: source.url,
    };
    return { amount, evidence: checked(`${field}evidence`, () => checkEvidence(evidence, amount)) };
  };
  return {
    ...draft,
    ...complete('', draft),
    collection,
    publishedOn: source.publishedOn,
    period: checked('period', () => checkPeriod(draft.period)) as ForecastDraft['period'],
    statedConversions: draft.statedConversions.map((stated, position) =>
      complete(`statedConversions.${position}.`, stated),
    ),
  };
}
