import { z } from 'zod';
import { RATE_BASES, RECEIPT_WARNINGS } from '../../domain/money/conversion.ts';
import { LAWGIVER } from '../../domain/money/conversion-routes.ts';
import { listParameters } from '../../http/formats/lists.ts';
import { pictureParameters } from '../../http/formats/pictures.ts';
import { aliasOf } from '../../http/message/aliases.ts';
import { listOf, sortParameter } from '../../http/query/paging.ts';
import {
  amountParameter,
  commaSeparated,
  count,
  currencyCode,
  currencyParameter,
  DAY_FORMS,
  dayOf,
  decimalString,
  flag,
  identifier,
  isoDate,
  nullableText,
  positiveInteger,
  refusing,
} from '../../http/query/shared-schemas.ts';
import { knownAsOf, vintageParameters } from '../../http/query/vintage.ts';
import { REFERENCE } from './provider.ts';

/** Each is tried alone, and each two of them together. */
const MOST_PROVIDERS = 5;

function about(description: string, ...examples: readonly unknown[]) {
  return examples.length === 0 ? { description } : { description, examples: [...examples] };
}

const operation = z.enum(['multiply', 'divide']).meta(about('What the rate does to the stated amount.'));
const provider = z.string().meta({
  description: `\`${REFERENCE.id}\`: reference rates; \`source\`: implied by a document; \`${LAWGIVER}\`: fixed by law; any other: imported here under that name.`,
  examples: [REFERENCE.id],
});
/** A provider in a query: whether there is one is looked up. */
const providerName = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/, 'small letters, digits and single hyphens');
const shownRate = decimalString.meta(about('For showing, 12 significant digits.', '7.13620531622'));
const base = currencyCode.meta({ examples: ['EUR'] });
const quote = currencyCode.meta({ examples: ['CNY'] });
const observedAt = z.iso.datetime();

const publishedRate = {
  provider,
  base,
  quote,
  date: isoDate.meta({ examples: ['2020-05-25'] }),
  rate: decimalString.meta(about('Units of `quote` for one `base`, as published.', '7.7856')),
  revision: positiveInteger.meta({ examples: [1] }),
};

const ReferenceLeg = z
  .object({ kind: z.literal('reference'), operation, ...publishedRate })
  .meta({ id: 'ReferenceLeg', description: 'The reference rate of one day.' });

const fixedRate = decimalString.meta(
  about('Units of `quote` for one `base`, as the law prints it.', '1.95583'),
);
const since = isoDate.meta(about('The first day on which it was in force.', '1999-01-01'));
const law = z.string().meta(about('What fixed it.', 'Council Regulation (EC) No 2866/98'));

const IrrevocableLeg = z
  .object({
    kind: z.literal('irrevocable'),
    operation,
    provider,
    base: currencyCode,
    quote: currencyCode,
    date: since,
    rate: fixedRate,
    law,
  })
  .meta({
    id: 'IrrevocableLeg',
    description: 'The rate at which a currency was replaced by another for good.',
  });

const AverageLeg = z
  .object({
    kind: z.literal('average'),
    operation,
    provider,
    base: currencyCode,
    quote: currencyCode,
    firstDay: isoDate,
    lastDay: isoDate,
    observations: positiveInteger,
    targetDays: positiveInteger.meta(about('Days that a full coverage would have had.')),
    sum: decimalString.meta(about('Sum of the daily rates: the mean used is `sum` / `observations`.')),
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
    baseAmount: decimalString.meta(about('The stated figure in `base`.')),
    quoteAmount: decimalString.meta(
      about('The stated figure in `quote`: the rate used is `quoteAmount` / `baseAmount`.'),
    ),
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
      .meta(about('The day asked for, where the basis asks for one.', '2020-05-25')),
    effectiveDate: isoDate.nullable().meta(about('The day whose rate was used.', '2020-05-25')),
    carriedDays: count
      .nullable()
      .meta(about('Days between the two: nothing is published on weekends and closing days.', 0)),
    ageDays: count
      .nullable()
      .meta(
        about(
          'With the basis `latest`: days from the day of the rate to the day that is asked for, 0 where that is earlier.',
          null,
        ),
      ),
    warnings: z
      .array(z.enum(RECEIPT_WARNINGS))
      .meta(about('`oldRate`: a rate called `latest` is more than seven days old.', [])),
    method: z.enum(['identity', 'direct', 'inverse', 'cross']),
    legs: z.array(z.discriminatedUnion('kind', [ReferenceLeg, IrrevocableLeg, AverageLeg, SourceLeg])),
    rate: z.object({
      value: shownRate,
      base: currencyCode.meta({ examples: ['USD'] }),
      quote,
      direction: z.string().meta({ examples: ['CNY per USD'] }),
    }),
  })
  .meta({
    id: 'Receipt',
    description:
      'How a figure was converted. It is recomputed from the legs, never from `rate`, which is for showing.',
  });

const convertedBound = decimalString.nullable().meta({ examples: ['420391491985.2'] });

export const Converted = z
  .object({
    currency: currencyCode.meta({ examples: ['USD'] }),
    value: decimalString
      .nullable()
      .meta(about("Rounded once, half-even, to the currency's minor unit.", '420391491985.2')),
    low: convertedBound,
    high: convertedBound,
    interval: z
      .object({ low: decimalString, high: decimalString, percent: decimalString.nullable() })
      .optional()
      .meta(about('Where the forecast has an interval: its bounds, converted alike.')),
    receipt: Receipt,
  })
  .meta({ id: 'Converted', description: 'A stated amount in another currency. Computed.' });

/** What a computed answer adds where `convertTo` is given. */
export const receiptsField = z
  .record(z.string(), Receipt)
  .nullable()
  .meta(about('With `convertTo`: how each figure was converted, by forecast. Null without.'));

/** What a computed answer leaves out where `convertTo` is given. */
export const notConvertedField = z.array(z.object({ forecast: identifier, reason: z.string() })).meta({
  description:
    'With `convertTo`: forecasts that could not be converted and are in no figure here, with the code of the reason.',
});

export const NotConverted = z
  .object({
    code: z.string().meta(about('As the `code` of a problem: see /problems.', 'publicationDateUnknown')),
    title: z.string(),
    detail: z.string(),
  })
  .meta({ id: 'NotConverted', description: 'Why an amount could not be converted.' });

/** What conversion adds to a record: only where `convertTo` asks for it. */
export const conversionFields = {
  converted: Converted.nullable()
    .optional()
    .meta(about('With `convertTo`: the converted amount, or null with a reason beside it.')),
  notConverted: NotConverted.nullable().optional().meta(about('With `convertTo`: why `converted` is null.')),
};

/** Whose rates a conversion takes. */
const rateProvider = commaSeparated(providerName)
  .refine((ids) => new Set(ids).size === ids.length, 'names a provider twice')
  .refine((ids) => ids.length <= MOST_PROVIDERS, `at most ${MOST_PROVIDERS} providers`)
  .optional()
  .meta({
    description: `Whose rates: \`${REFERENCE.id}\` (default), or providers that \`/v1/currencies\` names, tried in this order, then two together.`,
  });

/** The day of rates, by the name that it has among the rates. */
const dateAlias = aliasOf('rateDate', isoDate.optional(), 'as `/v1/rates` calls it');

export const conversionParameters = {
  convertTo: currencyParameter
    .optional()
    .meta(about('ISO 4217 code of the currency to convert into, e.g. `USD`.')),
  rateBasis: commaSeparated(z.enum(RATE_BASES)).optional().meta({
    description:
      "Which rate, or several in order: `publication` (default; of the publication date), `stated` (by the document), `periodAverage` (mean over the forecast's period), `priceYear` (mean over the year of constant prices), `latest`, `date` (of `rateDate`). Nothing falls back unless a list says so.",
  }),
  rateDate: isoDate.optional().meta(about('The day for `rateBasis=date`.')),
  date: dateAlias,
  rateProvider,
};

export type ConversionQuery = z.output<z.ZodObject<typeof conversionParameters>>;

/** What parameters of a conversion need each other. */
export function checkConversionParameters(query: ConversionQuery, context: z.core.$RefinementCtx): void {
  const refuse = refusing(context);
  if (query.convertTo === undefined) {
    for (const name of ['rateBasis', 'rateDate', 'rateProvider'] as const) {
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
    id: currencyCode.meta(about('ISO 4217 alphabetic code.', 'CNY')),
    numeric: z.string().meta({ examples: ['156'] }),
    name: z.string().meta({ examples: ['Yuan Renminbi'] }),
    minorUnits: count
      .nullable()
      .meta(about('Decimal places of the minor unit; null where ISO gives none.', 2)),
    endedOn: isoDate.nullable().meta(about('Last day as a currency of its own.', null)),
    successor: currencyCode.nullable().meta({ examples: [null] }),
    irrevocable: z
      .object({ base: currencyCode, rate: fixedRate, since, law })
      .nullable()
      .meta(
        about('The rate at which another currency replaced it for good: units of it for one `base`.', null),
      ),
    series: z
      .array(
        z.object({
          provider,
          base,
          firstDay: isoDate.meta({ examples: ['2005-04-01'] }),
          lastDay: isoDate.nullable().meta(about('Null while the series runs.', null)),
          gaps: z.array(z.object({ from: isoDate, to: isoDate })).meta({ examples: [[]] }),
          held: z
            .object({ from: isoDate, to: isoDate, days: positiveInteger })
            .nullable()
            .meta(about('The first and last day whose rate this ledger holds, and of how many it does.')),
        }),
      )
      .meta(about('From when to when providers set rates for it.')),
  })
  .meta({ id: 'Currency', description: 'A currency of ISO 4217, or one that has ended.' });
export type Currency = z.output<typeof Currency>;

export const currencyFilters = {
  provider: providerName.optional().meta(about('Only currencies with a series of this provider.')),
  ended: flag.optional().meta(about('`true`: only those that have ended; `false`: only present ones.')),
};
export type CurrencyFilters = z.output<z.ZodObject<typeof currencyFilters>>;

const Observation = z.object({
  ...publishedRate,
  observedAt: observedAt.meta(about('When this ledger first saw it.')),
});

export const Rate = z
  .object({
    provider,
    base,
    quote,
    date: isoDate.nullable().meta(about('The day for which the rate was set.', '2020-05-25')),
    rate: decimalString.nullable().meta({
      description:
        'Units of `quote` for one `base`: as published, or computed with 12 significant digits. Null where there is none, with the reason beside it.',
      examples: ['7.7856'],
    }),
    computed: z.boolean().meta({
      description: 'Whether the rate is an inverse, a cross or implied by a document, not a published one.',
      examples: [false],
    }),
    revision: positiveInteger
      .nullable()
      .meta(about('Of a published rate; computed ones name those of `from`.', 1)),
    observedAt: observedAt
      .nullable()
      .meta(about('When this ledger first saw the rate, or the later of those it is computed from.')),
    requestedDate: isoDate.nullable().meta(about('With `date`: the day asked for.', '2020-05-25')),
    carriedDays: count
      .nullable()
      .meta(about('With `date`: days from the day of the rate to the day asked for.', 0)),
    from: z.array(Observation).meta(about('The published rates that a computed one is made of.', [])),
    irrevocable: z
      .array(z.object({ base: currencyCode, quote: currencyCode, rate: fixedRate, since, law }))
      .meta(about('The rates fixed by law that a computed one is made of.', [])),
    earlier: z
      .array(Observation)
      .meta(about('Earlier revisions of a rate that was corrected, oldest first.', [])),
    forecast: identifier
      .nullable()
      .meta(about('With `provider=source`: the forecast whose document implies the rate.', null)),
    reason: NotConverted.nullable().meta(about('Why `rate` is null.', null)),
  })
  .meta({ id: 'Rate', description: 'A rate between two currencies.' });
export type Rate = z.output<typeof Rate>;

export const RATE_SORT_KEYS = ['date', 'quote', 'forecast'] as const;
export type RateSortKey = (typeof RATE_SORT_KEYS)[number];

/** The day of rates, by the name that it has where records are converted. */
const rateDateAlias = aliasOf('date', isoDate.optional(), 'as conversions of records call it');

export const RateListQuery = z
  .strictObject({
    provider: providerName.default(REFERENCE.id).meta({
      description: `\`${REFERENCE.id}\` (default), a provider whose rates were imported here, or \`source\` for the rates that documents imply.`,
    }),
    base: currencyParameter
      .optional()
      .meta(about(`Default \`${REFERENCE.base}\`, as published. With another base the rates are crosses.`)),
    quotes: commaSeparated(currencyParameter)
      .optional()
      .meta(about('ISO 4217 codes, e.g. `CNY,USD`. Default: all that are held.')),
    date: isoDate
      .optional()
      .meta(about('One day: a closing day takes the last rate before it, and says so.')),
    rateDate: rateDateAlias,
    from: dayOf('first')
      .optional()
      .meta({
        ...about('First day of a range, or its month or year; only days with a rate are listed.'),
        ...DAY_FORMS,
      }),
    to: dayOf('last')
      .optional()
      .meta({ ...about('Last day of a range, or its month or year.'), ...DAY_FORMS }),
    knownAsOf,
    sort: sortParameter(RATE_SORT_KEYS, '-date,quote', RATE_SORT_KEYS),
    ...listParameters(Rate),
  })
  .superRefine(({ date, from, to }, context) => {
    const refuse = refusing(context);
    if (from !== undefined && to !== undefined && from > to) refuse('to', 'a day not before `from`');
    if (date !== undefined && (from !== undefined || to !== undefined)) {
      refuse('date', 'cannot stand beside `from` and `to`: one day, or a range', 'conflictingParameters');
    }
  });
export type RateListQuery = z.output<typeof RateListQuery>;

export const RateFreshness = z
  .object({
    newestDate: isoDate.nullable().meta(about('Newest day of the rates held.', '2026-08-21')),
    ageDays: z.int().nullable().meta(about('Days from it to today.', 0)),
    heldFrom: isoDate.nullable().meta({
      description:
        'Oldest day since which, up to `newestDate`, no day is missing on which rates were published; of the days before it some are.',
      examples: ['2026-08-21'],
    }),
    missingDays: count.nullable().meta(about('Days after `newestDate` on which rates were published.', 0)),
    attemptedAt: z.iso.datetime().nullable().meta(about('When they were last asked for.')),
    succeededAt: z.iso.datetime().nullable().meta(about('When they were last fetched.')),
    failure: nullableText.meta(about('Code of the last failure; null after a success.', null)),
    quarantined: count.meta(about('Rates kept out of service as implausible.', 0)),
    attribution: z.string().meta({ examples: [REFERENCE.attribution] }),
  })
  .meta({ id: 'RateFreshness', description: 'How old the reference rates are.' });
export type RateFreshness = z.output<typeof RateFreshness>;

const publicationDays = count.meta(about('Days on which the provider published rates.', 3));

const MissingRates = z
  .object({
    currency: currencyCode.meta(about('One asked for, as a quote or as the base.')),
    from: isoDate,
    to: isoDate,
    publicationDays,
    firstMissing: isoDate.optional().meta(about('The first of these days, where they are not held.')),
    lastMissing: isoDate.optional().meta(about('The last of them.')),
    reason: NotConverted,
  })
  .meta({ id: 'MissingRates', description: 'Days on which a currency has no rate, and why.' });

export const RateRange = z
  .object({
    from: isoDate.meta(about('As asked for, else the first day on which the provider published rates.')),
    to: isoDate.meta(about('As asked for, else today.')),
    publicationDays,
    heldDays: count.meta(about('Days for which the list has rates.', 3)),
    missing: z.array(MissingRates).meta({
      description:
        'Days without a rate, for the base and each of `quotes`; where `quotes` is left out, for each currency that was published and is not held.',
      examples: [[]],
    }),
  })
  .meta({ id: 'RateRange', description: 'What a range of days has of published rates.' });
export type RateRange = z.output<typeof RateRange>;

const RatePage = listOf(Rate);
export const RateList = RatePage.extend({
  meta: RatePage.shape.meta.extend({
    rates: RateFreshness,
    range: RateRange.nullable().meta(
      about('Null with `date`, whose rows say it, and with `provider=source`.'),
    ),
  }),
}).meta({
  id: 'RateList',
  description: 'A page of rates.',
});

export const ConvertQuery = z
  .strictObject({
    amount: amountParameter.meta(about('Whole units of `from`, a plain decimal.')),
    from: currencyParameter.meta(about('ISO 4217 code.')),
    to: currencyParameter.meta(about('ISO 4217 code.')),
    date: isoDate.optional().meta(about('At the reference rate of this day.')),
    rateDate: rateDateAlias,
    periodFrom: dayOf('first')
      .optional()
      .meta({ ...about('At the mean over a period: its first day, month or year.'), ...DAY_FORMS }),
    periodTo: dayOf('last')
      .optional()
      .meta({ ...about('At the mean over a period: its last day, month or year.'), ...DAY_FORMS }),
    publishedAsOf: isoDate.optional().meta(about('Only rates of this day or earlier.')),
    rateProvider,
    knownAsOf,
  })
  .superRefine(({ date, periodFrom, periodTo, publishedAsOf }, context) => {
    const refuse = refusing(context);
    for (const [name, day] of Object.entries({ date, periodTo }))
      if (day !== undefined && publishedAsOf !== undefined && day > publishedAsOf)
        refuse(name, 'is after `publishedAsOf`: its rates had not been published', 'conflictingParameters');
    if ((periodFrom === undefined) !== (periodTo === undefined)) {
      const missing = periodFrom === undefined ? 'periodFrom' : 'periodTo';
      refuse(missing, 'is required: a period has two ends', 'parameterRequired');
    }
    if (date !== undefined && periodFrom !== undefined) {
      refuse('date', 'cannot stand beside a period: one day, or a period', 'conflictingParameters');
    }
    if (periodFrom !== undefined && periodTo !== undefined && periodFrom > periodTo) {
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
  to: currencyParameter.meta(about('ISO 4217 code of the currency to convert into.')),
  rateDate: isoDate.optional().meta(about('Adds the basis `date` for this day.')),
  date: dateAlias,
  rateProvider,
  ...vintageParameters,
  ...pictureParameters,
});
export type RecordConversionsQuery = z.output<typeof RecordConversionsQuery>;

const bound = decimalString.nullable();

/** What an answer with a record at every basis says beside its id. */
export const conversionsFields = {
  revision: positiveInteger,
  to: currencyCode,
  stated: z.object({ value: bound, low: bound, high: bound, currency: currencyCode }),
  data: z.array(
    z.object({
      basis: z.enum(RATE_BASES),
      converted: Converted.nullable(),
      notConverted: NotConverted.nullable(),
      deviationFromStatedPercent: nullableText.meta({
        description:
          "How far this figure lies from the document's own conversion, in percent of that; null where there is none.",
        examples: ['0.093'],
      }),
    }),
  ),
  meta: Meta,
};
