import { z } from 'zod';
import { isIsoDate } from '../../domain/period/calendar.ts';
import { currencyCode, isoDate } from '../../http/query/shared-schemas.ts';

/** A rate as a provider prints it; trailing zeros stay. */
const publishedRate = z
  .string()
  .regex(/^(?=.*[1-9])(?:0|[1-9]\d*)(?:\.\d+)?$/, 'a plain decimal greater than zero, such as 7.7856');

/** `seeds/currencies.json`: ISO 4217. */
export const CurrencySeedFile = z.strictObject({
  about: z.string().min(1),
  source: z.string().min(1),
  records: z.array(
    z.strictObject({
      id: currencyCode,
      numeric: z.string().regex(/^\d{3}$/, 'three digits'),
      name: z.string().min(1),
      minorUnits: z.int().min(0).max(4).nullable(),
      endedOn: isoDate.nullable(),
      successor: currencyCode.nullable(),
      /** Of a currency that another replaced for good: units of it for one of `base`. */
      irrevocable: z
        .strictObject({ base: currencyCode, rate: publishedRate, since: isoDate, law: z.string().min(1) })
        .optional(),
    }),
  ),
});
export type CurrencySeedFile = z.output<typeof CurrencySeedFile>;

/** `seeds/rates-*.json`: a provider's series, some days of its rates, and the averages of years. */
export const RateSeedFile = z.strictObject({
  about: z.string().min(1),
  attribution: z.string().min(1),
  averagesAttribution: z.string().min(1),
  provider: z.string().min(1),
  base: currencyCode,
  series: z.array(
    z.strictObject({
      quote: currencyCode,
      firstDay: isoDate,
      lastDay: isoDate.nullable(),
      gaps: z.array(z.strictObject({ from: isoDate, to: isoDate })),
    }),
  ),
  days: z.array(z.strictObject({ date: isoDate, rates: z.record(currencyCode, publishedRate) })),
  averages: z.array(
    z.strictObject({
      year: z.int().min(1999).max(2999),
      quote: currencyCode,
      firstDay: z.string().refine(isIsoDate),
      lastDay: z.string().refine(isIsoDate),
      observations: z.int().positive(),
      targetDays: z.int().positive(),
      sum: publishedRate,
      mean: publishedRate,
    }),
  ),
});
export type RateSeedFile = z.output<typeof RateSeedFile>;
