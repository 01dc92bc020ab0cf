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
  /** Of a sector. */
  readonly parent?: string | null;
}

/** The lists, each with the fields that are shown. The first has room before the others, which share what is left. */
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
      // What is above others comes first.
      const entries = data.toSorted(
        (one, other) => Number(one.parent != null) - Number(other.parent != null),
      );
      return { list, count: meta.count, entries, address: asking.permanent(path) };
    }),
  );
  const heads = Object.fromEntries(lists.map(({ list, count, address }) => [list, { count, address }]));
  const entries = lists
    .flatMap(({ list, entries: all }, place) =>
      all.map((entry, at) => ({ list, entry: withoutNulls(entry), turn: place === 0 ? 0 : at + 1 })),
    )
    .toSorted((one, other) => one.turn - other.turn);
  const fit = await fitting(heads, entries, ({ list, entry }) => ({ list, entry }));
  const shown = Map.groupBy(fit, ({ list }) => list);
  return Object.fromEntries(
    lists.map(({ list }) => {
      const own = (shown.get(list) ?? []).map(({ entry }) => entry);
      return [list, { ...heads[list], shown: own.length, entries: own }];
    }),
  );
}
