import { z } from 'zod';
import { isIsoDate } from '../../domain/period/calendar.ts';
import { momentOf } from '../../domain/vintage.ts';
import { listParameters } from '../../http/formats/lists.ts';
import { ListMeta, limitParameter, Page } from '../../http/query/paging.ts';
import {
  commaSeparated,
  count,
  identifier,
  positiveInteger,
  refusing,
} from '../../http/query/shared-schemas.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import { RECORD_KINDS } from '../../store/tables/schema.ts';
import type { EntryType } from '../catalogue/entry-tables.ts';
import { filterParameters } from '../records/filters.ts';
import { checkConversions } from '../records/query-checks.ts';

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
export const CHANGE_KINDS = [
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

const SINCE_FORMS =
  'a position such as 0 or 120, a day such as 2026-11-24, or a time such as 2026-11-28T10:00:00Z';

/** A month is a span, of which the first day is meant. A year would be a position. */
function monthHint(text: string): string {
  return /^\d{4}-\d{2}$/.test(text) ? `; the first day of that month is ${text}-01` : '';
}

const POSITION = /^(?:0|[1-9]\d{0,14})$/;

/** Those of forecasts and outcomes, but for vintages, since a change is of one, and amounts, which need one currency. */
const {
  knownAsOf: _known,
  publishedAsOf: _published,
  amountMin: _least,
  amountMax: _most,
  ...recordParameters
} = { ...filterParameters('reportedBy'), ...filterParameters('forecaster') };

/** What a query of changes may be narrowed by. */
const changeFilters = {
  since: z
    .string()
    .refine((text) => POSITION.test(text) || momentOf(text) !== null, {
      error: ({ input }) => `${SINCE_FORMS}${monthHint(String(input))}`,
    })
    .optional()
    .transform((text = '0') =>
      POSITION.test(text) ? Number(text) : isIsoDate(text) ? text : (momentOf(text) ?? text),
    )
    .meta({
      description:
        'Only what was written after this position: `meta.next` of the answer before. Or a day, in UTC, or a time such as `2026-11-28T10:00:00Z`: what was written on it or later. Default 0: all.',
      type: 'string',
    }),
  ...recordParameters,
};
type Filters = z.output<z.ZodObject<typeof changeFilters>>;

/** A query of changes, without its page. */
export type ChangeFilters = Filters & { readonly kind?: readonly Change['kind'][] | undefined };

/** The parameters of one kind of record only, which leave out those of the other. */
const OF_KIND = {
  forecast: ['forecaster', 'forecasterKind'],
  outcome: ['reportedBy', 'reportedByKind'],
} as const satisfies Readonly<Record<RecordKind, readonly (keyof Filters)[]>>;

/** The kinds of record that a query may find. */
export function recordKindsOf(query: Partial<ChangeFilters>): readonly RecordKind[] {
  const isNamed = (kind: RecordKind): boolean => OF_KIND[kind].some((name) => query[name] !== undefined);
  const kinds = RECORD_KINDS.filter((kind) => query.kind?.includes(kind) ?? true);
  return RECORD_KINDS.some(isNamed) ? kinds.filter(isNamed) : kinds;
}

/** The types of entries of the catalogue that a query may find: only records have what filters ask for. */
export function entryTypesOf({
  kind = [],
  since: _,
  ...others
}: Partial<ChangeFilters>): readonly EntryType[] {
  const isFiltered = Object.keys(recordParameters).some(
    (name) => others[name as keyof typeof others] !== undefined,
  );
  return isFiltered
    ? []
    : kind.flatMap((name) => (name in ENTRY_KINDS ? ENTRY_KINDS[name as EntryKind] : []));
}
export type EntryKind = keyof typeof ENTRY_KINDS;

function checkChanges(query: Partial<ChangeFilters>, context: z.core.$RefinementCtx): void {
  checkConversions(query, context);
  if (recordKindsOf(query).length > 0 || query.kind?.some((kind) => kind in ENTRY_KINDS)) return;
  const message = 'leaves out the kind of record that the forecaster or reporting body is of';
  refusing(context)('kind', message, 'conflictingParameters');
}

export const ChangesQuery = z
  .strictObject({
    ...changeFilters,
    kind: commaSeparated(z.enum(CHANGE_KINDS)).optional().meta({
      description:
        '`forecast`, `outcome` (both by default); and where they are named, corrections of the catalogue, which no other filter leaves in: `sector`, `forecaster`, `source`, `measure`, `scope`, `region`, `collection`.',
    }),
    ...listParameters(Change),
  })
  .superRefine(checkChanges);
export type ChangesQuery = z.output<typeof ChangesQuery>;

export const USUAL_ENTRIES = 50;

export const FeedQuery = z
  .strictObject({
    ...changeFilters,
    kind: commaSeparated(z.enum(RECORD_KINDS)).optional().meta({ description: '`forecast`, `outcome`.' }),
    limit: limitParameter('Entries', 100, USUAL_ENTRIES),
  })
  .superRefine(checkChanges);
export type FeedQuery = z.output<typeof FeedQuery>;

/** JSON Feed 1. */
export const JsonFeed = z
  .object({
    version: z.string(),
    title: z.string(),
    home_page_url: z.string(),
    feed_url: z.string(),
    items: z.array(
      z.object({
        id: z.string(),
        content_html: z.string(),
        url: z.string(),
        title: z.string(),
        date_modified: z.iso.datetime(),
        author: z.object({ name: z.string() }),
        tags: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: 'JsonFeed', description: 'What was written, the newest first, for feed readers.' });

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
