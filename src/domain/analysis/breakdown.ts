import type { Decimal } from '../money/decimal.ts';
import { formatDecimal, parseDecimal } from '../money/decimal.ts';
import type { Bounds, ComputedAmount, ConvertedFigure, Figure, FigureAmount } from '../money/figure.ts';
import {
  addBounds,
  boundsOf,
  compareText,
  compareTexts,
  Exact,
  faceOf,
  groupBy,
  haveOneRate,
  isBoundOnly,
  isConverted,
  mayOverlap,
  NOTHING,
  natureOf,
  sayTheSame,
  shownBounds,
  spanKey,
  subtractBounds,
} from '../money/figure.ts';
import type { Period } from '../period/period.ts';
import { calendarYear } from '../period/period.ts';
import type { ParentOf } from './taxonomy.ts';
import { ancestorsOf, rootOf } from './taxonomy.ts';

/**
 * - `complete`: the parts make up the stated total within 1 % or its stated precision, 5 % at most. A total that is only a lower
 *   bound is complete as soon as the parts reach it, a range as soon as it holds all that the parts may add up to;
 * - `overallocated`: the parts surely exceed the total by more than that, which nothing does where the total or the
 *   parts are open on the side that matters: "more than 10 trillion" cannot be exceeded;
 * - `partial`: all else, a total without any parts among it;
 * - `undetermined`: a part could not be converted, was at another rate than the total, is in another currency or goes
 *   beyond the total's period, and the others do not tell: nothing is known of what is left;
 * - `noTotal`: the document states none, several that contradict each other, or one that could not be converted.
 */
export const BREAKDOWN_STATUSES = [
  'complete',
  'partial',
  'overallocated',
  'undetermined',
  'noTotal',
] as const;
export type BreakdownStatus = (typeof BREAKDOWN_STATUSES)[number];

/**
 * - `differentHorizons`: the parts of these sectors cover another period than the total, within it;
 * - `boundsOnly`: these figures state no point value: at least, at most, a range, indefinite;
 * - `mixedQualifiers`: not all figures have the same qualifier;
 * - `approximateFigures`: these figures are approximate and count at face value;
 * - `severalFigures`: the document has several figures for this sector. The one over the total's own period is used, or
 *   any where all say the same; otherwise none is, and where it would be a part of the total there is no residual;
 * - `finerFiguresLeftOut`: these figures lie within a part that has a figure of its own;
 * - `sharesOfBound`: the shares take bounds at face value, those of these sectors;
 * - `notConverted`: these figures could not be converted and are left out. Where one of them would be a part of the total,
 *   there is no residual: the money of that part would stand in it;
 * - `mixedRates`: the total and the parts, these figures, were not all converted at one rate: there is no residual and no
 *   share, which would tell of exchange rates as much as of the document. Where the parts alone are at different rates
 *   they have no sum either: no rate would turn it back into what the document says;
 * - `otherCurrency`: these figures would be parts of the total but are in another currency than it: they are left out, and
 *   there is no residual, as with those that could not be converted. A conversion brings them together;
 * - `beyondPeriod`: these figures may cover some of the total's period, but also begin before it, run past its end or
 *   have an end that is not known. They are no parts of the total, and as nobody knows how much of their money is in it there is
 *   no residual.
 */
export const BREAKDOWN_WARNINGS = [
  'differentHorizons',
  'boundsOnly',
  'mixedQualifiers',
  'approximateFigures',
  'severalFigures',
  'finerFiguresLeftOut',
  'sharesOfBound',
  'notConverted',
  'mixedRates',
  'otherCurrency',
  'beyondPeriod',
] as const;
export type BreakdownWarningCode = (typeof BREAKDOWN_WARNINGS)[number];

export interface BreakdownWarning {
  readonly code: BreakdownWarningCode;
  /** The sectors concerned, the one that is broken down among them where its total is. */
  readonly sectors: readonly string[];
  /** The forecasts concerned. */
  readonly forecasts: readonly string[];
}

/**
 * - `severalFigures`: its sector has several figures: none is used, or another that says the same or fits better;
 * - `finerFigure`: it lies within a part that has a figure of its own;
 * - `beyondPeriod`, `otherCurrency`, `notConverted`: as in the warnings.
 */
export const BREAKDOWN_REASONS = [
  'severalFigures',
  'finerFigure',
  'beyondPeriod',
  'otherCurrency',
  'notConverted',
] as const;
export type BreakdownReason = (typeof BREAKDOWN_REASONS)[number];

export interface BreakdownLeftOut {
  readonly forecast: string;
  readonly sector: string;
  readonly reason: BreakdownReason;
}

/** How a document divides a sector, where it says so. */
export interface Scheme {
  readonly source: string;
  readonly sector: string;
  readonly parts: readonly string[];
}

export interface BreakdownTotal {
  readonly forecast: string;
  readonly amount: FigureAmount;
}

export interface BreakdownPart {
  readonly sector: string;
  readonly forecast: string;
  readonly amount: FigureAmount;
  readonly period: Period;
  /**
   * Of the total, both at face value as stated, before any conversion, 12 decimal places; null where either has none, the
   * total is zero, or rates are mixed. In every currency it is the same.
   */
  readonly share: string | null;
}

/** Only a residual that is one figure, exact or approximate, has a value and a share; any other has its bounds alone. */
export interface BreakdownResidual extends ComputedAmount {
  /** Makes exactly 1 with the parts' shares; negative where they exceed the total. */
  readonly share: string | null;
}

/** One document's figures for a sector and for the sectors below it: one forecaster, measure, region and scope. */
export interface Breakdown {
  readonly sector: string;
  readonly source: string;
  readonly forecaster: string | null;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  readonly currency: string;
  /** Of the total, or of all the parts where there is none. */
  readonly period: Period;
  readonly total: BreakdownTotal | null;
  readonly parts: readonly BreakdownPart[];
  /** Null where there are no parts: of nothing there is no sum, not even an exact zero; and where they mix rates. */
  readonly sum: ComputedAmount | null;
  /** Total less sum; null where there is no total, where it lacks a part (see the warnings), or where rates are mixed. */
  readonly residual: BreakdownResidual | null;
  readonly status: BreakdownStatus;
  /** Sectors of the document's own scheme that no part covers: neither its own, one below it nor one above it. */
  readonly uncoveredSectors: readonly string[];
  /** Figures of its key that are neither its total nor a part of it, by id. */
  readonly leftOut: readonly BreakdownLeftOut[];
  readonly warnings: readonly BreakdownWarning[];
}

const SHARE_PLACES = 12;
const TOLERANCE_PERCENT = '1';
/** "1 trillion" is not known to be precise to half a trillion: one digit may be all that there is to print. */
const MOST_TOLERANCE_PERCENT = '5';

/** All that must be equal where figures are to add up, but for the period. */
function keyTexts({ source, forecaster, measure, region, scope }: Figure): readonly (string | null)[] {
  return [source, forecaster, measure, region, scope];
}

function keyOf(figure: Figure): string {
  return JSON.stringify(keyTexts(figure));
}

function keyWithCurrency(figure: ConvertedFigure): string {
  return JSON.stringify([...keyTexts(figure), figure.amount.currency]);
}

function byId(one: Figure, other: Figure): number {
  return compareText(one.id, other.id);
}

function distinct(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort(compareText);
}

/** The sectors between one and its ancestor, the nearest first; null where it is not its ancestor. */
function sectorsBetween(parentOf: ParentOf, id: string, ancestor: string): readonly string[] | null {
  const between: string[] = [];
  for (let parent = parentOf.get(id) ?? null; parent !== null; parent = parentOf.get(parent) ?? null) {
    if (parent === ancestor) return id === ancestor ? null : between;
    if (between.includes(parent)) return null;
    between.push(parent);
  }
  return null;
}

/** The amount in which figures that have one rate compare: a conversion's rounding would show in shares. */
function asStated({ stated, amount }: ConvertedFigure): FigureAmount {
  return stated ?? amount;
}

/** Whether some of a figure's money may be in a total over such a period. */
function mayShareMoney(part: Period, whole: Period): boolean {
  return natureOf(part) === natureOf(whole) && mayOverlap(part, whole);
}

/**
 * Whether a figure's period lies within a total's, so that all its money is in the total: it ends no later and, where both
 * beginnings are known, begins no earlier. A total that does not say when it ends takes all that is not longer than it, but
 * one of a year takes none of a year that may be another.
 */
function liesWithin(part: Period, whole: Period): boolean {
  if (spanKey(part) === spanKey(whole)) return true;
  if (part.start !== null && whole.start !== null && part.start < whole.start) return false;
  if (whole.end !== null) return part.end !== null && part.end <= whole.end;
  if (natureOf(whole) === 'year') return false;
  return whole.kind === 'perYear' || whole.years === null || part.years === null || part.years <= whole.years;
}

/** The one figure that speaks for a sector, or null where several contradict each other. */
function chosenFigure(figures: readonly ConvertedFigure[], span: string): ConvertedFigure | null {
  const overTheSpan = figures.filter(({ period }) => spanKey(period) === span);
  const candidates = overTheSpan.length > 0 ? overTheSpan : figures;
  return sayTheSame(candidates) ? (candidates.toSorted(byId)[0] ?? null) : null;
}

/**
 * Whether a part ends or begins on another day than the whole. A first day that either leaves open is no difference, a
 * last day is: "by 2025" may begin when "2020-2025" does, "over five years" is not known to end when either does.
 */
function hasOtherHorizon(part: Period, whole: Period, wholeEnd: string | null): boolean {
  if (spanKey(part) === spanKey(whole)) return false;
  if (part.end === null || wholeEnd === null) return true;
  return part.end !== wholeEnd || (part.start !== null && whole.start !== null && part.start !== whole.start);
}

/** The largest of 10^12, 10^9, 10^6, 10^3 and 1 in which a figure would be printed, as its power of ten. */
function printedUnit(stated: Decimal): number {
  return [12, 9, 6, 3, 0].find((power) => power <= stated.e) ?? stated.e;
}

/**
 * Half a unit of the last digit of a figure as printed: 1.74 trillion gives 5 billion, 10 trillion half a trillion. Zeros
 * at the end count as printed below the unit in which such a figure is printed: "450 billion" is precise to a billion.
 */
function halfOfLastDigit(stated: Decimal): Decimal {
  const lastDigit = stated.e - stated.precision() + 1;
  return new Exact(10).pow(Math.min(lastDigit, printedUnit(stated))).dividedBy(2);
}

/**
 * How far from a total the parts may add up to and be its parts: 1 % of it or, where more, its stated precision (half a
 * unit of its last printed digit), but at most 5 % of it: of 1.74 trillion 17.4 billion, of 17 billion half a billion, of
 * 1 trillion 50 billion and not half of it. The precision of a converted total is that of the figure as printed, in proportion.
 */
function toleranceOf(total: ConvertedFigure): Decimal {
  const amount = asStated(total);
  const { face, low, high } = boundsOf(amount);
  const size = face ?? low ?? high ?? new Exact(0);
  const percentOf = (percent: string): Decimal => size.times(percent).dividedBy(100);
  const percent = percentOf(TOLERANCE_PERCENT);
  const stated = new Exact(parseDecimal(total.statedValue ?? amount.value ?? '0'));
  if (face === null || stated.isZero()) return percent;
  const precision = face.times(halfOfLastDigit(stated)).dividedBy(stated);
  return Exact.max(percent, Exact.min(precision, percentOf(MOST_TOLERANCE_PERCENT)));
}

function statusOf(total: ConvertedFigure, whole: Bounds, sum: Bounds, residual: Bounds): BreakdownStatus {
  const tolerance = toleranceOf(total);
  if (residual.high?.lessThan(tolerance.negated())) return 'overallocated';
  if (residual.face !== null) {
    const reached = total.amount.qualifier === 'atLeast' && residual.face.isNegative();
    return reached || residual.face.abs().lessThanOrEqualTo(tolerance) ? 'complete' : 'partial';
  }
  const floor = whole.low ?? whole.high;
  const fills = floor !== null && sum.low?.plus(tolerance).greaterThanOrEqualTo(floor) === true;
  const fits = whole.high === null || sum.high?.minus(tolerance).lessThanOrEqualTo(whole.high) === true;
  return fills && fits ? 'complete' : 'partial';
}

/**
 * What is known of a total one of whose parts is not, or not at its rate: no figure is negative, so parts that exceed it do
 * so with that part as well, and parts that reach a lower bound have reached it.
 */
function statusWithoutAPart(
  total: ConvertedFigure,
  whole: Bounds,
  sum: Bounds,
  residual: Bounds,
): BreakdownStatus {
  const tolerance = toleranceOf(total);
  if (residual.high?.lessThan(tolerance.negated())) return 'overallocated';
  const reached = whole.low !== null && sum.low?.plus(tolerance).greaterThanOrEqualTo(whole.low) === true;
  return reached && whole.high === null ? 'complete' : 'undetermined';
}

/**
 * Shares of a total by largest remainder, in units of the last of 12 places, so that they and the share of what is left
 * make exactly 1. A figure without a face value has none, and with one such there is no share of what is left either.
 */
function sharesOf(
  total: Decimal | null,
  faces: readonly (Decimal | null)[],
): { readonly shares: readonly (string | null)[]; readonly rest: string | null } {
  if (total === null || total.isZero()) return { shares: faces.map(() => null), rest: null };
  const known = faces.filter((face) => face !== null);
  const rest = known.reduce((left, face) => left.minus(face), new Exact(total));
  const units = new Exact(10).pow(SHARE_PLACES);
  const divided = [...known, rest].map((face, at) => {
    const scaled = new Exact(face).times(units);
    const truncated = scaled.dividedToIntegerBy(total);
    const remainder = scaled.minus(truncated.times(total));
    // A negative rest is rounded down like the others, so that every remainder is positive.
    return remainder.isNegative() && !remainder.isZero()
      ? { at, floor: truncated.minus(1), remainder: remainder.plus(total) }
      : { at, floor: truncated, remainder };
  });
  const missing = divided.reduce((left, { floor }) => left.minus(floor), units);
  const rounded = divided
    .toSorted((one, other) => other.remainder.comparedTo(one.remainder) || one.at - other.at)
    .map(({ at, floor }, rank) => ({ at, units: missing.greaterThan(rank) ? floor.plus(1) : floor }))
    .sort((one, other) => one.at - other.at)
    .map((share) => formatDecimal(share.units.dividedBy(units)));
  const restShare = rounded.pop() ?? null;
  let next = 0;
  const shares = faces.map((face) => {
    if (face === null) return null;
    next += 1;
    return rounded[next - 1] ?? null;
  });
  return { shares, rest: known.length === faces.length ? restShare : null };
}

interface Warned {
  readonly code: BreakdownWarningCode;
  readonly figures: readonly Figure[];
}

function compareLeftOut<LeftOut extends { readonly forecast: string }>(one: LeftOut, other: LeftOut): number {
  return compareText(one.forecast, other.forecast);
}

function shownWarnings(warned: readonly Warned[]): readonly BreakdownWarning[] {
  return warned
    .filter(({ figures }) => figures.length > 0)
    .map(({ code, figures }) => ({
      code,
      sectors: distinct(figures.map(({ sector }) => sector)),
      forecasts: distinct(figures.map(({ id }) => id)),
    }))
    .sort(
      (one, other) =>
        BREAKDOWN_WARNINGS.indexOf(one.code) - BREAKDOWN_WARNINGS.indexOf(other.code) ||
        compareTexts(one.sectors, other.sectors),
    );
}

/**
 * What is left, with its share. "Over 10" less 4 is over 6 and no value; "over 10" less "over 5" is anything: the face
 * values' difference would be taken for what is left, and its share for a share.
 */
function shownResidual(left: Bounds, share: string | null): BreakdownResidual {
  const shown = shownBounds(left);
  return isBoundOnly(shown) ? { ...shown, value: null, share: null } : { ...shown, share };
}

/** Figures of a breakdown's key that are not among its total and parts. */
interface Lacking {
  /** Whatever their period. */
  readonly notConverted: readonly Figure[];
  /** Those of them that would be parts of the total. */
  readonly lost: readonly Figure[];
  /** Those in other currencies that would be. */
  readonly otherCurrency: readonly Figure[];
  /** Those of which some money may be in the total, and some not. */
  readonly beyondPeriod: readonly Figure[];
}

const NONE_LACKING: Omit<Lacking, 'notConverted'> = { lost: [], otherCurrency: [], beyondPeriod: [] };

/**
 * One breakdown, of figures that all have the same key and periods that go together.
 * @param lacking figures that would be parts here but cannot be
 */
function breakdownOf(
  sector: string,
  totals: readonly ConvertedFigure[],
  below: readonly ConvertedFigure[],
  lacking: Lacking,
  parentOf: ParentOf,
  schemes: readonly Scheme[],
): Breakdown | null {
  const [first] = [...totals.toSorted(byId), ...below.toSorted(byId)];
  if (first === undefined) return null;
  const { source, forecaster, measure, region, scope } = first;
  const span = spanKey(first.period);
  const total = chosenFigure(totals, span);
  const period = total?.period ?? first.period;

  const bySector = groupBy(below, (figure) => figure.sector);
  const several = [totals, ...bySector.values()].filter(({ length }) => length > 1);
  const finer: ConvertedFigure[] = [];
  const parts: ConvertedFigure[] = [];
  const contested: ConvertedFigure[] = [];
  for (const [id, figures] of bySector) {
    const between = sectorsBetween(parentOf, id, sector) ?? [];
    if (between.some((other) => bySector.has(other))) finer.push(...figures);
    else {
      const chosen = chosenFigure(figures, span);
      if (chosen === null) contested.push(...figures);
      else parts.push(chosen);
    }
  }
  parts.sort((one, other) => compareText(one.sector, other.sector));

  const used = total === null ? parts : [total, ...parts];
  const hasOneRate = haveOneRate(used);
  const sum = parts.map(({ amount }) => boundsOf(amount)).reduce(addBounds, NOTHING);
  const left = total === null ? null : subtractBounds(boundsOf(total.amount), sum);
  // A part at or above its sector has the money of a lost figure already; one below has only some of it.
  const unknown = [...lacking.lost, ...lacking.otherCurrency, ...lacking.beyondPeriod, ...contested];
  const lacksPart = unknown.some(
    (figure) =>
      !parts.some(
        (part) =>
          part.sector === figure.sector || sectorsBetween(parentOf, figure.sector, part.sector) !== null,
      ),
  );
  const statusHere = (): BreakdownStatus => {
    if (total === null) return 'noTotal';
    const whole = boundsOf(asStated(total));
    const known = parts
      .filter((part) => haveOneRate([total, part]))
      .map((part) => boundsOf(asStated(part)))
      .reduce(addBounds, NOTHING);
    const status = lacksPart || !hasOneRate ? statusWithoutAPart : statusOf;
    return status(total, whole, known, subtractBounds(whole, known));
  };
  const { shares, rest } = sharesOf(
    total === null || !hasOneRate ? null : faceOf(asStated(total)),
    parts.map((part) => faceOf(asStated(part))),
  );

  const boundsOnly = used.filter(({ amount }) => isBoundOnly(amount));
  const mixed = new Set(used.map(({ amount }) => amount.qualifier)).size > 1;
  const ends = parts.map((part) => part.period.end).filter((end) => end !== null);
  const horizon = period.end ?? ends.sort(compareText).at(-1) ?? null;
  const warned: readonly Warned[] = [
    {
      code: 'differentHorizons',
      figures: parts.filter((part) => hasOtherHorizon(part.period, period, horizon)),
    },
    { code: 'boundsOnly', figures: boundsOnly },
    { code: 'mixedQualifiers', figures: mixed ? used : [] },
    {
      code: 'approximateFigures',
      figures: used.filter(({ amount }) => amount.qualifier === 'approximately'),
    },
    ...several.map((figures): Warned => ({ code: 'severalFigures', figures })),
    { code: 'finerFiguresLeftOut', figures: finer },
    {
      code: 'sharesOfBound',
      figures: shares.some((share) => share !== null)
        ? boundsOnly.filter(({ amount }) => faceOf(amount) !== null)
        : [],
    },
    { code: 'notConverted', figures: lacking.notConverted },
    { code: 'mixedRates', figures: hasOneRate ? [] : used },
    { code: 'otherCurrency', figures: lacking.otherCurrency },
    { code: 'beyondPeriod', figures: lacking.beyondPeriod },
  ];

  const leftOut = (figures: readonly Figure[], reason: BreakdownReason): readonly BreakdownLeftOut[] =>
    figures.map(({ id, sector: of }) => ({ forecast: id, sector: of, reason }));
  const unused = [...totals, ...below].filter((figure) => !used.includes(figure) && !finer.includes(figure));
  const covers = (part: string, id: string): boolean =>
    part === id || sectorsBetween(parentOf, part, id) !== null || sectorsBetween(parentOf, id, part) !== null;
  const scheme = schemes.filter((candidate) => candidate.source === source && candidate.sector === sector);
  return {
    sector,
    source,
    forecaster,
    measure,
    region,
    scope,
    currency: first.amount.currency,
    period,
    total: total === null ? null : { forecast: total.id, amount: total.amount },
    parts: parts.map((part, at) => ({
      sector: part.sector,
      forecast: part.id,
      amount: part.amount,
      period: part.period,
      share: shares[at] ?? null,
    })),
    sum: parts.length === 0 || !haveOneRate(parts) ? null : shownBounds(sum),
    residual: left === null || lacksPart || !hasOneRate ? null : shownResidual(left, rest),
    status: statusHere(),
    uncoveredSectors: distinct(scheme.flatMap((candidate) => candidate.parts)).filter(
      (id) => !parts.some((part) => covers(part.sector, id)),
    ),
    leftOut: [
      ...leftOut(unused, 'severalFigures'),
      ...leftOut(finer, 'finerFigure'),
      ...leftOut(lacking.beyondPeriod, 'beyondPeriod'),
      ...leftOut(lacking.otherCurrency, 'otherCurrency'),
      ...leftOut(lacking.notConverted, 'notConverted'),
    ].sort(compareLeftOut),
    warnings: shownWarnings(warned),
  };
}

/**
 * The breakdowns of a sector: one for each document, forecaster, measure, region, scope, currency and period of a stated
 * total. Its parts are the figures of the nearest sectors below it that have one: over the same period or, where the
 * total accumulates over years, over one within it that does and that no other total has for its own. What fits no total
 * makes a breakdown without one for each period, and leaves a total of which it may hold some money without a residual. A sector with a total alone has no parts, no sum and all as residual.
 * Sums, residuals and shares are exact; which input order the figures have makes no difference.
 *
 * Figures that could not be converted are left out: those of a breakdown's own key stand in its warnings. They keep their
 * place: a total that could not be converted lends its parts to no other, and a part that could not, unless its money is
 * in that of a sector above it, leaves the total without a residual. So do figures in another currency. Figures that were converted at different rates are
 * neither subtracted nor divided nor, among the parts, added.
 * @param figures of any sectors; those that are neither the sector nor below it are not read
 * @returns none where no figure speaks of the sector
 */
export function breakdownsOf(
  sector: string,
  figures: readonly Figure[],
  parentOf: ParentOf,
  schemes: readonly Scheme[],
): readonly Breakdown[] {
  const relevant = figures.filter(
    (figure) => figure.sector === sector || sectorsBetween(parentOf, figure.sector, sector) !== null,
  );
  const byKey = groupBy(relevant, keyOf);
  const breakdowns: Breakdown[] = [];
  for (const group of groupBy(relevant.filter(isConverted), keyWithCurrency).values()) {
    const totals = groupBy(
      group.filter((figure) => figure.sector === sector),
      ({ period }) => spanKey(period),
    );
    const below = group.filter((figure) => figure.sector !== sector);
    const [any] = group;
    // Of all currencies, as if there were one: a total in another one, or not converted, has its parts all the same.
    const alike = any === undefined ? [] : (byKey.get(keyOf(any)) ?? []);
    const notConverted = alike.filter((figure) => !isConverted(figure));
    const elsewhere = alike.filter(
      (figure) => isConverted(figure) && figure.amount.currency !== any?.amount.currency,
    );
    const spansOfTotals = new Set(
      alike.filter((figure) => figure.sector === sector).map(({ period }) => spanKey(period)),
    );
    const add = (
      ofTotal: readonly ConvertedFigure[],
      ofParts: readonly ConvertedFigure[],
      lacking: Omit<Lacking, 'notConverted'>,
    ): void => {
      const breakdown = breakdownOf(
        sector,
        ofTotal,
        ofParts,
        { ...lacking, notConverted },
        parentOf,
        schemes,
      );
      if (breakdown !== null) breakdowns.push(breakdown);
    };
    const placed = new Set<ConvertedFigure>();
    for (const [span, ofTotal] of totals) {
      const mayBePart = ({ sector: of, period }: Figure): boolean => {
        if (of === sector) return false;
        const own = spanKey(period);
        if (own === span) return true;
        return !spansOfTotals.has(own) && ofTotal.some((total) => mayShareMoney(period, total.period));
      };
      const isWithin = ({ period }: Figure): boolean =>
        ofTotal.some((total) => liesWithin(period, total.period));
      const candidates = below.filter(mayBePart);
      const parts = candidates.filter(isWithin);
      for (const part of parts) placed.add(part);
      add(ofTotal, parts, {
        lost: notConverted.filter(mayBePart),
        otherCurrency: elsewhere.filter(mayBePart),
        beyondPeriod: candidates.filter((figure) => !isWithin(figure)),
      });
    }
    const unplaced = below.filter((figure) => !placed.has(figure));
    for (const parts of groupBy(unplaced, ({ period }) => spanKey(period)).values())
      add([], parts, NONE_LACKING);
  }
  const order = ({ source, forecaster, measure, region, scope, currency, period }: Breakdown) => [
    source,
    forecaster,
    measure,
    region,
    scope,
    currency,
    period.start,
    period.end,
    spanKey(period),
  ];
  return breakdowns.sort((one, other) => compareTexts(order(one), order(other)));
}

/** What a matrix is made for: all of one forecaster, all of one calendar year, or all of one measure. */
export type MatrixSelection =
  | { readonly forecaster: string | null }
  | { readonly year: number }
  | { readonly measure: string };

/**
 * - `severalFigures`: the sector has several figures for the period: none is shown, or another that says the same;
 * - `finerFigure`: it lies within a sector that is shown;
 * - `differentPeriod`: it covers or may cover the year asked for, but is not for exactly that year, converted or not;
 * - `notConverted`: it could not be converted.
 */
export const MATRIX_REASONS = ['severalFigures', 'finerFigure', 'differentPeriod', 'notConverted'] as const;
export type MatrixReason = (typeof MATRIX_REASONS)[number];

export interface MatrixCell {
  readonly sector: string;
  readonly period: Period;
  readonly forecast: string;
  readonly amount: FigureAmount;
}

export interface MatrixLeftOut {
  readonly forecast: string;
  readonly reason: MatrixReason;
}

/**
 * The cells that may be stacked, period by period: one document, forecaster, measure, region, scope, currency and tree of
 * the taxonomy. Sectors of different trees are never stacked: nothing says that one of them does not contain the other,
 * as a power grid may contain the lines of new infrastructure.
 */
export interface MatrixSeries {
  /** The sector at the top of the tree in which those of the cells and totals stand. */
  readonly root: string;
  readonly source: string;
  readonly forecaster: string | null;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  readonly currency: string;
  /** Those of the cells. */
  readonly sectors: readonly string[];
  /** Those of the cells and totals, each once, earliest end first. */
  readonly periods: readonly Period[];
  /** At most one for a sector and period; within a period no sector stands beside one above or below it. */
  readonly cells: readonly MatrixCell[];
  /** Figures of sectors whose parts are the cells of the same period: the height to which a bar should reach. */
  readonly totals: readonly MatrixCell[];
  /** Where one of them could not be converted, a total less its cells is not what the document leaves over. */
  readonly leftOut: readonly MatrixLeftOut[];
  /** `mixedRates` where the cells and totals were not all converted at one rate: their heights tell of rates as well. */
  readonly warnings: readonly BreakdownWarning[];
}

export interface BreakdownMatrix {
  readonly series: readonly MatrixSeries[];
  /** Figures of the selection that belong to no series, because none of their key can be shown. */
  readonly leftOut: readonly MatrixLeftOut[];
}

/** The one bar of a period: for each sector its figure, parts in preference to the whole they are parts of. */
function stackOf(
  figures: readonly ConvertedFigure[],
  parentOf: ParentOf,
): Pick<MatrixSeries, 'cells' | 'totals' | 'leftOut'> & { readonly shown: readonly ConvertedFigure[] } {
  const bySector = groupBy(figures, ({ sector }) => sector);
  const wholes = new Set<string>();
  const depths = new Map<string, number>();
  for (const sector of bySector.keys()) {
    const above = ancestorsOf(parentOf, sector).filter((id) => id !== sector && bySector.has(id));
    depths.set(sector, above.length);
    for (const id of above) wholes.add(id);
  }
  const cells: MatrixCell[] = [];
  const totals: MatrixCell[] = [];
  const leftOut: MatrixLeftOut[] = [];
  const shown: ConvertedFigure[] = [];
  for (const [sector, ofSector] of bySector) {
    const depth = depths.get(sector) ?? 0;
    const chosen = depth > 1 || !sayTheSame(ofSector) ? undefined : ofSector.toSorted(byId)[0];
    for (const figure of ofSector) {
      const { id, period, amount } = figure;
      if (figure === chosen) {
        shown.push(figure);
        const place = depth === 0 && wholes.has(sector) ? totals : cells;
        place.push({ sector, period, forecast: id, amount });
      } else leftOut.push({ forecast: id, reason: depth > 1 ? 'finerFigure' : 'severalFigures' });
    }
  }
  return { cells, totals, leftOut, shown };
}

function comparePeriods(one: Period, other: Period): number {
  return compareTexts(
    [one.end, one.start, one.kind, spanKey(one)],
    [other.end, other.start, other.kind, spanKey(other)],
  );
}

function compareCells(one: MatrixCell, other: MatrixCell): number {
  return compareText(one.sector, other.sector) || comparePeriods(one.period, other.period);
}

/**
 * Sector by period, for stacked bars: a series for each document, forecaster, measure, region, scope, currency and tree of
 * the taxonomy among the figures of the selection, a bar for each period of it. Where a sector and sectors below it have figures for one
 * period, the nearest below it are the cells and its own is the bar's total; anything finer is left out. The caller
 * filters by all else. A year takes only figures of exactly that calendar year. A figure that could not be converted is
 * left out of each series of its key and tree, so that none is taken for the whole of what its document says.
 */
export function breakdownMatrix(
  figures: readonly Figure[],
  parentOf: ParentOf,
  { by }: { readonly by: MatrixSelection },
): BreakdownMatrix {
  const leftOut: MatrixLeftOut[] = [];
  const year = 'year' in by ? calendarYear(by.year) : null;
  const selected = figures.filter((figure) => {
    if ('forecaster' in by) return figure.forecaster === by.forecaster;
    if ('measure' in by) return figure.measure === by.measure;
    return year !== null && mayOverlap(figure.period, year);
  });
  const treeOf = (figure: Figure): string => JSON.stringify([keyOf(figure), rootOf(parentOf, figure.sector)]);
  const lost = groupBy(
    selected.filter((figure) => !isConverted(figure)),
    treeOf,
  );
  const leftOutUnconverted = (figure: Figure): MatrixLeftOut => ({
    forecast: figure.id,
    reason: isOfPeriod(figure) ? 'notConverted' : 'differentPeriod',
  });
  const withSeries = new Set<string>();
  const isOfPeriod = ({ period }: Figure): boolean =>
    year === null || (period.kind !== 'perYear' && period.start === year.start && period.end === year.end);

  const series: MatrixSeries[] = [];
  const alike = groupBy(selected.filter(isConverted), (figure) =>
    JSON.stringify([treeOf(figure), figure.amount.currency]),
  );
  for (const group of alike.values()) {
    const otherPeriods = group
      .filter((figure) => !isOfPeriod(figure))
      .map(({ id }): MatrixLeftOut => ({ forecast: id, reason: 'differentPeriod' }));
    const stacks = [...groupBy(group.filter(isOfPeriod), ({ period }) => spanKey(period)).values()].map(
      (stack) => stackOf(stack, parentOf),
    );
    const cells = stacks.flatMap((stack) => stack.cells).sort(compareCells);
    const totals = stacks.flatMap((stack) => stack.totals).sort(compareCells);
    const shown = stacks.flatMap((stack) => stack.shown);
    const reasons = [...otherPeriods, ...stacks.flatMap((stack) => stack.leftOut)];
    const [any] = group;
    if (any === undefined || cells.length + totals.length === 0) {
      leftOut.push(...reasons);
      continue;
    }
    const key = treeOf(any);
    withSeries.add(key);
    reasons.push(...(lost.get(key) ?? []).map(leftOutUnconverted));
    const { source, forecaster, measure, region, scope } = any;
    const periods = groupBy(
      [...cells, ...totals].toSorted((one, other) => compareText(one.forecast, other.forecast)),
      ({ period }) => spanKey(period),
    );
    series.push({
      root: rootOf(parentOf, any.sector),
      source,
      forecaster,
      measure,
      region,
      scope,
      currency: any.amount.currency,
      sectors: distinct(cells.map(({ sector }) => sector)),
      periods: [...periods.values()]
        .flatMap(([cell]) => (cell === undefined ? [] : [cell.period]))
        .sort(comparePeriods),
      cells,
      totals,
      leftOut: reasons.sort(compareLeftOut),
      warnings: shownWarnings([{ code: 'mixedRates', figures: haveOneRate(shown) ? [] : shown }]),
    });
  }
  for (const [key, figuresOfKey] of lost)
    if (!withSeries.has(key)) leftOut.push(...figuresOfKey.map(leftOutUnconverted));
  const order = ({ root, source, forecaster, measure, region, scope, currency }: MatrixSeries) => [
    source,
    forecaster,
    measure,
    region,
    scope,
    currency,
    root,
  ];
  return {
    series: series.sort((one, other) => compareTexts(order(one), order(other))),
    leftOut: leftOut.sort(compareLeftOut),
  };
}
