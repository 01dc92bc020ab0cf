import { scaleLinear } from 'd3-scale';
import type { FigureAmount } from '../../domain/money/amount.ts';
import type { KeyEntry, Scale } from './marks.ts';
import { fading, fixed, hatched, rule } from './marks.ts';
import { shownTicks } from './row-chart.ts';
import type { Sheet } from './sheet.ts';
import { widest } from './sheet.ts';
import type { Numbers } from './speech.ts';
import type { Attributes, Markup } from './svg.ts';
import { described, element } from './svg.ts';
import { wrapped } from './text.ts';

/** A part of a bar. */
export interface Part {
  readonly id: string;
  readonly name: string;
  readonly amount: FigureAmount;
  /** Of the total, as a decimal; null where there is none. */
  readonly share: string | null;
  /** What is seen of it, in words. */
  readonly words: string;
}

/** One bar: parts one after the other, and the total that is stated for them. */
export interface Stack {
  readonly parts: readonly Part[];
  readonly total: { readonly amount: FigureAmount; readonly words: string } | null;
  /** What the parts leave of the total, below 0 where they are more; null where it is not known. */
  readonly residual: {
    readonly amount: Numbers;
    readonly share: string | null;
    readonly words: string;
  } | null;
}

const HEIGHT = 34;
const GAP = 1.5;
const NOTE = 12;

/** The number by which a part is as long as it is. */
function faceOf({ value, low, high }: Numbers): number {
  return Number(value ?? high ?? low ?? 0);
}

/** How far a bar reaches. */
export function reachOf({ parts, total }: Stack): number {
  const sum = parts.reduce((all, { amount }) => all + faceOf(amount), 0);
  return Math.max(sum, total === null ? 0 : faceOf(total.amount));
}

/** Draws a bar with its axis, and under it its parts by name. @param reach what the whole width stands for */
export function drawStack(sheet: Sheet, stack: Stack, reach: number, unit: string, key: Set<KeyEntry>): void {
  const { palette, speech } = sheet;
  const isOpen =
    stack.total?.amount.qualifier === 'atLeast' || stack.total?.amount.qualifier === 'indefinite';
  const scale = scaleLinear()
    .domain([0, (reach || 1) * (isOpen ? 1.06 : 1)])
    .range([sheet.left, sheet.right - (isOpen ? 12 : 0)]);
  const top = sheet.y + 12;
  const parts = stack.parts.map((part, at) => ({ ...part, colour: colourOf(sheet, at) }));
  let reached = 0;
  for (const part of parts) {
    const [from, to] = [reached, reached + faceOf(part.amount)];
    reached = to;
    key.add(part.amount.qualifier);
    if (to > from)
      sheet.add(
        described(
          part.words,
          { 'data-part': part.id },
          segment(sheet, part.amount, part.colour, scale, from, top),
        ),
      );
  }
  const { total, residual } = stack;
  if (residual !== null) drawResidual(sheet, residual, reached, total?.amount ?? null, scale, top, key);
  if (total !== null && faceOf(total.amount) > 0) {
    key.add('total');
    const x = scale(faceOf(total.amount));
    const beyond = isOpen
      ? [
          element('path', {
            d: `M${fixed(x)} ${fixed(top - 5)}h10m-5 -4l5 4l-5 4`,
            ...{ fill: 'none', stroke: palette.ink, 'stroke-width': 2, 'data-mark': 'atLeast' },
          }),
        ]
      : [];
    sheet.add(
      described(total.words, {}, [rule(x, top - 8, top + HEIGHT + 4, palette.ink, 'total'), ...beyond]),
    );
  }
  sheet.y = top + HEIGHT + 4;
  drawAxis(sheet, scale, unit);
  const rest =
    residual === null
      ? []
      : [{ ...residual, id: 'residual', name: restName(residual.amount, sheet), colour: null }];
  drawList(
    sheet,
    [...parts, ...rest].map(({ name, amount, share, colour }) => ({
      name,
      colour,
      amount,
      value: speech.amount(positive(amount)),
      share: share === null ? '' : speech.percent(share.replace('-', '')),
    })),
  );
}

function restName(amount: Numbers, { speech: { words } }: Sheet): string {
  return isOver(amount) ? words.key.over : words.key.residual;
}

/** What is more than the total is said to be so: its figure needs no sign. */
export function positive({ value, low, high, qualifier }: Numbers): Numbers {
  if (!isOver({ value, low, high, qualifier })) return { value, low, high, qualifier };
  const without = (number: string | null) => number?.replace('-', '') ?? null;
  return { value: without(value), low: without(high), high: without(low), qualifier };
}

export function isOver({ value, high }: Numbers): boolean {
  return Number(value ?? high ?? 0) < 0;
}

function colourOf({ palette }: Sheet, at: number): string {
  return palette.parts[at % palette.parts.length] ?? palette.mark;
}

/** What is exact is full; what is approximate hollow; a range full up to its lower bound; a bound fades. */
function segment(
  sheet: Sheet,
  amount: Numbers,
  colour: string,
  scale: Scale,
  from: number,
  top: number,
): readonly Markup[] {
  const face = faceOf(amount);
  const [x, end] = [scale(from), scale(from + face)];
  const box = (start: number, stop: number, look: Attributes) =>
    element('rect', { x: start, y: top, width: Math.max(1, stop - start - GAP), height: HEIGHT, ...look });
  switch (amount.qualifier) {
    case 'approximately':
      return [
        box(x, end, { fill: colour, 'fill-opacity': 0.18, 'data-mark': 'approximately' }),
        element('rect', {
          ...{ x: x + 1, y: top + 1, width: Math.max(0, end - x - GAP - 2), height: HEIGHT - 2 },
          ...{ fill: 'none', stroke: colour, 'stroke-width': 2 },
        }),
      ];
    case 'range': {
      const sure = scale(from + Number(amount.low ?? 0));
      return [
        box(x, end, { fill: colour, 'fill-opacity': 0.35, 'data-mark': 'range' }),
        ...(sure > x + GAP ? [box(x, sure + GAP, { fill: colour })] : []),
      ];
    }
    case 'exact':
      return [box(x, end, { fill: colour, 'data-mark': 'exact' })];
    default:
      return [box(x, end, { fill: fading(sheet, colour), 'data-mark': amount.qualifier })];
  }
}

function drawResidual(
  sheet: Sheet,
  { amount, words }: NonNullable<Stack['residual']>,
  sum: number,
  total: FigureAmount | null,
  scale: Scale,
  top: number,
  key: Set<KeyEntry>,
): void {
  const { palette } = sheet;
  if (total === null) return;
  const over = isOver(amount);
  key.add(over ? 'over' : 'residual');
  const [from, to] = over ? [faceOf(total), sum] : [sum, faceOf(total)];
  if (to <= from) return;
  const isBound = amount.value === null;
  const box = { x: scale(from), y: top, width: Math.max(1, scale(to) - scale(from)), height: HEIGHT };
  sheet.add(
    described(words, { 'data-part': 'residual' }, [
      // What is hatched over parts must be seen on each of their colours.
      ...(over ? [element('rect', { ...box, fill: palette.background, 'fill-opacity': 0.55 })] : []),
      element('rect', {
        ...box,
        fill: hatched(sheet, over ? palette.outcome : palette.rest),
        'fill-opacity': isBound ? 0.45 : null,
        stroke: over ? palette.outcome : palette.rest,
        'stroke-dasharray': isBound ? '3 4' : null,
        'data-mark': over ? 'over' : 'residual',
      }),
    ]),
  );
}

function drawAxis(sheet: Sheet, scale: Scale, unit: string): void {
  const { palette, speech } = sheet;
  const style = { size: NOTE, colour: palette.muted };
  for (const { number, words, middle } of shownTicks(scale, speech.number, [sheet.left, sheet.right])) {
    const x = scale(number);
    sheet.add(
      element('line', {
        x1: x,
        x2: x,
        y1: sheet.y,
        y2: sheet.y + 5,
        stroke: palette.muted,
        'data-tick': number,
      }),
      sheet.text(words, middle, sheet.y + 18, { ...style, anchor: 'middle' }),
    );
  }
  sheet.y += 22;
  sheet.paragraph(unit, style);
  sheet.y += 6;
}

interface Listed {
  readonly name: string;
  /** Null of what is left over. */
  readonly colour: string | null;
  readonly amount: Numbers;
  readonly value: string;
  readonly share: string;
}

/** Parts by name, with their colours, amounts and shares, in the order of the bar. */
function drawList(sheet: Sheet, rows: readonly Listed[]): void {
  const { palette } = sheet;
  const style = { size: 13 };
  const shares = widest(
    rows.map(({ share }) => share),
    13,
  );
  const values = Math.min(
    sheet.inner * 0.45,
    widest(
      rows.map(({ value }) => value),
      13,
    ),
  );
  const name = { left: sheet.left + 24, right: sheet.right - shares - values - 34 };
  const isNarrow = name.right - name.left < 150;
  for (const row of rows) {
    const width = isNarrow ? sheet.right - name.left : name.right - name.left;
    const names = sheet.lines(wrapped(row.name, width, 13), name.left, sheet.y, style);
    const valueTop = isNarrow ? sheet.y + names.height : sheet.y;
    const lines = wrapped(row.value, values, 13);
    const x = isNarrow ? name.left : name.right + 12;
    const value = sheet.lines(lines, x, valueTop, { ...style, colour: palette.muted });
    const share = sheet.lines([row.share], sheet.right, valueTop, { ...style, anchor: 'end' });
    sheet.add(swatch(sheet, row), ...names.drawn, ...value.drawn, ...(row.share === '' ? [] : share.drawn));
    sheet.y = Math.max(sheet.y + names.height, valueTop + value.height) + 4;
  }
}

function swatch(sheet: Sheet, { colour, amount }: Listed): Markup {
  const { palette } = sheet;
  const box = { x: sheet.left, y: sheet.y + 3, width: 14, height: 14 };
  if (colour === null) {
    const own = isOver(amount) ? palette.outcome : palette.rest;
    return element('rect', { ...box, fill: hatched(sheet, own), stroke: own });
  }
  if (amount.qualifier === 'approximately')
    return element('rect', {
      ...{ x: box.x + 1, y: box.y + 1, width: 12, height: 12 },
      ...{ fill: 'none', stroke: colour, 'stroke-width': 2 },
    });
  const isFull = amount.qualifier === 'exact' || amount.qualifier === 'range';
  return element('rect', { ...box, fill: isFull ? colour : fading(sheet, colour) });
}
