import type { PhraseText } from './phrase-text.ts';
import { matchAt } from './phrase-text.ts';

/**
 * What words around a figure say of it. `openRange` says that the figure is the lower end of a range without an upper
 * one, `unspecified` that the sum itself is not stated but is at least the figure.
 */
export const HINTS = ['approximately', 'atLeast', 'atMost', 'openRange', 'unspecified'] as const;
export type Hint = (typeof HINTS)[number];

export interface FoundHint {
  readonly hint: Hint;
  readonly words: string;
}

/** Words that stand in for others: `{exceed}` in an entry below is any of these. */
const GROUPS: Readonly<Record<string, string>> = {
  not: "(?:no|not|cannot|never|nothing|without|[a-z]+n['’]t|unlikely(?: to)?|fail(?:s|ed|ing)?(?: to)?)(?: yet| to| be)?",
  exceed:
    '(?:exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|top(?:s|ped|ping)?|in excess of|(?:more|greater|higher|larger|bigger) than(?: or equal to)?|over|above|beyond|upwards? of|north of)',
  fall: '(?:(?:less|fewer|lower|smaller) than(?: or equal to)?|below|under|short of)',
  verb: '(?:be worth|be|reach|hit|total|touch|attain|equal|amount to|come to|run to|add up to|(?:rise|grow|climb|increase|expand|swell|soar|jump|surge|widen) to|stand at|cost|require|need|attract|generate|drive|unleash|invest|spend)',
  hanNot: '(?:不|未|没有?|无法|难以|不会|不得|不能|不可|不应)',
  hanExceed: '(?:超过|超出|超越|超|突破|逾|高于|多于|大于){hanOrEqual}',
  hanFall: '(?:低于|少于|小于|下于|亚于){hanOrEqual}',
  hanOrEqual: '(?:或?等于|或达到?)?',
  hanVerb: '(?:需要|需|投资|投入|新增|增加|带动|拉动)?',
};

/**
 * Words before a figure, by language family: `latin` must not be the end of a longer word, nor must `hangul`; `han`
 * words carry their own guards. All are in the form of `PhraseText.lower`.
 */
const BEFORE: Readonly<
  Record<Hint | 'filler', { latin: string[]; han: string[]; hangul: string[]; signs: string[] }>
> = {
  approximately: {
    latin: [
      'more or less',
      '(?<!(?:brought|bring|brings|bringing|bring|came|come|comes|coming|talk|talks|talked|talking|worry|worried) )about',
      'around',
      'approx\\.?',
      'approximately',
      'some',
      'roughly',
      '(?:nearly|almost)(?: {verb})?',
      'virtually',
      'close to',
      'near',
      'nearing',
      'approaching',
      'circa',
      'c\\.',
      'ca\\.?',
      'something like',
      '(?:in|on) the (?:region|order|neighbou?rhood|vicinity) of',
      'an? estimated',
      'an approximate',
      '(?:may|might|could)(?: well| even| eventually| ultimately| soon| also)? {verb}',
      'likely(?: to)?(?: {verb})?',
    ],
    han: [
      '大约{hanVerb}',
      '(?<![节合条契预签违公制])约(?:合|计)?{hanVerb}',
      '大概{hanVerb}',
      '大致',
      '差不多',
      '(?<![最附临靠])近',
      '接近',
      '将近',
      '几近',
      '有?可能(?:将|会)?(?:达到|达|为|是)',
      '或(?:将|会|可)?(?:达到|达)',
      'およそ',
      'おおよそ',
      'おおむね',
      '概ね',
      'ほぼ',
      'ざっと',
    ],
    hangul: ['약', '대략', '거의', '얼추', '어림잡아'],
    signs: ['[~≈≃≅±]'],
  },
  atLeast: {
    latin: [
      '{exceed}',
      'at least(?: {verb})?',
      'at (?:an? |the )?minimum(?: of)?',
      '(?:an? |the )?minimum(?: of)?',
      '{not} {fall}',
    ],
    han: [
      '{hanExceed}',
      '{hanNot}{hanFall}',
      '不下',
      '至少{hanVerb}',
      '最少{hanVerb}',
      '起码{hanVerb}',
      '最低',
      '少なくとも',
      '最低でも',
    ],
    hangul: ['최소', '최소한', '적어도', '최저', '못해도'],
    signs: ['[>≥≧]=?'],
  },
  atMost: {
    latin: [
      '{fall}',
      '(?<!add )(?<!adds )(?<!added )(?<!adding )up to',
      'at (?:the )?most(?: {verb})?',
      '(?:an? |the )?max(?:imum)?\\.?(?: of)?',
      'as (?:high|much|many|large) as',
      'capped at',
      'limited to',
      'within',
      '{not} {exceed}',
    ],
    han: [
      '{hanFall}',
      '{hanNot}{hanExceed}',
      '不足',
      '不到',
      '不满',
      '不及',
      '未达',
      '未到',
      '至多{hanVerb}',
      '最多{hanVerb}',
      '最高{hanVerb}',
      '最大(?:で)?',
      '最高で',
      '上限',
      '封顶',
    ],
    hangul: ['최대', '최고', '많아야', '많게는'],
    signs: ['[<≤≦]=?'],
  },
  openRange: { latin: [], han: ['下限'], hangul: ['하한'], signs: [] },
  unspecified: {
    latin: ['an unspecified (?:sum|amount) of at least'],
    han: ['金额不详[,，]至少', '金额不详、少なくとも'],
    hangul: ['금액 미상, 최소'],
    signs: [],
  },
  /** Words that may stand between a qualifier and its figure and say nothing of it: "more than a total of". */
  filler: {
    latin: [
      'an?',
      'the',
      'its',
      'an? (?:grand |combined )?total of',
      'total(?: of)?',
      'totall?ing',
      'an? combined',
      'combined',
      'an? additional',
      'additional',
      'another',
      'equal to',
      'equivalent to',
      'worth',
    ],
    han: [
      '达到',
      '可?达',
      '可达到',
      '将达到?',
      '会达到?',
      '为',
      '是',
      '在',
      '了',
      '有',
      '到',
      '共计?',
      '合计',
      '总计',
    ],
    hangul: [],
    signs: [],
  },
};

/** Words after a figure and its currency. A lookahead keeps out words that begin another phrase. */
const AFTER: Readonly<Record<Hint, { latin: string[]; other: string[] }>> = {
  approximately: {
    latin: [' or so', ' or thereabouts', ',? more or less', ',? give or take'],
    other: [
      '左右',
      '上下',
      '前后',
      '程度',
      'ほど',
      'くらい',
      'ぐらい',
      '内外',
      ' *(?:정도|가량|안팎|내외|쯤)',
      '대(?=$|[^가-힣]|[의로에를가])',
      'に达する可能性',
      'に迫る',
      '近[いく]',
      '台(?![一-鿿])',
      '(?<=円)规模',
      '에 *(?:육박|가까운|근접)',
      '에 (?:달할|이를) 수 있',
    ],
  },
  atLeast: {
    latin: [
      ' or (?:more|above|higher|greater|over|upwards?)(?! than)(?! *\\d)',
      ' and (?:above|up|upwards?)(?! *\\d)',
      '-plus',
      ' plus(?=\\s*(?:$|[.;:,)]))',
      '[ -]odd',
      ',? minimum(?=\\s*(?:$|[.;:,)]))',
      ',? at (?:the )?(?:very )?least(?=\\s*(?:$|[.;:,)]))',
    ],
    other: [
      ' ?\\+(?! *[\\d$€£¥a-z])',
      '[或及]?以上(?!海)',
      '或更[多高]',
      '有余',
      '超(?![一-鿿])',
      '强(?![一-鿿])',
      '出头',
      '起(?![一-鿿])',
      'を?超(?:え|す|した)',
      'を?(?:上回|突破)',
      'を?下回らない',
      '余り',
      'あまり',
      ' *(?:이상|초과|남짓|(?:이|가|을|를)? *(?:넘|웃도|웃돌|상회|돌파|초과))',
      ' *(?:을|를)? *(?:밑돌지|하회하지) *않',
    ],
  },
  atMost: {
    latin: [
      ' or (?:less|below|lower|under|fewer)(?! than)(?! *\\d)',
      ' and (?:below|under)(?! *\\d)',
      ',? (?:at (?:the )?(?:very )?most|maximum|max|tops)(?=\\s*(?:$|[.;:,)]))',
    ],
    other: [
      '[或及]?以[下内]',
      '或更[少低]',
      '未满',
      '弱(?![一-鿿])',
      '都?不到(?![一-鿿])',
      '足らず',
      'を?下回',
      'を?超えない',
      'を?上回らない',
      'には?(?:达しない|满たない|届かない)',
      ' *(?:이하|미만|이내|(?:을|를)? *(?:밑도|밑돌|하회)|에 *못 *미치)',
      ' *(?:이|가|을|를)? *(?:넘지|초과하지|웃돌지|상회하지) *(?:않|못)',
    ],
  },
  openRange: { latin: [' upwards?(?! of)'], other: [] },
  unspecified: { latin: [], other: [] },
};

/** Fills in the groups, which may name others, and lets any number of spaces stand for one. */
function expand(source: string): string {
  const filled = source.replace(/\{(\w+)\}/g, (_, name: string) => expand(GROUPS[name] ?? ''));
  return filled.replace(/(?<!\[) (?![*?+])/g, ' +');
}

function anyOf(sources: readonly string[]): string {
  return sources.length === 0 ? '(?!)' : sources.map(expand).join('|');
}

function compileBefore(words: (typeof BEFORE)[Hint]): RegExp {
  const latin = `(?<![a-z])(?:${anyOf(words.latin)})[ -]*`;
  const hangul = `(?<![가-힣])(?:${anyOf(words.hangul)}) *`;
  return new RegExp(`(?:${latin}|(?:${anyOf(words.han)}) *|${hangul}|(?:${anyOf(words.signs)}) *)$`);
}

const BEFORE_PATTERNS = Object.entries(BEFORE).map(
  ([hint, words]) => [hint as Hint | 'filler', compileBefore(words)] as const,
);
const AFTER_PATTERNS = HINTS.map((hint) => {
  const { latin, other } = AFTER[hint];
  return [
    hint,
    new RegExp(`(?:(?:${anyOf(latin)})(?![a-z])|${anyOf(other.map((word) => ` ?${word}`))})`, 'y'),
  ] as const;
});

const NEGATIVE_WORDS = /(?:(?<![a-z])(?:minus|negative)[ -]*|负 *|マイナス *|(?<![가-힣])마이너스 *|[▲△] ?)$/;
/** A hyphen glued to the figure is a minus sign unless it ties the figure to a word ("over-5"). */
const MINUS_SIGN = /(?:^|[^a-z0-9])-$/;

/** Longer than any wording below it, so that a word cut off at its edge cannot be taken for another. */
const WINDOW = 72;
const MAX_WORDS = 6;

export interface Surroundings {
  /** Where the first word that qualifies the figure starts, and where the last one ends. */
  readonly start: number;
  readonly end: number;
  readonly hints: readonly FoundHint[];
  readonly isNegative: boolean;
}

function windowBefore(phrase: PhraseText, at: number): string {
  return phrase.lower.slice(Math.max(0, at - WINDOW), at);
}

type Peeled = { hint: Hint | 'filler'; words: string };

function longest(candidates: readonly Peeled[]): Peeled | null {
  return candidates.reduce<Peeled | null>(
    (best, next) => (best === null || next.words.length > best.words.length ? next : best),
    null,
  );
}

function peelBefore(phrase: PhraseText, at: number): Peeled | null {
  const text = windowBefore(phrase, at);
  return longest(
    BEFORE_PATTERNS.flatMap(([hint, pattern]) => {
      const words = pattern.exec(text)?.[0];
      return words === undefined ? [] : [{ hint, words }];
    }),
  );
}

function peelAfter(phrase: PhraseText, at: number): Peeled | null {
  return longest(
    AFTER_PATTERNS.flatMap(([hint, pattern]) => {
      const words = matchAt(pattern, phrase, at)?.[0];
      return words === undefined ? [] : [{ hint, words }];
    }),
  );
}

/** Spaces and an opening quotation mark may stand between a figure and its words. */
function skipBackOverSpaces(phrase: PhraseText, at: number): number {
  const gap = / *["“‘「]? *$/.exec(windowBefore(phrase, at))?.[0] ?? '';
  return at - gap.length;
}

/**
 * Reads the words that qualify the figure standing from `start` to `end`: only those that touch it, or touch another
 * such word. What stands elsewhere in the sentence is not read.
 */
export function readSurroundings(phrase: PhraseText, start: number, end: number): Surroundings {
  const hints: FoundHint[] = [];
  const isNegative =
    MINUS_SIGN.test(windowBefore(phrase, start)) || NEGATIVE_WORDS.test(windowBefore(phrase, start));
  let first = start;
  let place = skipBackOverSpaces(phrase, start);
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const peeled = peelBefore(phrase, place);
    if (peeled === null) break;
    place -= peeled.words.length;
    if (peeled.hint === 'filler') continue;
    first = place;
    hints.unshift({ hint: peeled.hint, words: peeled.words.trim() });
  }
  let last = end;
  for (let count = 0; count < MAX_WORDS; count += 1) {
    const peeled = peelAfter(phrase, last);
    if (peeled === null || peeled.hint === 'filler') break;
    last += peeled.words.length;
    hints.push({ hint: peeled.hint, words: peeled.words.trim() });
  }
  return { start: first, end: last, hints, isNegative };
}
