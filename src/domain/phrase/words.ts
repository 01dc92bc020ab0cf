import en from './words/en.json' with { type: 'json' };
import ja from './words/ja.json' with { type: 'json' };
import ko from './words/ko.json' with { type: 'json' };
import signs from './words/signs.json' with { type: 'json' };
import zh from './words/zh.json' with { type: 'json' };

/**
 * What words around a figure say of it. `openRange` says that the figure is the lower end of a range without an upper
 * one, `unspecified` that the sum itself is not stated but is at least the figure.
 */
export const HINTS = ['approximately', 'atLeast', 'atMost', 'openRange', 'unspecified'] as const;
export type Hint = (typeof HINTS)[number];

/** Where a currency word may stand. */
export type CurrencyPlace = 'beforeFigure' | 'afterFigure' | 'besideFigure';

/** How alternatives of a script are kept apart from the letters around them: regular expressions. */
interface Script {
  readonly before: (alternatives: string) => string;
  readonly after: (alternatives: string) => string;
}

const LATIN: Script = {
  before: (alternatives) => `(?<![a-z])(?:${alternatives})[ -]*`,
  after: (alternatives) => `(?:${alternatives})(?![a-z])`,
};
/** Words of Han characters carry their own guards. */
const HAN: Script = {
  before: (alternatives) => `(?:${alternatives}) *`,
  after: (alternatives) => ` ?(?:${alternatives})`,
};
const HANGUL: Script = { ...HAN, before: (alternatives) => `(?<![가-힣])(?:${alternatives}) *` };

/** The words of a language beside figures, in the form of `PhraseText.lower`. */
export interface LanguageWords {
  readonly script: Script;
  /** By an ISO 4217 code, or a name of several currencies in `READINGS`. `|` stands between words. */
  readonly currencies: Readonly<Partial<Record<CurrencyPlace, Readonly<Record<string, string>>>>>;
  /** What may not follow a currency word: 元宇宙 is the metaverse, not a currency. */
  readonly noCurrencyBefore?: Readonly<Record<string, string>>;
  /** Expressions that others name: `{exceed}` in `before` is any word of that group. */
  readonly groups?: Readonly<Record<string, string>>;
  /** Words before a figure. A `filler` between a qualifier and its figure says nothing: "more than a total of". */
  readonly before: Readonly<Partial<Record<Hint | 'filler', readonly string[]>>>;
  /** Words after a figure and its currency. A lookahead keeps out words that begin another phrase. */
  readonly after: Readonly<Partial<Record<Hint, readonly string[]>>>;
}

/** A word that several languages write alike stands in one of them only. */
export const LANGUAGES: readonly LanguageWords[] = [
  { script: HAN, ...signs },
  { script: LATIN, ...en },
  { script: HAN, ...zh },
  { script: HAN, ...ja },
  { script: HANGUL, ...ko },
];

/** Puts words in the places of a template: "about {sum}". */
export function fillIn(template: string, wordsOf: (place: string) => string): string {
  return template.replace(/\{(\w+)\}/g, (_, place: string) => wordsOf(place));
}
