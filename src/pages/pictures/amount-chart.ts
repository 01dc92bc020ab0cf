import type { FigureAmount } from '../../domain/money/amount.ts';
import type { Interval } from '../../domain/statement.ts';
import type { KeyEntry } from './marks.ts';
import { amountMark, intervalMark, scaleOver, spanOf } from './marks.ts';
import { figureWords } from './naming.ts';
import type { ChartRow, Reference } from './row-chart.ts';
import { drawRows } from './row-chart.ts';
import type { Sheet } from './sheet.ts';
import type { Numbers } from './speech.ts';

/** A row whose mark is an amount. */
export interface AmountRow extends Omit<ChartRow, 'marks'> {
  /** Null where there is nothing to draw. */
  readonly amount: Numbers | null;
  readonly interval: Interval | null;
}

export interface AmountChart {
  readonly rows: readonly AmountRow[];
  readonly references: readonly Reference[];
  readonly unit: string;
}

/** Draws amounts by row on one scale. @param key gets what there is to be explained */
export function drawAmounts(sheet: Sheet, { rows, references, unit }: AmountChart, key: Set<KeyEntry>): void {
  const amounts = rows.flatMap(({ amount }) => amount ?? []);
  const intervals = rows.flatMap(({ interval }) => interval ?? []);
  for (const { qualifier } of amounts) key.add(qualifier);
  if (intervals.length > 0) key.add('interval');
  for (const { kind } of references) key.add(kind);
  const lines = references.map(({ at }): Numbers => {
    return { value: String(at), low: null, high: null, qualifier: 'exact' };
  });
  drawRows(sheet, {
    rows: rows.map(({ amount, interval, ...row }) => ({
      ...row,
      marks: (scale, y) => [
        ...(interval === null ? [] : intervalMark(sheet, interval, scale, y)),
        ...(amount === null ? [] : amountMark(sheet, amount, scale, y, sheet.palette.mark)),
      ],
    })),
    references,
    scaleTo: (range) => scaleOver([...amounts, ...intervals.map(spanOf), ...lines], range),
    tick: sheet.speech.number,
    unit,
  });
}

/** What was reported, as lines. @param reportedBy the name of the body @param description gets each in words */
export function outcomeReferences(
  outcomes: readonly { readonly reportedBy: string | null; readonly amount: FigureAmount }[],
  { palette, speech }: Sheet,
  description: string[],
): readonly Reference[] {
  return outcomes.flatMap(({ reportedBy, amount }): readonly Reference[] => {
    const face = amount.value ?? amount.low ?? amount.high;
    const words = speech.words.outcomeOf(reportedBy ?? '', figureWords(amount, speech));
    description.push(`${words}.`);
    return face === null ? [] : [{ at: Number(face), words, kind: 'outcome', colour: palette.outcome }];
  });
}
