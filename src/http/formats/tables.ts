import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ReadContext, RouteContext } from '../context.ts';
import { InvalidRequest } from '../message/problem.ts';
import type { Operation } from '../openapi/openapi.ts';
import { operation } from '../openapi/openapi.ts';
import type { FormatQuery } from './formats.ts';
import {
  checkLabels,
  chosenFormat,
  columnsOf,
  csvHeader,
  csvLines,
  flatRow,
  formatParameters,
} from './formats.ts';

/*
 * Computed answers that are small tables as well as documents: breakdowns and comparisons. They are given whole.
 */

export const TABLE_FORMATS = ['json', 'csv', 'ndjson', 'json-stat'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

export const TABLE_MEDIA_TYPES: Readonly<Record<TableFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  'json-stat': 'application/vnd.json-stat+json',
};

export const tableParameters = {
  format: z.enum(TABLE_FORMATS).optional().meta({
    description:
      '`json`, `csv`, `ndjson` (one row a figure) or `json-stat` (JSON-stat 2.0). The path may end in `.csv`, `.ndjson` or `.json` instead; `Accept` counts where neither is given.',
  }),
  shape: formatParameters.shape.meta({
    description:
      '`flat`: in JSON `data`, and in NDJSON each line, is one flat row a figure, as CSV has it, with plain numbers (which may lose digits that the decimal strings keep).',
  }),
  labels: formatParameters.labels,
};

interface TableQuery extends Pick<FormatQuery, 'shape' | 'labels'> {
  readonly format?: TableFormat;
}

export interface Table {
  /** The JSON answer; `shape=flat` puts the rows in the place of its `data`. */
  readonly answer: { readonly data: unknown; readonly [field: string]: unknown };
  /** What CSV and NDJSON give, a row a figure, amounts as decimal strings; `names` has what to show for its ids. */
  readonly rows: readonly object[];
  /** The JSON-stat answer, made only where it is asked for. */
  readonly stat: () => object;
}

export interface TableRoute<View> {
  readonly path: string;
  /** For the name of a downloaded file: what kind of table it is, and of what. */
  readonly nameOf: (request: FastifyRequest) => string;
  readonly operation: Operation;
  /** One row of CSV. */
  readonly row: z.ZodObject;
  readonly compute: (view: View, request: FastifyRequest) => Promise<Table>;
}

/** Registers a table under its path, and under the path with the suffix of each format. */
export function registerTable<View extends ReadContext>(
  app: FastifyInstance,
  context: Pick<RouteContext<View>, 'reading'>,
  table: TableRoute<View>,
): void {
  const schema = operation({
    ...table.operation,
    textMediaTypes: [TABLE_MEDIA_TYPES.csv, TABLE_MEDIA_TYPES.ndjson],
    jsonStat: true,
    problems: [...(table.operation.problems ?? []), 'notAcceptable'],
  });
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const query = request.query as TableQuery;
    const format = chosenFormat(request, query.format, TABLE_MEDIA_TYPES);
    checkLabels(query, format);
    checkShape(query, format);
    const { answer, rows, stat } = await context.reading((view) => table.compute(view, request));
    reply.header('vary', 'Accept');
    if (format === 'json-stat')
      return reply.type(TABLE_MEDIA_TYPES['json-stat']).serializer(JSON.stringify).send(stat());
    const columns = columnsOf(table.row, query, []);
    const shaped = query.shape === 'flat' ? rows.map((row) => flatRow(row, columns)) : rows;
    if (format === 'json')
      return reply
        .type(TABLE_MEDIA_TYPES.json)
        .send(query.shape === 'flat' ? { ...answer, data: shaped } : answer);
    const text =
      format === 'csv'
        ? csvHeader(columns) + csvLines(rows, columns)
        : shaped.map((row) => `${JSON.stringify(row)}\n`).join('');
    reply.header('content-disposition', `attachment; filename="${table.nameOf(request)}.${format}"`);
    return reply.type(`${TABLE_MEDIA_TYPES[format]}; charset=utf-8`).serializer(String).send(text);
  };
  app.get(table.path, { schema }, handler);
  const { querystring, params } = table.operation;
  for (const format of ['json', 'csv', 'ndjson'] as const) {
    app.get(
      `${table.path}.${format}`,
      {
        schema: params === undefined ? { querystring } : { querystring, params },
        config: { listFormat: format },
      },
      handler,
    );
  }
}

/**
 * Refuses flat rows as JSON-stat, which has none: it would be ignored in silence.
 * @throws InvalidRequest `conflictingParameters`
 */
function checkShape({ shape }: TableQuery, format: TableFormat): void {
  if (shape !== 'flat' || format !== 'json-stat') return;
  throw new InvalidRequest([
    {
      in: 'query',
      name: 'shape',
      code: 'conflictingParameters',
      message: 'cannot be "flat" in JSON-stat, which has no rows; leave it out, or take another `format`',
    },
  ]);
}
