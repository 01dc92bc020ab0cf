import { z } from 'zod';
import { listParameters } from '../http/formats/lists.ts';
import { dryRun } from '../http/idempotency.ts';
import { listOf, sortParameter } from '../http/query/paging.ts';
import { positiveInteger } from '../http/query/shared-schemas.ts';
import { knownAsOf } from '../http/query/vintage.ts';

/*
 * Revisions as clients see and cause them: of records, and of entries of the catalogue.
 */

const anyValue = z.unknown().meta({ description: 'As the field has it: a text, a number, a list, null.' });

export const Revision = z
  .object({
    revision: positiveInteger.meta({ examples: [2] }),
    recordedAt: z.iso.datetime().meta({ description: 'From when it counted.' }),
    supersededAt: z.iso.datetime().nullable().meta({
      description:
        'Until when, exclusive; null where it counts now. A tombstone never counts: it is superseded as it is recorded.',
    }),
    author: z.string().meta({ description: 'Name of the key that wrote it, or `seed`.', examples: ['seed'] }),
    reason: z.string().meta({ examples: ['seed file'] }),
    deleted: z.boolean().meta({ description: 'Whether it is a tombstone.' }),
    changes: z
      .array(
        z.object({
          field: z.string().meta({ examples: ['amount.value'] }),
          from: anyValue,
          to: anyValue,
        }),
      )
      .meta({
        description:
          'What it says otherwise than the revision before it, field by field; lists are compared whole.',
      }),
  })
  .meta({ id: 'Revision', description: 'One revision in the history of a record.' });
export type Revision = z.output<typeof Revision>;

export const RevisionList = listOf(Revision).meta({
  id: 'RevisionList',
  description: 'A page of revisions.',
});
export const RevisionListQuery = z.strictObject({
  knownAsOf,
  sort: sortParameter(['revision'], 'revision'),
  ...listParameters(Revision),
});
export type RevisionListQuery = z.output<typeof RevisionListQuery>;

/** Why something is written, in its history for ever. */
export const reasonText = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .refine((text) => !text.includes('\0'), 'a text without the character U+0000')
  .meta({ description: 'Why: it stands in the history.' });

/** The query parameter of what adds something, or changes it. */
export const addedReason = reasonText.default('added').meta({
  description: 'Why, in the history; `added` where it is left out.',
});
export const ChangeQuery = z.strictObject({ dryRun, reason: reasonText });

/** What one content says otherwise than another, field by field. */
export function differences(from: unknown, to: unknown, path = ''): Revision['changes'] {
  if (isPlain(from) && isPlain(to)) {
    return Object.keys(to).flatMap((key) =>
      differences(from[key], to[key], path === '' ? key : `${path}.${key}`),
    );
  }
  // A list that there was not yet, and has nothing, is no change.
  const before = from === undefined && Array.isArray(to) ? [] : from;
  return JSON.stringify(before) === JSON.stringify(to) ? [] : [{ field: path, from, to }];
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
