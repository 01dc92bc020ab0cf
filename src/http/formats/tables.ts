import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Steps } from '../../domain/steps.ts';
import { mapped } from '../../domain/steps.ts';
import type { ReadContext, RouteContext } from '../context.ts';
import { invalidParameter } from '../message/problem.ts';
import type { Operation } from '../openapi/openapi.ts';
import { addressWith } from '../query/paging.ts';
import { inTurns } from '../turns.ts';
import { columnsOf, flatRow, rowSchema } from './columns.ts';
import type { FormatQuery } from './formats.ts';
import {
  checkForm,
  chosenFormat,
  dialectOf,
  formatParameters,
  MEDIA_TYPES,
  OTHER_WAYS,
  ROW_FORMATS,
  registerFormats,
  rowFormat,
  sendFile,
  sendJson,
} from './formats.ts';
import { JSON_STAT } from './json-stat.ts';
import type { Draw, Look, PictureQuery } from './pictures.ts';
import {
  checkLook,
  checkPicture,
  lookOf,
  PICTURE_MEDIA_TYPES,
  pictureFormat,
  pictureParameters,
  sendPicture,
} from './pictures.ts';

/*
 * Computed answers that are small tables as well as documents: breakdowns and comparisons. They are given whole.
 */

const TABLE_MEDIA_TYPES: Readonly<Record<string, string>> = {
  ...MEDIA_TYPES,
  [JSON_STAT.name]: JSON_STAT.mediaType,
  ...PICTURE_MEDIA_TYPES,
};

const ROW_WORDS = `\`json\`, ${ROW_FORMATS.map(({ name }) => `\`${name}\``).join(', ')} (one row a figure)`;
const STAT_WORDS = '`json-stat` (JSON-stat 2.0)';

export const tableParameters = {
  format: z
    .enum(Object.keys(TABLE_MEDIA_TYPES))
    .optional()
    .meta({
      description: `${ROW_WORDS}, ${STAT_WORDS}, \`svg\` or \`png\` (a picture). ${OTHER_WAYS}`,
    }),
  shape: formatParameters.shape.meta({
    description:
      '`flat`: in JSON `data`, and in NDJSON each line, is one flat row a figure, as CSV has it, with plain numbers (which may lose digits that the decimal strings keep).',
  }),
  labels: formatParameters.labels,
  excel: formatParameters.excel,
  delimiter: formatParameters.delimiter,
  ...pictureParameters,
};

type TableQuery = Omit<FormatQuery, 'fields'> & PictureQuery;

/** A computed table; of its forms only that is made which is asked for. */
export interface Table<Content> {
  /** The JSON answer; `shape=flat` puts the rows in the place of its `data`. */
  readonly answer: { readonly data: unknown; readonly [field: string]: unknown };
  /** What CSV and NDJSON give, a row a figure, amounts as decimal strings; `names` has what to show for its ids. */
  readonly rows: () => Steps<readonly object[]>;
  /** The JSON-stat answer. */
  readonly stat: () => Steps<object>;
  /** What its picture is drawn of. Reads what of it the answer has not. */
  readonly picture: (look: Look) => Promise<Content>;
}

export interface TableRoute<View, Content> {
  readonly path: string;
  /** For the name of a downloaded file: what kind of table it is, and of what. */
  readonly nameOf: (request: FastifyRequest) => string;
  readonly operation: Operation & { readonly response: z.ZodObject };
  /** One row of CSV. */
  readonly row: z.ZodObject;
  readonly compute: (view: View, request: FastifyRequest) => Promise<Table<Content>>;
  readonly draw: Draw<Content>;
}

/** Registers a table under its path, and under the path with the suffix of each format. */
export function registerTable<View extends ReadContext, Content>(
  app: FastifyInstance,
  context: Pick<RouteContext<View>, 'reading' | 'makeLarge' | 'originOf'>,
  table: TableRoute<View, Content>,
): void {
  const mediaTypes = TABLE_MEDIA_TYPES;
  const answer = table.operation.response;
  const name = answer.meta()?.id;
  const row = rowSchema(table.row, `Flat${name}Row`);
  const forms = {
    path: table.path,
    operation: {
      ...table.operation,
      problems: [...(table.operation.problems ?? []), 'notAcceptable' as const],
    },
    rows: z.union([answer, answer.extend({ data: z.array(row) }).meta({ id: `Flat${name}` })]),
    mediaTypes,
  };
  registerFormats(app, forms, async (request, reply) => {
    const query = request.query as TableQuery;
    const format = chosenFormat(request, query.format, mediaTypes);
    checkForm(query, format);
    checkShape(query, format);
    checkLook(query, format);
    reply.header('vary', 'Accept');
    const asPicture = pictureFormat(format);
    return context.makeLarge(request, reply, async () => {
      if (asPicture !== undefined) {
        checkPicture({ ...query });
        const look = lookOf(query);
        const content = await context.reading(request, async (view) =>
          (await table.compute(view, request)).picture(look),
        );
        const dataUrl = addressWith(request, context.originOf(request), {});
        const { draw } = table;
        return sendPicture(reply, {
          ...{ draw, content, look, dataUrl, format: asPicture, name: table.nameOf(request) },
        });
      }
      const { answer, rows, stat } = await context.reading(request, (view) => table.compute(view, request));
      if (format === JSON_STAT.name) return sendJson(reply, await inTurns(stat()), JSON_STAT.mediaType);
      const columns = columnsOf(table.row, query, []);
      const shaped = query.shape === 'flat' ? (row: unknown) => flatRow(row, columns) : (row: unknown) => row;
      const asRows = rowFormat(format);
      if (asRows === undefined && query.shape !== 'flat') return sendJson(reply, answer);
      const made = await inTurns(rows());
      if (asRows === undefined)
        return sendJson(reply, { ...answer, data: await inTurns(mapped(made, shaped)) });
      return sendFile(reply, table.nameOf(request), asRows, made, {
        columns,
        shaped,
        dialect: dialectOf(query),
      });
    });
  });
}

/**
 * Refuses flat rows as JSON-stat, which has none: it would be ignored in silence.
 * @throws InvalidRequest `conflictingParameters`
 */
function checkShape({ shape }: TableQuery, format: string): void {
  if (shape !== 'flat' || format !== JSON_STAT.name) return;
  throw invalidParameter(
    'shape',
    'conflictingParameters',
    'cannot be "flat" in JSON-stat, which has no rows; leave it out, or take another `format`',
  );
}
