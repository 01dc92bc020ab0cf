import { Decimal } from '../../domain/money/decimal.ts';
import type { Language, Texts } from './texts.ts';

/*
 * Figures, periods and days in words. What is shown is rounded to four digits; the exact value goes with it as a tooltip.
 */

/** A figure as answers of the API give it. */
export interface ShownAmount {
  readonly value: string | null;
  readonly low: string | null;
  readonly high: string | null;
  readonly qualifier?: string | undefined;
  readonly currency: string;
  readonly approximate?: boolean | undefined;
}

/** A period as answers of the API give it. */
export interface ShownPeriod {
  readonly start: string | null;
  readonly end: string | null;
  readonly kind: string;
  readonly years?: unknown;
  readonly asStated?: string | null | undefined;
}

const SCALES: Readonly<Record<Language, readonly (readonly [exponent: number, word: string])[]>> = {
  en: [
    [12, ' trillion'],
    [9, ' billion'],
    [6, ' million'],
  ],
  zh: [
    [12, '万亿'],
    [8, '亿'],
    [4, '万'],
  ],
};

const SHOWN_DIGITS = 4;

/** A number with the greatest word of its language that fits: `10 trillion`, `10万亿`. */
export function numberInWords(value: string, language: Language): string {
  const exact = new Decimal(value);
  const [exponent, word] = SCALES[language].find(([power]) => exact.abs().gte(`1e${power}`)) ?? [0, ''];
  const shown = exact.dividedBy(`1e${exponent}`).toSignificantDigits(SHOWN_DIGITS);
  const [whole = '', fraction] = shown.toFixed().split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${fraction === undefined ? grouped : `${grouped}.${fraction}`}${word}`;
}

/** A figure in words, without its currency: `at least 10 trillion`, `2 to 3 trillion`. */
export function valueInWords(amount: ShownAmount, language: Language, texts: Texts): string {
  const { value, low, high, qualifier } = amount;
  const words = (number: string): string => numberInWords(number, language);
  const join = (before: string, number: string): string =>
    language === 'zh' ? before + words(number) : `${before} ${words(number)}`;
  const about = amount.approximate === true || qualifier === 'approximately';
  if (value === null && low !== null && high !== null)
    return `${amount.approximate === true ? `${texts.about} ` : ''}${words(low)} – ${words(high)}`;
  const point = value ?? low ?? high;
  if (point === null) return texts.indefinite;
  if (qualifier === 'atLeast' || qualifier === 'indefinite' || (high === null && low !== null && !about))
    return join(texts.atLeast, point);
  if (qualifier === 'atMost' || (low === null && high !== null && !about)) return join(texts.atMost, point);
  return about ? join(texts.about, point) : words(point);
}

/** The exact value, for a tooltip. */
export function exactly({ value, low, high, currency }: ShownAmount): string {
  const of = (number: string | null): string => number ?? '…';
  return value === null ? `${of(low)} – ${of(high)} ${currency}` : `${value} ${currency}`;
}

/** A period in words: `2020`, `2020 – 2024`, `by 2025`. */
export function periodInWords({ start, end, kind }: ShownPeriod, texts: Texts): string {
  if (start === null && end === null) return texts.noPeriod;
  const first = start?.endsWith('-01-01') === true ? start.slice(0, 4) : start;
  const last = end?.endsWith('-12-31') === true ? end.slice(0, 4) : end;
  const ofYear = kind === 'perYear' ? ` (${texts.aYear})` : '';
  if (first === null) return texts.until(last ?? '') + ofYear;
  if (last === null) return `${first} –${ofYear}`;
  return (first === last ? first : `${first} – ${last}`) + ofYear;
}

/** A share for showing: `25 %`. */
export function percent(share: string): string {
  return rounded(new Decimal(share).times(100).toFixed());
}

/** A percentage for showing, to one place: `25.1 %`. */
export function rounded(percentage: string): string {
  return `${new Decimal(percentage).toDecimalPlaces(1).toFixed()} %`;
}
