import { z } from 'zod';
import { COMPARED, COMPARISON_REASONS } from '../../domain/analysis/comparison.ts';
import { tableParameters } from '../../http/formats/tables.ts';
import { currencyCode, decimalString, identifier, isoDate, Period } from '../../http/query/shared-schemas.ts';
import {
  checkConversionParameters,
  conversionParameters,
  receiptsField,
} from '../../ledger/rates/schemas.ts';
import { FigureAmount, periodColumns, publicationFilters, tableFilters } from '../shared-schemas.ts';

export const ComparisonQuery = z
  .strictObject({
    sector: identifier.meta({ description: 'One sector, without its descendants.' }),
    measure: identifier.meta({ description: 'One measure.' }),
    region: identifier.meta({ description: 'ISO 3166-1 alpha-2 code.' }),
    periodFrom: isoDate.meta({ description: 'First day of the window.' }),
    periodTo: isoDate.meta({ description: 'Last day of the window.' }),
    scope: identifier
      .default('national')
      .meta({ description: 'Whose spending is compared; default `national`.' }),
    over: z.enum(COMPARED).default('total').meta({
      description:
        '`total` (default): only figures for exactly the window; `perYear`: the yearly figures of periods within it.',
    }),
    assumeStart: isoDate
      .optional()
      .meta({ description: 'The first day to assume for "by 2025" figures, which are left out without it.' }),
    collection: tableFilters.collection,
    ...publicationFilters,
    ...conversionParameters,
    ...tableParameters,
  })
  .superRefine((query, context) => {
    checkConversionParameters(query, context);
    if (query.periodFrom > query.periodTo) {
      context.addIssue({ code: 'custom', path: ['periodTo'], message: 'a day not before `periodFrom`' });
    }
  });
export type ComparisonQuery = z.output<typeof ComparisonQuery>;

export const ComparisonRow = z
  .object({
    forecast: identifier,
    forecaster: identifier.nullable(),
    source: identifier,
    scope: identifier,
    publishedOn: isoDate.nullable(),
    alsoStatedIn: z.array(z.object({ forecast: identifier, source: identifier })).meta({
      description:
        'Other places that state the same claim, the same amount over the same span; it counts once. A place that states it otherwise is a row of its own.',
    }),
    period: Period,
    total: FigureAmount.nullable().meta({ description: 'For the whole period.' }),
    years: z.int().positive().nullable(),
    perYear: FigureAmount.nullable().meta({
      description: 'Computed, unless the figure is stated for each year.',
    }),
    pointValue: decimalString
      .nullable()
      .meta({ description: 'What the spread takes; null for bounds and ranges.' }),
    comparable: z.boolean(),
    reason: z
      .enum(COMPARISON_REASONS)
      .nullable()
      .meta({ description: 'Why the row is left out of the spread.' }),
    conversionReason: z.string().nullable(),
    assumptions: z.array(
      z.object({
        code: z.enum(['startAssumed', 'periodInferred', 'approximateAtFaceValue']),
        start: isoDate.optional(),
        dates: z.array(z.enum(['start', 'end'])).optional(),
      }),
    ),
  })
  .meta({
    id: 'ComparisonRow',
    description: 'One claim, with all places that state it alike; the same row stands for it at every rate.',
  });

export const Comparison = z
  .object({
    sector: identifier,
    measure: identifier,
    region: identifier,
    window: z.object({ start: isoDate, end: isoDate }),
    currency: currencyCode.nullable(),
    data: z.array(ComparisonRow),
    spread: z
      .object({
        count: z.int().positive(),
        min: decimalString,
        median: decimalString.meta({
          description:
            "Of an even count the mean of the two in the middle, rounded half-even to the currency's minor unit.",
        }),
        max: decimalString,
        ratio: decimalString.nullable().meta({ description: 'max / min, 12 significant digits.' }),
        over: z.enum(COMPARED),
      })
      .nullable()
      .meta({ description: 'Over the comparable rows only; null where there are none.' }),
    receipts: receiptsField,
    meta: z.object({ datasetVersion: z.string(), names: z.record(z.string(), z.string()) }),
  })
  .meta({ id: 'Comparison', description: 'Forecasts of one sector, measure and region side by side.' });

export const ComparisonTableRow = z.object({
  forecast: identifier,
  forecaster: identifier.nullable(),
  source: identifier,
  scope: identifier,
  publishedOn: isoDate.nullable(),
  ...periodColumns,
  totalValue: decimalString.nullable(),
  totalLow: decimalString.nullable(),
  totalHigh: decimalString.nullable(),
  qualifier: z.string().nullable(),
  approximate: z.boolean().nullable(),
  currency: currencyCode.nullable(),
  years: z.int().nullable(),
  perYearValue: decimalString.nullable(),
  perYearLow: decimalString.nullable(),
  perYearHigh: decimalString.nullable(),
  pointValue: decimalString.nullable(),
  comparable: z.boolean(),
  reason: z.string().nullable(),
  conversionReason: z.string().nullable(),
  assumptions: z.array(z.string()),
  alsoStatedIn: z.array(z.string()),
  names: z.object({ forecaster: z.string().nullable(), source: z.string().nullable() }),
});
