import type { LanguageWords, PeriodWords, Vocabulary } from './words.ts';
import { fillIn, LETTERS, POINT_KINDS, perVocabulary, SPAN_KINDS } from './words.ts';

export type Slots = Readonly<Partial<Record<string, string>>>;

const CHARACTERS = '一二三四五六七八九十';
const Y = `(?<!\\d|\\d[.,])(?:1[89]|2[01])\\d\\d(?!\\d|[.,]\\d)|[一二][〇零${CHARACTERS}]{3}(?= ?年)`;
const NOT_WITHIN = `(?<![\\d几数第]|\\d[.,/~至到-])(?<![${CHARACTERS}])`;
const APART = `(?<![\\d${CHARACTERS}]|\\d[.,])`;
const FIXED: Readonly<Record<string, string>> = {
  y: Y,
  yy: '\\d\\d(?!\\d|[.,]\\d)',
  m: `${APART}(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])(?!\\d)`,
  mm: `${APART}(?:1[0-2]|0?[1-9])(?!\\d)`,
  d: `${APART}(?:(?:[12]\\d|3[01]|0?[1-9])(?!\\d)|三十一?|二?十[一二三四五六七八九]?|[一二三四五六七八九])`,
  yn: '(?:1[89]|2[01])\\d\\d(?!\\d)',
  mn: '(?:1[0-2]|0?[1-9])(?!\\d)',
  dn: '(?:[12]\\d|3[01]|0?[1-9])(?!\\d)',
  dayBehind: ` ?[\\d${CHARACTERS}]{1,3} ?[日号]`,
  era: `(?:令和|平成|昭和) ?(?:元|\\d{1,2}(?!\\d))`,
  p: `${APART}(?:十[一二三四五六七八九]?|[一二三四五六七八九])`,
  fy: "'?\\d{2,4}(?: ?[/-] ?\\d{2,4})?(?!\\d)",
};

function alternatives(words: Iterable<string>): string {
  const longestFirst = [...words].sort((one, other) => other.length - one.length);
  return longestFirst.join('|') || '(?!)';
}

function entriesOf(table: Readonly<Record<string, string>> = {}): (readonly [string, number])[] {
  return Object.entries(table).flatMap(([value, words]) =>
    words.split('|').map((word) => [word, Number(value)] as const),
  );
}

function isAlphabetic(language: LanguageWords): boolean {
  return language.script.after('x').includes('(?!');
}

/** Slots that differ in what they take, not in what they say. */
const SAME_GROUP: Readonly<Record<string, string>> = { relative: 'year', mm: 'm', yn: 'y', mn: 'm', dn: 'd' };

/** Fills in slots, each a group of its name where it is the first, of its name and 2 where it is the second. */
function compileTemplate(template: string, slots: Readonly<Record<string, string>>): string {
  const counts = new Map<string, number>();
  return fillIn(template.replace(/ (?![*?+{])/g, ' {1,3}'), (name) => {
    const group = SAME_GROUP[name] ?? name;
    const count = (counts.get(group) ?? 0) + 1;
    counts.set(group, count);
    return `(?<${group}${count === 1 ? '' : count}>${slots[name] ?? '(?!)'})`;
  });
}

/** Keeps words of an alphabetic script apart from the letters and digits around them. */
function guarded(sources: readonly string[]): string {
  return `(?<![${LETTERS}0-9])(?:${sources.join('|')})(?![${LETTERS}])`;
}

/** The slots of a language that are the same wherever they stand. */
function slotsOf(language: LanguageWords, counted: Vocabulary['counted']): Readonly<Record<string, string>> {
  const { year = '{y}', relativeYears, months, ordinals, numbers } = language.periods ?? {};
  const words = (table: Readonly<Record<string, string>> | undefined): string =>
    alternatives(entriesOf(table).map(([word]) => word.replaceAll('.', '\\.')));
  const guard = isAlphabetic(language) ? `(?![${LETTERS}])` : '';
  const own = alternatives([...entriesOf(numbers), ...entriesOf(counted.numbers)].map(([word]) => word));
  const k = `(?:\\d{1,2}(?!\\d|[.,]\\d)|[${CHARACTERS}两]{1,3}|(?:${own})(?:[ -](?:${own}))?)`;
  return {
    ...FIXED,
    year: `(?:${fillIn(year, () => `(?:${Y})`)}|(?:${words(relativeYears)})${guard})`,
    month: words(months),
    relative: `(?:${words(relativeYears)})${guard}`,
    o: `(?:${words(ordinals)}|${APART}(?:\\d{1,2}|[${CHARACTERS}]{1,3}))`,
    q: `(?:${words(ordinals)}|${APART}(?:[1-4](?!\\d)|[一二三四]))`,
    k,
    and: counted.and,
    end: ` *(?:$|[^ ${LETTERS}0-9])| (?:${counted.smallWords})(?![${LETTERS}])`,
    n: NOT_WITHIN + k,
  };
}

/**
 * Points are found first, and each is then written over, so that the words around it are matched without looking into
 * it: a mark for its first character, which tells bare digits from words, and another for the rest.
 */
export const POINT_MARK = '\ue000';
export const BARE_MARK = '\ue001';
export const REST_MARK = '\ue002';
/** The first of words that name a year and are no period: "in 2011 prices", "compared with 2019". */
export const NO_MARK = '\ue003';
const MASKED: Readonly<Record<string, string>> = {
  part: `${POINT_MARK}${REST_MARK}*`,
  when: `[${POINT_MARK}${BARE_MARK}]${REST_MARK}*`,
};

/** What says more is tried first: "Q3 2023" before "Q3". */
function rankOf(template: string): number {
  return (/\{(?:y|year|relative)\}/.test(template) ? 1000 : 0) + template.length;
}

export interface Pattern<Kind> {
  readonly kind: Kind;
  readonly pattern: RegExp;
  /** All with which a match may begin, and more: digits, and every character of the expression. */
  readonly characters: ReadonlySet<string>;
}

/** The words for periods of a vocabulary, as expressions and tables. */
export const periodPatternsOf = perVocabulary((vocabulary) => {
  const { spoken, counted } = vocabulary;
  const to = [counted.to, ...spoken.flatMap(({ periods }) => periods?.to ?? [])].join('|');
  const slots = new Map(spoken.map((language) => [language, { ...slotsOf(language, counted), ...MASKED }]));
  /** One expression for the words between spaces and one for others: of what both find, the longer counts. */
  const patternsOf = <Kind>(
    kind: Kind,
    templatesOf: (words: PeriodWords) => readonly string[] | undefined,
  ): Pattern<Kind>[] => {
    const templates = spoken
      .flatMap((language) =>
        (templatesOf(language.periods ?? {}) ?? []).map((template) => ({ language, template })),
      )
      .sort((one, other) => rankOf(other.template) - rankOf(one.template));
    const { true: apart = [], false: others = [] } = Object.groupBy(templates, ({ language, template }) =>
      isAlphabetic(language) && !template.startsWith('/') ? 'true' : 'false',
    );
    const sourcesOf = (some: typeof templates): string[] =>
      some.map(({ language, template }) => compileTemplate(template, slots.get(language) ?? {}));
    return [
      ...(apart.length === 0 ? [] : [guarded(sourcesOf(apart))]),
      ...(others.length === 0 ? [] : [sourcesOf(others).join('|')]),
    ].map((source) => ({
      kind,
      pattern: new RegExp(source, 'y'),
      characters: new Set(`${source}0123456789`),
    }));
  };
  const table = (pick: (words: PeriodWords) => Readonly<Record<string, string>> | undefined) =>
    new Map(spoken.toReversed().flatMap(({ periods = {} }) => entriesOf(pick(periods))));
  return {
    points: POINT_KINDS.flatMap((kind) => patternsOf(kind, ({ points }) => points?.[kind])),
    spans: SPAN_KINDS.flatMap((kind) => patternsOf(kind, ({ spans }) => spans?.[kind])),
    shorterBehind: new RegExp(
      ` ?(?:,|と|과|와)? ?(?:(?:${counted.and}) )?\\d{1,2} ?(?:${spoken.flatMap(({ periods }) => periods?.shorter ?? []).join('|')})`,
      'y',
    ),
    partBefore: new RegExp(`(?:${spoken.flatMap(({ periods }) => periods?.partOf ?? []).join('|')})$`),
    opensRange: new RegExp(`(?:${spoken.flatMap(({ periods }) => periods?.from ?? []).join('|')})$`),
    /** The other end of a range, where that is no year. */
    otherEnd: new RegExp(`(?: ?[-—~至到] ?| ?(?:から|부터|에서) ?| (?:${to}) )\\d{4,}`, 'y'),
    otherStart: new RegExp(
      `\\d{5,}[年년]?(?:'[${LETTERS}]{1,4})?(?: ?[-—~至到]| ?(?:から|부터|에서)| (?:${to}))? ?$`,
    ),
    relativeYears: table(({ relativeYears }) => relativeYears),
    months: table(({ months }) => months),
    ordinals: table(({ ordinals }) => ordinals),
    values: new Map([...entriesOf(counted.numbers), ...table(({ numbers }) => numbers)]),
  };
});
