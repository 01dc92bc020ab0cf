import type { ConversionLeg, Receipt } from '../../src/domain/money/conversion.ts';

/** A decimal string as a whole number of units of ten to the power of minus `places`. */
function scaled(text: string): { readonly units: bigint; readonly places: number } {
  const [whole = '', fraction = ''] = text.split('.');
  return { units: BigInt(whole + fraction), places: fraction.length };
}

/** The conversion once more, in whole numbers alone, by another road: the oracle. */
function byWholeNumbers(stated: string, legs: readonly ConversionLeg[], minorUnits: number): string {
  let { units: numerator, places } = scaled(stated);
  let denominator = 1n;
  const multiply = (text: string): void => {
    const factor = scaled(text);
    numerator *= factor.units;
    places += factor.places;
  };
  const divide = (text: string): void => {
    const factor = scaled(text);
    denominator *= factor.units;
    places -= factor.places;
  };
  for (const leg of legs) {
    const [up, down] =
      leg.kind === 'reference' || leg.kind === 'irrevocable'
        ? [leg.rate, '1']
        : leg.kind === 'average'
          ? [leg.sum, `${leg.observations}`]
          : [leg.quoteAmount, leg.baseAmount];
    if (leg.operation === 'multiply') {
      multiply(up);
      divide(down);
    } else {
      multiply(down);
      divide(up);
    }
  }
  const shift = minorUnits - places;
  if (shift >= 0) numerator *= 10n ** BigInt(shift);
  else denominator *= 10n ** BigInt(-shift);
  const negative = numerator < 0n;
  const size = negative ? -numerator : numerator;
  let units = size / denominator;
  const twiceRest = (size % denominator) * 2n;
  if (twiceRest > denominator || (twiceRest === denominator && units % 2n === 1n)) units += 1n;
  const digits = `${units}`.padStart(minorUnits + 1, '0');
  const at = digits.length - minorUnits;
  const plain =
    minorUnits === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`.replace(/\.?0+$/, '');
  return negative && units !== 0n ? `-${plain}` : plain;
}

/**
 * The converted figure that a receipt gives for a stated amount, from its legs alone, to the last digit.
 * @param minorUnits ISO 4217 exponent of the target currency: 2 rounds half-even to cents
 */
export function recompute(
  { method, legs }: Pick<Receipt, 'method' | 'legs'>,
  stated: string,
  minorUnits: number,
): string {
  return method === 'identity' ? stated : byWholeNumbers(stated, legs, minorUnits);
}
