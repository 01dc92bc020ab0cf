import { z } from 'zod';
import { PLAIN_STATEMENT, PRICE_KINDS, SCENARIO_KINDS, STANCES } from '../../domain/statement.ts';
import { dryRun } from '../../http/idempotency.ts';
import { listOf, partsOf } from '../../http/query/paging.ts';
import {
  Amount,
  count,
  currencyCode,
  decimalString,
  Evidence,
  flag,
  ItemMeta,
  identifier,
  isoDate,
  listUpTo,
  nullableText,
  Period,
  positiveInteger,
  revisionTagField,
} from '../../http/query/shared-schemas.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { RECORD_KINDS } from '../../store/tables/schema.ts';
import { conversionFields, conversionsFields } from '../rates/schemas.ts';
import { addedReason, ChangeQuery } from '../revision-lists.ts';
import { CONFIDENCES, MAX_SCENARIO_NAME, RELATION_KINDS } from './filters.ts';
import { Warning } from './warnings.ts';

/*
 * Records as clients see them and hand them in. What all kinds have in common comes first, then each kind with the names
 * that it has for it.
 */

const OUTCOME_RELATION_KINDS = ['alsoStatedIn', 'conflictsWith'] as const;
const SUPPORTS = ['amount', 'statedConversion'] as const;

const StatedConversion = z
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

export const Highlight = z
  .object({
    field: z.string().meta({
      description: 'Which text: of the record, or of what it refers to.',
      examples: ['sector.name'],
    }),
    text: z.string().meta({ examples: ['New infrastructure'] }),
    ranges: z
      .array(z.object({ start: count, end: positiveInteger }))
      .min(1)
      .meta({
        description:
          'Where the words stand in `text`: Unicode code points, `end` exclusive, in order; the first 100 places.',
        examples: [[{ start: 4, end: 18 }]],
      }),
  })
  .meta({ id: 'Highlight', description: 'A text in which words of `q` stand.' });
export type Highlight = z.output<typeof Highlight>;

/** The fields that records of all kinds have, in the groups between which each kind has some of its own. */
const written = {
  revision: positiveInteger.meta({
    description: 'Counts from 1; a correction is a new revision.',
    examples: [1],
  }),
  recordedAt: z.iso.datetime().meta({ description: 'When this ledger recorded this revision.' }),
  collection: identifier.meta({ examples: ['seed-documents'] }),
};
const document = {
  source: identifier.meta({ examples: ['china-banking-news-2020-05-25'] }),
  sector: identifier.meta({ examples: ['new-infrastructure'] }),
};
const figure = {
  region: identifier.meta({
    description: 'Code of the region, as `/v1/regions` has it: `CN`, `CN-GD`, `EU`, `001`.',
    examples: ['CN'],
  }),
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
};
const Scenario = z
  .object({
    name: z
      .string()
      .min(1)
      .max(MAX_SCENARIO_NAME)
      .meta({ description: 'As the document calls it.', examples: ['base case'] }),
    kind: z.enum(SCENARIO_KINDS).meta({
      description: 'Its place among the alternatives. `other`: beside them, such as one of a policy.',
      examples: ['base'],
    }),
  })
  .meta({
    id: 'Scenario',
    description: 'One of the alternatives that a document states, which are never added.',
  });

const Interval = z
  .object({
    low: decimalString.meta({ description: 'At most the value.', examples: ['2800000000000'] }),
    high: decimalString.meta({ description: 'At least the value.', examples: ['3200000000000'] }),
    percent: decimalString.nullable().meta({
      description:
        'How probable the document holds it that the true figure lies between them, in percent; null where it does not say.',
      examples: ['90'],
    }),
  })
  .meta({
    id: 'Interval',
    description: "The bounds that the document gives beside its single figure, in the amount's currency.",
  });

const Prices = z
  .object({
    kind: z.enum(PRICE_KINDS).meta({
      description:
        '`unstated`; `nominal` "in current prices"; `constant` "in 2024 dollars"; `ppp` "at purchasing power parity".',
      examples: ['unstated'],
    }),
    year: z
      .int()
      .min(1900)
      .max(2199)
      .nullable()
      .meta({
        description:
          'Of `constant` and `ppp`: the year whose prices these are; null where the document does not say it.',
        examples: [null],
      }),
  })
  .meta({ id: 'Prices', description: 'The prices in which a figure is reckoned: never mixed.' });

const prices = Prices.meta({
  description:
    'In which prices the figure is reckoned. Figures in different prices are never compared or added.',
});
/** What only a forecast says beside its figure. */
const statement = {
  stance: z.enum(STANCES).meta({
    description:
      "What kind of statement it is: `projection`, what is expected; `plan`, the body's own intention; `target`, set by a government; `budget`; `commitment`; `need`, what would be required; `estimate`, of what has been.",
    examples: ['projection'],
  }),
  scenario: Scenario.nullable().meta({
    description: 'The scenario that the figure is of; null where the document has but one figure.',
    examples: [null],
  }),
  interval: Interval.nullable().meta({
    description: 'The bounds of an interval beside the figure, or null.',
    examples: [null],
  }),
};

/** What a record is shown with as the answer to a question: none of it is part of the record. */
const answers = {
  ...conversionFields,
  highlights: z
    .array(Highlight)
    .optional()
    .meta({ description: 'Only with `q`, and not in flat rows: where its words were found.' }),
};
const quality = {
  confidence: z.enum(CONFIDENCES).meta({
    description:
      "`high`: seen on two pages or the primary publisher's own; `medium`: on one; `low`: doubtful.",
  }),
  corroboration: z.array(z.string()).meta({
    description: 'Addresses of further pages that state the same.',
    examples: [[]],
  }),
  notes: nullableText.meta({ examples: [null] }),
  ...answers,
};
const names = {
  source: z.string(),
  sector: z.string().meta({ examples: ['New infrastructure'] }),
  region: z.string().meta({ examples: ['China'] }),
  measure: z.string().meta({ examples: ['Direct investment'] }),
  scope: z.string().meta({ examples: ['National'] }),
};
const NAMES_DESCRIPTION = 'What to show for the identifiers above.';

const Relation = z
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

export const Forecast = z
  .object({
    id: identifier.meta({ examples: ['haitong-2020-new-infrastructure-2020'] }),
    ...written,
    forecaster: identifier.nullable().meta({
      description: 'The organisation that forecasts; null where the document names none.',
      examples: ['haitong-securities'],
    }),
    ...document,
    beneficiarySectors: z
      .array(identifier)
      .meta({ description: 'Sectors in which the effect is expected.', examples: [[]] }),
    ...figure,
    ...statement,
    prices,
    relations: z.array(Relation),
    revises: identifier.nullable().meta({
      description: 'The earlier forecast of the same forecaster and subject whose place it takes.',
      examples: [null],
    }),
    revisedBy: z.array(identifier).meta({
      description: 'Later forecasts that take its place.',
      examples: [[]],
    }),
    ...quality,
    names: z
      .object({
        forecaster: nullableText.meta({ examples: ['Haitong Securities'] }),
        ...names,
      })
      .meta({ description: NAMES_DESCRIPTION }),
  })
  .meta({ id: 'Forecast', description: 'One figure that somebody forecast in one document.' });
export type Forecast = z.output<typeof Forecast>;

const OutcomeRelation = z
  .object({
    kind: z.enum(OUTCOME_RELATION_KINDS).meta({
      description: '`alsoStatedIn`: the same report elsewhere; `conflictsWith`: both cannot be right.',
    }),
    outcome: identifier,
  })
  .meta({ id: 'OutcomeRelation', description: 'What an outcome has to do with another one.' });

export const Outcome = z
  .object({
    id: identifier.meta({ examples: ['oc-cloud-2022'] }),
    ...written,
    reportedBy: identifier.nullable().meta({
      description: 'The organisation that reports the amount; null where the document names none.',
      examples: ['caict'],
    }),
    via: nullableText.meta({
      description: 'Through whom it was read, where that is not the reporting body itself.',
      examples: [null],
    }),
    ...document,
    ...figure,
    prices,
    ...quality,
    relations: z.array(OutcomeRelation),
    names: z.object({ ...names, reportedBy: nullableText }).meta({ description: NAMES_DESCRIPTION }),
  })
  .meta({ id: 'Outcome', description: 'An amount that somebody reported as realised in one document.' });
export type Outcome = z.output<typeof Outcome>;

const TextQuoteSelector = z
  .object({
    type: z.literal('TextQuoteSelector'),
    exact: Evidence.shape.phrase,
    prefix: z
      .string()
      .optional()
      .meta({ description: 'Up to 32 code points before the words, where the text is held.' }),
    suffix: z.string().optional().meta({ description: 'Up to 32 code points after them.' }),
  })
  .meta({
    id: 'TextQuoteSelector',
    description: 'Words of a text, by what they are and what they stand between.',
  });

const TextPositionSelector = z
  .object({ type: z.literal('TextPositionSelector'), start: count, end: positiveInteger })
  .meta({ id: 'TextPositionSelector', description: 'Words of a text by their place, in code points.' });

const EvidenceTarget = z
  .object({
    source: Evidence.shape.url,
    documentSha256: Evidence.shape.documentSha256.meta({
      description:
        'SHA-256 of the text that is meant: the one that is held, or the one that the words were located in.',
    }),
    selector: z
      .array(z.discriminatedUnion('type', [TextQuoteSelector, TextPositionSelector]))
      .meta({ description: 'The words, and their place where they have just one in that text.' }),
  })
  .meta({
    id: 'EvidenceTarget',
    description:
      'The words as selectors of the W3C Web Annotation Data Model, for readers that mark them in the text.',
  });

export const EvidenceItem = z
  .object({
    supports: z.enum(SUPPORTS).meta({ description: 'Which of the figures these words state.' }),
    stated: Amount.meta({ description: 'The amount as stored.' }),
    evidence: Evidence,
    target: EvidenceTarget,
    reading: Amount.nullable().meta({
      description: 'What the phrase parser reads from the phrase now; null where it cannot.',
    }),
    agrees: z.boolean().meta({ description: 'Whether the reading and the stored amount say the same.' }),
  })
  .meta({ id: 'EvidenceItem' });
export type EvidenceItem = z.output<typeof EvidenceItem>;

/** The answers of a kind of record: a page of its records, one of them, and the evidence of one. */
export function answersOf<Record extends z.ZodObject>(kind: RecordKind, name: string, record: Record) {
  return {
    list: listOf(record).meta({ id: `${name}List`, description: `A page of ${kind}s.` }),
    item: z
      .object({ data: record, meta: ItemMeta })
      .meta({ id: `${name}Answer`, description: `One ${kind}.` }),
    parts: z
      .object({ data: partsOf(record), meta: ItemMeta })
      .meta({ id: `${name}PartsAnswer`, description: `The fields of one ${kind} that were asked for.` }),
    evidence: z
      .object({
        [kind]: identifier,
        revision: positiveInteger,
        source: identifier,
        placeUnit: z.literal('unicodeCodePoint').meta({ description: 'Unit of `start` and `end`.' }),
        data: z.array(EvidenceItem),
        meta: z.object({ datasetVersion: z.string() }),
      })
      .meta({
        id: `${name}Evidence`,
        description: `The words behind ${withArticle(kind)}'s figures, read again.`,
      }),
    conversions: z
      .object({ [kind]: identifier, ...conversionsFields })
      .meta({ id: `${name}Conversions`, description: `One ${kind} at every basis, side by side.` }),
  };
}

/** `a forecast`, `an outcome`. */
export function withArticle(kind: RecordKind): string {
  return kind === 'outcome' ? `an ${kind}` : `a ${kind}`;
}

/** What the ledger computes: it may be left out, and what is sent must be as the record is shown. */
function computed<Shown extends z.ZodType>(shown: Shown) {
  return shown.optional().meta({ readOnly: true });
}

/** What a new record is given where it says nothing of it. */
export const DEFAULTS = {
  confidence: 'medium',
  ...PLAIN_STATEMENT,
  relations: [],
} as const;

const submittedAmount = z.strictObject(Amount.shape).partial().meta({
  id: 'SubmittedAmount',
  description:
    'What follows from the rest may be left out: `low` and `high` of a value with its qualifier, and whatever the phrase states.',
});
const READ_FROM_PHRASE =
  'Where it is left out, whole or in part, it is read from `evidence.phrase` in the language of the source; what was read stands in the answer. A phrase that does not say it by itself is refused.';
const submittedEvidence = z
  .strictObject({
    phrase: Evidence.shape.phrase,
    start: Evidence.shape.start.default(null).meta({
      description:
        'Place of the first character in the text, in Unicode code points from 0. Where the text is held, it may be left out if the phrase stands in it exactly once.',
    }),
    end: Evidence.shape.end.default(null).meta({ description: 'Place after the last character.' }),
    status: Evidence.shape.status
      .optional()
      .meta({ description: 'For the ledger to say. May be left out; what is sent must be what it finds.' }),
    documentSha256: computed(Evidence.shape.documentSha256),
    url: computed(Evidence.shape.url),
  })
  .meta({ id: 'SubmittedEvidence' });

/** An answer to a question, in a record that was shown with it: it is left out, whatever it says. */
const leftOut = z
  .unknown()
  .optional()
  .meta({ readOnly: true, description: 'May stay in a record that was shown with it; it is not read.' });

/** What records of all kinds are handed in with. */
const submitted = {
  ...(Object.fromEntries(Object.keys(answers).map((name) => [name, leftOut])) as Record<
    keyof typeof answers,
    typeof leftOut
  >),
  revision: computed(written.revision),
  recordedAt: computed(written.recordedAt),
  publishedOn: computed(figure.publishedOn),
  source: identifier,
  sector: identifier,
  region: identifier,
  measure: identifier,
  scope: identifier.optional().meta({
    description:
      'Whose spending is meant. Left out of a new record, that of all in the region: `national`, or `all-countries` where it is a group of countries. A correction leaves it as it is.',
  }),
  amount: submittedAmount.optional().meta({ description: READ_FROM_PHRASE }),
  statedConversions: listUpTo(
    100,
    z.strictObject({
      amount: submittedAmount.optional().meta({ description: READ_FROM_PHRASE }),
      impliedRate: computed(StatedConversion.shape.impliedRate),
      evidence: submittedEvidence,
    }),
  )
    .default([])
    .meta({ description: "The document's own conversions of the figure." }),
  period: z.strictObject(Period.shape).partial().optional().meta({
    description:
      'The time span that the figure covers. Where it is left out, it is read from `asStated`, or else from `evidence.phrase`, and words such as "the next five years" from the day on which the source was published; `years`, `kind` and `inferred` follow from `start` and `end`. A fiscal year is read where `region` and the kind of the organisation tell how it runs. Words that do not say it by themselves are refused.',
  }),
  prices: z
    .strictObject({ kind: Prices.shape.kind, year: Prices.shape.year.default(null) })
    .optional()
    .meta({
      default: DEFAULTS.prices,
      description: 'In which prices the figure is reckoned. A correction leaves it as it is.',
    }),
  evidence: submittedEvidence,
  confidence: z.enum(CONFIDENCES).optional().meta({
    default: DEFAULTS.confidence,
    description: 'How sure the record is. A correction leaves it as it is.',
  }),
  corroboration: listUpTo(100, z.url({ protocol: /^https?$/ }).max(2000))
    .default([])
    .meta({ description: 'Addresses of further pages that state the same.' }),
  notes: z.string().max(4000).nullable().default(null),
};
const named = {
  id: identifier.optional().meta({
    description:
      'Where it is left out, one is made of who forecasts or reports, the sector and the period, with the measure, and a digest, where another record has that id. The same record gets the same id.',
    examples: ['haitong-securities-new-infrastructure-2020'],
  }),
  collection: identifier.optional().meta({
    description:
      "The collection that it belongs to. Where it is left out: that of the record which is corrected, else the key's own.",
    examples: ['our-ledger'],
  }),
};

/** A record shows what others state of it, too: a record that many relate to can be sent back as well. */
const MOST_RELATIONS = 10_000;

export const SubmittedForecast = z
  .strictObject({
    id: named.id,
    forecaster: identifier.nullable(),
    beneficiarySectors: listUpTo(1000, identifier).default([]),
    ...submitted,
    stance: z
      .enum(STANCES)
      .optional()
      .meta({
        default: DEFAULTS.stance,
        description: `${statement.stance.meta()?.description} A correction leaves it as it is.`,
      }),
    scenario: z
      .strictObject(Scenario.shape)
      .nullable()
      .optional()
      .meta({ description: 'The scenario that the figure is of. A correction leaves it as it is.' }),
    interval: z
      .strictObject({ ...Interval.shape, percent: Interval.shape.percent.default(null) })
      .nullable()
      .optional()
      .meta({
        description:
          'The bounds of an interval beside a single figure, with its probability where the document says it. A correction leaves it as it is.',
      }),
    revises: identifier.nullable().optional().meta({
      description: 'The earlier forecast whose place it takes. A correction leaves it as it is.',
    }),
    revisedBy: computed(listUpTo(MOST_RELATIONS, identifier)),
    relations: listUpTo(
      MOST_RELATIONS,
      z.strictObject({
        kind: z.enum(RELATION_KINDS),
        forecast: identifier,
        impliedMultiplier: computed(nullableText),
      }),
    )
      .default([])
      .meta({
        description:
          'As the record is shown. `drivenBy`, and what the other record says already of both, is not said twice.',
      }),
    collection: named.collection,
    names: computed(z.strictObject(Forecast.shape.names.shape).partial()),
  })
  .meta({ id: 'SubmittedForecast' });
export type SubmittedForecast = z.output<typeof SubmittedForecast>;

export const SubmittedOutcome = z
  .strictObject({
    id: named.id,
    ...submitted,
    reportedBy: identifier.nullable(),
    via: z.string().min(1).max(300).nullable().default(null),
    relations: listUpTo(
      MOST_RELATIONS,
      z.strictObject({ kind: z.enum(OUTCOME_RELATION_KINDS), outcome: identifier }),
    ).default([]),
    collection: named.collection,
    names: computed(z.strictObject(Outcome.shape.names.shape).partial()),
  })
  .meta({ id: 'SubmittedOutcome' });
export type SubmittedOutcome = z.output<typeof SubmittedOutcome>;

/** For `PUT`: its path names the record. */
export const optionalId = {
  id: identifier
    .optional()
    .meta({ description: 'May be left out; what is sent must be the id of the path.' }),
};

const CslDate = z.object({ 'date-parts': z.array(z.array(z.int()).min(1).max(3)).min(1) });

export const CslItems = z
  .array(
    z.object({
      id: identifier,
      type: z.enum(['webpage', 'document']),
      title: z.string(),
      author: z.array(z.object({ literal: z.string() })),
      publisher: z.string(),
      issued: CslDate.optional(),
      accessed: CslDate,
      URL: z.string().optional(),
      language: z.string(),
      note: z.string(),
    }),
  )
  .length(1)
  .meta({
    id: 'CslItems',
    description: 'A list of one CSL-JSON item: the document that prints the figure.',
  });
export type CslItem = z.output<typeof CslItems>[number];

/** The query parameter of what adds records, or changes them. */
export const allowDuplicate = flag.default(false).meta({
  description:
    '`true`: a claim that another record states already is recorded all the same, with the relation `alsoStatedIn` to that record. Otherwise it is refused (`duplicateClaim`).',
});

export const AddQuery = z.strictObject({
  dryRun,
  allowDuplicate,
  reason: addedReason,
});
export const ReviseQuery = ChangeQuery.extend({ allowDuplicate });

export const FilledIn = z
  .object({
    amount: Amount.optional().meta({ description: 'The whole amount, of which parts were read or follow.' }),
    period: Period.optional().meta({ description: 'The whole period, of which parts were read or follow.' }),
    statedConversions: z
      .array(Amount)
      .optional()
      .meta({ description: 'The amounts of all conversions, where parts of one were read or follow.' }),
    defaults: z
      .array(z.object({ field: z.enum(['id', 'collection', 'scope', 'confidence']), value: z.string() }))
      .meta({ description: 'Fields that were made or have a default.' }),
  })
  .meta({
    id: 'FilledIn',
    description: 'What the ledger filled in that was left out; to be looked at by whoever sent the record.',
  });
export type FilledIn = z.output<typeof FilledIn>;

const Suggestion = z
  .object({
    relation: z.literal('revises'),
    id: identifier.meta({ description: 'Of the earlier forecast.' }),
    source: identifier,
    publishedOn: isoDate.nullable(),
    amount: Amount.pick({ value: true, low: true, high: true, qualifier: true, currency: true }),
  })
  .meta({
    id: 'Suggestion',
    description:
      'What may be said of the record besides. `revises`: the newest earlier forecast by the same forecaster of the same sector, measure, region, scope, prices, period and scenario, in another document. Where it is right, `revises` of the record names it.',
  });
export type Suggestion = z.output<typeof Suggestion>;

export const RecordReceipt = z
  .object({
    data: z.object({
      kind: z.enum(RECORD_KINDS),
      id: identifier.meta({ examples: ['haitong-2020-new-infrastructure-2020'] }),
      revision: positiveInteger.meta({ description: 'The revision that counts now.', examples: [2] }),
      changed: z.boolean().meta({
        description: 'Whether a revision was written: not where the newest one says the same already.',
      }),
      deleted: z.boolean(),
      recordedAt: z.iso.datetime().meta({ description: 'When that revision was recorded.' }),
      author: z.string().meta({ description: 'Name of the key that wrote it.' }),
      reason: z.string(),
      evidence: z
        .array(
          z.object({
            supports: z.enum(SUPPORTS),
            start: Evidence.shape.start,
            end: Evidence.shape.end,
            status: Evidence.shape.status,
          }),
        )
        .meta({ description: 'What the ledger found of the words behind the figures, in their order.' }),
      suggestions: z
        .array(Suggestion)
        .optional()
        .meta({ description: 'Where there is any: to be looked at by whoever sent the record.' }),
      warnings: z
        .array(Warning)
        .optional()
        .meta({ description: 'Where there is any: what may be wrong, though it is taken.' }),
      filledIn: FilledIn.optional().meta({
        description: 'Where the body left something out: what the ledger filled in.',
      }),
    }),
    meta: z.object({
      datasetVersion: z.string(),
      revisionTag: revisionTagField.nullable().meta({
        description: 'What `If-Match` takes to change this revision; null of a deleted record.',
      }),
    }),
  })
  .meta({ id: 'RecordReceipt', description: 'What was written, and what was found of its evidence.' });
export type RecordReceipt = z.output<typeof RecordReceipt>;
