import type { ParentOf } from '../../domain/analysis/taxonomy.ts';
import { ancestorsOf } from '../../domain/analysis/taxonomy.ts';
import { sectorParents } from '../../ledger/catalogue/repository.ts';
import type { Reader } from '../../store/store.ts';
import {
  collections,
  currencies,
  measures,
  organisations,
  regions,
  scopes,
  sectors,
} from '../../store/tables/schema.ts';
import type { Cells } from './columns.ts';
import type { Counted } from './counting.ts';
import type { Facet, FacetBucket, FacetName } from './schemas.ts';
import { FACETS, ofFacets } from './schemas.ts';

/*
 * What a facet shows of its counts: buckets with names, in order, each with the list that it counts.
 */

/** What facets are shown with: the names of values, and which sectors are below which. */
export interface Vocabulary {
  readonly names: ReadonlyMap<FacetName, ReadonlyMap<string, string>>;
  readonly sectorParents: ParentOf;
}

/** Where the values of a facet have their names; the others are their own. */
const NAMED = {
  sector: sectors,
  forecaster: organisations,
  measure: measures,
  currency: currencies,
  collection: collections,
  scope: scopes,
  region: regions,
} as const satisfies Partial<Record<FacetName, unknown>>;

export async function readVocabulary(read: Reader): Promise<Vocabulary> {
  const names = new Map<FacetName, ReadonlyMap<string, string>>();
  for (const [facet, table] of Object.entries(NAMED)) {
    const rows = await read.select({ id: table.id, name: table.name }).from(table);
    names.set(facet as FacetName, new Map(rows.map(({ id, name }) => [id, name])));
  }
  return { names, sectorParents: await sectorParents(read) };
}

/** All facets of a query. @param requested the request's URL, whose filters the buckets' lists keep */
export function facetsOf(
  groups: Counted['groups'],
  vocabulary: Vocabulary,
  origin: string,
  requested: string,
): Readonly<Record<FacetName, Facet>> {
  const isOwnOnly = new URL(requested, 'http://facets').searchParams.get('sectorOnly') === 'true';
  return ofFacets((facet) => {
    const { without, counts } = facetCounts(facet, groups[facet], vocabulary, isOwnOnly);
    const urlOf = bucketUrl(origin, requested, facet);
    return { without, buckets: counts.map((bucket) => ({ ...bucket, url: urlOf(bucket.value) })) };
  });
}

/**
 * How many records have a value, for each value that a record has.
 * @param isOwnOnly whether a record counts in its own sector alone, not in those above it
 */
export function facetCounts(
  facet: FacetName,
  groups: Counted['groups'][FacetName],
  { names, sectorParents: parentOf }: Vocabulary,
  isOwnOnly = false,
): { readonly without: number; readonly counts: readonly Omit<FacetBucket, 'url'>[] } {
  const valuesOf = shownValues(facet, isOwnOnly ? new Map() : parentOf);
  const sums = new Map<string | null, number>();
  for (const [cells, count] of groups)
    for (const value of valuesOf(cells)) sums.set(value, (sums.get(value) ?? 0) + count);
  const without = sums.get(null) ?? 0;
  sums.delete(null);
  const nameOf = names.get(facet);
  const counts = [...(sums as Map<string, number>)].map(([value, count]) => ({
    value,
    name: nameOf?.get(value) ?? value,
    count,
  }));
  const isChronological = facet === 'year' || facet === 'publishedYear';
  counts.sort(
    (one, other) => (isChronological ? 0 : other.count - one.count) || (one.value < other.value ? -1 : 1),
  );
  return { without, counts };
}

/** Under which values a facet counts a record, of which no two are the same; null for none. */
function shownValues(
  facet: FacetName,
  parentOf: Vocabulary['sectorParents'],
): (cells: Cells) => readonly (string | null)[] {
  switch (facet) {
    case 'sector':
      return ([id = null]) => (id === null ? [null] : [id, ...ancestorsOf(parentOf, id)]);
    case 'publishedYear':
      return ([day = null]) => [day === null ? null : day.slice(0, 4)];
    case 'year':
      return yearsOf;
    default:
      return ([value = null]) => [value];
  }
}

/** The years that a period touches: none without an end, and without a start that of its end. */
function yearsOf([start, end]: Cells): readonly (string | null)[] {
  if (end == null) return [null];
  const yearOf = (day: string): number => Number(day.slice(0, 4));
  const first = yearOf(start ?? end);
  return Array.from({ length: Math.max(0, yearOf(end) - first + 1) }, (_, index) =>
    String(first + index).padStart(4, '0'),
  );
}

/** The list that a bucket counts: the request's filters, with the facet's own replaced by the bucket's value. */
function bucketUrl(origin: string, requested: string, facet: FacetName): (value: string) => string {
  const filters = new URL(requested, 'http://facets').searchParams;
  for (const own of FACETS[facet]) filters.delete(own);
  // It belongs to the sectors of the buckets as well.
  const isOwnOnly = new URL(requested, 'http://facets').searchParams.get('sectorOnly') === 'true';
  const own = facet === 'sector' && isOwnOnly ? '&sectorOnly=true' : '';
  // Written once: a facet may have thousands of buckets.
  const others = filters.size === 0 ? '' : `${filters}&`;
  const start = `${origin}/v1/forecasts?${others}`;
  return (value) => {
    const [first, last] = [`${value}-01-01`, `${value}-12-31`];
    if (facet === 'publishedYear') return `${start}publishedFrom=${first}&publishedTo=${last}`;
    return `${start}${facet}=${encoded(value)}${own}`;
  };
}

/** A value as `URLSearchParams` writes it, which takes longer; ids stay what they are. */
function encoded(value: string): string {
  return /^[\w.-]*$/.test(value) ? value : new URLSearchParams([['', value]]).toString().slice(1);
}
