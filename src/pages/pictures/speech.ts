import type { FigureAmount } from '../../domain/money/amount.ts';
import type { Receipt } from '../../domain/money/conversion.ts';
import type { Period } from '../../domain/period/period.ts';
import type { ProblemCode } from '../../http/message/problem.ts';
import { PROBLEMS } from '../../http/message/problem.ts';
import type { Language, Reason, Words } from './words.ts';
import { WORDS } from './words.ts';

/** What pictures say in a language, and how it writes figures and periods. */
export interface Speech {
  readonly lang: Language;
  readonly words: Words;
  /** A number as people say it, four digits of it: "3 trillion". @param decimal a decimal, also below 0 */
  readonly number: (decimal: string | number) => string;
  /** Every digit of it: "419,947,300,000.25". */
  readonly digits: (decimal: string) => string;
  /** A share as per cent: "37.5%". */
  readonly percent: (share: string) => string;
  /** An amount: "at least 10 trillion", or "at least CNY 10 trillion". */
  readonly amount: (amount: Numbers, currency?: string) => string;
  readonly period: (period: Pick<Period, 'start' | 'end' | 'kind'>) => string;
  /** The bases and days of some conversions. */
  readonly basis: (receipts: readonly Receipt[]) => string;
  /** The day of a conversion's rate; empty where it has none. */
  readonly basisDays: (receipt: Receipt) => string;
  /** Why there is no conversion. @param code of a problem */
  readonly failure: (code: string) => string;
  readonly reason: (code: Reason, conversionReason?: string | null) => string;
}

/** The numbers of an amount. */
export type Numbers = Pick<FigureAmount, 'value' | 'low' | 'high' | 'qualifier'>;

const speeches = new Map<Language, Speech>();

export function speechOf(lang: Language): Speech {
  const known = speeches.get(lang) ?? newSpeech(lang);
  speeches.set(lang, known);
  return known;
}

function newSpeech(lang: Language): Speech {
  const words = WORDS[lang];
  const formatted = (options: Intl.NumberFormatOptions) => {
    const format = new Intl.NumberFormat(lang === 'zh' ? 'zh-CN' : 'en', options);
    return (decimal: string | number) => format.format(decimal as Intl.StringNumericLiteral);
  };
  const number = formatted({
    notation: 'compact',
    compactDisplay: lang === 'zh' ? 'short' : 'long',
    maximumSignificantDigits: 4,
  });
  const digits = formatted({ maximumFractionDigits: 20 });
  const percentOf = formatted({ style: 'percent', maximumFractionDigits: 1 });
  const small = formatted({ style: 'percent', maximumSignificantDigits: 1 });
  // What is too little for a place is not nothing.
  const percent = (share: string) => (Math.abs(Number(share)) < 0.001 ? small(share) : percentOf(share));
  const amount = ({ value, low, high, qualifier }: Numbers, currency?: string): string => {
    const unit = currency === undefined ? '' : `${currency} `;
    const figure = (decimal: string) => `${unit}${number(decimal)}`;
    if (qualifier === 'range' && low !== null && high !== null) return words.range(figure(low), number(high));
    if (qualifier === 'indefinite') return low === null ? words.noFigure : words.indefinite(figure(low));
    const shown = value ?? low ?? high;
    if (shown === null) return words.noFigure;
    return qualifier === 'exact' || qualifier === 'range' ? figure(shown) : words[qualifier](figure(shown));
  };
  const span = (start: string | null, end: string | null): string => {
    if (start === null && end === null) return words.noPeriod;
    if (end === null) return words.from(firstDay(start ?? ''));
    if (start === null) return words.by(lastDay(end));
    const [from, to] = [firstDay(start), lastDay(end)];
    return from === to ? from : words.spanning(from, to);
  };
  return {
    lang,
    words,
    number,
    digits,
    percent,
    amount,
    period: ({ start, end, kind }) =>
      kind === 'perYear' ? words.eachYear(span(start, end)) : span(start, end),
    basis: (receipts) => {
      const byBasis = Map.groupBy(
        receipts.filter(({ method }) => method !== 'identity'),
        ({ basis }) => basis,
      );
      if (byBasis.size === 0) return '';
      const bases = [...byBasis].map(([basis, those]) => {
        const days = daysOf(those, words);
        return days === '' ? words.bases[basis] : words.behind(words.bases[basis], days);
      });
      return words.converted(bases.join(words.comma));
    },
    basisDays: (receipt) => daysOf([receipt], words),
    failure: (code) => failureWords(code, words),
    reason: (code, conversionReason = null) => {
      const said = words.reasons[code];
      if (conversionReason === null) return said;
      return words.behind(said, failureWords(conversionReason, words));
    },
  };
}

/** The first day of a year is said by its year. */
function firstDay(day: string): string {
  return day.endsWith('-01-01') ? day.slice(0, 4) : day;
}

function lastDay(day: string): string {
  return day.endsWith('-12-31') ? day.slice(0, 4) : day;
}

function daysOf(receipts: readonly Receipt[], words: Words): string {
  const days = [...new Set(receipts.flatMap(({ effectiveDate }) => effectiveDate ?? []))].sort();
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return '';
  return days.length === 1 ? first : words.ofDays(days.length, first, last);
}

/** Why there is no conversion: else as a problem document says it. */
function failureWords(code: string, { failures }: Words): string {
  return failures[code] ?? titleOf(code);
}

function titleOf(code: string): string {
  return code in PROBLEMS ? PROBLEMS[code as ProblemCode].title : code;
}
