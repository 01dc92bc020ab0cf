import { withoutNulls } from '../http/query/paging.ts';
import type { Asking } from './asking.ts';
import { fitting } from './replies.ts';

export const VOCABULARY = {
  uri: 'ledger://vocabulary',
  name: 'vocabulary',
  title: 'Vocabulary',
  description:
    'The ids that the tools take: measures with what they mean, sectors with what is above them, scopes, forecasters, regions and collections.',
  mimeType: 'application/json',
};

interface Entry {
  readonly id: string;
  readonly name: string;
}

/** The lists, in the order in which they have room, each with the fields that are shown. */
const LISTS = {
  measures: 'id,name,definition',
  sectors: 'id,name,parent',
  scopes: 'id,name',
  collections: 'id,name',
  forecasters: 'id,name,kind',
} as const;

/** What the ledger calls things, as much as has room; it says of each list how many there are. */
export async function readVocabulary(asking: Asking): Promise<object> {
  const lists = await Promise.all(
    Object.entries(LISTS).map(async ([list, fields]) => {
      const path = `/v1/${list}`;
      const { data, meta } = await asking.get<{ data: Entry[]; meta: { count: number } }>(path, {
        fields,
        limit: '100',
        count: 'exact',
      });
      return { list, count: meta.count, entries: data, address: asking.permanent(path) };
    }),
  );
  const heads = Object.fromEntries(lists.map(({ list, count, address }) => [list, { count, address }]));
  const entries = lists.flatMap(({ list, entries: all }) =>
    all.map((entry) => ({ list, entry: withoutNulls(entry) })),
  );
  const fit = await fitting(heads, entries, (entry) => entry);
  const shown = Map.groupBy(fit, ({ list }) => list);
  return Object.fromEntries(
    lists.map(({ list }) => {
      const own = (shown.get(list) ?? []).map(({ entry }) => entry);
      return [list, { ...heads[list], shown: own.length, entries: own }];
    }),
  );
}
