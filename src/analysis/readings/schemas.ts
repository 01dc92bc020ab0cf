import { z } from 'zod';
import {
  Amount,
  count,
  currencyCode,
  Evidence,
  identifier,
  isoDate,
  Period,
  positiveInteger,
} from '../../http/query/shared-schemas.ts';
import { languageTag } from '../../ledger/catalogue/entries.ts';
import { CONFIDENCES } from '../../ledger/records/filters.ts';
import { Forecast } from '../../ledger/records/schemas.ts';
import { Warning } from '../../ledger/records/warnings.ts';

/** Longest text that is read, in bytes of UTF-8: 1 MiB. */
export const MAX_READ_BYTES = 1024 * 1024;
/** More figures of a text are counted only. */
export const MOST_FIGURES = 1000;

export const ReadingBody = z
  .strictObject({
    text: z
      .string()
      .min(1)
      .refine((text) => Buffer.byteLength(text) <= MAX_READ_BYTES, `at most ${MAX_READ_BYTES} bytes long`)
      .optional()
      .meta({ description: 'The text to read, at most 1 MiB in UTF-8. Nothing of it is stored.' }),
    source: identifier
      .optional()
      .meta({ description: 'In the place of `text`: the id of a source whose text is held.' }),
    language: languageTag.optional().meta({
      description:
        'BCP 47 tag of the language of the text; that of the source where it is left out. Where neither is known, a number that reads otherwise in another language is refused.',
    }),
    publishedOn: isoDate.optional().meta({
      description:
        'The day of the document, from which "the next five years" count; that of the source where it is left out.',
      examples: ['2020-05-25'],
    }),
    currency: currencyCode.optional().meta({
      description: 'The currency meant where the text leaves it open: "¥", "$".',
      examples: ['CNY'],
    }),
    region: z
      .string()
      .regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code such as CN')
      .optional()
      .meta({
        description:
          'ISO 3166-1 code of where the text was written: which 元 is meant, how digits are grouped, when fiscal years begin where they are the same for everybody.',
        examples: ['CN'],
      }),
  })
  .refine(({ text, source }) => (text === undefined) !== (source === undefined), {
    path: ['text'],
    message: 'must be given, or else `source`: one of the two',
  })
  .meta({ id: 'ReadingBody' });
export type ReadingBody = z.output<typeof ReadingBody>;

const Span = z
  .object({
    start: count.meta({ description: 'Unicode code points from 0.', examples: [2152] }),
    end: positiveInteger.meta({ description: 'Exclusive.', examples: [2167] }),
  })
  .meta({ id: 'Span', description: 'Where words stand in the text.' });

const Refusal = z
  .object({
    code: z.string().meta({ examples: ['currencyOpen'] }),
    message: z.string().meta({ description: 'What was found, and what would be right.' }),
  })
  .meta({ id: 'ReadingRefusal', description: 'Why something was found and is not read.' });

const passage = { span: Span, text: z.string().meta({ description: 'As printed.' }) };

const ReadPeriod = z
  .object({ ...passage, stated: Period.nullable(), refusal: Refusal.nullable() })
  .meta({ id: 'ReadPeriod', description: 'The period that stands with a figure, or why it cannot be read.' });

const Candidate = z
  .object({
    id: z.string().meta({ examples: ['haitong-securities'] }),
    name: z.string().meta({ examples: ['Haitong Securities'] }),
    ...passage,
    reason: z.enum(['name', 'originalName', 'alias', 'synonym', 'cueWord']).meta({
      description:
        'What its words are: a name of the entry in the catalogue, another way to say one, or a word that tells what is measured.',
    }),
    nearness: z.enum(['sentence', 'paragraph', 'document']).meta({
      description: 'Where its words stand: in the sentence of the figure, in its paragraph, or elsewhere.',
    }),
  })
  .meta({ id: 'ReadingCandidate', description: 'What a figure may be of, as words near it name it.' });

const candidates = z.array(Candidate).meta({ description: 'The likeliest first.' });

const Draft = z
  .object({
    forecaster: identifier.optional(),
    source: identifier.optional(),
    sector: identifier.optional(),
    region: identifier.optional(),
    measure: identifier.optional(),
    scope: identifier.optional(),
    amount: Amount,
    statedConversions: z.array(
      z.object({ amount: Amount, evidence: z.object({ phrase: Evidence.shape.phrase }) }),
    ),
    period: Period.optional(),
    stance: Forecast.shape.stance.optional(),
    scenario: Forecast.shape.scenario.unwrap().optional(),
    prices: Forecast.shape.prices.optional(),
    evidence: z.object({ phrase: Evidence.shape.phrase }),
    confidence: z.enum(CONFIDENCES),
  })
  .meta({
    id: 'ReadingDraft',
    description:
      'The figure as `POST /v1/forecasts` takes it, as far as the text says it; `missing` names the rest.',
  });
export type Draft = z.output<typeof Draft>;

const known = {
  forecast: identifier,
  href: z.string().meta({ examples: ['/v1/forecasts/haitong-2020-new-infrastructure-2020'] }),
  amount: Amount,
};

const Match = z
  .object({
    ...known,
    by: z.enum(['amount', 'statedConversion', 'rate']).meta({
      description:
        '`amount`: it states the same sum; `statedConversion`: so does a conversion that it, or the text, states; `rate`: at the reference rate of its publication, or the newest, the two differ by no more than 5 %.',
    }),
  })
  .meta({ id: 'ReadingMatch', description: 'A forecast on record that says what a figure says.' });
export type Match = z.output<typeof Match>;

const Conflict = z.object(known).meta({
  id: 'ReadingConflict',
  description:
    'A forecast on record of the same forecaster, sector, measure and period that states another sum.',
});
export type Conflict = z.output<typeof Conflict>;

export const ReadFigure = z
  .object({
    ...passage,
    sentence: z
      .object(passage)
      .meta({ description: 'Its sentence; of a long one, what stands around the figure.' }),
    amount: Amount.nullable().meta({ description: 'What the figure says; null where it is not read.' }),
    refusal: Refusal.nullable(),
    converts: count
      .nullable()
      .meta({ description: 'Position in `data` of the figure that this one converts.', examples: [null] }),
    partOf: count.nullable().meta({
      description:
        'Position in `data` of the figure that this one is a part of, as "of which" says; its draft takes neither sector nor scope of that.',
      examples: [null],
    }),
    drives: z.array(count).meta({
      description: 'Positions in `data` of the figures that this one brings about.',
      examples: [[]],
    }),
    period: ReadPeriod.nullable(),
    candidates: z.object({
      forecaster: candidates,
      sector: candidates,
      measure: candidates,
      region: candidates,
      scope: candidates,
      stance: candidates,
      scenario: candidates,
      prices: candidates,
    }),
    draft: Draft.nullable().meta({
      description:
        'Null for a figure that is not read, and for a conversion, which is part of the draft that it converts.',
    }),
    missing: z.array(z.string()).meta({
      description: 'What the draft lacks and a forecast needs, or the text does not say near the figure.',
      examples: [['source', 'period']],
    }),
    warnings: z.array(Warning).meta({ description: 'Of the draft: what may be wrong in it.' }),
    matches: z.array(Match),
    conflicts: z.array(Conflict),
  })
  .meta({ id: 'ReadFigure', description: 'A sum of money in a text, with what stands near it.' });
export type ReadFigure = z.output<typeof ReadFigure>;

export const Reading = z
  .object({
    data: z.array(ReadFigure).max(MOST_FIGURES),
    meta: z.object({
      datasetVersion: z.string(),
      placeUnit: z.literal('unicodeCodePoint'),
      language: z.string().nullable().meta({
        description: 'The language by which numbers were read; null where it is not known.',
      }),
      publishedOn: isoDate.nullable(),
      figures: count.meta({
        description: `How many figures the text has; the first ${MOST_FIGURES} are in \`data\`.`,
      }),
      compared: z.boolean().meta({
        description:
          'Whether the figures were compared with what is on record: not where too much may be meant.',
      }),
    }),
  })
  .meta({ id: 'Reading', description: 'The figures of a text, in order.' });
export type Reading = z.output<typeof Reading>;
