import type { z } from 'zod';
import { refusing } from '../../http/query/shared-schemas.ts';
import type { SortTerm } from '../../store/keyset.ts';
import { sortKey } from '../../store/sort-key.ts';
import { checkConversionParameters } from '../rates/schemas.ts';
import type { RecordFilters } from './filters.ts';

export const DEFAULT_SORT = 'relevance,-publishedOn,id';

type Ranges = Pick<
  RecordFilters,
  'publishedFrom' | 'publishedTo' | 'periodFrom' | 'periodTo' | 'amountMin' | 'amountMax'
> & {
  readonly fields?: readonly string[] | undefined;
  readonly convertTo?: string | undefined;
};

/** Ranges that run backwards would find nothing, and look like an answer. */
export function checkRanges(query: Ranges, context: z.core.$RefinementCtx): void {
  const refuse = refusing(context);
  const runsBackwards = (name: keyof RecordFilters, other: keyof RecordFilters): void =>
    refuse(name, `lies before \`${other}\`: the range runs backwards`, 'reversedRange');
  const { publishedFrom, publishedTo, periodFrom, periodTo, amountMin, amountMax } = query;
  if (publishedFrom && publishedTo && publishedFrom > publishedTo)
    runsBackwards('publishedTo', 'publishedFrom');
  if (periodFrom && periodTo && periodFrom > periodTo) runsBackwards('periodTo', 'periodFrom');
  if (amountMin && amountMax && (sortKey(amountMin) ?? '') > (sortKey(amountMax) ?? ''))
    runsBackwards('amountMax', 'amountMin');
  if (
    query.convertTo === undefined &&
    query.fields?.some((field) => /^(?:converted|notConverted)\b/.test(field))
  )
    refuse('fields', 'names a converted figure, which there is only with `convertTo`', 'parameterRequired');
}

export function checkConversions(
  query: Ranges & Parameters<typeof checkConversionParameters>[0],
  context: z.core.$RefinementCtx,
): void {
  checkRanges(query, context);
  checkConversionParameters(query, context);
}

type Amounts = Pick<RecordFilters, 'currency' | 'amountMin' | 'amountMax'> & {
  readonly sort?: readonly SortTerm[];
};

/** Amounts compare within one currency only. */
export function checkAmountsComparable(
  query: Amounts,
  context: z.core.$RefinementCtx,
  alternative = '',
): void {
  if (query.currency?.length === 1) return;
  const needsCurrency = ['amountMin', 'amountMax'].filter((name) => name in query);
  if (query.sort?.some(({ key }) => key === 'amount')) needsCurrency.push('sort');
  const message = `compares amounts, so \`currency\` must name exactly one currency${alternative}`;
  for (const name of needsCurrency) refusing(context)(name, message, 'currencyRequired');
}

interface Sorted extends Pick<RecordFilters, 'q' | 'knownAsOf'> {
  readonly sort: readonly SortTerm[];
}

export function checkListQuery(
  query: Parameters<typeof checkConversions>[0] & Amounts & Sorted,
  context: z.core.$RefinementCtx,
): void {
  checkConversions(query, context);
  const sort = query.sort.map(({ key, direction }) => (direction === 'ascending' ? key : `-${key}`));
  if (query.sort.some(({ key }) => key === 'relevance') && sort.join() !== DEFAULT_SORT)
    checkRelevance(query, refusing(context));
  if (query.convertTo === undefined)
    checkAmountsComparable(query, context, ', or `convertTo` the one to compare in');
}

function checkRelevance({ q, knownAsOf }: Sorted, refuse: ReturnType<typeof refusing>): void {
  if (q === undefined) {
    refuse('sort', 'sorts by relevance, so `q` must say to what', 'searchRequired');
  } else if (knownAsOf !== undefined) {
    const message =
      'sorts by relevance, which depends on all that was written since `knownAsOf`; sort by a field';
    refuse('sort', message, 'relevanceOfNow');
  }
}

/**
 * Without a search everything is equally relevant; and how relevant something was at a time is not known: the weight of
 * a word depends on all texts, those written since among them.
 */
export function withoutIdleRelevance<Query extends Sorted>(query: Query): Query {
  return query.q === undefined || query.knownAsOf !== undefined
    ? { ...query, sort: query.sort.filter(({ key }) => key !== 'relevance') }
    : query;
}
