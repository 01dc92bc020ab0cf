import type { ScaleLinear } from 'd3-scale';
import { scaleLinear } from 'd3-scale';
import type { AssessmentPicture } from '../../analysis/assessments/picture.ts';
import type { Assessment } from '../../domain/analysis/assessment.ts';
import type { Interval } from '../../domain/statement.ts';
import type { Look } from '../../http/formats/pictures.ts';
import type { LedgerRecord } from '../../ledger/records/record.ts';
import { Labels } from './labels.ts';
import { fixed, standingInterval } from './marks.ts';
import { figureWords, intervalWords } from './naming.ts';
import { recordWords, whoOf } from './record.ts';
import { Sheet, widest } from './sheet.ts';
import type { Numbers, Speech } from './speech.ts';
import type { Markup } from './svg.ts';
import { described, element } from './svg.ts';

const HEIGHT = 240;
const NOTE = 12;
const DAY_MS = 86_400_000;

/** A forecast and what was reported, along the time of its period: amounts upwards, what was reported adding up. */
export function drawAssessment(content: AssessmentPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { speech } = sheet;
  const { words } = speech;
  const { forecast, assessments, setAside, outcomes, names, datasetVersion } = content;
  const [first] = assessments;
  const title = words.assessment(words.card(whoOf(forecast, speech), forecast.amount.asStated));
  const about = recordWords({ record: forecast, names }, speech);
  const under = [about, ...(first === undefined ? [] : [words.judgedOn(first.judgedAsOf)])];
  sheet.head({ title, under });
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const compared = first?.comparedAmount ?? forecast.amount;
  const interval = intervalOf(forecast, first);
  const lines = assessments.map((assessment) => lineOf(assessment, byId, speech));
  const foretold = [
    words.forecastIs(figureWords(compared, speech)),
    ...(interval === null ? [] : [intervalWords(interval, speech)]),
  ].join(words.separator);
  const description = [`${title}.`, `${about}.`, `${foretold}.`];
  const said = assessments.map((assessment) => verdictWords(assessment, byId, interval, speech));
  drawPlot(sheet, { forecast, compared, interval, foretold, lines });
  for (const words of said) sheet.paragraph(words, { size: 13 });
  description.push(...said.map((verdict) => `${verdict}.`));
  const counted = assessments.flatMap((assessment) => assessment.outcomes);
  const notes = setAside.flatMap(({ outcome, reason }) => {
    const record = byId.get(outcome);
    if (record === undefined) return [];
    const figure = figureWords(record.amount, speech);
    const what = [whoOf(record, speech), figure, speech.period(record.period)].join(words.comma);
    return [`${what}${words.colon}${words.setAside[reason]}`];
  });
  const shown = notes.slice(0, MOST_NOTES);
  if (notes.length > shown.length) shown.push(words.moreRows(notes.length - shown.length));
  sheet.footnotes(words.leftOut, shown);
  description.push(...shown);
  const sources = [forecast.names.source, ...counted.flatMap((id) => byId.get(id)?.names.source ?? [])];
  return sheet.finish({ title, under, description, sources, datasetVersion, dataUrl });
}

const MOST_NOTES = 25;

/** The interval of what is compared: a figure for each year counts times its years. */
function intervalOf({ interval }: LedgerRecord, first: Assessment | undefined): Interval | null {
  const times = first?.comparedAmount?.timesYears ?? 1;
  if (interval === null || times === 1) return interval;
  const whole = (bound: string) => String(Number(bound) * times);
  return { low: whole(interval.low), high: whole(interval.high), percent: interval.percent };
}

interface Step {
  readonly id: string;
  readonly who: string;
  readonly start: string | null;
  readonly end: string;
  /** What is reported up to its end. */
  readonly reached: number;
  readonly words: string;
  readonly isApproximate: boolean;
}

/** What one body reported, adding up along the period. */
function lineOf(
  { outcomes }: Assessment,
  byId: ReadonlyMap<string, LedgerRecord>,
  speech: Speech,
): readonly Step[] {
  let sum = 0;
  return outcomes.flatMap((id): Step[] => {
    const outcome = byId.get(id);
    if (outcome === undefined || outcome.period.end === null) return [];
    const { amount, period } = outcome;
    const face = Number(amount.value ?? amount.low ?? amount.high ?? 0);
    sum += face * (period.kind === 'perYear' ? (period.years ?? 1) : 1);
    const who = whoOf(outcome, speech);
    const said = `${who}${speech.words.colon}${figureWords(amount, speech)}`;
    return [
      {
        ...{ id, who, start: period.start, end: period.end ?? '', reached: sum },
        words: [
          said,
          speech.period(period),
          speech.words.said(outcome.evidence.phrase ?? amount.asStated),
        ].join(speech.words.separator),
        isApproximate: amount.qualifier !== 'exact',
      },
    ];
  });
}

function verdictWords(
  assessment: Assessment,
  byId: ReadonlyMap<string, LedgerRecord>,
  interval: Interval | null,
  speech: Speech,
): string {
  const { words } = speech;
  const { outcomes, outcomeAmount, status, reason, approximate } = assessment;
  const judged = reason === null ? words.judgements[status] : words.judgementReasons[reason];
  if (outcomeAmount === null) return `${words.nothingCounts}${words.colon}${judged}`;
  const bodies = outcomes.flatMap((id) => {
    const outcome = byId.get(id);
    return outcome === undefined ? [] : [whoOf(outcome, speech)];
  });
  const { outcomeVsForecastPercent: percent, insideBounds, insideInterval, reachedPercent } = assessment;
  return [
    words.outcomeIs([...new Set(bodies)].join(words.comma), figureWords(outcomeAmount, speech)),
    judged,
    ...(percent === null ? [] : [differenceWords(percent, speech)]),
    ...(insideBounds === null ? [] : [insideBounds ? words.inside : words.outside]),
    ...(insideInterval === null || interval === null
      ? []
      : [words.inInterval(interval.percent, insideInterval)]),
    ...(reachedPercent === null ? [] : [words.reached(`${speech.number(reachedPercent)}%`)]),
    ...(approximate ? [words.approximateVerdict] : []),
  ].join(words.separator);
}

/** How far an outcome lies from its forecast. @param percent of the forecast, signed */
export function differenceWords(percent: string, { words, number }: Speech): string {
  if (Number(percent) === 0) return words.asForecast;
  return words.difference(`${number(percent.replace('-', ''))}%`, !percent.startsWith('-'));
}

interface Plot {
  readonly forecast: LedgerRecord;
  readonly compared: Numbers & { readonly currency: string };
  readonly interval: Interval | null;
  /** What is forecast, in words. */
  readonly foretold: string;
  readonly lines: readonly (readonly Step[])[];
}

function dayNumber(day: string): number {
  return Date.parse(day) / DAY_MS;
}

function drawPlot(sheet: Sheet, { forecast, compared, interval, foretold, lines }: Plot): void {
  const { palette, speech } = sheet;
  const { period, publishedOn } = forecast;
  const ends = [period.end, ...lines.flat().map(({ end }) => end)].flatMap((day) => day ?? []);
  const begins = [period.start, ...lines.flat().map(({ start }) => start)].flatMap((day) => day ?? []);
  if (ends.length === 0) return;
  const last = Math.max(...ends.map(dayNumber)) + 1;
  // "By 2025" begins nowhere: it is drawn from the day on which it was said.
  const unknown = publishedOn === null ? last - 365 : Math.min(dayNumber(publishedOn), last - 30);
  const first = begins.length === 0 ? unknown : Math.min(...begins.map(dayNumber));
  const figures = [compared.value, compared.low, compared.high, interval?.high].flatMap(
    (figure) => figure ?? [],
  );
  const most = Math.max(1, ...figures.map(Number), ...lines.flat().map(({ reached }) => reached));
  const top = sheet.y + 14;
  const bottom = top + HEIGHT;
  const y = scaleLinear()
    .domain([0, most * 1.12])
    .range([bottom, top]);
  const ticks = y.ticks(5);
  const levels = ticks.map(speech.number);
  const left = sheet.left + widest(levels, NOTE) + 10;
  const x = scaleLinear()
    .domain([first, last])
    .range([left, sheet.right - 8]);
  const muted = { size: NOTE, colour: palette.muted };
  sheet.add(sheet.text(compared.currency, sheet.left, sheet.y + 4, muted));
  for (const [at, tick] of ticks.entries())
    sheet.add(
      element('line', {
        x1: left,
        x2: sheet.right,
        y1: y(tick),
        y2: y(tick),
        stroke: palette.grid,
        'data-level': tick,
      }),
      sheet.text(levels[at] ?? '', left - 8, y(tick) + 4, { ...muted, anchor: 'end' }),
    );
  drawYears(sheet, x, bottom);
  const [from, to] = [
    x(period.start === null ? first : dayNumber(period.start)),
    x(period.end === null ? last : dayNumber(period.end) + 1),
  ];
  const label = speech.words.forecastIs(figureWords(compared, speech));
  const said = `${foretold}${speech.words.comma}${speech.period(period)}`;
  const middle = (from + to) / 2;
  const forecastMarks = [
    ...(interval === null ? [] : [standingInterval(sheet, interval, y, middle)]),
    ...forecastMark(sheet, compared, y, [from, to], [top, bottom]),
  ];
  sheet.add(described(said, { 'data-row': forecast.id }, forecastMarks));
  for (const line of lines) drawLine(sheet, line, x, y, first);
  // Over all that is drawn, and the outcomes first: these have less room.
  const strip = (start: number, end: number, high: number, low: number) => {
    return { left: x(start), right: x(end), top: y(high) - 4, bottom: y(low) + 4 };
  };
  const marks = lines.flatMap((line) =>
    line.map(({ start, end, reached }) =>
      strip(start === null ? first : dayNumber(start), dayNumber(end) + 1, reached, reached),
    ),
  );
  const bounds = figures.map(Number);
  if (bounds.length > 0)
    marks.push({ ...strip(first, last, Math.max(...bounds), Math.min(...bounds)), left: from, right: to });
  const labels = new Labels(sheet, { left, right: sheet.right, top: top - 6, bottom }, marks);
  const style = { size: NOTE, weight: 'semibold' } as const;
  for (const line of lines) {
    const end = line.at(-1);
    if (end === undefined) continue;
    const words = speech.words.outcomeOf(lines.length > 1 ? end.who : '', speech.number(end.reached));
    const [right, level] = [x(dayNumber(end.end) + 1), y(end.reached)];
    sheet.add(...labels.place(words, right, level, { ...style, colour: palette.outcome, anchor: 'end' }));
  }
  if (interval !== null) {
    const words = `${interval.percent}%`;
    sheet.add(
      ...labels.place(words, middle + 9, y(Number(interval.high)) + 12, { size: 11, colour: palette.muted }),
    );
  }
  const face = compared.high ?? compared.value ?? compared.low;
  if (face !== null)
    sheet.add(...labels.place(label, from + 6, y(Number(face)), { ...style, colour: palette.mark }));
  sheet.y = bottom + 36;
}

/** From the last year back: the first one, which may begin anywhere, has no words where the next one needs the room. */
function drawYears(sheet: Sheet, x: ScaleLinear<number, number>, bottom: number): void {
  const [first = 0, last = 0] = x.domain();
  const yearOf = (day: number) => new Date(day * DAY_MS).getUTCFullYear();
  const years = Array.from({ length: yearOf(last) - yearOf(first) + 1 }, (_, at) => yearOf(first) + at);
  const { muted } = sheet.palette;
  const width = widest(years.map(String), NOTE) + 10;
  const every = Math.ceil(years.length / Math.max(1, Math.floor((sheet.right - x(first)) / width)));
  let free = sheet.right + 10;
  for (const year of years.filter((_, at) => at % every === 0).reverse()) {
    const place = x(Math.max(Date.UTC(year, 0, 1) / DAY_MS, first));
    if (place + width > free) continue;
    free = place;
    sheet.add(
      element('line', { x1: place, x2: place, y1: bottom, y2: bottom + 5, stroke: muted }),
      sheet.text(String(year), place + 3, bottom + 17, { size: NOTE, colour: muted }),
    );
  }
}

/** What was forecast, over its period: a line, hollow where it is approximate; a band of a range; an arrow of a bound. */
function forecastMark(
  sheet: Sheet,
  { value, low, high, qualifier }: Numbers,
  y: ScaleLinear<number, number>,
  [from, to]: readonly [number, number],
  [top, bottom]: readonly [number, number],
): readonly Markup[] {
  const colour = sheet.palette.mark;
  const face = value ?? low ?? high;
  if (face === null) return [];
  const level = y(Number(face));
  const kind = { 'data-mark': qualifier };
  const stroke = { fill: 'none', stroke: colour, 'stroke-width': 2.5 };
  const line = `M${fixed(from)} ${fixed(level)}H${fixed(to)}`;
  const middle = (from + to) / 2;
  const arrow = (end: number) => {
    const back = end < level ? 7 : -7;
    return `M${fixed(middle)} ${fixed(level)}V${fixed(end)}M${fixed(middle - 4.5)} ${fixed(end + back)}L${fixed(middle)} ${fixed(end)}L${fixed(middle + 4.5)} ${fixed(end + back)}`;
  };
  switch (qualifier) {
    case 'range': {
      const [upper, lower] = [y(Number(high ?? face)), y(Number(low ?? face))];
      const box = { x: from, y: upper, width: to - from, height: Math.max(2, lower - upper) };
      return [element('rect', { ...box, fill: colour, 'fill-opacity': 0.35, stroke: colour, ...kind })];
    }
    case 'atLeast':
    case 'indefinite':
      return [element('path', { d: `${line}${arrow(top - 10)}`, ...stroke, ...kind })];
    case 'atMost':
      return [element('path', { d: `${line}${arrow(bottom + 10)}`, ...stroke, ...kind })];
    case 'approximately':
      return [
        element('rect', {
          ...{ x: from, y: level - 3.5, width: to - from, height: 7 },
          ...{ fill: sheet.palette.background, stroke: colour, 'stroke-width': 2, ...kind },
        }),
      ];
    case 'exact':
      return [element('path', { d: line, ...stroke, 'stroke-width': 4, ...kind })];
  }
}

/** Each outcome is a line over its own period, as high as what is reported up to its end. */
function drawLine(
  sheet: Sheet,
  steps: readonly Step[],
  x: ScaleLinear<number, number>,
  y: ScaleLinear<number, number>,
  first: number,
): void {
  const { background, outcome: colour } = sheet.palette;
  let before = 0;
  for (const [at, { id, start, end, reached, words, isApproximate }] of steps.entries()) {
    const [from, to] = [x(start === null ? first : dayNumber(start)), x(dayNumber(end) + 1)];
    const look = isApproximate ? { fill: background, stroke: colour, 'stroke-width': 2 } : { fill: colour };
    const rise =
      at === 0
        ? []
        : [
            element('line', {
              ...{ x1: from, x2: from, y1: y(before), y2: y(reached) },
              ...{ stroke: colour, 'stroke-dasharray': '2 3' },
            }),
          ];
    sheet.add(
      described(words, { 'data-outcome': id }, [
        ...rise,
        element('line', {
          x1: from,
          x2: to,
          y1: y(reached),
          y2: y(reached),
          stroke: colour,
          'stroke-width': 2.5,
        }),
        element('circle', { cx: to, cy: y(reached), r: 5, ...look, 'data-mark': 'outcome' }),
      ]),
    );
    before = reached;
  }
}
