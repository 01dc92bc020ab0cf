import type { ScaleLinear } from 'd3-scale';
import { scaleLinear } from 'd3-scale';
import type { Qualifier } from '../../domain/money/amount.ts';
import type { Interval } from '../../domain/statement.ts';
import type { Sheet } from './sheet.ts';
import type { Numbers } from './speech.ts';
import type { Attributes, Markup } from './svg.ts';
import { element } from './svg.ts';
import { widthOf } from './text.ts';

/*
 * How a figure looks: what is not exact does not look exact. An exact one is a dot; an approximate one is hollow; a range
 * is a bar; a bound is an arrow that leaves the frame; an indefinite sum is a bar that fades.
 */

export type Scale = ScaleLinear<number, number>;

/** So far an arrow leaves the frame. */
const BEYOND = 10;
const RADIUS = 5.5;
const THICKNESS = 11;

/** A scale over some amounts, from 0, or from the least where that is lower; with room where something has no end. */
export function scaleOver(amounts: readonly Numbers[], [left, right]: readonly [number, number]): Scale {
  const numbers = amounts.flatMap(({ value, low, high }) =>
    [value, low, high].flatMap((number) => (number === null ? [] : [Number(number)])),
  );
  const [least, most] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
  const span = most - least || 1;
  const isOpen = amounts.some(({ qualifier }) => qualifier === 'atLeast' || qualifier === 'indefinite');
  return scaleLinear()
    .domain([least, least + span * (isOpen ? 1.12 : 1.02)])
    .range([left, right]);
}

/** A figure on a scale, its middle at `y`; nothing of one without a number. */
export function amountMark(
  sheet: Sheet,
  { value, low, high, qualifier }: Numbers,
  scale: Scale,
  y: number,
  colour: string,
): readonly Markup[] {
  const at = (number: string) => scale(Number(number));
  const [left = 0, right = 0] = scale.range();
  const face = value ?? low ?? high;
  if (face === null) return [];
  const kind = { 'data-mark': qualifier };
  switch (qualifier) {
    case 'exact':
      return [dot(at(face), y, { fill: colour, ...kind })];
    case 'approximately':
      return [dot(at(face), y, hollow(sheet, colour, kind))];
    case 'atLeast':
      return [arrow(at(low ?? face), right + BEYOND, y, colour, kind)];
    case 'atMost':
      return [arrow(at(high ?? face), left - BEYOND, y, colour, kind)];
    case 'range':
      return [bar(at(low ?? face), at(high ?? face), y, { fill: colour, ...kind })];
    case 'indefinite':
      return [bar(at(face), right + BEYOND, y, { fill: fading(sheet, colour), ...kind })];
  }
}

function dot(cx: number, cy: number, attributes: Attributes): Markup {
  return element('circle', { cx, cy, r: RADIUS, ...attributes });
}

function hollow(sheet: Sheet, colour: string, kind: Attributes): Attributes {
  return { fill: sheet.palette.background, stroke: colour, 'stroke-width': 2, ...kind };
}

/** The numbers from one end of an interval to the other. */
export function spanOf({ low, high }: Interval): Numbers {
  return { value: null, low, high, qualifier: 'range' };
}

/** The interval beside a point: a thin bar between two ends, with its percent under it. */
export function intervalMark(
  sheet: Sheet,
  { low, high, percent }: Interval,
  scale: Scale,
  y: number,
): readonly Markup[] {
  const [from, to] = [scale(Number(low)), scale(Number(high))];
  const words = `${percent}%`;
  const half = widthOf(words, 11) / 2;
  const middle = Math.max(sheet.left + half, Math.min((from + to) / 2, sheet.right - half));
  return [
    thinBar(`M${fixed(from)} ${fixed(y - 5)}v10m0 -5H${fixed(to)}m0 -5v10`, sheet),
    sheet.text(words, middle, y + 17, { size: 11, colour: sheet.palette.muted, anchor: 'middle' }),
  ];
}

/** The same upwards, without its words. */
export function standingInterval(sheet: Sheet, { low, high }: Interval, scale: Scale, x: number): Markup {
  const [from, to] = [scale(Number(low)), scale(Number(high))];
  return thinBar(`M${fixed(x - 5)} ${fixed(from)}h10m-5 0V${fixed(to)}m-5 0h10`, sheet);
}

function thinBar(path: string, { palette }: Sheet): Markup {
  return element('path', {
    d: path,
    fill: 'none',
    stroke: palette.mark,
    'stroke-width': 1.5,
    'data-mark': 'interval',
  });
}

/** At least two pixels wide: a narrow range is seen too. */
function bar(from: number, to: number, y: number, attributes: Attributes): Markup {
  const width = Math.max(2, to - from);
  return element('rect', { x: from, y: y - THICKNESS / 2, width, height: THICKNESS, ...attributes });
}

/** From a bound, which is a stroke across, to where nobody knows. */
function arrow(from: number, to: number, y: number, colour: string, kind: Attributes): Markup {
  const back = to > from ? -7 : 7;
  const path = [
    `M${fixed(from)} ${fixed(y - 7)}V${fixed(y + 7)}`,
    `M${fixed(from)} ${fixed(y)}H${fixed(to)}`,
    `M${fixed(to + back)} ${fixed(y - 4.5)}L${fixed(to)} ${fixed(y)}L${fixed(to + back)} ${fixed(y + 4.5)}`,
  ];
  return element('path', { d: path.join(''), fill: 'none', stroke: colour, 'stroke-width': 2.5, ...kind });
}

export function fixed(number: number): string {
  return String(Math.round(number * 100) / 100);
}

/** A colour that goes out to the right. */
export function fading(sheet: Sheet, colour: string): string {
  return sheet.fill(`fading-${colour.slice(1)}`, (id) =>
    element('linearGradient', { id }, [
      element('stop', { offset: 0, 'stop-color': colour }),
      element('stop', { offset: 1, 'stop-color': colour, 'stop-opacity': 0.08 }),
    ]),
  );
}

/** Strokes aslant. */
export function hatched(sheet: Sheet, colour: string): string {
  return sheet.fill(`hatched-${colour.slice(1)}`, (id) =>
    element(
      'pattern',
      { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      [element('rect', { width: 2.2, height: 6, fill: colour })],
    ),
  );
}

/** What the marks of a picture mean. */
export type KeyEntry = Qualifier | 'interval' | 'outcome' | 'stated' | 'residual' | 'over' | 'total';

const SAMPLE = 26;

/** Says what each mark means that there is. */
export function drawKey(sheet: Sheet, entries: ReadonlySet<KeyEntry>, shape: 'rows' | 'bars' = 'rows'): void {
  if (entries.size === 0) return;
  const { palette, speech } = sheet;
  const style = { size: 12, colour: palette.muted };
  let x = sheet.left;
  sheet.y += 8;
  for (const entry of KEY_ORDER.filter((one) => entries.has(one))) {
    const words = speech.words.key[entry];
    const width = SAMPLE + 8 + widthOf(words, 12) + 20;
    if (x > sheet.left && x + width > sheet.right + 20) {
      x = sheet.left;
      sheet.y += 20;
    }
    sheet.add(
      ...(shape === 'bars' ? boxOf(sheet, entry, x, sheet.y + 8) : sampleOf(sheet, entry, x, sheet.y + 8)),
      sheet.text(words, x + SAMPLE + 8, sheet.y + 12, style),
    );
    x += width;
  }
  sheet.y += 22;
}

const KEY_ORDER: readonly KeyEntry[] = [
  ...(['exact', 'approximately', 'range', 'atLeast', 'atMost', 'indefinite'] as const),
  ...(['interval', 'outcome', 'stated', 'total', 'residual', 'over'] as const),
];

/** The same in a bar of parts. */
function boxOf(sheet: Sheet, entry: KeyEntry, x: number, y: number): readonly Markup[] {
  const { mark } = sheet.palette;
  const box = { x, y: y - 6, width: SAMPLE, height: 12 };
  switch (entry) {
    case 'exact':
      return [element('rect', { ...box, fill: mark })];
    case 'approximately':
      return [element('rect', { ...box, fill: mark, 'fill-opacity': 0.18, stroke: mark, 'stroke-width': 2 })];
    case 'range':
      return [
        element('rect', { ...box, fill: mark, 'fill-opacity': 0.35 }),
        element('rect', { ...box, width: SAMPLE / 2, fill: mark }),
      ];
    case 'atLeast':
    case 'atMost':
    case 'indefinite':
      return [element('rect', { ...box, fill: fading(sheet, mark) })];
    default:
      return sampleOf(sheet, entry, x, y);
  }
}

function sampleOf(sheet: Sheet, entry: KeyEntry, x: number, y: number): readonly Markup[] {
  const { palette } = sheet;
  const scale = scaleLinear()
    .domain([0, 1])
    .range([x + 8, x + SAMPLE - 10]);
  const sample = (qualifier: Qualifier) => {
    const [value, low, high] = qualifier === 'range' ? [null, '0', '1'] : ['0.5', null, null];
    const own = qualifier === 'exact' || qualifier === 'approximately' || qualifier === 'range';
    const edge = qualifier === 'atMost' ? '1' : '0';
    return amountMark(
      sheet,
      own ? { value, low, high, qualifier } : { value: edge, low: null, high: null, qualifier },
      scale,
      y,
      palette.mark,
    );
  };
  const box = { x, y: y - 6, width: SAMPLE, height: 12 };
  switch (entry) {
    case 'interval':
      return [thinBar(`M${x + 2} ${y - 5}v10m0 -5h${SAMPLE - 8}m0 -5v10`, sheet)];
    case 'outcome':
    case 'stated':
    case 'total':
      return [rule(x + SAMPLE / 2, y - 8, y + 8, entry === 'outcome' ? palette.outcome : palette.ink, entry)];
    case 'residual':
    case 'over':
      return [
        element('rect', {
          ...box,
          fill: hatched(sheet, entry === 'over' ? palette.outcome : palette.rest),
          stroke: palette.rest,
        }),
      ];
    default:
      return sample(entry);
  }
}

/** A line from top to bottom: dashed where it is a document's own conversion. */
export function rule(x: number, top: number, bottom: number, colour: string, kind: KeyEntry): Markup {
  return element('line', {
    x1: x,
    x2: x,
    y1: top,
    y2: bottom,
    stroke: colour,
    'stroke-width': 2,
    'stroke-dasharray': kind === 'stated' ? '4 3' : null,
    'data-mark': kind,
  });
}
