import type { Amount } from '../money/amount.ts';
import { checkAmount } from '../money/amount.ts';
import type { Decimal } from '../money/decimal.ts';
import { formatDecimal, parseDecimal } from '../money/decimal.ts';
import { powerOfTen } from './numerals.ts';

export const PHRASE_LANGUAGES = ['en', 'zh-Hans', 'zh-Hant', 'ja', 'ko'] as const;
export type PhraseLanguage = (typeof PHRASE_LANGUAGES)[number];

/** Currency words in the order of `PHRASE_LANGUAGES`; other currencies are written as their code. */
const CURRENCY_NAMES = new Map<string, readonly [string, string, string, string, string]>([
  ['CNY', ['yuan', '元', '元', '人民元', '위안']],
  ['USD', ['U.S. dollars', '美元', '美元', '米ドル', '달러']],
  ['JPY', ['yen', '日元', '日圓', '円', '엔']],
  ['EUR', ['euros', '欧元', '歐元', 'ユーロ', '유로']],
  ['GBP', ['pounds sterling', '英镑', '英鎊', '英ポンド', '파운드']],
  ['KRW', ['won', '韩元', '韓元', 'ウォン', '원']],
  ['HKD', ['Hong Kong dollars', '港元', '港元', '香港ドル', '홍콩 달러']],
  ['TWD', ['New Taiwan dollars', '新台币', '新臺幣', '台湾ドル', '대만 달러']],
]);

interface Wording {
  /** Magnitude words with their powers of ten, the greatest first. */
  readonly units: readonly (readonly [word: string, power: number])[];
  /** What stands between number, magnitude and currency. */
  readonly gaps: readonly [beforeUnit: string, beforeCurrency: string];
  readonly shortRange: string;
  readonly longRange: string;
  readonly approximately: string;
  readonly atLeast: string;
  readonly atMost: string;
  /** A lower end of a range without an upper one. */
  readonly openRange: readonly [before: string, after: string];
  readonly unspecified: string;
  /** Without any bound. No figure stands in it, so that it cannot be read back. */
  readonly unbounded: string;
  /** Indefinite words by what they are at least, in units; `{unit}` is the magnitude word. */
  readonly indefinite: readonly (readonly [least: number, words: string])[];
}

const CHINESE = {
  gaps: ['', ''],
  shortRange: '-',
  longRange: '至',
  atLeast: '至少',
  atMost: '至多',
  openRange: ['下限', ''],
} as const;

const WORDINGS: Readonly<Record<PhraseLanguage, Wording>> = {
  en: {
    units: [
      ['trillion', 12],
      ['billion', 9],
      ['million', 6],
    ],
    gaps: [' ', ' '],
    shortRange: '-',
    longRange: ' to ',
    approximately: 'about ',
    atLeast: 'at least ',
    atMost: 'at most ',
    openRange: ['from ', ' upwards'],
    unspecified: 'an unspecified sum of at least ',
    unbounded: 'an unspecified sum',
    indefinite: [
      [2, 'several {unit}'],
      [20, 'tens of {unit}s of'],
      [24, 'several dozen {unit}'],
      [200, 'hundreds of {unit}s of'],
    ],
  },
  'zh-Hans': {
    ...CHINESE,
    units: [
      ['万亿', 12],
      ['亿', 8],
      ['万', 4],
    ],
    approximately: '约',
    unspecified: '金额不详，至少',
    unbounded: '金额不详',
    indefinite: [
      [2, '数{unit}'],
      [20, '数十{unit}'],
      [200, '数百{unit}'],
      [2000, '数千{unit}'],
    ],
  },
  'zh-Hant': {
    ...CHINESE,
    units: [
      ['萬億', 12],
      ['億', 8],
      ['萬', 4],
    ],
    approximately: '約',
    unspecified: '金額不詳，至少',
    unbounded: '金額不詳',
    indefinite: [
      [2, '數{unit}'],
      [20, '數十{unit}'],
      [200, '數百{unit}'],
      [2000, '數千{unit}'],
    ],
  },
  ja: {
    units: [
      ['兆', 12],
      ['億', 8],
      ['万', 4],
    ],
    gaps: ['', ''],
    shortRange: '～',
    longRange: 'から',
    approximately: '約',
    atLeast: '少なくとも',
    atMost: '最大',
    openRange: ['下限', ''],
    unspecified: '金額不詳、少なくとも',
    unbounded: '金額不詳',
    indefinite: [
      [2, '数{unit}'],
      [20, '数十{unit}'],
      [200, '数百{unit}'],
      [2000, '数千{unit}'],
    ],
  },
  ko: {
    units: [
      ['조', 12],
      ['억', 8],
      ['만', 4],
    ],
    gaps: ['', ' '],
    shortRange: '~',
    longRange: '에서 ',
    approximately: '약 ',
    atLeast: '최소 ',
    atMost: '최대 ',
    openRange: ['하한 ', ''],
    unspecified: '금액 미상, 최소 ',
    unbounded: '금액 미상',
    indefinite: [
      [2, '수{unit}'],
      [20, '수십{unit}'],
      [200, '수백{unit}'],
      [2000, '수천{unit}'],
    ],
  },
};

interface Scaled {
  readonly digits: string;
  /** The magnitude word, or "" below the smallest. */
  readonly unit: string;
}

function scale(value: Decimal, { units }: Wording): Scaled {
  const unit = units.find(([, power]) => value.greaterThanOrEqualTo(powerOfTen(power)));
  if (unit === undefined) return { digits: formatDecimal(value), unit: '' };
  return { digits: formatDecimal(value.div(powerOfTen(unit[1]))), unit: unit[0] };
}

function currencyName(code: string, language: PhraseLanguage): string {
  return CURRENCY_NAMES.get(code)?.[PHRASE_LANGUAGES.indexOf(language)] ?? code;
}

function sumWords({ digits, unit }: Scaled, currency: string, { gaps }: Wording): string {
  const number = unit === '' ? digits : `${digits}${gaps[0]}${unit}`;
  return `${number}${gaps[1]}${currency}`;
}

function rangeWords(low: Decimal, high: Decimal, currency: string, wording: Wording): string {
  const [one, other] = [scale(low, wording), scale(high, wording)];
  const upper = sumWords(other, currency, wording);
  if (one.unit === other.unit) return `${one.digits}${wording.shortRange}${upper}`;
  return `${sumWords(one, currency, wording)}${wording.longRange}${upper}`;
}

function indefiniteWords(low: string | null, currency: string, wording: Wording): string {
  if (low === null) return wording.unbounded;
  const least = parseDecimal(low);
  for (const [unit, power] of wording.units) {
    const inUnits = least.div(powerOfTen(power));
    const words = wording.indefinite.find(([count]) => inUnits.equals(count))?.[1];
    if (words !== undefined) return `${words.replace('{unit}', unit)}${wording.gaps[1]}${currency}`;
  }
  return `${wording.unspecified}${sumWords(scale(least, wording), currency, wording)}`;
}

/**
 * Words an amount so that `parseAmountPhrase` reads the same numbers, qualifier and currency back from it, without being
 * told the currency; `asStated` and `interpretation` are not part of it. The one exception is an indefinite amount
 * without any bound, which holds no figure.
 * @throws DomainError as `checkAmount` does, for an amount that contradicts its qualifier
 */
export function formatAmountPhrase(amount: Amount, language: PhraseLanguage = 'en'): string {
  checkAmount(amount);
  const wording = WORDINGS[language];
  const currency = currencyName(amount.currency, language);
  const { value, low, high, qualifier } = amount;
  if (qualifier === 'indefinite') return indefiniteWords(low, currency, wording);
  if (low !== null && high !== null && qualifier === 'range') {
    return rangeWords(parseDecimal(low), parseDecimal(high), currency, wording);
  }
  const sum = sumWords(scale(parseDecimal(value ?? low ?? '0'), wording), currency, wording);
  if (qualifier === 'atLeast' && value === null)
    return `${wording.openRange[0]}${sum}${wording.openRange[1]}`;
  return qualifier === 'approximately' || qualifier === 'atLeast' || qualifier === 'atMost'
    ? `${wording[qualifier]}${sum}`
    : sum;
}
