import { buffer } from 'node:stream/consumers';
import type { FastifyContextConfig, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { z } from 'zod';
import { invalidParameter, Problem } from '../message/problem.ts';
import { serialised } from '../message/serialiser.ts';
import type { Operation } from '../openapi/openapi.ts';
import { describedOnly, isJsonOnly, operation } from '../openapi/openapi.ts';
import { flag } from '../query/shared-schemas.ts';
import { pause } from '../turns.ts';
import type { ColumnQuery } from './columns.ts';
import { TIME } from './columns.ts';
import { csv } from './csv.ts';
import { JSON_STAT } from './json-stat.ts';
import { ndjson } from './ndjson.ts';
import { pictureFormat } from './pictures.ts';
import type { Delimiter, Dialect, RowFormat, RowShape } from './row-format.ts';
import { DELIMITERS } from './row-format.ts';
import { xlsx } from './xlsx.ts';

/** To add a format: a file like these, and its line here. */
export const ROW_FORMATS: readonly RowFormat[] = [csv, ndjson, xlsx];

export const JSON_MEDIA_TYPE = 'application/json';

const names = ROW_FORMATS.map(({ name }) => name);
/** How the format of an answer is chosen beside the parameter. */
export const OTHER_WAYS = `The path may end in ${names.map((name) => `\`.${name}\``).join(', ')} or \`.json\` instead; \`Accept\` counts where neither is given.`;

/** The forms in which a list is given, by name; the first where nothing is asked for. */
export const MEDIA_TYPES: Readonly<Record<string, string>> = {
  json: JSON_MEDIA_TYPE,
  ...Object.fromEntries(ROW_FORMATS.map(({ name, mediaType }) => [name, mediaType])),
};

export function rowFormat(name: string): RowFormat | undefined {
  return ROW_FORMATS.find((format) => format.name === name);
}

/** The query parameters that choose how a list is given. */
export const formatParameters = {
  format: z
    .enum(Object.keys(MEDIA_TYPES))
    .optional()
    .meta({
      description: `\`json\` (pages), ${names.map((name) => `\`${name}\``).join(', ')} (all rows, streamed, unless a \`limit\` is given). ${OTHER_WAYS}`,
    }),
  shape: z.enum(['nested', 'flat']).optional().meta({
    description:
      '`flat`: one flat row a record, as CSV has it, with plain numbers (which may lose digits that the decimal strings keep).',
  }),
  compact: flag.optional().meta({
    description: '`true`: JSON and NDJSON leave out fields that are null. Refused in CSV and XLSX.',
  }),
  excel: flag.optional().meta({
    description:
      '`true`: a CSV begins with a byte order mark, by which Excel knows that it is UTF-8. Refused elsewhere.',
  }),
  delimiter: z.enum(DELIMITERS).optional().meta({
    description:
      'What parts the cells of a CSV: `,` (default), `;` (which Excel opens where a comma marks decimals) or `tab`. Refused elsewhere.',
  }),
  labels: z.enum(['id', 'name', 'both']).optional().meta({
    description:
      'In flat rows (`shape=flat`), CSV and XLSX, and refused elsewhere: ids (`sector`), names in their place, or `both` (default; `sector` and `sectorName`).',
  }),
};

export interface FormatQuery extends ColumnQuery {
  readonly format?: string | undefined;
  readonly shape?: 'nested' | 'flat' | undefined;
  readonly compact?: boolean | undefined;
  readonly excel?: boolean | undefined;
  readonly delimiter?: Delimiter | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The format that a path says by its ending. */
    readonly listFormat?: string;
    /** Whether the answer has no other form than JSON. */
    isJsonOnly?: boolean;
  }
}

/**
 * The form asked for: by the path's suffix, else by the parameter, else by `Accept`.
 * @param mediaTypes the forms there are, the first of them where nothing is asked for
 * @throws Problem `notAcceptable`
 */
export function chosenFormat<Format extends string>(
  request: FastifyRequest,
  asked: Format | undefined,
  mediaTypes: Readonly<Record<Format, string>>,
): Format {
  const suffix = request.routeOptions.config.listFormat as Format | undefined;
  if (suffix !== undefined) return suffix;
  if (asked !== undefined) return asked;
  const available = Object.entries<string>(mediaTypes) as [Format, string][];
  const types = available.map(([, mediaType]) => mediaType);
  const { accept } = request.headers;
  const headers = accept === undefined ? {} : { accept: withoutParameters(accept) };
  const chosen = new Negotiator({ headers }).mediaType(types);
  const format = available.find(([, mediaType]) => mediaType === chosen)?.[0];
  if (format === undefined) {
    throw new Problem(
      'notAcceptable',
      `None of the types in Accept can be given; there are ${types.join(', ')}.`,
    );
  }
  return format;
}

/** Refuses, with `notAcceptable`, what `Accept` asks for where an answer is given as JSON only. Before any route. */
export function registerAcceptRule(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (isJsonOnly(route)) route.config = { ...route.config, isJsonOnly: true };
  });
  app.addHook('preValidation', async (request) => {
    if (request.routeOptions.config.isJsonOnly === true)
      chosenFormat(request, undefined, { json: JSON_MEDIA_TYPE });
  });
}

/**
 * An `Accept` header without the parameters of its media types (`profile="x"`, `header=present`), of which the service
 * gives none: they ask for a variant, and RFC 9110 lets a server ignore what it does not know. Weights stay.
 */
function withoutParameters(accept: string): string {
  return splitOutsideQuotes(accept, /(?:[^,"]|"[^"]*")+/g)
    .map((range) => {
      const [type = '', ...parameters] = splitOutsideQuotes(range, /(?:[^;"]|"[^"]*")+/g);
      const weight = parameters.find((parameter) => /^\s*q\s*=/i.test(parameter));
      return weight === undefined ? type : `${type};${weight.trim().toLowerCase()}`;
    })
    .join(',');
}

function splitOutsideQuotes(text: string, parts: RegExp): readonly string[] {
  return text.match(parts) ?? [];
}

const IN_OTHER_FORMS =
  'CSV, NDJSON and XLSX give all rows of a list, streamed, unless there is a `limit`; JSON gives pages, with flat rows (`shape=flat`) or some `fields`.';

/** An answer in several forms. */
interface Forms {
  readonly path: string;
  readonly operation: Operation;
  /** The answer with flat rows as its `data`, or with what `fields` asks for. */
  readonly rows: z.ZodType;
  /** The media type of each form. */
  readonly mediaTypes: Readonly<Record<string, string>>;
  readonly config?: FastifyContextConfig;
}

/** An answer, in the document under its plain path, and its other forms, under the path with an ending. */
interface Endings {
  readonly path: string;
  readonly operation: Operation;
  /** What the document says of the path with an ending, where it says otherwise than of the plain one. */
  readonly others: Partial<Operation> & Pick<Operation, 'summary' | 'response'>;
  readonly endings: readonly string[];
  /** What the parameter that stands for the ending is described with. Where there is one ending, it is a part of the path. */
  readonly about?: string;
  readonly config?: FastifyContextConfig;
}

export type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<object>;

/**
 * Registers an answer under its path, and under the path with each ending. The document describes the plain path by
 * itself, and all endings as one further operation, so that clients have one type for each.
 */
export function registerEndings(app: FastifyInstance, endings: Endings, handler: Handler): void {
  const { path, operation: definition, config = {} } = endings;
  app.get(path, { schema: operation(definition), config }, handler);
  registerOtherForms(app, endings, handler);
}

/** Registers an answer under its path with each ending alone. */
export function registerOtherForms(
  app: FastifyInstance,
  { path, operation: definition, others, endings, about, config = {} }: Endings,
  handler: Handler,
): void {
  const { params, querystring } = definition;
  const inOtherForms: Operation = {
    ...definition,
    operationId: `${definition.operationId}As`,
    ...(about === undefined
      ? { path: `${path}.${endings[0]}` }
      : {
          path: `${path}.{format}`,
          params: (params ?? z.strictObject({})).extend({
            format: z.enum(endings).meta({ description: about }),
          }),
        }),
    ...others,
    example: { ...definition.example, ...others.example },
  };
  const validated = { querystring, ...(params === undefined ? {} : { params }) };
  for (const listFormat of endings) {
    const schema = listFormat === endings[0] ? describedOnly(inOtherForms, validated) : validated;
    app.get(`${path}.${listFormat}`, { schema, config: { ...config, listFormat } }, handler);
  }
}

/** Registers an answer that has rows under its path as JSON, and under the path with the ending of each format. */
export function registerFormats(
  app: FastifyInstance,
  { path, operation: definition, rows, mediaTypes, config = {} }: Forms,
  handler: Handler,
): void {
  const inForms = `${path}.{format}`.replace(':id', '{id}');
  const about = `As CSV, NDJSON, XLSX or flat rows, or only some \`fields\`: \`${inForms}\`.`;
  const { description = '' } = definition;
  const endings: Endings = {
    path,
    operation: { ...definition, hasForms: true, description: `${description}\n\n${about}`.trim() },
    others: {
      summary: `${definition.summary}, in other forms`,
      description: IN_OTHER_FORMS,
      response: rows,
      otherForms: Object.entries(mediaTypes)
        .filter(([, mediaType]) => mediaType !== JSON_MEDIA_TYPE)
        .map(([name, mediaType]) =>
          name === JSON_STAT.name
            ? JSON_STAT
            : { mediaType, isText: (rowFormat(name) ?? pictureFormat(name))?.isText ?? true },
        ),
      example: { format: csv.name },
    },
    endings: Object.keys(mediaTypes),
    about: formatParameters.format.description ?? '',
    config,
  };
  registerEndings(app, endings, handler);
}

/** So many rows are read, or written, in a few milliseconds, which is how long others may be kept waiting. */
export const ROWS_AT_ONCE = 100;

/** Rows of some pages, so many at once as are written in a turn; of no rows one batch without any. */
export async function* inBatches(
  pages: AsyncIterable<readonly unknown[]> | Iterable<readonly unknown[]>,
): AsyncGenerator<readonly unknown[]> {
  for await (const rows of pages) {
    yield rows.slice(0, ROWS_AT_ONCE);
    for (let at = ROWS_AT_ONCE; at < rows.length; at += ROWS_AT_ONCE) {
      await pause();
      yield rows.slice(at, at + ROWS_AT_ONCE);
    }
  }
}

/** Sends rows whole, as a file to download. @param name of the file, without its ending */
export async function sendFile(
  reply: FastifyReply,
  name: string,
  format: RowFormat,
  rows: readonly unknown[],
  shape: RowShape,
): Promise<FastifyReply> {
  const body = await buffer(format.write(inBatches([rows]), shape));
  describeFile(reply, name, format);
  return reply.send(body);
}

/** Sends an answer as JSON, however long. */
export async function sendJson(
  reply: FastifyReply,
  answer: object,
  mediaType = JSON_MEDIA_TYPE,
): Promise<FastifyReply> {
  const body = await serialised(answer);
  // As on answers that the framework writes; other types than this one define no charset.
  const type = mediaType === JSON_MEDIA_TYPE ? `${mediaType}; charset=utf-8` : mediaType;
  return reply.type(type).send(Buffer.from(body));
}

export function describeFile(
  reply: FastifyReply,
  name: string,
  { name: ending, mediaType, isText }: RowFormat,
): void {
  reply.header('content-disposition', `attachment; filename="${name}.${ending}"`);
  reply.type(isText ? `${mediaType}; charset=utf-8` : mediaType);
}

/** How a query wants its CSV. */
export function dialectOf({ excel = false, delimiter = ',' }: FormatQuery): Dialect {
  return { byteOrderMark: excel, delimiter: delimiter === 'tab' ? '\t' : delimiter };
}

/**
 * Refuses parameters of a form that is not given: they would be ignored in silence.
 * @throws InvalidRequest `parameterRequired`, `conflictingParameters`
 */
export function checkForm(query: FormatQuery, format: string): void {
  const isCsv = format === csv.name;
  for (const name of ['excel', 'delimiter'] as const) {
    if (query[name] === undefined || isCsv) continue;
    const message = 'has a meaning only in CSV: with `format=csv`, or the path with `.csv`';
    throw invalidParameter(name, 'parameterRequired', message);
  }
  const isTable = rowFormat(format)?.isFlat === true;
  if (query.compact !== undefined && isTable) {
    const message = `has no meaning in ${format.toUpperCase()}, whose cells are empty where there is no value`;
    throw invalidParameter('compact', 'conflictingParameters', message);
  }
  if (isTable || (query.shape === 'flat' && format !== JSON_STAT.name)) return;
  const inRows =
    'only in flat rows: with `shape=flat`, or as CSV or XLSX (`format=csv`, or the path with `.csv`)';
  if (query.labels !== undefined)
    throw invalidParameter('labels', 'parameterRequired', `has a meaning ${inRows}`);
  if (query.fields?.includes(TIME) === true)
    throw invalidParameter(
      'fields',
      'parameterRequired',
      `names "${TIME}", a column that there is ${inRows}`,
    );
}
