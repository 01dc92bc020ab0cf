import { z } from 'zod';
import { QUALIFIERS } from '../../domain/money/amount.ts';
import { MONEY, MONEY_FORM } from '../../domain/money/decimal.ts';
import { isIsoDate } from '../../domain/period/calendar.ts';
import { PERIOD_KINDS } from '../../domain/period/period.ts';
import { EVIDENCE_STATUSES } from '../../domain/phrase/evidence.ts';

/*
 * Shapes that more than one resource uses. Primitives stay anonymous; what has an id becomes a component of the
 * OpenAPI document.
 */

/** Refuses a parameter of a query, by its name; the problem is `invalidValue` where none is named. */
export function refusing(context: z.core.$RefinementCtx) {
  return (name: string, message: string, problem?: string): void =>
    context.addIssue({ code: 'custom', path: [name], message, params: { problem } });
}

/**
 * Looks at the length of a list before its items, so that one that is far too long is refused at once.
 * @param list has a `max`; what is derived from the result (`.meta()`) has lost it, what wraps it (`.default()`) has not
 */
export function lengthFirst<Item extends z.ZodType>(list: z.ZodArray<Item>): z.ZodArray<Item> {
  const { parse, bag } = list._zod;
  list._zod.parse = (payload, context) =>
    Array.isArray(payload.value) && payload.value.length > Number(bag.maximum)
      ? payload
      : parse(payload, context);
  return list;
}

export function listUpTo<Item extends z.ZodType>(most: number, item: Item): z.ZodArray<Item> {
  return lengthFirst(z.array(item).max(most));
}

/** A record's identifier: lower-case words of letters and digits, joined by hyphens; `CN` for a region. */
export const identifier = z
  .string()
  .min(1)
  .max(128)
  .regex(
    /^[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*$/,
    'letters and digits, joined by single hyphens, dots or underscores',
  );

/** What names an entry of the catalogue in a query: its id, or its whole name or alias, which is looked up. */
export const entryName = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => !/\p{Cc}/u.test(text), 'an id, or a name without control characters');

export const count = z.int().nonnegative();
export const positiveInteger = z.int().positive();
export const nullableText = z.string().nullable();

const DECIMAL = /^(?:0|[1-9]\d{0,39})(?:\.\d{1,40})?$/;
const SIGNED_DECIMAL = /^-?(?:0|[1-9]\d{0,39})(?:\.\d{1,40})?$/;

/** A plain decimal string: no exponent, no grouping, no sign. */
export const decimalString = z.string().regex(DECIMAL, 'a plain decimal such as 3000000000000 or 0.5');

/** An amount in a query. */
export const amountParameter = z.string().regex(MONEY, MONEY_FORM);

/** A plain decimal string that may be negative: a residual, a deviation. */
export const signedDecimalString = z.string().regex(SIGNED_DECIMAL, 'a plain decimal such as -0.5');

/** Whether a schema is one of the two above, described in whatever way. */
export function isDecimalSchema(schema: z.ZodString): boolean {
  return (schema._zod.def.checks ?? []).some((check) => {
    const { pattern } = check._zod.def as { pattern?: RegExp };
    return pattern === DECIMAL || pattern === SIGNED_DECIMAL;
  });
}

/** Days outside this span are mistakes, and reckoning with them would take for ever. */
const isPlausibleDay = (text: string): boolean =>
  isIsoDate(text) && text >= '1900-01-01' && text <= '2199-12-31';

export const isoDate = z
  .string()
  .refine(isPlausibleDay, 'a calendar day such as 2020-05-25, from 1900 to 2199')
  .meta({ format: 'date' });

/**
 * A day, or a month or year for its first or last day: `2020-05` up to the end is 2020-05-31.
 * @param side which day of a longer span is meant
 */
export function dayOf(side: 'first' | 'last') {
  return z
    .string()
    .transform((text) => dayWithin(text, side))
    .pipe(
      z
        .string()
        .refine(
          isPlausibleDay,
          'a day, month or year such as 2020-05-25, 2020-05 or 2020, from 1900 to 2199',
        ),
    );
}

/** What every parameter of such a day is described with. */
export const DAY_FORMS = { anyOf: [{ format: 'date' }, { pattern: '^\\d{4}(?:-\\d{2})?$' }] };

function dayWithin(text: string, side: 'first' | 'last'): string {
  if (/^\d{4}$/.test(text)) return `${text}-${side === 'first' ? '01-01' : '12-31'}`;
  if (!/^\d{4}-(?:0[1-9]|1[0-2])$/.test(text)) return text;
  const days = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5)), 0)).getUTCDate();
  return `${text}-${side === 'first' ? '01' : days}`;
}

export const currencyCode = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as CNY');

/** The same in a query, in letters of either case. */
export const currencyParameter = z
  .string()
  .regex(/^[A-Za-z]{3}$/, 'an ISO 4217 code such as CNY')
  .toUpperCase();

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');

export const Amount = z
  .object({
    value: decimalString.nullable().meta({
      description: 'Whole units of the currency. Null where the words give no single figure.',
      examples: ['3000000000000'],
    }),
    low: decimalString
      .nullable()
      .meta({ description: 'Lower bound that the words give, or null.', examples: ['3000000000000'] }),
    high: decimalString
      .nullable()
      .meta({ description: 'Upper bound that the words give, or null.', examples: ['3000000000000'] }),
    qualifier: z.enum(QUALIFIERS).meta({
      description:
        '`exact` "3 trillion"; `approximately` "approx. 420 billion"; `atLeast` "more than 10 trillion"; `atMost` "up to 17.5 trillion"; `range` "2-3 trillion"; `indefinite` "several dozen trillion".',
    }),
    currency: currencyCode.meta({ description: 'ISO 4217 code.', examples: ['CNY'] }),
    asStated: z
      .string()
      .min(1)
      .max(200)
      .meta({
        description: 'The figure as printed, in its own script.',
        examples: ['3 trillion yuan'],
      }),
    interpretation: z
      .string()
      .max(500)
      .nullable()
      .meta({
        description: 'How an indefinite wording was read; null where the figure needs no reading.',
        examples: [null],
      }),
    approximate: z.boolean().optional().meta({
      description:
        '`true` where the ends of a range are approximate ("about 2-3 trillion"); every other amount is without it.',
    }),
  })
  .meta({
    id: 'Amount',
    description: 'A sum of money as the document states it. Money is always a decimal string.',
  });
export type Amount = z.output<typeof Amount>;

export const Period = z
  .object({
    start: isoDate.nullable().meta({ description: 'First day, inclusive.', examples: ['2020-01-01'] }),
    end: isoDate.nullable().meta({ description: 'Last day, inclusive.', examples: ['2020-12-31'] }),
    kind: z.enum(PERIOD_KINDS).meta({
      description:
        '`year` "in 2020"; `window` "2020-2025", and a fiscal year, half or quarter; `cumulativeTo` "by 2025" (no start); `perYear` "a year"; `unstated`.',
    }),
    years: positiveInteger
      .nullable()
      .meta({ description: 'Length in whole years, stated or derivable.', examples: [1] }),
    asStated: z
      .string()
      .max(300)
      .nullable()
      .meta({ description: 'The words that state it.', examples: ['in 2020'] }),
    inferred: lengthFirst(
      z
        .array(z.enum(['start', 'end']))
        .max(2)
        .meta({
          description: 'Which of the dates the document does not state itself.',
          examples: [[]],
        }),
    ),
  })
  .meta({ id: 'Period', description: 'The time span that a figure covers.' });
export type Period = z.output<typeof Period>;

export const Evidence = z
  .object({
    phrase: z
      .string()
      .min(1)
      .max(500)
      .meta({
        description: 'A few words of the document: the figure and what qualifies it.',
        examples: ['will total 3 trillion yuan in 2020'],
      }),
    start: count.nullable().meta({
      description: 'Place of the first character in the text, in Unicode code points from 0.',
      examples: [2087],
    }),
    end: positiveInteger
      .nullable()
      .meta({ description: 'Place after the last character.', examples: [2121] }),
    documentSha256: sha256.nullable().meta({ description: "SHA-256 of the text's UTF-8 bytes." }),
    url: z.string().nullable().meta({ description: 'Where the document was published.' }),
    status: z.enum(EVIDENCE_STATUSES).meta({
      description:
        '`located`: the phrase stands at that place in the text with that SHA-256 and parses to the amount; `parsed`: the text is not held, the phrase parses to the amount; `unverified`.',
    }),
  })
  .meta({ id: 'Evidence', description: 'The words that state an amount, and where they stand.' });
export type Evidence = z.output<typeof Evidence>;

export const revisionTagField = z.string().meta({
  description: 'What `If-Match` takes to change this revision, with its quotes.',
  examples: ['"haitong-2020-new-infrastructure-2020-r1"'],
});

/** What is said beside one record. */
export const ItemMeta = z.object({ datasetVersion: z.string(), revisionTag: revisionTagField });

/** A parameter that is `true` or `false`, and no other word for it. */
export const flag = z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' });

/** A short definition list's entry in a query string: `a,b,c`. */
export function commaSeparated<Item extends z.ZodType<string, string>>(item: Item) {
  return z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(item).min(1).max(100));
}
