import { z } from 'zod';
import { isIsoDate } from '../../domain/period/calendar.ts';
import { listParameters } from '../../http/formats/lists.ts';
import { ListMeta, Page } from '../../http/query/paging.ts';
import {
  commaSeparated,
  count,
  entryName,
  identifier,
  positiveInteger,
} from '../../http/query/shared-schemas.ts';
import { RECORD_KINDS } from '../../store/tables/schema.ts';
import type { EntryType } from '../catalogue/entry-tables.ts';

/** Kinds of entries by the names that paths have for them, with their types. */
export const ENTRY_KINDS = {
  sector: 'sector',
  forecaster: 'organisation',
  source: 'source',
  measure: 'measure',
  scope: 'scope',
  region: 'region',
  collection: 'collection',
} as const satisfies Readonly<Record<string, EntryType>>;
const CHANGE_KINDS = [
  ...RECORD_KINDS,
  ...(Object.keys(ENTRY_KINDS) as (keyof typeof ENTRY_KINDS)[]),
] as const;

export const Change = z
  .object({
    position: positiveInteger.meta({
      description: 'Counts up over the whole ledger, in the order of writing.',
      examples: [1],
    }),
    kind: z.enum(CHANGE_KINDS),
    id: identifier.meta({ examples: ['haitong-2020-new-infrastructure-2020'] }),
    revision: positiveInteger.meta({ examples: [1] }),
    deleted: z.boolean().meta({ description: 'Whether the record was deleted by it.' }),
    collection: identifier
      .nullable()
      .meta({ description: 'Null for an entry of the catalogue.', examples: ['seed-documents'] }),
    recordedAt: z.iso.datetime(),
    author: z.string().meta({ examples: ['seed'] }),
    reason: z.string().meta({ examples: ['seed file'] }),
    path: z.string().meta({
      description:
        'Where the record is, as it stands now; with `/revisions`, what each of its revisions changed.',
      examples: ['/v1/forecasts/haitong-2020-new-infrastructure-2020'],
    }),
  })
  .meta({
    id: 'Change',
    description:
      'A revision or a tombstone of a record or of an entry of the catalogue, in the order in which they were written.',
  });
export type Change = z.output<typeof Change>;

const POSITION = /^(?:0|[1-9]\d{0,14})$/;

export const ChangesQuery = z.strictObject({
  since: z
    .string()
    .refine(
      (text) => POSITION.test(text) || isIsoDate(text),
      'a position such as 0 or 120, or a day such as 2026-11-24',
    )
    .optional()
    .transform((text = '0') => (isIsoDate(text) ? text : Number(text)))
    .meta({
      description:
        'Only what was written after this position: `meta.next` of the answer before. Or a day: what was written on it, in UTC, or later. Default 0: all.',
      type: 'string',
    }),
  kind: commaSeparated(z.enum(CHANGE_KINDS)).optional().meta({
    description:
      '`forecast`, `outcome` (both by default); and where they are named, corrections of the catalogue: `sector`, `forecaster`, `source`, `measure`, `scope`, `region`, `collection`.',
  }),
  collection: commaSeparated(entryName).optional().meta({ description: 'Collection ids.' }),
  ...listParameters(Change),
});
export type ChangesQuery = z.output<typeof ChangesQuery>;

export const ChangeList = z
  .object({
    data: z.array(Change),
    page: Page,
    meta: z.object({
      ...ListMeta.shape,
      next: count.meta({
        description: 'What to give as `since` next time, whether or not there is more now.',
        examples: [120],
      }),
      nextUrl: z.string().meta({ description: 'This query, from there on.' }),
    }),
  })
  .meta({ id: 'ChangeList', description: 'A page of changes.' });
