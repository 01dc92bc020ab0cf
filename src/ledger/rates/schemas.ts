import { z } from 'zod';
import { RATE_BASES } from '../../domain/money/conversion.ts';
import { listParameters } from '../../http/formats/lists.ts';
import { listOf, sortParameter, sparse } from '../../http/query/paging.ts';
import {
  amountParameter,
  commaSeparated,
  currencyCode,
  decimalString,
  identifier,
  isoDate,
} from '../../http/query/shared-schemas.ts';
import { knownAsOf } from '../../http/query/vintage.ts';
import { PROVIDER_IDS, REFERENCE } from './provider.ts';

const days = z.int().nonnegative();
const operation = z
  .enum(['multiply', 'divide'])
  .meta({ description: 'What the rate does to the stated amount.' });
const provider = z.string().meta({
  description: `${PROVIDER_IDS.map((id) => `\`${id}\``).join(', ')}: reference rates; \`source\`: implied by a document.`,
  examples: [REFERENCE.id],
});
const shownRate = decimalString.meta({
  description: 'For showing, 12 significant digits.',
  examples: ['7.13620531622'],
});

/** A rate as a provider published it. */
const publishedRate = {
  provider,
  base: currencyCode.meta({ examples: ['EUR'] }),
  quote: currencyCode.meta({ examples: ['CNY'] }),
  date: isoDate.meta({ examples: ['2020-05-25'] }),
  rate: decimalString.meta({
    description: 'Units of `quote` for one `base`, as published.',
    examples: ['7.7856'],
  }),
  revision: z
    .int()
    .positive()
    .meta({ examples: [1] }),
};

const ReferenceLeg = z
  .object({
    kind: z.literal('reference'),
    operation,
    ...publishedRate,
  })
  .meta({ id: 'ReferenceLeg', description: 'The reference rate of one day.' });

const AverageLeg = z
  .object({
    kind: z.literal('average'),
    operation,
    provider,
    base: currencyCode,
    quote: currencyCode,
    firstDay: isoDate,
    lastDay: isoDate,
    observations: z.int().positive(),
    targetDays: z.int().positive().meta({ description: 'Days that a full coverage would have had.' }),
    sum: decimalString.meta({
      description: 'Sum of the daily rates: the mean used is `sum` / `observations`.',
    }),
    rate: shownRate,
  })
  .meta({ id: 'AverageLeg', description: 'The mean of the reference rates of a period.' });

const SourceLeg = z
  .object({
    kind: z.literal('source'),
    operation,
    provider: z.literal('source'),
    base: currencyCode,
    quote: currencyCode,
    date: isoDate.nullable(),
    baseAmount: decimalString.meta({ description: 'The stated figure in `base`.' }),
    quoteAmount: decimalString.meta({
      description: 'The stated figure in `quote`: the rate used is `quoteAmount` / `baseAmount`.',
    }),
    rate: shownRate,
  })
  .meta({
    id: 'SourceLeg',
    description: 'The rate that a document implies by stating one figure in two currencies.',
  });

export const Receipt = z
  .object({
    basis: z.enum(RATE_BASES),
    requestedDate: isoDate
      .nullable()
      .meta({ description: 'The day asked for, where the basis asks for one.', examples: ['2020-05-25'] }),
    effectiveDate: isoDate
      .nullable()
      .meta({ description: 'The day whose rate was used.', examples: ['2020-05-25'] }),
    carriedDays: days.nullable().meta({
      description: 'Days between the two: nothing is published on weekends and closing days.',
      examples: [0],
    }),
    method: z.enum(['identity', 'direct', 'inverse', 'cross']),
    legs: z.array(z.discriminatedUnion('kind', [ReferenceLeg, AverageLeg, SourceLeg])),
    rate: z.object({
      value: shownRate,
      base: currencyCode.meta({ examples: ['USD'] }),
      quote: currencyCode.meta({ examples: ['CNY'] }),
      direction: z.string().meta({ examples: ['CNY per USD'] }),
    }),
  })
  .meta({
    id: 'Receipt',
    description:
      'How a figure was converted. It is recomputed from the legs, never from `rate`, which is for showing.',
  });

export const Converted = z
  .object({
    currency: currencyCode.meta({ examples: ['USD'] }),
    value: decimalString.nullable().meta({
      description: "Rounded once, half-even, to the currency's minor unit.",
      examples: ['420391491985.2'],
    }),
    low: decimalString.nullable().meta({ examples: ['420391491985.2'] }),
    high: decimalString.nullable().meta({ examples: ['420391491985.2'] }),
    receipt: Receipt,
  })
  .meta({ id: 'Converted', description: 'A stated amount in another currency. Computed.' });

/** What a computed answer adds where `convertTo` is given. */
export const receiptsField = z
  .record(z.string(), Receipt)
  .nullable()
  .meta({ description: 'With `convertTo`: how each figure was converted, by forecast. Null without.' });

/** What a computed answer leaves out where `convertTo` is given. */
export const notConvertedField = z.array(z.object({ forecast: identifier, reason: z.string() })).meta({
  description:
    'With `convertTo`: forecasts that could not be converted and are in no figure here, with the code of the reason.',
});

export const NotConverted = z
  .object({
    code: z.string().meta({
      description: 'As the `code` of a problem: see /problems.',
      examples: ['publicationDateUnknown'],
    }),
    title: z.string(),
    detail: z.string(),
  })
  .meta({ id: 'NotConverted', description: 'Why an amount could not be converted.' });

/** What conversion adds to a record: only where `convertTo` asks for it. */
export const conversionFields = {
  converted: Converted.nullable()
    .optional()
    .meta({ description: 'With `convertTo`: the converted amount, or null with a reason beside it.' }),
  notConverted: NotConverted.nullable()
    .optional()
    .meta({ description: 'With `convertTo`: why `converted` is null.' }),
};

export const conversionParameters = {
  convertTo: currencyCode
    .optional()
    .meta({ description: 'ISO 4217 code of the currency to convert into, e.g. `USD`.' }),
  rateBasis: commaSeparated(z.enum(RATE_BASES)).optional().meta({
    description:
      "Which rate, or several to be tried in this order: `publication` (default; the reference rate of the publication date), `stated` (implied by the document itself), `periodAverage` (mean over the forecast's period), `latest`, `date` (of `rateDate`). Nothing falls back unless a list says so.",
  }),
  rateDate: isoDate.optional().meta({ description: 'The day for `rateBasis=date`.' }),
};

interface ConversionQuery {
  readonly convertTo?: string | undefined;
  readonly rateBasis?: readonly string[] | undefined;
  readonly rateDate?: string | undefined;
}

/** What parameters of a conversion need each other. */
export function checkConversionParameters(
  query: ConversionQuery,
  context: z.RefinementCtx,
  needsTarget = true,
): void {
  const refuse = (name: string, message: string, problem: string): void =>
    context.addIssue({ code: 'custom', path: [name], message, params: { problem } });
  if (needsTarget && query.convertTo === undefined) {
    for (const name of ['rateBasis', 'rateDate'] as const) {
      if (query[name] !== undefined) refuse(name, 'has a meaning only with `convertTo`', 'parameterRequired');
    }
    return;
  }
  const asksForDate = query.rateBasis?.includes('date') === true;
  if (asksForDate && query.rateDate === undefined)
    refuse('rateBasis', 'has `date`, which needs `rateDate`', 'parameterRequired');
  if (!asksForDate && query.rateDate !== undefined)
    refuse('rateDate', 'has a meaning only with `rateBasis=date`', 'parameterRequired');
  if (query.rateBasis !== undefined && new Set(query.rateBasis).size !== query.rateBasis.length) {
    refuse('rateBasis', 'names a basis twice', 'invalidValue');
  }
}

export const Currency = z
  .object({
    id: currencyCode.meta({ description: 'ISO 4217 alphabetic code.', examples: ['CNY'] }),
    numeric: z.string().meta({ examples: ['156'] }),
    name: z.string().meta({ examples: ['Yuan Renminbi'] }),
    minorUnits: z
      .int()
      .nonnegative()
      .nullable()
      .meta({ description: 'Decimal places of the minor unit; null where ISO gives none.', examples: [2] }),
    endedOn: isoDate.nullable().meta({ description: 'Last day as a currency of its own.', examples: [null] }),
    successor: currencyCode.nullable().meta({ examples: [null] }),
    series: z
      .array(
        z.object({
          provider,
          base: currencyCode.meta({ examples: ['EUR'] }),
          firstDay: isoDate.meta({ examples: ['2005-04-01'] }),
          lastDay: isoDate.nullable().meta({ description: 'Null while the series runs.', examples: [null] }),
          gaps: z.array(z.object({ from: isoDate, to: isoDate })).meta({ examples: [[]] }),
        }),
      )
      .meta({ description: 'From when to when providers set rates for it.' }),
  })
  .meta({ id: 'Currency', description: 'A currency of ISO 4217, or one that has ended.' });
export type Currency = z.output<typeof Currency>;

export const currencyFilters = {
  provider: z
    .enum(PROVIDER_IDS)
    .optional()
    .meta({ description: 'Only currencies with a series of this provider.' }),
  ended: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: '`true`: only those that have ended; `false`: only present ones.' }),
};
export type CurrencyFilters = z.output<z.ZodObject<typeof currencyFilters>>;
export const CURRENCY_SORT_KEYS = ['id', 'name'] as const;
export type CurrencySortKey = (typeof CURRENCY_SORT_KEYS)[number];

const Observation = z.object({
  ...publishedRate,
  observedAt: z.iso.datetime().meta({ description: 'When this ledger first saw it.' }),
});

export const Rate = z
  .object({
    provider,
    base: currencyCode.meta({ examples: ['EUR'] }),
    quote: currencyCode.meta({ examples: ['CNY'] }),
    date: isoDate
      .nullable()
      .meta({ description: 'The day for which the rate was set.', examples: ['2020-05-25'] }),
    rate: decimalString.nullable().meta({
      description:
        'Units of `quote` for one `base`: as published, or computed with 12 significant digits. Null where there is none, with the reason beside it.',
      examples: ['7.7856'],
    }),
    computed: z.boolean().meta({
      description: 'Whether the rate is an inverse, a cross or implied by a document, not a published one.',
      examples: [false],
    }),
    revision: z
      .int()
      .positive()
      .nullable()
      .meta({ description: 'Of a published rate; computed ones name those of `from`.', examples: [1] }),
    observedAt: z.iso.datetime().nullable().meta({
      description: 'When this ledger first saw the rate, or the later of those it is computed from.',
    }),
    requestedDate: isoDate
      .nullable()
      .meta({ description: 'With `date`: the day asked for.', examples: ['2020-05-25'] }),
    carriedDays: days.nullable().meta({
      description: 'With `date`: days from the day of the rate to the day asked for.',
      examples: [0],
    }),
    from: z
      .array(Observation)
      .meta({ description: 'The published rates that a computed one is made of.', examples: [[]] }),
    earlier: z
      .array(Observation)
      .meta({ description: 'Earlier revisions of a rate that was corrected, oldest first.', examples: [[]] }),
    forecast: identifier.nullable().meta({
      description: 'With `provider=source`: the forecast whose document implies the rate.',
      examples: [null],
    }),
    reason: NotConverted.nullable().meta({ description: 'Why `rate` is null.', examples: [null] }),
  })
  .meta({ id: 'Rate', description: 'A rate between two currencies.' });
export type Rate = z.output<typeof Rate>;

export const RATE_SORT_KEYS = ['date', 'quote', 'forecast'] as const;
export type RateSortKey = (typeof RATE_SORT_KEYS)[number];

export const RateListQuery = z
  .strictObject({
    provider: z
      .enum([...PROVIDER_IDS, 'source'])
      .default(REFERENCE.id)
      .meta({
        description: `${PROVIDER_IDS.map((id) => `\`${id}\`${id === REFERENCE.id ? ' (default)' : ''}`).join(', ')}, or \`source\` for the rates that documents imply.`,
      }),
    base: currencyCode
      .optional()
      .meta({ description: 'Default `EUR`, as published. With another base the rates are crosses.' }),
    quotes: commaSeparated(currencyCode)
      .optional()
      .meta({ description: 'ISO 4217 codes, e.g. `CNY,USD`. Default: all that are held.' }),
    date: isoDate
      .optional()
      .meta({ description: 'One day: a closing day takes the last rate before it, and says so.' }),
    from: isoDate.optional().meta({ description: 'First day of a range; only days with a rate are listed.' }),
    to: isoDate.optional().meta({ description: 'Last day of a range.' }),
    knownAsOf,
    sort: sortParameter(RATE_SORT_KEYS, '-date,quote', RATE_SORT_KEYS),
    ...listParameters(Rate),
  })
  .superRefine((query, context) => {
    if (query.from !== undefined && query.to !== undefined && query.from > query.to) {
      context.addIssue({ code: 'custom', path: ['to'], message: 'a day not before `from`' });
    }
    if (query.date !== undefined && (query.from !== undefined || query.to !== undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['date'],
        message: 'cannot stand beside `from` and `to`: one day, or a range',
        params: { problem: 'conflictingParameters' },
      });
    }
  });
export type RateListQuery = z.output<typeof RateListQuery>;

export const RateFreshness = z
  .object({
    newestDate: isoDate
      .nullable()
      .meta({ description: 'Newest day of the rates held.', examples: ['2026-08-21'] }),
    ageDays: z
      .int()
      .nullable()
      .meta({ description: 'Days from it to today.', examples: [0] }),
    heldFrom: isoDate.nullable().meta({
      description:
        'Oldest day since which, up to `newestDate`, no day is missing on which rates were published; of the days before it some are.',
      examples: ['2026-08-21'],
    }),
    missingDays: z
      .int()
      .nonnegative()
      .nullable()
      .meta({ description: 'Days after `newestDate` on which rates were published.', examples: [0] }),
    attemptedAt: z.iso.datetime().nullable().meta({ description: 'When they were last asked for.' }),
    succeededAt: z.iso.datetime().nullable().meta({ description: 'When they were last fetched.' }),
    failure: z
      .string()
      .nullable()
      .meta({ description: 'Code of the last failure; null after a success.', examples: [null] }),
    quarantined: z
      .int()
      .nonnegative()
      .meta({ description: 'Rates kept out of service as implausible.', examples: [0] }),
    attribution: z.string().meta({ examples: [REFERENCE.attribution] }),
  })
  .meta({ id: 'RateFreshness', description: 'How old the reference rates are.' });
export type RateFreshness = z.output<typeof RateFreshness>;

const RatePage = listOf(sparse(Rate));
export const RateList = RatePage.extend({ meta: RatePage.shape.meta.extend({ rates: RateFreshness }) }).meta({
  id: 'RateList',
  description: 'A page of rates.',
});

export const ConvertQuery = z
  .strictObject({
    amount: amountParameter.meta({ description: 'Whole units of `from`, a plain decimal.' }),
    from: currencyCode.meta({ description: 'ISO 4217 code.' }),
    to: currencyCode.meta({ description: 'ISO 4217 code.' }),
    date: isoDate.optional().meta({ description: 'At the reference rate of this day.' }),
    periodFrom: isoDate.optional().meta({ description: 'At the mean over a period: its first day.' }),
    periodTo: isoDate.optional().meta({ description: 'At the mean over a period: its last day.' }),
    knownAsOf,
  })
  .superRefine((query, context) => {
    const refuse = (name: string, message: string, problem: string): void =>
      context.addIssue({ code: 'custom', path: [name], message, params: { problem } });
    if ((query.periodFrom === undefined) !== (query.periodTo === undefined)) {
      const missing = query.periodFrom === undefined ? 'periodFrom' : 'periodTo';
      refuse(missing, 'is required: a period has two ends', 'parameterRequired');
    }
    if (query.date !== undefined && query.periodFrom !== undefined) {
      refuse('date', 'cannot stand beside a period: one day, or a period', 'conflictingParameters');
    }
    if (query.periodFrom !== undefined && query.periodTo !== undefined && query.periodFrom > query.periodTo) {
      refuse('periodTo', 'is before `periodFrom`', 'invalidValue');
    }
  });
export type ConvertQuery = z.output<typeof ConvertQuery>;

const Meta = z.object({ datasetVersion: z.string() });

export const ConvertAnswer = z
  .object({
    data: z.object({
      amount: decimalString.meta({ examples: ['3000000000000'] }),
      from: currencyCode.meta({ examples: ['CNY'] }),
      converted: Converted,
    }),
    meta: Meta,
  })
  .meta({ id: 'ConvertAnswer', description: 'An amount in another currency, with its receipt.' });

export const RecordConversionsQuery = z.strictObject({
  to: currencyCode.meta({ description: 'ISO 4217 code of the currency to convert into.' }),
  rateDate: isoDate.optional().meta({ description: 'Adds the basis `date` for this day.' }),
  knownAsOf,
});
export type RecordConversionsQuery = z.output<typeof RecordConversionsQuery>;

const conversions = {
  revision: z.int().positive(),
  to: currencyCode,
  stated: z.object({
    value: decimalString.nullable(),
    low: decimalString.nullable(),
    high: decimalString.nullable(),
    currency: currencyCode,
  }),
  data: z.array(
    z.object({
      basis: z.enum(RATE_BASES),
      converted: Converted.nullable(),
      notConverted: NotConverted.nullable(),
      deviationFromStatedPercent: z
        .string()
        .nullable()
        .meta({
          description:
            "How far this figure lies from the document's own conversion, in percent of that; null where there is none.",
          examples: ['0.093'],
        }),
    }),
  ),
  meta: Meta,
};

export const ForecastConversions = z
  .object({ forecast: identifier, ...conversions })
  .meta({ id: 'ForecastConversions', description: 'One forecast at every basis, side by side.' });

export const OutcomeConversions = z
  .object({ outcome: identifier, ...conversions })
  .meta({ id: 'OutcomeConversions', description: 'One outcome at every basis, side by side.' });
