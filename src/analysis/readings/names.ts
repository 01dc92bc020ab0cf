import type { Named } from '../../domain/text/name-matcher.ts';
import { NameMatcher } from '../../domain/text/name-matcher.ts';
import { pause } from '../../http/turns.ts';
import type { IdTable } from '../../ledger/catalogue/names.ts';
import { wholeScope } from '../../ledger/catalogue/repository.ts';
import { asc } from '../../store/query.ts';
import type { Snapshot } from '../../store/store.ts';
import { measures, organisations, regions, scopes, sectors } from '../../store/tables/schema.ts';

/** What the catalogue calls its entries, to be found in texts. */
export interface Names {
  readonly list: readonly Named[];
  readonly matcher: NameMatcher;
  /** What to show for an entry; undefined where there is none. */
  readonly nameOf: (kind: string, id: string) => string | undefined;
  /** The scope of all who spend in a region, as a country has it where none is named. */
  readonly wholeScopeOf: (region: string | undefined) => string;
}

interface NamedRow {
  readonly id: string;
  readonly name: string;
  readonly aliases: string;
  readonly originalName?: string | null;
  readonly nameChinese?: string | null;
  readonly alpha3?: string | null;
}

/** Under the names that a forecast has for them, and whether their names are proper ones. */
const KINDS: readonly (readonly [kind: string, table: IdTable, isProper: boolean])[] = [
  ['forecaster', organisations, true],
  ['sector', sectors, false],
  ['measure', measures, false],
  ['region', regions, true],
  ['scope', scopes, false],
];

/**
 * Countries, the European Union and the euro area. Names of further groups and of subdivisions are words of other things:
 * the "World" of a bank, "Washington" for its government, 中非 for China and Africa.
 */
const NAMED_BY_TEXTS = /^[A-Z]{2}$/;

/** So many entries of a kind are looked for in a text, the first by id. */
const MOST_ENTRIES = 10_000;

/**
 * Reads the names of a state of the ledger, and what countries are called in a text's language (Unicode CLDR); those of
 * the state read last are held.
 */
export function createNames(): (read: Snapshot, language: string | undefined) => Promise<Names> {
  let held = { version: '', byLanguage: new Map<string, Promise<Names>>() };
  return (read, language = 'en') => {
    if (held.version !== read.version) held = { version: read.version, byLanguage: new Map() };
    const { byLanguage } = held;
    const tag = Intl.DisplayNames.supportedLocalesOf(language.split('-', 1))[0] ?? 'en';
    const names = byLanguage.get(tag) ?? readNames(read, tag);
    byLanguage.set(tag, names);
    names.catch(() => byLanguage.delete(tag));
    return names;
  };
}

async function readNames(read: Snapshot, language: string): Promise<Names> {
  const countries = new Intl.DisplayNames(language, { type: 'region', fallback: 'none' });
  const list: Named[] = [];
  const shown = new Map<string, string>();
  const wholes = new Map<string, string>();
  for (const [kind, table, isProper] of KINDS) {
    const rows = (await read
      .select()
      .from(table)
      .orderBy(asc(table.id))
      .limit(MOST_ENTRIES)) as readonly unknown[] as readonly NamedRow[];
    for (const { id, name, aliases, originalName, nameChinese, alpha3 } of rows) {
      shown.set(`${kind} ${id}`, name);
      if (alpha3 !== undefined) wholes.set(id, wholeScope({ id, alpha3 }));
      if (kind === 'region' && !NAMED_BY_TEXTS.test(id)) continue;
      const called = [
        [name, 'name'],
        [originalName, 'originalName'],
        [nameChinese, 'originalName'],
        [kind === 'region' ? countries.of(id) : null, 'name'],
        ...(JSON.parse(aliases) as string[]).map((alias) => [alias, 'alias']),
      ] as const;
      for (const [text, nameKind] of called)
        if (typeof text === 'string' && typeof nameKind === 'string')
          list.push({ kind, id, called: text, nameKind, isProper });
    }
    await pause();
  }
  return {
    list,
    matcher: new NameMatcher(list),
    nameOf: (kind, id) => shown.get(`${kind} ${id}`),
    wholeScopeOf: (region = '') => wholes.get(region) ?? 'national',
  };
}
