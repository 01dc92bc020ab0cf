import type { KeyEntry, Scale } from './marks.ts';
import { rule } from './marks.ts';
import type { Sheet } from './sheet.ts';
import { widest } from './sheet.ts';
import type { Markup } from './svg.ts';
import { described, element } from './svg.ts';
import { widthOf, wrapped } from './text.ts';

/** A row of a chart: what it is of, its mark, and what the mark says as a number. */
export interface ChartRow {
  readonly label: string;
  readonly notes: readonly string[];
  readonly value: string;
  readonly valueNotes: readonly string[];
  /** What is seen of it, in words. */
  readonly words: string;
  /** What tells it apart. */
  readonly id: string;
  readonly marks: (scale: Scale, y: number) => readonly Markup[];
}

/** A number that all rows are seen against. */
export interface Reference {
  readonly at: number;
  readonly words: string;
  readonly kind: KeyEntry;
  readonly colour: string;
}

export interface RowChart {
  readonly rows: readonly ChartRow[];
  readonly references: readonly Reference[];
  readonly scaleTo: (range: readonly [number, number]) => Scale;
  readonly tick: (number: number) => string;
  /** What the numbers of the axis are. */
  readonly unit: string;
}

const NAME = { size: 13, weight: 'semibold' } as const;
const NOTE = 12;
const LEADING = 1.4;
const GAP = 14;
/** Below it names stand over their marks. */
const LEAST_BESIDE = 600;

interface Laid {
  readonly row: ChartRow;
  readonly left: readonly Markup[];
  readonly y: number;
}

/** Draws rows with a common scale, names to the left and numbers to the right; in a narrow picture above the marks. */
export function drawRows(sheet: Sheet, chart: RowChart): void {
  const { palette } = sheet;
  const isWide = sheet.inner + 40 >= LEAST_BESIDE;
  const nameWidth = isWide ? Math.min(300, sheet.inner * 0.32) : sheet.inner;
  const valueWidth = isWide
    ? Math.min(
        sheet.inner * 0.26,
        widest(
          chart.rows.flatMap(({ value, valueNotes }) => [value, ...valueNotes]),
          13,
          'semibold',
        ),
      )
    : sheet.inner;
  const range = isWide
    ? ([sheet.left + nameWidth + GAP + 12, sheet.right - valueWidth - GAP - 12] as const)
    : ([sheet.left + 12, sheet.right - 12] as const);
  const scale = chart.scaleTo(range);
  drawReferenceWords(sheet, chart.references, scale);
  const top = sheet.y;
  sheet.y += isWide ? 8 : 4;
  const muted = { size: NOTE, colour: palette.muted };
  const laid = chart.rows.map((row): Laid => {
    const name = wrapped(row.label, nameWidth, NAME.size, NAME.weight);
    const notes = row.notes.flatMap((note) => wrapped(note, nameWidth, NOTE));
    const value = wrapped(row.value, valueWidth, 13, 'semibold');
    const valueNotes = row.valueNotes.flatMap((note) => wrapped(note, valueWidth, NOTE));
    const nameHeight = (name.length * 13 + notes.length * NOTE) * LEADING;
    const valueHeight = (value.length * 13 + valueNotes.length * NOTE) * LEADING;
    const begin = sheet.y;
    const drawn: Markup[] = [];
    const put = (
      lines: readonly string[],
      x: number,
      y: number,
      style: Parameters<Sheet['lines']>[3],
    ): number => {
      const { drawn: text, height } = sheet.lines(lines, x, y, style);
      drawn.push(...text);
      return y + height;
    };
    if (isWide) {
      const height = Math.max(nameHeight, valueHeight, 22);
      const nameTop = begin + (height - nameHeight) / 2;
      const valueTop = begin + (height - valueHeight) / 2;
      put(notes, sheet.left, put(name, sheet.left, nameTop, NAME), muted);
      const x = sheet.right - valueWidth;
      put(valueNotes, x, put(value, x, valueTop, { size: 13, weight: 'semibold' }), muted);
      sheet.y = begin + height + 12;
      return { row, left: drawn, y: begin + height / 2 };
    }
    let y = put(notes, sheet.left, put(name, sheet.left, begin, NAME), muted);
    y = put(valueNotes, sheet.left, put(value, sheet.left, y, { size: 13, weight: 'semibold' }), muted);
    sheet.y = y + 36;
    return { row, left: drawn, y: y + 14 };
  });
  drawAxis(sheet, chart, scale, top, laid);
  for (const { row, left, y } of laid) {
    const guide = element('line', { x1: range[0], x2: range[1], y1: y, y2: y, stroke: palette.grid });
    sheet.add(described(row.words, { 'data-row': row.id }, [guide, ...left, ...row.marks(scale, y)]));
  }
}

/** The numbers of the axis under the rows, each with a line through them. In a narrow picture only beside the marks. */
function drawAxis(
  sheet: Sheet,
  { references, tick, unit }: RowChart,
  scale: Scale,
  top: number,
  laid: readonly Laid[],
): void {
  const { palette } = sheet;
  const [left = 0, right = 0] = scale.range();
  const style = { size: NOTE, colour: palette.muted };
  const isWide = sheet.inner + 40 >= LEAST_BESIDE;
  const bands = isWide ? [[top, sheet.y] as const] : laid.map(({ y }) => [y - 9, y + 9] as const);
  for (const { number, words, middle } of shownTicks(scale, tick, [sheet.left, sheet.right])) {
    const x = scale(number);
    for (const [from, to] of bands)
      sheet.add(
        element('line', { x1: x, x2: x, y1: from, y2: to, stroke: palette.grid, 'data-tick': number }),
      );
    sheet.add(sheet.text(words, middle, sheet.y + 15, { ...style, anchor: 'middle' }));
  }
  for (const { at, words, kind, colour } of references)
    sheet.add(
      described(
        words,
        {},
        bands.map(([from, to]) => rule(scale(at), from, to, colour, kind)),
      ),
    );
  const middle = (left + right) / 2;
  const lines = wrapped(unit, right - left + 24, NOTE);
  sheet.y += 22;
  const { drawn, height } = sheet.lines(lines, middle, sheet.y, { ...style, anchor: 'middle' });
  sheet.add(...drawn);
  sheet.y += height + 4;
}

export interface Tick {
  readonly number: number;
  readonly words: string;
  /** Where the middle of its words is. */
  readonly middle: number;
}

/** As many ticks as have room for their words beside each other. @param edges between which the words stay */
export function shownTicks(
  scale: Scale,
  tick: (number: number) => string,
  [left, right]: readonly [number, number],
): readonly Tick[] {
  const ticksOf = (count: number): readonly Tick[] =>
    scale.ticks(count).map((number) => {
      const words = tick(number);
      const half = widthOf(words, NOTE) / 2;
      return { number, words, middle: Math.max(left + half, Math.min(scale(number), right - half)) };
    });
  const isClear = ({ words, middle }: Tick, before: Tick | undefined): boolean =>
    before === undefined ||
    middle - before.middle >= (widthOf(words, NOTE) + widthOf(before.words, NOTE)) / 2 + 8;
  for (let count = 6; count > 1; count -= 1) {
    const ticks = ticksOf(count);
    if (ticks.every((one, at) => isClear(one, ticks[at - 1]))) return ticks;
  }
  return ticksOf(1).filter((one, at, ticks) => isClear(one, at === 0 ? undefined : ticks[0]));
}

/** What each line through the rows is, over them: each on a line of its own, beside its line. */
function drawReferenceWords(sheet: Sheet, references: readonly Reference[], scale: Scale): void {
  for (const { at, words, colour } of references) {
    const x = scale(at);
    const lines = wrapped(words, sheet.inner, NOTE);
    const width = widest(lines, NOTE);
    const start = Math.max(sheet.left, Math.min(x - width / 2, sheet.right - width));
    const { drawn, height } = sheet.lines(lines, start, sheet.y, { size: NOTE, colour });
    sheet.add(...drawn);
    sheet.y += height;
  }
  if (references.length > 0) sheet.y += 2;
}
