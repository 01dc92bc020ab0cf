import type { z } from 'zod';
import { refusing } from '../../http/query/shared-schemas.ts';
import type { SortTerm } from '../../store/keyset.ts';
import { sortKey } from '../../store/sort-key.ts';
import type { ConversionQuery } from '../rates/schemas.ts';
import { checkConversionParameters } from '../rates/schemas.ts';
import type { RecordFilters } from './filters.ts';

export const DEFAULT_SORT = 'relevance,-publishedOn,id';

/** A query of records, as far as its parameters need each other. */
type Query = RecordFilters &
  ConversionQuery & { readonly fields?: readonly string[] | undefined; readonly sort?: readonly SortTerm[] };

/** A day on which regions had their members says nothing without the regions. */
export function checkRegions(query: RecordFilters, context: z.core.$RefinementCtx): void {
  if (query.regionMembersOn === undefined || query.region !== undefined) return;
  const message = 'is the day whose members of regions are asked for: `region` must name the regions';
  refusing(context)('regionMembersOn', message, 'parameterRequired');
}

/** Checks what a query converts and selects, and its ranges: those that run backwards would find nothing, and look like an answer. */
export function checkConversions(query: Query, context: z.core.$RefinementCtx): void {
  const refuse = refusing(context);
  const runsBackwards = (name: keyof RecordFilters, other: keyof RecordFilters): void =>
    refuse(name, `lies before \`${other}\`: the range runs backwards`, 'reversedRange');
  const { publishedFrom, publishedTo, periodFrom, periodTo, amountMin, amountMax } = query;
  if (publishedFrom && publishedTo && publishedFrom > publishedTo)
    runsBackwards('publishedTo', 'publishedFrom');
  if (periodFrom && periodTo && periodFrom > periodTo) runsBackwards('periodTo', 'periodFrom');
  if (amountMin && amountMax && (sortKey(amountMin) ?? '') > (sortKey(amountMax) ?? ''))
    runsBackwards('amountMax', 'amountMin');
  checkRegions(query, context);
  if (
    query.convertTo === undefined &&
    query.fields?.some((field) => /^(?:converted|notConverted)\b/.test(field))
  )
    refuse('fields', 'names a converted figure, which there is only with `convertTo`', 'parameterRequired');
  checkConversionParameters(query, context);
}

export function checkListQuery(query: Query, context: z.core.$RefinementCtx): void {
  checkConversions(query, context);
  const { q, knownAsOf, convertTo, sort = [] } = query;
  const refuse = refusing(context);
  const order = sort.map(({ key, direction }) => (direction === 'ascending' ? key : `-${key}`));
  const isRelevant = order.join() !== DEFAULT_SORT && sort.some(({ key }) => key === 'relevance');
  if (isRelevant && q === undefined)
    refuse('sort', 'sorts by relevance, so `q` must say to what', 'searchRequired');
  else if (isRelevant && knownAsOf !== undefined) {
    const message =
      'sorts by relevance, which depends on all that was written since `knownAsOf`; sort by a field';
    refuse('sort', message, 'relevanceOfNow');
  }
  if (convertTo !== undefined || query.currency?.length === 1) return;
  const comparing = ['amountMin', 'amountMax'].filter((name) => name in query);
  if (sort.some(({ key }) => key === 'amount')) comparing.push('sort');
  const message =
    'compares amounts, so `currency` must name exactly one currency, or `convertTo` the one to compare in';
  for (const name of comparing) refuse(name, message, 'currencyRequired');
}

/**
 * Without a search everything is equally relevant; and how relevant something was at a time is not known: the weight of
 * a word depends on all texts, those written since among them.
 */
export function withoutIdleRelevance<
  Sorted extends Pick<RecordFilters, 'q' | 'knownAsOf'> & { readonly sort: readonly SortTerm[] },
>(query: Sorted): Sorted {
  return query.q === undefined || query.knownAsOf !== undefined
    ? { ...query, sort: query.sort.filter(({ key }) => key !== 'relevance') }
    : query;
}
