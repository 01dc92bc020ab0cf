import { Exact } from '../money/bounds.ts';
import type { Decimal } from '../money/decimal.ts';
import { formatDecimal, SHARE_PLACES } from '../money/decimal.ts';
import type { Period } from '../period/period.ts';
import { isBaseCase } from '../statement.ts';
import type { ConvertedFigure, Figure } from './figure.ts';
import { byId, compareText, mayOverlap, natureOf, sayTheSame, spanKey } from './figure.ts';
import type { ParentOf } from './taxonomy.ts';
import { sectorsBetween } from './taxonomy.ts';

/** Whether some of a figure's money may be in a total over such a period. */
export function mayShareMoney(part: Period, whole: Period): boolean {
  return natureOf(part) === natureOf(whole) && mayOverlap(part, whole);
}

/**
 * Whether a figure's period lies within a total's, so that all its money is in the total: it ends no later and, where both
 * beginnings are known, begins no earlier. A total that does not say when it ends takes all that is not longer than it, but
 * one of a year takes none of a year that may be another.
 */
export function liesWithin(part: Period, whole: Period): boolean {
  if (spanKey(part) === spanKey(whole)) return true;
  if (part.start !== null && whole.start !== null && part.start < whole.start) return false;
  if (whole.end !== null) return part.end !== null && part.end <= whole.end;
  if (natureOf(whole) === 'year') return false;
  return whole.kind === 'perYear' || whole.years === null || part.years === null || part.years <= whole.years;
}

/** Figures of one scenario, and those of the others of the same document. */
export interface Alternative {
  readonly figures: readonly ConvertedFigure[];
  readonly others: readonly ConvertedFigure[];
}

/** The base case, to which what is of no scenario belongs; where there is none, each scenario by itself. */
export function alternativesIn(figures: readonly ConvertedFigure[]): readonly Alternative[] {
  const scenarios = Map.groupBy(figures, scenarioText);
  const base = scenarios.get('base');
  return (base === undefined ? [...scenarios.values()] : [base]).map((own) => ({
    figures: own,
    others: figures.filter((figure) => !own.includes(figure)),
  }));
}

function scenarioText({ scenario = null }: Figure): string {
  return isBaseCase(scenario) ? 'base' : JSON.stringify(scenario);
}

/** Whether a figure is of the same scenario as some. */
export function isOfScenarioOf([any]: readonly Figure[]): (figure: Figure) => boolean {
  return (figure) => any !== undefined && scenarioText(figure) === scenarioText(any);
}

/** The one figure that speaks for a sector, or null where several contradict each other. */
export function chosenFigure(figures: readonly ConvertedFigure[], span: string): ConvertedFigure | null {
  const overTheSpan = figures.filter(({ period }) => spanKey(period) === span);
  const candidates = overTheSpan.length > 0 ? overTheSpan : figures;
  return sayTheSame(candidates) ? (candidates.toSorted(byId)[0] ?? null) : null;
}

/**
 * Whether a part ends or begins on another day than the whole. A first day that either leaves open is no difference, a
 * last day is: "by 2025" may begin when "2020-2025" does, "over five years" is not known to end when either does.
 */
export function hasOtherHorizon(part: Period, whole: Period, wholeEnd: string | null): boolean {
  if (spanKey(part) === spanKey(whole)) return false;
  if (part.end === null || wholeEnd === null) return true;
  return part.end !== wholeEnd || (part.start !== null && whole.start !== null && part.start !== whole.start);
}

export interface DividedFigures {
  /** The one figure of each nearest sector, by sector. */
  readonly parts: readonly ConvertedFigure[];
  /** Those within a sector that has a figure of its own. */
  readonly finer: readonly ConvertedFigure[];
  /** Those of a sector that contradict each other: none of them is a part. */
  readonly contested: readonly ConvertedFigure[];
  /** The figures of each sector that has more than one. */
  readonly several: readonly (readonly ConvertedFigure[])[];
}

/** Which of the figures below a sector are its parts over a span: those of the nearest sectors that have one. */
export function dividedFigures(
  sector: string,
  below: readonly ConvertedFigure[],
  span: string,
  parentOf: ParentOf,
): DividedFigures {
  const bySector = Map.groupBy(below, (figure) => figure.sector);
  const parts: ConvertedFigure[] = [];
  const finer: ConvertedFigure[] = [];
  const contested: ConvertedFigure[] = [];
  for (const [id, figures] of bySector) {
    const between = sectorsBetween(parentOf, id, sector) ?? [];
    const chosen = chosenFigure(figures, span);
    if (between.some((other) => bySector.has(other))) finer.push(...figures);
    else if (chosen === null) contested.push(...figures);
    else parts.push(chosen);
  }
  parts.sort((one, other) => compareText(one.sector, other.sector));
  const several = [...bySector.values()].filter(({ length }) => length > 1);
  return { parts, finer, contested, several };
}

/**
 * Shares of a total by largest remainder, 12 decimal places, so that they and the share of what is left make exactly 1.
 * A figure without a face value has none, and with one such there is no share of what is left either.
 */
export function sharesOf(
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
  const next = rounded.values();
  const shares = faces.map((face) => (face === null ? null : (next.next().value ?? null)));
  return { shares, rest: known.length === faces.length ? restShare : null };
}
