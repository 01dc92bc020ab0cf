import type { Hint } from '../../http/query/paging.ts';
import type { Reader } from '../../store/store.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { RecordFilters } from './filters.ts';
import { listRecords } from './repository.ts';

/**
 * What a query that finds nothing may have meant: `currency` is that in which amounts are stated, so a bound in dollars
 * leaves out what is stated in yuan, however much it is.
 * @param addressOf the address of the query with some of its parameters changed
 */
export async function hintsForNone(
  read: Reader,
  kind: RecordKind,
  filters: RecordFilters,
  convertTo: string | undefined,
  addressOf: (changes: Readonly<Record<string, string | undefined>>) => string,
): Promise<readonly Hint[]> {
  const { amountMin, amountMax, currency: [currency] = [], ...others } = filters;
  if (convertTo !== undefined || currency === undefined) return [];
  if (amountMin === undefined && amountMax === undefined) return [];
  const sort = [
    { key: 'publishedOn', direction: 'descending' } as const,
    { key: 'id', direction: 'ascending' } as const,
  ];
  const { records } = await listRecords(read, kind, others, { sort, after: null, limit: 1, count: false });
  const [stated] = records;
  if (stated === undefined) return [];
  return [
    {
      parameters: { convertTo: currency },
      message: `\`currency=${currency}\` takes only amounts stated in ${currency}; there are others, such as in ${stated.amount.currency}. \`convertTo=${currency}\` in its place compares converted amounts.`,
      href: addressOf({ currency: undefined, convertTo: currency }),
    },
  ];
}
