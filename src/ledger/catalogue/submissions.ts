import { z } from 'zod';
import { identifier } from '../../http/query/shared-schemas.ts';
import { Collection, Forecaster, Source } from './schemas.ts';

/*
 * Parts of the catalogue as clients hand them in.
 */

const MAX_NAME_LENGTH = 500;
const MAX_DESCRIPTION_LENGTH = 4000;
/** Most that a source's text may take, in bytes of UTF-8: 5 MiB. */
export const MAX_TEXT_BYTES = 5 * 1024 * 1024;

const name = z.string().trim().min(1).max(MAX_NAME_LENGTH);
const optionalText = z.string().max(MAX_DESCRIPTION_LENGTH).nullable().default(null);

function isLanguageTag(text: string): boolean {
  try {
    return Intl.getCanonicalLocales(text).length === 1;
  } catch {
    return false;
  }
}

export const SubmittedSource = z.strictObject({
  id: Source.shape.id,
  title: name,
  publisher: name,
  publishedOn: Source.shape.publishedOn,
  url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .nullable()
    .default(null),
  language: z
    .string()
    .max(35)
    .refine(isLanguageTag, 'a BCP 47 language tag such as en or zh-Hans')
    .meta({ description: 'BCP 47 language tag.', examples: ['en'] }),
  documentSha256: Source.shape.documentSha256.default(null).meta({
    description: "SHA-256 of the text's UTF-8 bytes. May be left out where `text` is given.",
  }),
  licence: optionalText,
  attribution: name,
  supplied: Source.shape.supplied.default([]),
  schemes: z
    .array(z.strictObject({ sector: identifier, parts: z.array(identifier).min(1) }))
    .default([])
    .meta({ description: 'How the document itself divides a sector, where it says so.' }),
  notes: optionalText,
  text: z.string().min(1).optional().meta({
    description:
      'The text of the document, at most 5 MiB in UTF-8. It is kept, never shown, and evidence from this source is looked up in it.',
  }),
});
export type SubmittedSource = z.output<typeof SubmittedSource>;

export const SubmittedForecaster = z.strictObject({
  id: Forecaster.shape.id,
  name,
  originalName: name.nullable().default(null),
  kind: Forecaster.shape.kind,
  country: Forecaster.shape.country.default(null),
  description: optionalText,
});
export type SubmittedForecaster = z.output<typeof SubmittedForecaster>;

export const SubmittedCollection = z.strictObject({
  id: Collection.shape.id,
  name,
  description: z.string().max(MAX_DESCRIPTION_LENGTH).default(''),
});
export type SubmittedCollection = z.output<typeof SubmittedCollection>;
