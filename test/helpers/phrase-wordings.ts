import type { Amount } from '../../src/domain/money/amount.ts';
import { checkAmount } from '../../src/domain/money/amount.ts';
import type { Decimal } from '../../src/domain/money/decimal.ts';
import { formatDecimal, parseDecimal } from '../../src/domain/money/decimal.ts';
import { powerOfTen } from '../../src/domain/phrase/numerals.ts';
import { fillIn } from '../../src/domain/phrase/words.ts';
import wordings from './phrase-wordings.json' with { type: 'json' };

export const PHRASE_LANGUAGES = ['en', 'zh-Hans', 'zh-Hant', 'ja', 'ko'] as const;
export type PhraseLanguage = (typeof PHRASE_LANGUAGES)[number];

/** Templates; `{sum}` is a number, its magnitude word and its currency. */
interface Wording {
  /** Magnitude words with their powers of ten, the greatest first. */
  readonly magnitudes: Readonly<Record<string, number>>;
  /** Other currencies are written as their code. */
  readonly currencies: Readonly<Record<string, string>>;
  readonly sum: string;
  readonly withMagnitude: string;
  /** With one magnitude word, and with two. */
  readonly shortRange: string;
  readonly longRange: string;
  readonly approximately: string;
  readonly atLeast: string;
  readonly atMost: string;
  /** A lower end of a range without an upper one. */
  readonly openRange: string;
  readonly unspecified: string;
  /** Without any bound. No figure stands in it, so that it cannot be read back. */
  readonly unbounded: string;
  /** Indefinite words with what they are at least, in units of the magnitude. */
  readonly indefinite: Readonly<Record<string, number>>;
}

const WORDINGS: Readonly<Record<PhraseLanguage, Wording>> = wordings;

function filled(template: string, words: Readonly<Record<string, string>>): string {
  return fillIn(template, (place) => words[place] ?? '');
}

interface Scaled {
  readonly digits: string;
  /** The magnitude word, or "" below the smallest. */
  readonly magnitude: string;
}

function scale(value: Decimal, { magnitudes }: Wording): Scaled {
  const entry = Object.entries(magnitudes).find(([, power]) => value.greaterThanOrEqualTo(powerOfTen(power)));
  if (entry === undefined) return { digits: formatDecimal(value), magnitude: '' };
  const [magnitude, power] = entry;
  return { digits: formatDecimal(value.div(powerOfTen(power))), magnitude };
}

function sumWords({ digits, magnitude }: Scaled, currency: string, { sum, withMagnitude }: Wording): string {
  const number = magnitude === '' ? digits : filled(withMagnitude, { digits, magnitude });
  return filled(sum, { number, currency });
}

function rangeWords(low: Decimal, high: Decimal, currency: string, wording: Wording): string {
  const [one, other] = [scale(low, wording), scale(high, wording)];
  const upper = sumWords(other, currency, wording);
  if (one.magnitude === other.magnitude) return filled(wording.shortRange, { low: one.digits, high: upper });
  return filled(wording.longRange, { low: sumWords(one, currency, wording), high: upper });
}

function indefiniteWords(low: string | null, currency: string, wording: Wording): string {
  if (low === null) return wording.unbounded;
  const least = parseDecimal(low);
  for (const [magnitude, power] of Object.entries(wording.magnitudes)) {
    const inUnits = least.div(powerOfTen(power));
    const words = Object.entries(wording.indefinite).find(([, count]) => inUnits.equals(count))?.[0];
    if (words !== undefined) return filled(wording.sum, { number: filled(words, { magnitude }), currency });
  }
  return filled(wording.unspecified, { sum: sumWords(scale(least, wording), currency, wording) });
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
  const currency = wording.currencies[amount.currency] ?? amount.currency;
  const { value, low, high, qualifier } = amount;
  if (qualifier === 'indefinite') return indefiniteWords(low, currency, wording);
  if (low !== null && high !== null && qualifier === 'range') {
    return rangeWords(parseDecimal(low), parseDecimal(high), currency, wording);
  }
  const sum = sumWords(scale(parseDecimal(value ?? low ?? '0'), wording), currency, wording);
  switch (qualifier) {
    case 'approximately':
    case 'atMost':
      return filled(wording[qualifier], { sum });
    case 'atLeast':
      return filled(value === null ? wording.openRange : wording.atLeast, { sum });
    default:
      return sum;
  }
}
