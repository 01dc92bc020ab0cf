import type { Prices, Scenario, Stance } from '../statement.ts';
import cs from './words/cs.json' with { type: 'json' };
import currencies from './words/currencies.json' with { type: 'json' };
import da from './words/da.json' with { type: 'json' };
import de from './words/de.json' with { type: 'json' };
import en from './words/en.json' with { type: 'json' };
import es from './words/es.json' with { type: 'json' };
import fr from './words/fr.json' with { type: 'json' };
import hi from './words/hi.json' with { type: 'json' };
import it from './words/it.json' with { type: 'json' };
import ja from './words/ja.json' with { type: 'json' };
import ko from './words/ko.json' with { type: 'json' };
import nl from './words/nl.json' with { type: 'json' };
import no from './words/no.json' with { type: 'json' };
import pl from './words/pl.json' with { type: 'json' };
import pt from './words/pt.json' with { type: 'json' };
import ru from './words/ru.json' with { type: 'json' };
import signs from './words/signs.json' with { type: 'json' };
import sv from './words/sv.json' with { type: 'json' };
import tr from './words/tr.json' with { type: 'json' };
import zh from './words/zh.json' with { type: 'json' };

/**
 * What words around a figure say of it. `openRange` says that the figure is the lower end of a range without an upper
 * one, `unspecified` that the sum itself is not stated but is at least the figure.
 */
export const HINTS = ['approximately', 'atLeast', 'atMost', 'openRange', 'unspecified'] as const;
export type Hint = (typeof HINTS)[number];

/** Where a currency word may stand. */
export type CurrencyPlace = 'beforeFigure' | 'afterFigure' | 'besideFigure';

/** Letters of alphabetic scripts, for character classes: Latin, Cyrillic, Arabic and Devanagari with its marks. */
export const LETTERS = 'a-zß-öø-ɏ\u0400-\u052f\u0600-\u06ff\u0900-\u0963\u0971-\u097fḀ-ỿ';

/** How alternatives of a script are kept apart from the letters around them: regular expressions. */
interface Script {
  readonly before: (alternatives: string) => string;
  readonly after: (alternatives: string) => string;
}

const ALPHABETIC: Script = {
  before: (alternatives) => `(?<![${LETTERS}])(?:${alternatives})[ -]*`,
  after: (alternatives) => `(?:${alternatives})(?![${LETTERS}])`,
};
/** Words of Han characters carry their own guards. */
const HAN: Script = {
  before: (alternatives) => `(?:${alternatives}) *`,
  after: (alternatives) => ` ?(?:${alternatives})`,
};
const HANGUL: Script = { ...HAN, before: (alternatives) => `(?<![가-힣])(?:${alternatives}) *` };

/**
 * What words say of a figure that is not the sum meant, in the order in which it is told: a part or a multiple of that ("half of", "10万亿元的30%"), what it
 * is not ("failed to reach"), what it changes by ("rise by"), what one of many costs ("per station"), what was to be and is
 * not ("instead of the planned").
 */
export const NOT_THE_SUM = ['counterfactual', 'change', 'unitPrice', 'part', 'denied'] as const;
export type NotTheSum = (typeof NOT_THE_SUM)[number];

/** On which side of a figure words stand. Those around it are written "before … after", and both must stand there. */
export type Side = 'Before' | 'After' | 'Around';

/** What words may name: a span of days in the calendar, or the end of one. In the order in which they are tried. */
export const POINT_KINDS = [
  'base',
  'day',
  'months',
  'firstMonths',
  'quarters',
  'firstQuarters',
  'quarter',
  'firstHalf',
  'secondHalf',
  'endOf',
  'month',
  'endOfPlan',
  'plan',
  'decade',
  'fiscalQuarter',
  'fiscalFirstHalf',
  'fiscalSecondHalf',
  'fiscal',
  'taxYear',
  'vague',
  'yearPair',
  'year',
  'bareYear',
] as const;
export type PointKind = (typeof POINT_KINDS)[number];

/** What words say of the points and lengths between them. Of several that match, the longest says it. */
export const SPAN_KINDS = [
  'range',
  'until',
  'through',
  'whole',
  'next',
  'length',
  'lengthTo',
  'lengthFrom',
  'perYear',
  'since',
  'before',
  'also',
  'inOrUntil',
  'past',
  'several',
] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/**
 * The words of a language for periods, in the form of `PhraseText.lower`. Templates have slots: `{y}` a year in digits,
 * `{yy}` its last two, `{era}` one of an era of Japan, `{fy}` a fiscal year's, `{year}` a year as the language writes it or `this year`, `{month}` a month's name, `{m}` its
 * number, `{mm}` that in digits (`{yn}`, `{mn}` and `{dn}` in dates), `{d}` a day's, `{q}` a quarter's, `{o}` an ordinal, `{n}` a number of years, `{when}` any point, `{part}` any
 * point but a year in bare digits.
 */
export interface PeriodWords {
  /** What opens a range before its last words: "from last Monday" makes "to 2020" the end of one. */
  readonly from?: string;
  /** Units shorter than a year: "5 years 6 months" are not five years. */
  readonly shorter?: string;
  /** What makes the words behind it a part of what they name: "the last months of" 2020. */
  readonly partOf?: string;
  /** Words between the ends of a range that stand between no sums. */
  readonly to?: string;
  /** How a year is written, with `{y}`. */
  readonly year?: string;
  /** Words for a year by its distance from the document's: "0" is this year. */
  readonly relativeYears?: Readonly<Record<string, string>>;
  readonly months?: Readonly<Record<string, string>>;
  readonly ordinals?: Readonly<Record<string, string>>;
  /** Number words that only count years, beside those that count sums. */
  readonly numbers?: Readonly<Record<string, string>>;
  readonly points?: Readonly<Partial<Record<PointKind, readonly string[]>>>;
  readonly spans?: Readonly<Partial<Record<SpanKind, readonly string[]>>>;
}

/** The words of a language beside figures, in the form of `PhraseText.lower`. `|` stands between words. */
export interface LanguageWords {
  readonly script: Script;
  /** By an ISO 4217 code, or a name of several currencies in `READINGS`. */
  readonly currencies: Readonly<Partial<Record<CurrencyPlace, Readonly<Record<string, string>>>>>;
  /** What may not follow a currency word: 元宇宙 is the metaverse, not a currency. */
  readonly noCurrencyBefore?: Readonly<Record<string, string>>;
  /** What makes a currency word before it none, an expression: "Euro 2024" is a tournament. */
  readonly noCurrencyWith?: Readonly<Record<string, string>>;
  /** Expressions that others name, of any language: `{exceed}` is any word of that group. */
  readonly groups?: Readonly<Record<string, string>>;
  /** Words before a figure. A `filler` between a qualifier and its figure says nothing: "more than a total of". */
  readonly before: Readonly<Partial<Record<Hint | 'filler', readonly string[]>>>;
  /** Words after a figure and its currency. A lookahead keeps out words that begin another phrase. */
  readonly after: Readonly<Partial<Record<Hint, readonly string[]>>>;
  /** Words on both sides of a figure that qualify it together: "nicht … übersteigen". They outweigh those of one side. */
  readonly around?: Readonly<Partial<Record<Hint, readonly string[]>>>;
  /** Words before a figure that converts the one before it: "equivalent to", 约合. */
  readonly conversions?: readonly string[];
  /** What is `counted` is no money: "5 million base stations". */
  readonly notTheSum: Readonly<Partial<Record<`${NotTheSum}${Side}` | 'counted', readonly string[]>>>;
  /** What stands before the currency, or behind it, that a text says it means: "all figures are in US dollars". */
  readonly currencyStatements?: Readonly<Partial<Record<'before' | 'after', readonly string[]>>>;
  /** Words in the heads of columns and rows whose numbers are no money: "growth", 占比. */
  readonly otherUnits?: readonly string[];
  /** The hundredth part of currencies, and a tenth: a figure that goes on with them is more than its whole units. */
  readonly cents?: Readonly<Record<string, string>>;
  readonly tenths?: Readonly<Record<string, string>>;
  /** Before one of these, two numbers are a change, not a range: 2兆円から3兆円に増やす. */
  readonly changingTo?: string;
  /** What ties the members of a list to those of another, in their order: "respectively", 分别. */
  readonly respectively?: string;
  readonly periods?: PeriodWords;
  /** What the words of a sentence say of its figures. In any script: `PhraseText.lower` is made of them. */
  readonly cues?: CueWords;
}

/** Words that tell what figures are of: expressions. */
export interface CueWords {
  /** By the id of a measure. */
  readonly measures?: Readonly<Record<string, readonly string[]>>;
  /** What kind of statement a figure is, of which scenario, and in which prices: a year in their words is that of the prices. */
  readonly stances?: Readonly<Partial<Record<Stance, readonly string[]>>>;
  readonly scenarios?: Readonly<Partial<Record<Scenario['kind'], readonly string[]>>>;
  readonly prices?: Readonly<Partial<Record<Prices['kind'], readonly string[]>>>;
  /** Words that a figure takes the place of an earlier forecast: "raised from", 上调至. */
  readonly revises?: readonly string[];
  /** Words between two figures of which the first brings about the second, or the second the first. */
  readonly drives?: readonly string[];
  readonly drivenBy?: readonly string[];
  /** Words beside whoever forecasts. */
  readonly says?: readonly string[];
  /** Words that make the time beside them that of a statement: "In 2024 the government announced". */
  readonly announces?: readonly string[];
  /** Words right before a figure, or right behind it, that another one is compared with: "from", より. */
  readonly comparedBefore?: readonly string[];
  readonly comparedAfter?: readonly string[];
  /** The year before that of the figure that is compared: right before a figure, or right behind it. */
  readonly yearBefore?: readonly string[];
  /** What follows is a part of the figure before: "of which", 其中. */
  readonly part?: readonly string[];
  /** What begins words about another one: "while", 而. */
  readonly contrast?: readonly string[];
  /** What begins a sentence that goes on about whom the one before names: "The report also says". */
  readonly refersBack?: readonly string[];
  /** Words between figures that name nothing: what is said of the one holds for the other. */
  readonly links?: readonly string[];
}

/** A language whose magnitudes are words between spaces. */
export interface AlphabeticWords extends LanguageWords {
  readonly decimal: string;
  /** ISO 3166 codes of the regions that write a decimal point though the language has a comma. */
  readonly pointRegions?: string;
  /** Number words by their value: units, tens and hundreds. */
  readonly numbers: Readonly<Record<string, string>>;
  readonly point?: string;
  readonly article?: string;
  /** Parts of one that a magnitude follows: "half a", "three quarters of a". */
  readonly fractions: Readonly<Record<string, string>>;
  readonly andAHalf?: string;
  /** Twelve of a magnitude. */
  readonly dozen?: string;
  /** Words for an open number of a magnitude, which is refused: "dizaines", "mehrere". English ones are read. */
  readonly several?: string;
  /** Powers of ten. Those of `currencies` do not stand alone: they need a currency beside the figure. */
  readonly magnitudes: Readonly<Record<string, number>>;
  readonly magnitudesOfCurrencies?: Readonly<Record<string, number>>;
  /** Written so, and only after one: "1 Billion" is German, "5 Billion" and "1 billion" are not. */
  readonly singular?: Readonly<Record<string, number>>;
  /** Where a text without a known language may be in this one, though its words are English: "1 Billion Euro". */
  readonly falseFriends?: string;
  /** What ties a magnitude to its currency: "milliards d'euros". */
  readonly of?: string;
  readonly between: string;
  readonly and: string;
  readonly to: string;
  /** After one of these, two whole sums are a change, not a range: "de 2 milliards d'euros à 4 milliards d'euros". */
  readonly from?: string;
  /** After one of these, two numbers are a change, not a range: "passer de 2 à 3 milliards". */
  readonly changing?: string;
  /** Words that may follow a sum without a currency, or a currency sign with a bare number. */
  readonly smallWords: string;
}

const SIGNS: LanguageWords = { script: HAN, ...signs };
const ENGLISH: AlphabeticWords = { script: ALPHABETIC, ...en };
/** Read together: their words do not clash. A word that several languages write alike stands in one of them only. */
const TOGETHER: readonly LanguageWords[] = [
  SIGNS,
  ENGLISH,
  { script: HAN, ...zh },
  { script: HAN, ...ja },
  { script: HANGUL, ...ko },
];
/** Read alone: "Billion" and "1.500" mean something else in each. */
const ALONE: Readonly<Record<string, AlphabeticWords>> = Object.fromEntries(
  Object.entries({ cs, da, de, es, fr, hi, it, nl, no, pl, pt, ru, sv, tr }).map(([tag, words]) => [
    tag,
    { script: ALPHABETIC, ...words },
  ]),
);
const ALIASES: Readonly<Record<string, string>> = { nb: 'no', nn: 'no' };

/** The words by which a text is read. Made once for each language and region: compare by identity. */
export interface Vocabulary {
  /** Its qualifiers and currencies, those of its own language first: "kroner" are Danish ones in Danish. */
  readonly spoken: readonly LanguageWords[];
  /** Its numbers and magnitudes. */
  readonly counted: AlphabeticWords;
  /** Whether it is a language whose words no other is read with. */
  readonly isAlone: boolean;
  readonly hasDecimalComma: boolean;
  readonly isIndian: boolean;
  /** Which of the currencies named 元 is meant; null where that is open. */
  readonly yuan: string | null;
}

interface Tag {
  readonly language: string;
  readonly region: string;
  readonly isTraditional: boolean;
}

function parseTag(tag: string, region: string): Tag {
  const [primary = '', ...rest] = tag.split('-');
  const language = primary.toLowerCase();
  return {
    language: ALIASES[language] ?? language,
    region: rest.find((part) => /^[A-Za-z]{2}$/.test(part))?.toUpperCase() ?? region.toUpperCase(),
    isTraditional: rest.some((part) => part.toLowerCase() === 'hant'),
  };
}

function makeVocabulary({ language, region, isTraditional }: Tag): Vocabulary {
  const own = Object.hasOwn(ALONE, language) ? ALONE[language] : undefined;
  const counted = own ?? ENGLISH;
  const usual = isTraditional ? null : 'CNY';
  return {
    spoken: own === undefined ? TOGETHER : [own, ...TOGETHER],
    counted,
    isAlone: own !== undefined,
    hasDecimalComma: counted.decimal === ',' && !(counted.pointRegions?.split(' ').includes(region) ?? false),
    isIndian: language === 'hi' || region === 'IN',
    yuan: (currencies.regions as Readonly<Record<string, string>>)[region] ?? usual,
  };
}

const made = new Map<string, Vocabulary>();

function vocabularyFor(tag: Tag): Vocabulary {
  const isYuanOpen = tag.language === 'zh' || !Object.hasOwn(ALONE, tag.language);
  const known = Object.hasOwn(ALONE, tag.language) ? tag.language : '';
  const isTold = tag.region === 'CN' && tag.isTraditional;
  const matters =
    /^(?:TW|HK|MO|IN)$/.test(tag.region) || known === 'es' || isTold ? tag.region.slice(0, 2) : '';
  const key = `${known} ${matters} ${isYuanOpen && tag.isTraditional}`;
  const found = made.get(key) ?? makeVocabulary({ ...tag, region: matters });
  made.set(key, found);
  return found;
}

/** Words that are magnitudes, with the languages they are words of. Of scripts that a reader can tell, none is guessed. */
const LANGUAGES_BY_MAGNITUDE = Map.groupBy(
  Object.entries({ en: ENGLISH, ...ALONE })
    .filter(([tag]) => tag !== 'hi' && tag !== 'ru')
    .flatMap(([tag, { magnitudes }]) =>
      Object.keys(magnitudes).flatMap((words) =>
        words
          .split('|')
          .flatMap((word) => (word.length > 1 ? [{ word: word.replace(/\.$/, '').toLowerCase(), tag }] : [])),
      ),
    ),
  ({ word }) => word,
);
const FALSE_FRIENDS = Object.entries(ALONE).flatMap(([tag, { falseFriends }]) =>
  falseFriends === undefined ? [] : [[tag, new RegExp(falseFriends)] as const],
);
/** Its magnitudes that no other language would read otherwise: "3 trillion" is not taken for anything else. */
const PLAIN_ENGLISH: ReadonlySet<string> = new Set(
  Object.keys(en.magnitudes).flatMap((words) =>
    words.split('|').filter((word) => !en.shared.split('|').includes(word)),
  ),
);
/** A short word is a magnitude only right behind digits: "bin" is a thousand in Turkish. */
const WORD = new RegExp(
  `(?<=\\d ?-?)[${LETTERS}]{2,4}(?![${LETTERS}])|(?<![${LETTERS}])[${LETTERS}]{5,}`,
  'gi',
);

/** A phrase mostly in these characters is quoted from a text in them, whatever its source is in. */
const EAST_ASIAN = /[一-鿿가-힣ぁ-ヿ]/g;
const LATIN = /[a-z]/gi;

function isEastAsian(text: string): boolean {
  const characters = text.match(EAST_ASIAN)?.length ?? 0;
  return characters > 0 && 4 * characters >= (text.match(LATIN)?.length ?? 0);
}

/**
 * The vocabularies by which a text may be read: that of its language, or where this is not known those of the languages
 * that its magnitude words are words of.
 */
export function vocabulariesOf(
  text: string,
  language: string | undefined,
  region: string | undefined,
): [Vocabulary, ...Vocabulary[]] {
  const named = (tag: string): Vocabulary => vocabularyFor(parseTag(tag, region ?? ''));
  if (language !== undefined)
    return [named(!/^(?:zh|ja|ko)/i.test(language) && isEastAsian(text) ? 'en' : language)];
  let tags: readonly string[] | null = null;
  let isEnglish = false;
  for (const [word] of text.matchAll(WORD)) {
    const languages = LANGUAGES_BY_MAGNITUDE.get(word.toLowerCase());
    if (languages === undefined) continue;
    if (PLAIN_ENGLISH.has(word.toLowerCase())) {
      isEnglish = true;
      continue;
    }
    const found: ReadonlySet<string> = new Set(languages.map(({ tag }) => tag));
    tags = tags === null ? [...found] : tags.filter((tag) => found.has(tag));
  }
  if (isEnglish && tags !== null) tags = [...new Set(['en', ...tags])];
  if (tags === null || tags.includes('en')) {
    for (const [tag, pattern] of FALSE_FRIENDS)
      if (pattern.test(text)) tags = [...new Set([...(tags ?? ['en']), tag])];
  }
  const [first = 'en', ...others] = tags ?? [];
  return [named(first), ...others.map(named)];
}

/** Where none stands, it does not matter which mark of a language is the decimal one. */
const MARK_AMONG_DIGITS = /[.,，．]\s?[\d０-９]/;
const ANY_WORD = new RegExp(`[${LETTERS}]{2,}`, 'g');

/** The words by which a language is told from others that count alike. */
const tellingWordsOf = perVocabulary(({ counted: { smallWords, between, and, to, before, after } }) => {
  const qualifiers = [before, after].flatMap((sides) => Object.values(sides).flat());
  return new Set([smallWords, between, and, to, ...qualifiers].join(' ').toLowerCase().match(ANY_WORD));
});

/**
 * Of vocabularies that read the numbers of a text alike, the one whose words stand in it most often; all readings are
 * kept. A whole text in eleven vocabularies would cost as much as eleven texts.
 */
export function likeliestOf(
  text: string,
  vocabularies: readonly [Vocabulary, ...Vocabulary[]],
): readonly Vocabulary[] {
  if (vocabularies.length === 1) return vocabularies;
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(ANY_WORD)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const magnitudes = [...counts.keys()].filter((word) => LANGUAGES_BY_MAGNITUDE.has(word));
  const hasMarks = MARK_AMONG_DIGITS.test(text);
  const likeliest = new Map<string, { vocabulary: Vocabulary; score: number }>();
  for (const vocabulary of vocabularies) {
    const powers = new Map(
      Object.entries(vocabulary.counted.magnitudes).flatMap(([words, power]) =>
        words.split('|').map((word) => [word.toLowerCase().replace(/\.$/, ''), power] as const),
      ),
    );
    const reading = JSON.stringify([
      hasMarks && vocabulary.hasDecimalComma,
      Object.entries(vocabulary.counted.singular ?? {}).filter(([word]) => text.includes(word)),
      ...magnitudes.map((word) => powers.get(word)),
    ]);
    let score = 0;
    for (const word of tellingWordsOf(vocabulary)) score += counts.get(word) ?? 0;
    if (score > (likeliest.get(reading)?.score ?? -1)) likeliest.set(reading, { vocabulary, score });
  }
  return [...likeliest.values()].map(({ vocabulary }) => vocabulary);
}

/** The words between the members of a list, and those that tie them to the members of another: expressions. */
export function listWordsOf({
  counted,
  spoken,
}: Vocabulary): Readonly<Record<'and' | 'respectively', string>> {
  return {
    and: `and|${counted.and}|和|与|及|以及|と|および|및|(?<=[년\\d])[과와]`,
    respectively: spoken.flatMap(({ respectively }) => respectively ?? []).join('|') || '(?!)',
  };
}

/** Compiles something for a vocabulary, once. */
export function perVocabulary<Compiled>(
  compile: (vocabulary: Vocabulary) => Compiled,
): (vocabulary: Vocabulary) => Compiled {
  const compiled = new WeakMap<Vocabulary, Compiled>();
  return (vocabulary) => {
    const known = compiled.get(vocabulary);
    if (known !== undefined) return known;
    const fresh = compile(vocabulary);
    compiled.set(vocabulary, fresh);
    return fresh;
  };
}

/** Every magnitude word of any language, to tell that one is none of the text's own. */
export const ANY_MAGNITUDES: ReadonlySet<string> = new Set(
  [ENGLISH, ...Object.values(ALONE)].flatMap(({ magnitudes, magnitudesOfCurrencies, singular }) =>
    Object.keys({ ...magnitudes, ...magnitudesOfCurrencies, ...singular }).flatMap((words) =>
      words.toLowerCase().replaceAll('.', '').split('|'),
    ),
  ),
);

/** Puts words in the places of a template: "about {sum}". */
export function fillIn(template: string, wordsOf: (place: string) => string): string {
  return template.replace(/\{(\w+)\}/g, (_, place: string) => wordsOf(place));
}

const GROUPS: Readonly<Record<string, string>> = Object.assign({}, ...TOGETHER.map(({ groups }) => groups));

/** Fills in the groups of an expression, which may name others, and lets any number of spaces stand for one. */
export function expand(source: string): string {
  const filled = fillIn(source, (name) => expand(GROUPS[name] ?? ''));
  return filled.replace(/(?<!\[) (?![*?+])/g, ' +');
}
