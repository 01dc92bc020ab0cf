import { z } from 'zod';
import { identifier, isoDate, sha256 } from '../../http/query/shared-schemas.ts';
import { vintageParameters } from '../../http/query/vintage.ts';

export const SUPPLIABLE_FIELDS = ['title', 'publisher', 'publishedOn', 'url', 'language'] as const;

export const Source = z
  .object({
    id: identifier.meta({ examples: ['china-banking-news-2020-05-25'] }),
    title: z.string(),
    publisher: z.string().meta({ examples: ['China Banking News'] }),
    publishedOn: isoDate.nullable().meta({ examples: ['2020-05-25'] }),
    url: z.url().nullable(),
    language: z.string().meta({ description: 'BCP 47 language tag.', examples: ['en'] }),
    documentSha256: sha256
      .nullable()
      .meta({ description: "SHA-256 of the text's UTF-8 bytes; null where no text was at hand." }),
    licence: z
      .string()
      .nullable()
      .meta({ description: 'Null where none is stated: all rights with the publisher.' }),
    attribution: z.string(),
    supplied: z.array(z.enum(SUPPLIABLE_FIELDS)).meta({
      description: 'Fields that the text itself does not print, such as a date taken from the address.',
      examples: [['publisher', 'publishedOn', 'url']],
    }),
    schemes: z.array(z.object({ sector: identifier, parts: z.array(identifier).min(1) })).meta({
      description:
        'How the document itself divides a sector, where it says so: what a breakdown without a figure for each part leaves open.',
      examples: [[]],
    }),
    notes: z.string().nullable(),
    textHeld: z.boolean().meta({
      description: 'Whether this ledger keeps the text, and looks evidence up in it.',
      examples: [false],
    }),
    forecastCount: z
      .int()
      .nonnegative()
      .meta({ description: 'How many current forecasts come from it.', examples: [5] }),
  })
  .meta({
    id: 'Source',
    description:
      'A document that prints forecasts. Its text, where a team has handed it in, is kept and not shown.',
  });
export type Source = z.output<typeof Source>;

export const sourceFilters = {
  publishedFrom: isoDate.optional().meta({ description: 'Published on this day or later.' }),
  publishedTo: isoDate.optional().meta({ description: 'Published on this day or earlier.' }),
  ...vintageParameters,
};
export type SourceFilters = z.output<z.ZodObject<typeof sourceFilters>>;
export const SOURCE_SORT_KEYS = ['id', 'title', 'publisher', 'publishedOn'] as const;
export type SourceSortKey = (typeof SOURCE_SORT_KEYS)[number];
