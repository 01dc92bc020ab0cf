import type { PictureContent } from '../../analysis/picture-content.ts';
import type { Statements } from '../../domain/analysis/figure.ts';
import type { FigureAmount } from '../../domain/money/amount.ts';
import type { Period } from '../../domain/period/period.ts';
import type { Interval, Statement } from '../../domain/statement.ts';
import { spanOf } from './marks.ts';
import type { Speech } from './speech.ts';
import type { Reason } from './words.ts';

/* What pictures of computed answers have in common in words. */

/** What to show for an id. */
export function nameOf({ names }: Pick<PictureContent, 'names'>, id: string, { words }: Speech): string {
  return words.names[id] ?? names[id] ?? id;
}

/** An amount with its currency: "at least CNY 3 trillion". */
export function figureWords(amount: FigureAmount, speech: Speech): string {
  return speech.amount(amount, amount.currency);
}

/** A name, and behind it what kind of statement a figure is, where it is no projection. */
export function stancedName(name: string, stance: Statement['stance'], { words }: Speech): string {
  return stance === 'projection' ? name : words.behind(name, words.stances[stance]);
}

/** What some figures say beside their numbers; nothing of projections, nor of prices that no document states. */
export function statementWords(
  { stances, scenarios, prices }: Statements,
  { words }: Speech,
): readonly string[] {
  return [
    ...(stances.every((stance) => stance === 'projection') ? [] : stances.map((one) => words.stances[one])),
    ...scenarios.map(words.scenario),
    ...prices.filter(({ kind }) => kind !== 'unstated').map(words.prices),
  ];
}

/** The scenario and the prices of one figure. */
export function caseWords(
  { scenario, prices }: Pick<Statement, 'scenario' | 'prices'>,
  speech: Speech,
): readonly string[] {
  return statementWords(
    { stances: [], scenarios: scenario === null ? [] : [scenario], prices: [prices] },
    speech,
  );
}

/** An interval in words, in the currency of its figure. */
export function intervalWords(interval: Interval, { words, amount }: Speech): string {
  return words.interval(interval.percent, amount(spanOf(interval)));
}

/** The words behind a figure. */
export function quoteOf({ said }: PictureContent, forecast: string, { words }: Speech): readonly string[] {
  const { phrase = null, asStated = null } = said[forecast] ?? {};
  const quote = phrase ?? asStated;
  return quote === null ? [] : [words.said(quote)];
}

/** Whether figures were converted, at which rates. */
export function basisLine({ receipts }: PictureContent, speech: Speech): string {
  if (receipts === null) return speech.words.asStated;
  return speech.basis(Object.values(receipts)) || speech.words.asStated;
}

export interface LeftOutFigure {
  readonly who: string;
  /** Null where it could not be converted. */
  readonly amount: FigureAmount | null;
  readonly asStated: string | null;
  readonly period: Period;
  readonly reason: Reason;
  readonly conversionReason: string | null;
}

/** So many figures are named in a footnote; the data has all. */
const MOST_NAMED = 25;

/** The first of some notes, and how many more there are. */
export function named(notes: readonly string[], { words }: Speech): readonly string[] {
  const more = notes.length - MOST_NAMED;
  return more > 0 ? [...notes.slice(0, MOST_NAMED), words.moreRows(more)] : notes;
}

export function leftOutNotes(figures: readonly LeftOutFigure[], speech: Speech): readonly string[] {
  const { words } = speech;
  const notes = figures.map(({ who, amount, asStated, period, reason, conversionReason }) => {
    const figure = amount === null ? (asStated ?? words.notConverted) : figureWords(amount, speech);
    const said = [who, figure, speech.period(period)].join(words.comma);
    return `${said}${words.colon}${speech.reason(reason, conversionReason)}`;
  });
  return named(notes, speech);
}
