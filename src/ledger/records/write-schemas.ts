import { z } from 'zod';
import { Evidence, identifier, revisionTagField } from '../../http/query/shared-schemas.ts';
import { RECORD_KINDS } from '../../store/tables/schema.ts';

/** Why a record is written, in its history for ever. */
const reasonText = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .meta({ description: "Why: it stands in the record's history." });

export const AddQuery = z.strictObject({
  reason: reasonText.default('added').meta({
    description: "Why, in the record's history; `added` where it is left out.",
  }),
});
export const ChangeQuery = z.strictObject({ reason: reasonText });

export const RecordReceipt = z
  .object({
    data: z.object({
      kind: z.enum(RECORD_KINDS),
      id: identifier.meta({ examples: ['haitong-2020-new-infrastructure-2020'] }),
      revision: z
        .int()
        .positive()
        .meta({ description: 'The revision that counts now.', examples: [2] }),
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
            supports: z.enum(['amount', 'statedConversion']),
            start: Evidence.shape.start,
            end: Evidence.shape.end,
            status: Evidence.shape.status,
          }),
        )
        .meta({ description: 'What the ledger found of the words behind the figures, in their order.' }),
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
