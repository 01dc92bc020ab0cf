import { z } from 'zod';
import { factorOf } from '../../domain/money/conversion.ts';
import { pairsOf } from '../../domain/money/conversion-routes.ts';
import type { Decimal } from '../../domain/money/decimal.ts';
import { formatDecimal, parseDecimal } from '../../domain/money/decimal.ts';
import type { Vintage } from '../../domain/vintage.ts';
import type { RateBooks } from '../rates/book.ts';
import type { ConvertibleRecord } from '../rates/conversions.ts';
import { conversionRequest, openConverter } from '../rates/conversions.ts';

/*
 * What may be wrong with a record though it holds together: told to whoever wrote it, and never refused.
 */

export const Warning = z
  .object({
    code: z.enum(['conversionFarFromRate']).meta({
      description:
        '`conversionFarFromRate`: a conversion that the document states implies more than one and a half times the reference rate of its publication, or less than two thirds.',
    }),
    field: z.string().meta({ examples: ['statedConversions.0.amount'] }),
    message: z.string().meta({ description: 'What was found, and what to look at.' }),
  })
  .meta({ id: 'Warning', description: 'What may be wrong, though it is taken as it is.' });
export type Warning = z.output<typeof Warning>;

const MOST_APART = 1.5;
/** Rates are shown with so many significant digits. */
const SHOWN_DIGITS = 4;

/** What of a record is warned of. */
export type Warned = Pick<ConvertibleRecord, 'amount' | 'statedConversions' | 'publishedOn'>;

/** The warnings of a record; none of a conversion for whose day no rate is held. */
export async function warningsOf(
  rates: RateBooks,
  { amount, statedConversions, publishedOn }: Warned,
  vintage: Vintage,
): Promise<readonly Warning[]> {
  const warnings: Warning[] = [];
  if (publishedOn === null) return warnings;
  for (const [at, { amount: stated }] of statedConversions.entries()) {
    const request = conversionRequest({ convertTo: stated.currency });
    const pairs = pairsOf(amount, stated);
    if (request === null || pairs.length === 0 || stated.currency === amount.currency) continue;
    const converter = await openConverter(rates, [amount.currency], request, vintage);
    const record = { amount, statedConversions: [], publishedOn, period: { start: null, end: null } };
    const receipt = converter.tryConvert(record).converted?.receipt;
    if (receipt === undefined) continue;
    const { numerator, denominator } = factorOf(receipt.legs);
    const times = pairs.map(({ one, other }) =>
      parseDecimal(other).times(denominator).dividedBy(parseDecimal(one).times(numerator)),
    );
    // Of sums of which one is a bound, the bounds may say less than the rate does.
    const nearest = times.find((ratio) => !isFar(ratio)) ?? times[0];
    if (nearest === undefined || !isFar(nearest)) continue;
    const { value, base, direction } = receipt.rate;
    const rate = parseDecimal(value);
    const implied = base === amount.currency ? rate.times(nearest) : rate.dividedBy(nearest);
    warnings.push({
      code: 'conversionFarFromRate',
      field: `statedConversions.${at}.amount`,
      message: `implies ${shown(implied)} ${direction}, and the reference rate of ${receipt.effectiveDate} is ${shown(rate)}: look whether both sums are as printed`,
    });
  }
  return warnings;
}

function isFar(ratio: Decimal): boolean {
  return ratio.greaterThan(MOST_APART) || ratio.times(MOST_APART).lessThan(1);
}

function shown(rate: Decimal): string {
  return formatDecimal(rate.toSignificantDigits(SHOWN_DIGITS));
}
