import { z } from 'zod';
import {
  COMPARED,
  COMPARISON_REASONS,
  COMPARISON_WARNINGS,
  PER_FORECASTER,
} from '../../domain/analysis/comparison.ts';
import { BESIDE, UNGROUPED_REASONS } from '../../domain/analysis/comparison-groups.ts';
import { tableParameters } from '../../http/formats/tables.ts';
import { Hint, resolvedField } from '../../http/query/paging.ts';
import {
  commaSeparated,
  count,
  currencyCode,
  DAY_FORMS,
  dayOf,
  decimalString,
  entryName,
  identifier,
  isoDate,
  Period,
  refusing,
} from '../../http/query/shared-schemas.ts';
import {
  checkConversionParameters,
  conversionParameters,
  receiptsField,
} from '../../ledger/rates/schemas.ts';
import { forecastFilters } from '../../ledger/records/kinds.ts';
import { Forecast } from '../../ledger/records/schemas.ts';
import {
  FigureAmount,
  periodColumns,
  publicationFilters,
  Statements,
  statementColumns,
  statementFilters,
  tableFilters,
} from '../shared-schemas.ts';

/** So many groups, or rows of them, are shown; of more there are links. */
export const MOST_GROUPS = 50;
export const MOST_ROWS = 1000;
/** So many links are given. */
export const MOST_LINKS = 5000;
/** So many of the forecasts that are in no group are named. */
export const MOST_UNGROUPED = 1000;

export const ComparisonQuery = z
  .strictObject({
    sector: commaSeparated(entryName).meta({
      description:
        'Sector ids, each without its descendants; several are compared each on its own, side by side.',
    }),
    measure: entryName
      .optional()
      .meta({ description: 'One measure; without it, each in groups of its own.' }),
    region: entryName
      .optional()
      .meta({ description: 'ISO 3166-1 alpha-2 code; without it, each region in groups of its own.' }),
    periodFrom: dayOf('first')
      .optional()
      .meta({
        description:
          'First day of the window, or its month or year; without a window, each period is a group of its own.',
        ...DAY_FORMS,
      }),
    periodTo: dayOf('last')
      .optional()
      .meta({
        description:
          'Last day of the window, or its month or year. Alone: what is said to be done by this day, without a first one.',
        ...DAY_FORMS,
      }),
    beside: commaSeparated(z.enum([...BESIDE, 'none']))
      .optional()
      .meta({
        description:
          'What stands beside the rows of the scope and window that are named, each with its reason: figures of other `scopes`, of other `periods`, or `none`. Default: both.',
      }),
    scope: entryName.optional().meta({
      description:
        'Whose spending is compared. Without it, where measure, region and window are named: `national`, or `all-countries` for a group of countries; else each scope in groups of its own.',
    }),
    over: z.enum(COMPARED).default('total').meta({
      description:
        '`total` (default): only figures for exactly the window; `perYear`: the yearly figures of periods within it.',
    }),
    perForecaster: z.enum(PER_FORECASTER).default('latest').meta({
      description:
        '`latest` (default): a forecaster counts once, by its latest base case that no other forecast revises; `all`: each of its figures counts.',
    }),
    assumeStart: isoDate
      .optional()
      .meta({ description: 'The first day to assume for "by 2025" figures, which are left out without it.' }),
    year: forecastFilters.year,
    collection: tableFilters.collection,
    ...statementFilters,
    ...publicationFilters,
    ...conversionParameters,
    ...tableParameters,
  })
  .superRefine((query, context) => {
    checkConversionParameters(query, context);
    const { periodFrom, periodTo, beside } = query;
    const refuse = refusing(context);
    if (beside?.includes('none') && beside.length > 1) refuse('beside', 'names `none` and something else');
    if (periodFrom !== undefined && periodTo === undefined)
      refuse('periodFrom', 'is one end of a window: `periodTo` must name the other', 'parameterRequired');
    else if (periodFrom !== undefined && periodTo !== undefined && periodFrom > periodTo)
      refuse('periodTo', 'a day not before `periodFrom`');
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
    stance: Forecast.shape.stance,
    scenario: Forecast.shape.scenario,
    prices: Forecast.shape.prices,
    total: FigureAmount.nullable().meta({ description: 'For the whole period.' }),
    years: z.int().positive().nullable(),
    perYear: FigureAmount.nullable().meta({
      description:
        'Computed, unless the figure is stated for each year: of 18 months, twelve eighteenths. Null of less than a year, which seasons make no part of one, and where the length is no whole number of months.',
    }),
    pointValue: decimalString
      .nullable()
      .meta({ description: 'What is compared; null for bounds and ranges, which count with their bounds.' }),
    comparable: z.boolean(),
    reason: z
      .enum(COMPARISON_REASONS)
      .nullable()
      .meta({ description: 'Why the row is left out of the spread.' }),
    countsInstead: identifier.nullable().meta({
      description: 'The forecast that counts in its place, where another one of its forecaster does.',
    }),
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

const Range = z.object({ low: decimalString.nullable(), high: decimalString.nullable() }).meta({
  id: 'Range',
  description: 'The narrowest range that all figures allow; null where a side is open.',
});

const statistic = (description: string) => decimalString.nullable().meta({ description });

const Spread = z.object({
  count: z.int().positive().meta({ description: 'The comparable rows.' }),
  bounded: count.meta({ description: 'Those of them that are a bound or a range.' }),
  min: statistic('Null where bounds and ranges allow more than one number: see `ranges`.'),
  median: statistic(
    "Of an even count the mean of the two in the middle, rounded half-even to the currency's minor unit. Null likewise.",
  ),
  max: statistic('Null likewise.'),
  ratio: statistic(
    'max / min, 12 significant digits; of the figures as stated where they share a currency. Null likewise.',
  ),
  ranges: z
    .object({ min: Range, median: Range, max: Range, ratio: Range })
    .meta({ description: 'Where each of them lies, whatever the bounded figures are within their bounds.' }),
  over: z.enum(COMPARED),
});

const compared = {
  currency: currencyCode.nullable(),
  data: z.array(ComparisonRow),
  spread: Spread.nullable().meta({
    description: 'Over the comparable rows only; null where there are none.',
  }),
  warnings: z.array(z.object({ code: z.enum(COMPARISON_WARNINGS), forecasts: z.array(identifier) })).meta({
    description:
      '`mixedRates`: figures of one currency were converted at the rates of several days, so that the spread tells of exchange rates too; `mixedStances`, `mixedScenarios`: these forecasts count beside others of another stance, or scenario, of which there are more.',
  }),
  statements: Statements,
  hints: z.array(Hint).meta({
    description: 'Where no row is comparable: questions by which some are. Else empty.',
  }),
};

/** What a group, or a link to one, is of. */
const subject = {
  sector: identifier,
  measure: identifier,
  region: identifier,
  scope: identifier,
  window: z.object({
    start: isoDate
      .nullable()
      .meta({ description: 'Null for figures "by 2025", as long as no start is assumed.' }),
    end: isoDate,
  }),
  forecasters: count.meta({ description: 'How many forecasters it compares.' }),
  href: z.string().meta({ description: 'The comparison on its own: the same rows.' }),
};

const ComparisonGroup = z.object({ ...subject, ...compared }).meta({
  id: 'ComparisonGroup',
  description: 'Forecasts of one sector, measure, region, scope and period side by side.',
});

const ComparisonLink = z.object(subject).meta({
  id: 'ComparisonLink',
  description: 'A comparison that the answer has no room for.',
});

export const Comparison = z
  .object({
    sector: identifier.nullable().meta({ description: 'Null where several are compared.' }),
    measure: identifier.nullable().meta({ description: 'Null where the query names none.' }),
    region: identifier.nullable().meta({ description: 'Null where the query names none.' }),
    window: z
      .object({
        start: isoDate.nullable().meta({ description: 'Null with `periodTo` alone.' }),
        end: isoDate,
      })
      .nullable()
      .meta({ description: 'Null where the query names none.' }),
    ...compared,
    data: z.array(ComparisonRow).meta({
      description:
        'The rows, where the query names one sector, a measure, a region and a window; else empty, as `groups` have them. In flat rows, CSV and NDJSON those of all groups, each with what it is compared within.',
    }),
    groups: z.array(ComparisonGroup).meta({
      description:
        'Where the query leaves something out or names several sectors: a comparison for each sector, measure, region, scope and period of which at least two forecasters speak; of several sectors also those that stand beside that of another sector, and all of a sector that has no others. What the query names is compared as if all else were named too.',
    }),
    links: z.array(ComparisonLink).meta({
      description: `In the place of \`groups\` where these are more than ${MOST_GROUPS}, or have more than ${MOST_ROWS} rows together; also where more forecasts match than are computed with at once (5000), up to ${MOST_LINKS} groups.`,
    }),
    ungrouped: count.meta({ description: 'How many forecasts are in no group.' }),
    ungroupedForecasts: z
      .array(
        z.object({ forecast: identifier, sector: identifier, reason: z.enum(UNGROUPED_REASONS) }).meta({
          id: 'UngroupedForecast',
          description: 'A forecast that is in no group.',
        }),
      )
      .meta({
        description: `The first ${MOST_UNGROUPED} of them. \`oneForecaster\`: no second forecaster speaks of the same; \`periodUnknown\`: the document leaves a date open; \`eachYear\`: it is for each year of a period, which \`over=perYear\` compares. Empty where \`links\` stand for more than can be computed with.`,
      }),
    receipts: receiptsField,
    meta: z.object({ datasetVersion: z.string(), ...resolvedField, names: z.record(z.string(), z.string()) }),
  })
  .meta({ id: 'Comparison', description: 'Forecasts of one sector, measure and region side by side.' });

export const ComparisonTableRow = z.object({
  forecast: identifier,
  forecaster: identifier.nullable(),
  source: identifier,
  scope: identifier,
  publishedOn: isoDate.nullable(),
  ...periodColumns,
  ...statementColumns,
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
  countsInstead: identifier.nullable(),
  conversionReason: z.string().nullable(),
  assumptions: z.array(z.string()),
  alsoStatedIn: z.array(z.string()),
  sector: identifier,
  measure: identifier,
  region: identifier,
  windowStart: isoDate.nullable(),
  windowEnd: isoDate,
  names: z.object({
    forecaster: z.string().nullable(),
    source: z.string().nullable(),
    sector: z.string().nullable(),
    measure: z.string().nullable(),
    region: z.string().nullable(),
    scope: z.string().nullable(),
  }),
});
