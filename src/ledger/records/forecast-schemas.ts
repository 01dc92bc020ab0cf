import { z } from 'zod';
import { QUALIFIERS } from '../../domain/money/amount.ts';
import { listParameters } from '../../http/formats/lists.ts';
import { listOf, sortParameter, sparse } from '../../http/query/paging.ts';
import {
  Amount,
  amountParameter,
  commaSeparated,
  currencyCode,
  decimalString,
  Evidence,
  ItemMeta,
  identifier,
  isoDate,
  Period,
} from '../../http/query/shared-schemas.ts';
import { knownAsOf, vintageParameters } from '../../http/query/vintage.ts';
import type { SortTerm } from '../../store/keyset.ts';
import { sortKey } from '../../store/sort-key.ts';
import { checkConversionParameters, conversionFields, conversionParameters } from '../rates/schemas.ts';

export const RELATION_KINDS = ['drives', 'drivenBy', 'alsoStatedIn', 'conflictsWith'] as const;
export const CONFIDENCES = ['high', 'medium', 'low'] as const;
const SUPPORTS = ['amount', 'statedConversion'] as const;

export const StatedConversion = z
  .object({
    amount: Amount,
    impliedRate: z
      .object({
        base: currencyCode.meta({ examples: ['USD'] }),
        quote: currencyCode.meta({ examples: ['CNY'] }),
        rate: decimalString.meta({
          description:
            'Units of the quote currency for one unit of the base, 12 significant digits. Computed.',
          examples: ['7.14285714286'],
        }),
        approximate: z
          .boolean()
          .meta({ description: 'Whether either of the two stated figures is approximate.' }),
      })
      .nullable()
      .meta({
        description:
          'The rate that the two stated figures imply; null where one of them is not a single figure.',
      }),
    evidence: Evidence,
  })
  .meta({
    id: 'StatedConversion',
    description: "The document's own conversion of the figure into another currency.",
  });

export const Relation = z
  .object({
    kind: z.enum(RELATION_KINDS).meta({
      description:
        '`drives` / `drivenBy`: the document says that the one brings about the other; `alsoStatedIn`: the same claim elsewhere; `conflictsWith`: claims that cannot both be right.',
    }),
    forecast: identifier.meta({ examples: ['haitong-2020-new-infrastructure-induced'] }),
    impliedMultiplier: decimalString.nullable().meta({
      description:
        'The driven figure divided by the driving one, 12 significant digits. Computed; null where either is not a single figure but a bound or a range.',
      examples: ['1.71'],
    }),
  })
  .meta({ id: 'Relation', description: 'What a forecast has to do with another one.' });

export const Highlight = z
  .object({
    field: z.string().meta({
      description: 'Which text: of the record, or of what it refers to.',
      examples: ['sector.name'],
    }),
    text: z.string().meta({ examples: ['New infrastructure'] }),
    ranges: z
      .array(z.object({ start: z.int().nonnegative(), end: z.int().positive() }))
      .min(1)
      .meta({
        description: 'Where the words stand in `text`: Unicode code points, `end` exclusive, in order.',
        examples: [[{ start: 4, end: 18 }]],
      }),
  })
  .meta({ id: 'Highlight', description: 'A text in which words of `q` stand.' });
export type Highlight = z.output<typeof Highlight>;

export const Forecast = z
  .object({
    id: identifier.meta({ examples: ['haitong-2020-new-infrastructure-2020'] }),
    revision: z
      .int()
      .positive()
      .meta({ description: 'Counts from 1; a correction is a new revision.', examples: [1] }),
    recordedAt: z.iso.datetime().meta({ description: 'When this ledger recorded this revision.' }),
    collection: identifier.meta({ examples: ['seed-documents'] }),
    forecaster: identifier.nullable().meta({
      description: 'The organisation that forecasts; null where the document names none.',
      examples: ['haitong-securities'],
    }),
    source: identifier.meta({ examples: ['china-banking-news-2020-05-25'] }),
    sector: identifier.meta({ examples: ['new-infrastructure'] }),
    beneficiarySectors: z
      .array(identifier)
      .meta({ description: 'Sectors in which the effect is expected.', examples: [[]] }),
    region: identifier.meta({ description: 'ISO 3166-1 alpha-2 code.', examples: ['CN'] }),
    measure: identifier.meta({
      description: 'What is forecast. Figures of different measures are never added.',
      examples: ['directInvestment'],
    }),
    scope: identifier.meta({ description: 'Whose spending is meant.', examples: ['national'] }),
    amount: Amount,
    statedConversions: z.array(StatedConversion),
    period: Period,
    publishedOn: isoDate.nullable().meta({
      description: "The document's publication date; null where it is not known.",
      examples: ['2020-05-25'],
    }),
    evidence: Evidence,
    relations: z.array(Relation),
    confidence: z.enum(CONFIDENCES).meta({
      description:
        "`high`: seen on two pages or the primary publisher's own; `medium`: on one; `low`: doubtful.",
    }),
    corroboration: z.array(z.string()).meta({
      description: 'Addresses of further pages that state the same.',
      examples: [[]],
    }),
    notes: z
      .string()
      .nullable()
      .meta({ examples: [null] }),
    ...conversionFields,
    highlights: z
      .array(Highlight)
      .optional()
      .meta({ description: 'Only with `q`, and not in flat rows: where its words were found.' }),
    names: z
      .object({
        forecaster: z
          .string()
          .nullable()
          .meta({ examples: ['Haitong Securities'] }),
        source: z.string(),
        sector: z.string().meta({ examples: ['New infrastructure'] }),
        region: z.string().meta({ examples: ['China'] }),
        measure: z.string().meta({ examples: ['Direct investment'] }),
      })
      .meta({ description: 'What to show for the identifiers above.' }),
  })
  .meta({ id: 'Forecast', description: 'One figure that somebody forecast in one document.' });
export type Forecast = z.output<typeof Forecast>;

/** What a list of any records can be sorted by. */
export const RECORD_SORT_KEYS = [
  'id',
  'publishedOn',
  'recordedAt',
  'sector',
  'measure',
  'periodStart',
  'periodEnd',
  'amount',
] as const;

export const FORECAST_SORT_KEYS = [...RECORD_SORT_KEYS, 'forecaster'] as const;

const MAX_SEARCH_LENGTH = 200;

/** What a list of records of any kind can be narrowed by. */
const sharedFilters = {
  q: z
    .string()
    .refine((text) => [...text].length <= MAX_SEARCH_LENGTH, `at most ${MAX_SEARCH_LENGTH} characters long`)
    .optional()
    .meta({
      maxLength: MAX_SEARCH_LENGTH,
      description:
        "Full text: every word must be found in the figure's phrase, the forecaster's, sector's or measure's name, the source's title or publisher, or the notes; the last word may be incomplete. Chinese, Japanese and Korean text is found by any part of it. Any text is a valid query; one without letters or digits finds nothing.",
    }),
  sector: commaSeparated(identifier)
    .optional()
    .meta({ description: 'Sector ids, with their descendants, e.g. `new-infrastructure`.' }),
  sectorOnly: z
    .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' })
    .optional()
    .meta({ description: '`true`: the named sectors without their descendants.' }),
  source: commaSeparated(identifier).optional().meta({ description: 'Source ids.' }),
  measure: commaSeparated(identifier)
    .optional()
    .meta({ description: 'Measure ids, e.g. `directInvestment`.' }),
  region: commaSeparated(identifier).optional().meta({ description: 'ISO 3166-1 alpha-2 codes, e.g. `CN`.' }),
  currency: commaSeparated(currencyCode)
    .optional()
    .meta({ description: 'ISO 4217 codes of the stated amount, e.g. `CNY`.' }),
  collection: commaSeparated(identifier)
    .optional()
    .meta({ description: 'Collection ids, e.g. `seed-documents`.' }),
  scope: commaSeparated(identifier).optional().meta({ description: 'Scope ids, e.g. `national`.' }),
  qualifier: commaSeparated(z.enum(QUALIFIERS))
    .optional()
    .meta({ description: 'How the amount is qualified, e.g. `atLeast,range`.' }),
  confidence: commaSeparated(z.enum(CONFIDENCES))
    .optional()
    .meta({ description: '`high`, `medium`, `low`.' }),
  publishedFrom: isoDate.optional().meta({ description: 'Published on this day or later.' }),
  publishedTo: isoDate.optional().meta({ description: 'Published on this day or earlier.' }),
  periodFrom: isoDate.optional().meta({ description: 'The period reaches this day or beyond (overlap).' }),
  periodTo: isoDate.optional().meta({ description: 'The period begins on this day or before (overlap).' }),
  amountMin: amountParameter.optional().meta({
    description:
      'Amount at least this, in whole units of `convertTo`, else of `currency`, which must then name one currency. A record without a single value counts by its bound.',
  }),
  amountMax: amountParameter.optional().meta({ description: 'Amount at most this; as `amountMin`.' }),
  ...vintageParameters,
};

/** What a list, or a count, of forecasts can be narrowed by. */
export const forecastFilters = {
  ...sharedFilters,
  forecaster: commaSeparated(identifier).optional().meta({ description: 'Organisation ids.' }),
};

/** As they are asked for. */
export type ForecastFilters = z.output<z.ZodObject<typeof forecastFilters>>;

/** Amounts compare within one currency only. */
export function checkAmountsComparable(
  query: ForecastFilters & { readonly sort?: readonly { readonly key: string }[] },
  context: z.core.$RefinementCtx,
  alternative = '',
): void {
  if (query.currency?.length === 1) return;
  const needsCurrency = ['amountMin', 'amountMax'].filter((name) => name in query);
  if (query.sort?.some(({ key }) => key === 'amount')) needsCurrency.push('sort');
  for (const name of needsCurrency) {
    context.addIssue({
      code: 'custom',
      path: [name],
      message: `compares amounts, so \`currency\` must name exactly one currency${alternative}`,
      params: { problem: 'currencyRequired' },
    });
  }
}

/** How lists of records are sorted. */
export const DEFAULT_SORT = 'relevance,-publishedOn,id';

/** Ranges that run backwards would find nothing, and look like an answer. */
export function checkRanges(
  query: {
    readonly publishedFrom?: string | undefined;
    readonly publishedTo?: string | undefined;
    readonly periodFrom?: string | undefined;
    readonly periodTo?: string | undefined;
    readonly amountMin?: string | undefined;
    readonly amountMax?: string | undefined;
    readonly fields?: readonly string[] | undefined;
    readonly convertTo?: string | undefined;
  },
  context: z.RefinementCtx,
): void {
  const refuse = (name: string, other: string): void =>
    context.addIssue({
      code: 'custom',
      path: [name],
      message: `lies before \`${other}\`: the range runs backwards`,
      params: { problem: 'reversedRange' },
    });
  const { publishedFrom, publishedTo, periodFrom, periodTo, amountMin, amountMax } = query;
  if (publishedFrom && publishedTo && publishedFrom > publishedTo) refuse('publishedTo', 'publishedFrom');
  if (periodFrom && periodTo && periodFrom > periodTo) refuse('periodTo', 'periodFrom');
  if (amountMin && amountMax && (sortKey(amountMin) ?? '') > (sortKey(amountMax) ?? ''))
    refuse('amountMax', 'amountMin');
  if (
    query.convertTo === undefined &&
    query.fields?.some((field) => /^(?:converted|notConverted)\b/.test(field))
  ) {
    context.addIssue({
      code: 'custom',
      path: ['fields'],
      message: 'names a converted figure, which there is only with `convertTo`',
      params: { problem: 'parameterRequired' },
    });
  }
}

/** Checks what a query for one record converts and selects. */
export function checkConversions(
  query: Parameters<typeof checkRanges>[0] & Parameters<typeof checkConversionParameters>[0],
  context: z.RefinementCtx,
): void {
  checkRanges(query, context);
  checkConversionParameters(query, context);
}

/** What the check of a list's query reads of it. */
type CheckedListQuery = Parameters<typeof checkConversions>[0] &
  Omit<Parameters<typeof checkAmountsComparable>[0], 'sort'> & {
    readonly q?: string | undefined;
    readonly knownAsOf?: string | undefined;
    readonly sort: readonly SortTerm[];
  };

/** Checks the query of a list of records of any kind. */
export function checkListQuery(query: CheckedListQuery, context: z.RefinementCtx): void {
  checkConversions(query, context);
  const sort = query.sort.map(({ key, direction }) => (direction === 'ascending' ? key : `-${key}`));
  if (
    query.q === undefined &&
    query.sort.some(({ key }) => key === 'relevance') &&
    sort.join() !== DEFAULT_SORT
  ) {
    context.addIssue({
      code: 'custom',
      path: ['sort'],
      message: 'sorts by relevance, so `q` must say to what',
      params: { problem: 'searchRequired' },
    });
  }
  if (
    query.q !== undefined &&
    query.knownAsOf !== undefined &&
    query.sort.some(({ key }) => key === 'relevance') &&
    sort.join() !== DEFAULT_SORT
  ) {
    context.addIssue({
      code: 'custom',
      path: ['sort'],
      message: 'sorts by relevance, which depends on all that was written since `knownAsOf`; sort by a field',
      params: { problem: 'relevanceOfNow' },
    });
  }
  if (query.convertTo !== undefined) return;
  checkAmountsComparable(query, context, ', or `convertTo` the one to compare in');
}

/**
 * Without a search everything is equally relevant; and how relevant something was at a time is not known: the weight of
 * a word depends on all texts, those written since among them.
 */
export function withoutIdleRelevance<
  Query extends {
    readonly q?: string | undefined;
    readonly knownAsOf?: string | undefined;
    readonly sort: readonly { readonly key: string }[];
  },
>(query: Query): Query {
  return query.q === undefined || query.knownAsOf !== undefined
    ? { ...query, sort: query.sort.filter(({ key }) => key !== 'relevance') }
    : query;
}

export const ForecastListQuery = z
  .strictObject({
    ...forecastFilters,
    ...conversionParameters,
    sort: sortParameter(
      [...FORECAST_SORT_KEYS, 'relevance'],
      DEFAULT_SORT,
      ['id'],
      ['forecaster', 'sector', 'measure'],
    ),
    ...listParameters(Forecast),
  })
  .superRefine(checkListQuery)
  .overwrite(withoutIdleRelevance);
export type ForecastListQuery = z.output<typeof ForecastListQuery>;

export const ForecastList = listOf(sparse(Forecast)).meta({
  id: 'ForecastList',
  description: 'A page of forecasts.',
});

export const ForecastItemQuery = z
  .strictObject({ ...conversionParameters, knownAsOf, fields: listParameters(Forecast).fields })
  .superRefine(checkConversions);
export type ForecastItemQuery = z.output<typeof ForecastItemQuery>;

export const ForecastAnswer = z
  .object({ data: sparse(Forecast), meta: ItemMeta })
  .meta({ id: 'ForecastAnswer', description: 'One forecast.' });

export const EvidenceItem = z
  .object({
    supports: z.enum(SUPPORTS).meta({ description: 'Which of the figures these words state.' }),
    stated: Amount.meta({ description: 'The amount as stored.' }),
    evidence: Evidence,
    reading: Amount.nullable().meta({
      description: 'What the phrase parser reads from the phrase now; null where it cannot.',
    }),
    agrees: z.boolean().meta({ description: 'Whether the reading and the stored amount say the same.' }),
  })
  .meta({ id: 'EvidenceItem' });
export type EvidenceItem = z.output<typeof EvidenceItem>;

export const ForecastEvidence = z
  .object({
    forecast: identifier,
    revision: z.int().positive(),
    source: identifier,
    placeUnit: z.literal('unicodeCodePoint').meta({ description: 'Unit of `start` and `end`.' }),
    data: z.array(EvidenceItem),
    meta: z.object({ datasetVersion: z.string() }),
  })
  .meta({ id: 'ForecastEvidence', description: "The words behind a forecast's figures, read again." });

/** A figure with its words, as a draft gives it. */
export const StatedDraft = z.strictObject({
  amount: z.strictObject(Amount.shape).partial({ interpretation: true }),
  evidence: z.strictObject({
    phrase: Evidence.shape.phrase,
    start: Evidence.shape.start,
    end: Evidence.shape.end,
    status: Evidence.shape.status,
  }),
});

/** A forecast as a seed file gives it. */
export const ForecastDraft = z.strictObject({
  id: identifier,
  forecaster: identifier.nullable(),
  source: identifier,
  sector: identifier,
  beneficiarySectors: z.array(identifier).default([]),
  region: identifier,
  measure: identifier,
  scope: identifier,
  amount: StatedDraft.shape.amount,
  statedConversions: z.array(StatedDraft).default([]),
  period: z.strictObject(Period.shape),
  evidence: StatedDraft.shape.evidence,
  relations: z
    .array(
      z.strictObject({ kind: z.enum(['drives', 'alsoStatedIn', 'conflictsWith']), forecast: identifier }),
    )
    .default([]),
  confidence: z.enum(CONFIDENCES),
  corroboration: z.array(z.url()).default([]),
  notes: z.string().max(4000).nullable().default(null),
});
export type ForecastDraft = z.output<typeof ForecastDraft>;
