import { z } from 'zod';
import { NO_CHANGE_REASONS } from '../../domain/analysis/series.ts';
import { STANCES } from '../../domain/statement.ts';
import { tableParameters } from '../../http/formats/tables.ts';
import { resolvedField } from '../../http/query/paging.ts';
import {
  currencyCode,
  decimalString,
  identifier,
  isoDate,
  nullableText,
  Period,
  refusing,
  signedDecimalString,
} from '../../http/query/shared-schemas.ts';
import {
  checkConversionParameters,
  conversionParameters,
  notConvertedField,
  receiptsField,
} from '../../ledger/rates/schemas.ts';
import { forecastFilters } from '../../ledger/records/kinds.ts';
import { checkRegions } from '../../ledger/records/query-checks.ts';
import { Forecast } from '../../ledger/records/schemas.ts';
import { FigureAmount, tableFilters } from '../shared-schemas.ts';

const { sector, sectorOnly, year, periodFrom, periodTo, stance, scenario, prices } = forecastFilters;

export const SeriesQuery = z
  .strictObject({
    ...{ sector, sectorOnly },
    ...tableFilters,
    ...{ year, periodFrom, periodTo, stance, scenario, prices },
    ...conversionParameters,
    ...tableParameters,
  })
  .superRefine((query, context) => {
    checkConversionParameters(query, context);
    checkRegions(query, context);
    if (query.forecaster === undefined && query.sector === undefined && query.source === undefined)
      refusing(context)('forecaster', 'is required, or `sector`, or `source`', 'parameterRequired');
  });
export type SeriesQuery = z.output<typeof SeriesQuery>;

const amount = FigureAmount.nullable().meta({
  description: 'As stated, or in `convertTo`; null where it could not be converted.',
});
const conversionReason = nullableText.meta({
  description: 'The code of the reason why it was not converted.',
});

const SeriesItem = z
  .object({
    forecast: identifier,
    source: identifier,
    publishedOn: isoDate.nullable(),
    stance: z.enum(STANCES),
    scenario: Forecast.shape.scenario,
    period: Period,
    amount,
    conversionReason,
    revises: identifier.nullable().meta({ description: 'The forecast that it says it takes the place of.' }),
    change: z
      .object({
        from: identifier.meta({ description: 'The forecast before it in the series.' }),
        absolute: signedDecimalString.meta({ description: 'In the currency shown.' }),
        percent: signedDecimalString.nullable().meta({
          description:
            'Of the one before, 12 significant digits; of the figures as stated where these share a currency, so that exchange rates make no difference. Null where the one before is zero.',
        }),
        approximate: z.boolean().meta({ description: 'Whether either figure is.' }),
      })
      .nullable()
      .meta({ description: 'Only between two single figures, exact or approximate.' }),
    noChangeReason: z.enum(NO_CHANGE_REASONS).nullable().meta({
      description:
        '`repeated`: it states again what an earlier one states; `orderUnknown`: it or the one before it has no day of publication, or shares it with another; `notOneFigure`: it or the one before it is a bound or a range.',
    }),
  })
  .meta({ id: 'SeriesItem', description: 'A forecast, and by how much it differs from the one before it.' });

const SeriesOutcome = z
  .object({
    id: identifier,
    reportedBy: identifier.nullable(),
    source: identifier,
    publishedOn: isoDate.nullable(),
    amount,
    conversionReason,
  })
  .meta({ id: 'SeriesOutcome', description: 'What was reported for the same subject and period.' });

const subject = {
  forecaster: identifier.nullable(),
  sector: identifier,
  measure: identifier,
  region: identifier,
  scope: identifier,
  prices: Forecast.shape.prices,
  scenario: Forecast.shape.scenario.meta({
    description: 'Null for base cases, and where a document states one figure alone.',
  }),
};

const Series = z
  .object({
    ...subject,
    period: Period,
    items: z.array(SeriesItem).meta({ description: 'The earliest published first, unknown days last.' }),
    outcomes: z.array(SeriesOutcome),
    warnings: z.array(z.object({ code: z.literal('mixedRates'), forecasts: z.array(identifier) })).meta({
      description:
        '`mixedRates`: figures of one currency were converted at rates of several days, so that `absolute` tells of exchange rates too.',
    }),
  })
  .meta({ id: 'Series', description: 'What one forecaster said of one subject, document by document.' });

export const SeriesAnswer = z
  .object({
    data: z.array(Series).meta({
      description:
        'One for each forecaster, sector, measure, region, scope, prices, scenario and period; those of several forecasts first.',
    }),
    receipts: receiptsField,
    notConverted: notConvertedField,
    meta: z.object({ datasetVersion: z.string(), ...resolvedField, names: z.record(z.string(), z.string()) }),
  })
  .meta({ id: 'SeriesAnswer', description: 'How forecasts moved.' });

export const SeriesRow = z.object({
  role: z.enum(['forecast', 'outcome']),
  record: identifier,
  publishedOn: isoDate.nullable(),
  forecaster: identifier.nullable(),
  reportedBy: identifier.nullable(),
  source: identifier,
  sector: identifier,
  measure: identifier,
  region: identifier,
  scope: identifier,
  stance: z.string().nullable(),
  scenario: nullableText,
  pricesKind: z.string(),
  pricesYear: z.int().nullable(),
  windowStart: isoDate.nullable(),
  windowEnd: isoDate.nullable(),
  windowKind: z.string(),
  windowYears: z.int().nullable(),
  value: decimalString.nullable(),
  low: decimalString.nullable(),
  high: decimalString.nullable(),
  qualifier: nullableText,
  currency: currencyCode.nullable(),
  approximate: z.boolean().nullable(),
  conversionReason,
  revises: identifier.nullable(),
  changeFrom: identifier.nullable(),
  changeAbsolute: signedDecimalString.nullable(),
  changePercent: signedDecimalString.nullable(),
  noChangeReason: nullableText,
  names: z.object({
    forecaster: nullableText,
    source: nullableText,
    sector: nullableText,
    measure: nullableText,
    region: nullableText,
    scope: nullableText,
  }),
});
