import { Exact } from '../money/bounds.ts';
import type { Decimal } from '../money/decimal.ts';
import { formatDecimal } from '../money/decimal.ts';

const SHARE_PLACES = 12;

/** A share for showing: 12 decimal places. */
export function formatShare(share: Decimal): string {
  return formatDecimal(share.toDecimalPlaces(SHARE_PLACES));
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
