import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { chosenFormat, columnsOf, csvHeader, csvLines } from './formats.ts';
import type { Operation } from './openapi.ts';
import { operation } from './openapi.ts';

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
      '`json`, `csv`, `ndjson` (one flat row a figure) or `json-stat` (JSON-stat 2.0). The path may end in `.csv`, `.ndjson` or `.json` instead; `Accept` counts where neither is given.',
  }),
};

export interface Table {
  /** The JSON answer. */
  readonly answer: object;
  /** What CSV and NDJSON give, a row a figure: flat, amounts as decimal strings. */
  readonly rows: readonly object[];
  /** The JSON-stat answer, made only where it is asked for. */
  readonly stat: () => object;
}

export interface TableRoute {
  readonly path: string;
  /** For the name of a downloaded file. */
  readonly name: string;
  readonly operation: Operation;
  /** One row of CSV. */
  readonly row: z.ZodObject;
  readonly compute: (request: FastifyRequest) => Promise<Table>;
}

/** Registers a table under its path, and under the path with the suffix of each format. */
export function registerTable(app: FastifyInstance, table: TableRoute): void {
  const schema = operation({
    ...table.operation,
    textMediaTypes: [TABLE_MEDIA_TYPES.csv, TABLE_MEDIA_TYPES.ndjson],
    jsonStat: true,
    problems: [...(table.operation.problems ?? []), 'notAcceptable'],
  });
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { format: asked } = request.query as { format?: TableFormat };
    const format = chosenFormat(request, asked, TABLE_MEDIA_TYPES);
    const { answer, rows, stat } = await table.compute(request);
    reply.header('vary', 'Accept');
    if (format === 'json') return reply.type(TABLE_MEDIA_TYPES.json).send(answer);
    if (format === 'json-stat')
      return reply.type(TABLE_MEDIA_TYPES['json-stat']).serializer(JSON.stringify).send(stat());
    const columns = columnsOf(table.row, {}, []);
    const text =
      format === 'csv'
        ? csvHeader(columns) + csvLines(rows, columns)
        : rows.map((row) => `${JSON.stringify(row)}\n`).join('');
    reply.header('content-disposition', `attachment; filename="${table.name}.${format}"`);
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
