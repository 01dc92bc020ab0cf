import { vintageOf } from '../../domain/vintage.ts';
import type { Hint, NotCompared } from '../../http/query/paging.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { ReadContext } from '../context.ts';
import { conversionRequest, openConverter } from '../rates/conversions.ts';
import { comparesAmounts } from './converted.ts';
import type { Conversions, NotComparedGroup } from './converted-pages.ts';
import type { RecordFilters } from './filters.ts';
import { countIndefinite, countInOtherCurrencies } from './repository.ts';

type Query = RecordFilters & Conversions;
type Said = { readonly notCompared?: NotCompared; readonly hints?: readonly Hint[] };

/**
 * What a query that compares amounts leaves out because it has no amount to compare: what could not be converted; without a
 * conversion, what is stated in another currency than the one named; and what names no number.
 * @param converted those that have none in the currency that is converted into; where nothing is, they are counted
 */
export async function notComparedIn(
  { read }: ReadContext,
  kind: RecordKind,
  query: Query,
  sort: readonly { readonly key: string }[],
  converted: readonly NotComparedGroup[] | undefined,
): Promise<NotCompared | undefined> {
  if (!comparesAmounts(query, sort)) return undefined;
  const reasons: Record<string, number> = {};
  if (converted !== undefined)
    for (const { code, count } of converted) {
      const reason = code ?? INDEFINITE;
      reasons[reason] = (reasons[reason] ?? 0) + count;
    }
  else {
    const { amountMin: _, amountMax: __, ...others } = query;
    const [currency = ''] = query.currency ?? [];
    reasons.differentCurrency = await countInOtherCurrencies(read, kind, others, currency);
    reasons[INDEFINITE] = await countIndefinite(read, kind, others);
  }
  const some = Object.entries(reasons).filter(([, count]) => count > 0);
  if (some.length === 0) return undefined;
  const count = some.reduce((sum, [, one]) => sum + one, 0);
  return { count, reasons: Object.fromEntries(some) };
}

const INDEFINITE = 'indefinite';

/**
 * What a list says of the records that it could not compare, and which question would compare them.
 * @param addressOf the address of the query with some of its parameters changed
 */
export async function saidOfAmounts(
  view: ReadContext,
  kind: RecordKind,
  query: Query,
  sort: readonly { readonly key: string }[],
  converted: readonly NotComparedGroup[] | undefined,
  addressOf: (changes: Readonly<Record<string, string | undefined>>) => string,
): Promise<Said> {
  const notCompared = await notComparedIn(view, kind, query, sort, converted);
  if (notCompared === undefined) return {};
  const hint =
    converted === undefined
      ? inOtherCurrencies(notCompared, query, addressOf)
      : await atNewestRate(view, query, converted, addressOf);
  return hint === undefined ? { notCompared } : { notCompared, hints: [hint] };
}

/** `currency` is that in which amounts are stated: a bound in dollars leaves out what is stated in yuan, however much it is. */
function inOtherCurrencies(
  { reasons }: NotCompared,
  { currency: [currency = ''] = [] }: Query,
  addressOf: (changes: Readonly<Record<string, string | undefined>>) => string,
): Hint | undefined {
  const { differentCurrency } = reasons;
  if (differentCurrency === undefined) return undefined;
  return {
    parameters: { convertTo: currency },
    message: `\`currency=${currency}\` takes only amounts stated in ${currency}; ${differentCurrency} ${differentCurrency === 1 ? 'is' : 'are'} stated in others. \`convertTo=${currency}\` in its place compares converted amounts.`,
    href: addressOf({ currency: undefined, convertTo: currency }),
  };
}

/** The newest rate needs no date of a record: tried, as it may be that there is none of its currency. */
async function atNewestRate(
  view: ReadContext,
  query: Query,
  converted: readonly NotComparedGroup[],
  addressOf: (changes: Readonly<Record<string, string>>) => string,
): Promise<Hint | undefined> {
  const conversion = conversionRequest(query);
  if (conversion === null || conversion.rateBasis.includes('latest')) return undefined;
  const rateBasis = [...conversion.rateBasis, 'latest' as const];
  const lacking = converted.filter(({ code }) => code !== null);
  const stated = new Set(lacking.map(({ record }) => record.amount.currency));
  const asked = { ...conversion, rateBasis };
  const converter = await openConverter(view.rates, stated, asked, vintageOf(view, query));
  const tried = lacking.filter(({ record }) => converter.tryConvert(record).converted !== null);
  const count = countOf(tried);
  if (count === 0) return undefined;
  const parameters = { rateBasis: rateBasis.join() };
  return {
    parameters,
    message: `With \`rateBasis=${parameters.rateBasis}\` ${count} of these ${countOf(converted)} ${count === 1 ? 'is' : 'are'} converted at the newest rate.`,
    href: addressOf(parameters),
  };
}

function countOf(groups: readonly NotComparedGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}
