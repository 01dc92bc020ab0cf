import { z } from 'zod';
import { EVIDENCE_STATUSES } from '../../domain/phrase/evidence.ts';
import { listOf, pageParameters } from '../../http/query/paging.ts';
import { count, flag, identifier, nullableText, positiveInteger } from '../../http/query/shared-schemas.ts';
import { allowDuplicate, FilledIn } from '../../ledger/records/schemas.ts';
import { reasonText } from '../../ledger/revision-lists.ts';
import { IMPORT_FORMATS } from './read.ts';

const IMPORT_STATUSES = [
  'queued',
  'reading',
  'publishing',
  'published',
  'checked',
  'refused',
  'failed',
] as const;

export const ImportQuery = z.strictObject({
  format: z.enum(IMPORT_FORMATS).optional().meta({
    description:
      '`csv` (comma, semicolon or tab), `ndjson` (one JSON object a line) or `json` (one array). Counts before `Content-Type`.',
  }),
  dryRun: flag
    .default(false)
    .meta({ description: '`true`: everything is read and checked, and nothing is written.' }),
  onError: z.enum(['refuse', 'skip']).default('refuse').meta({
    description:
      '`refuse`: one wrong row, and nothing is published. `skip`: the right rows are published, the wrong ones are told.',
  }),
  allowDuplicate,
  restore: flag.default(false).meta({
    description:
      '`true`: the file is an export (`/v1/export`), whose whole history is put back, with all revisions, times and authors, into a ledger in which nobody has written yet. Needs the scope `admin`.',
  }),
  reason: reasonText
    .default('import')
    .meta({ description: 'Why; it stands at every revision that is written.' }),
});
export type ImportQuery = z.output<typeof ImportQuery>;

export const ImportJobDocument = z
  .object({
    id: z.uuid(),
    status: z.enum(IMPORT_STATUSES).meta({
      description:
        '`queued`, `reading`, `publishing`, then one of: `published`; `checked` (a dry run that would be published); `refused` (nothing was written, `errors` says why; a dry run that would be); `failed` (nothing was written, `failure` says why).',
    }),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    author: z.string().meta({ description: 'Name of the key.' }),
    reason: z.string(),
    format: z.enum(IMPORT_FORMATS),
    dryRun: z.boolean(),
    onError: z.enum(['refuse', 'skip']),
    allowDuplicate: z.boolean(),
    restore: z.boolean(),
    progress: z
      .object({
        bytesTotal: count.nullable(),
        bytesRead: count,
        rowsRead: count.meta({ description: 'Rows that were read and checked.' }),
        rowsInvalid: count,
        rowsPublished: count.meta({
          description:
            'Rows gone through in publishing; they are seen all at once. Once published: the valid rows.',
        }),
      })
      .meta({ description: 'How far it is.' }),
    ignoredColumns: z
      .array(z.string())
      .meta({ description: 'Columns of the file that were not read, because the ledger computes them.' }),
    errorCount: count.meta({
      description:
        'How many errors there are, of one row at most 101; the first 1,000 stand in `errors`. After 100,000 the rest of the file is not read.',
    }),
    errors: z.array(
      z
        .object({
          row: positiveInteger.nullable().meta({
            description: 'Counts data rows from 1; null where it is the file, or its header.',
          }),
          line: positiveInteger.nullable().meta({ description: 'The line on which the row begins.' }),
          column: nullableText.meta({
            description: 'The column of a CSV, the field of a JSON object.',
            examples: ['amountValue'],
          }),
          code: z.string().meta({ examples: ['exponentNumber'] }),
          message: z.string(),
          value: nullableText.meta({ description: 'What stands there, shortened.' }),
          suggestion: z.string().optional(),
          consequences: positiveInteger.optional().meta({
            description:
              'How many later rows are wrong because they refer to the entry that this row does not bring. They count in `rowsInvalid`, and have no errors for it.',
          }),
        })
        .meta({ id: 'ImportError', description: 'What is wrong, and where in the file.' }),
    ),
    filledIn: z
      .array(
        FilledIn.extend({ row: positiveInteger, id: identifier }).meta({
          id: 'FilledInRow',
          description: 'What was filled in of the record of a row.',
        }),
      )
      .meta({
        description:
          'The first 100 records whose rows had left something out that was read from their words, follows, or has a default: to be looked at before a dry run is repeated as a real one. Empty until then.',
      }),
    unverified: z
      .array(
        z
          .object({
            row: positiveInteger,
            id: identifier,
            before: z.enum(EVIDENCE_STATUSES).nullable().meta({
              description: 'What its evidence was before; null where the ledger had no such record.',
            }),
            code: z.string().meta({ examples: ['figureNotInPhrase'] }),
            message: z.string().meta({ description: 'Why its words do not state its amount.' }),
          })
          .meta({ id: 'UnverifiedRow', description: 'A record whose words do not state its amount.' }),
      )
      .meta({
        description:
          'The first 100 records that are `unverified`, or of a dry run would be, each with the reason. Empty until then.',
      }),
    result: z
      .object({
        added: count.meta({ description: 'Records that the ledger did not have.' }),
        revised: count.meta({ description: 'Records that got a new revision.' }),
        unchanged: count.meta({ description: 'Records that say what the ledger already says.' }),
        unverified: count.meta({
          description:
            'Records among those added and revised whose words do not state the amount: their evidence is `unverified`.',
        }),
        noLongerVerified: count.meta({
          description: 'Those of them whose evidence was `located` or `parsed` before.',
        }),
        filledIn: count.meta({
          description: 'Records among those added and revised of which something was filled in.',
        }),
        catalogueAdded: count.meta({
          description: 'Sources, organisations, sectors and the like that the ledger did not have.',
        }),
        catalogueRevised: count.meta({
          description:
            'Those that were corrected: their rows name in `revision` the one that they were taken from.',
        }),
        catalogueUnchanged: count,
        revisionsRestored: count.meta({ description: 'With `restore`: revisions put back.' }),
      })
      .nullable()
      .meta({ description: 'What was written, or of a dry run would be; null until then.' }),
    failure: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: 'What ended it before its time.' }),
  })
  .meta({ id: 'ImportJob', description: 'An import, from when it was received to how it ended.' });

export const ImportJobAnswer = z
  .object({ data: ImportJobDocument })
  .meta({ id: 'ImportJobAnswer', description: 'One import.' });
export type ImportJobAnswer = z.output<typeof ImportJobAnswer>;

/** A list says how many errors there are; what they are is said by the import itself. */
export const ImportSummary = ImportJobDocument.omit({ errors: true, filledIn: true, unverified: true }).meta({
  id: 'ImportSummary',
  description: 'An import without its errors, and without what was filled in or is unverified.',
});

export const ImportList = listOf(ImportSummary).meta({
  id: 'ImportList',
  description: 'A page of imports, the newest first.',
});

const { limit, cursor, count: counted } = pageParameters(ImportSummary);

export const ImportsQuery = z.strictObject({ limit, cursor, count: counted });
export type ImportsQuery = z.output<typeof ImportsQuery>;

export const ImportColumnList = z
  .object({
    data: z.array(
      z.object({
        name: z.string().meta({ examples: ['amountValue'] }),
        field: z.string().meta({ description: 'The field in JSON and NDJSON.', examples: ['amount.value'] }),
        type: z.enum(['text', 'id', 'decimal', 'integer', 'date', 'list', 'json', 'boolean']),
        required: z.boolean(),
        description: z.string(),
        example: z.string(),
        allowed: z.array(z.string()).optional(),
        only: z.enum(['forecast', 'outcome']).optional(),
      }),
    ),
  })
  .meta({ id: 'ImportColumnList', description: 'The columns that an import reads.' });
