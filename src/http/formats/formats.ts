import { stringify } from 'csv-stringify/sync';
import type { FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { z } from 'zod';
import { InvalidRequest, Problem } from '../message/problem.ts';
import { isDecimalSchema } from '../query/shared-schemas.ts';

/** The forms in which a list is given. */
export const LIST_FORMATS = ['json', 'csv', 'ndjson'] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export const MEDIA_TYPES: Readonly<Record<ListFormat, string>> = {
  json: 'application/json',
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
};

/** The query parameters that choose how a list is given. */
export const formatParameters = {
  format: z.enum(LIST_FORMATS).optional().meta({
    description:
      '`json` (pages), `csv` or `ndjson` (all rows, streamed, unless a `limit` is given). The path may end in `.csv`, `.ndjson` or `.json` instead; `Accept` counts where neither is given.',
  }),
  shape: z.enum(['nested', 'flat']).optional().meta({
    description:
      '`flat`: one flat row a record, as CSV has it, with plain numbers (which may lose digits that the decimal strings keep).',
  }),
  labels: z.enum(['id', 'name', 'both']).optional().meta({
    description:
      'In flat rows (`shape=flat`) and CSV, and refused elsewhere: ids (`sector`), names in their place, or `both` (default; `sector` and `sectorName`).',
  }),
};

export interface FormatQuery {
  readonly format?: ListFormat | undefined;
  readonly shape?: 'nested' | 'flat' | undefined;
  readonly labels?: 'id' | 'name' | 'both' | undefined;
  readonly fields?: readonly string[] | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The format that a path says by its ending. */
    readonly listFormat?: ListFormat;
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

/**
 * Refuses `labels` where no flat rows are given, which alone have them: it would be ignored in silence.
 * @throws InvalidRequest `parameterRequired`
 */
export function checkLabels(query: Pick<FormatQuery, 'labels' | 'shape'>, format: string): void {
  if (query.labels === undefined || format === 'csv') return;
  if (query.shape === 'flat' && format !== 'json-stat') return;
  throw new InvalidRequest([
    {
      in: 'query',
      name: 'labels',
      code: 'parameterRequired',
      message:
        'has a meaning only in flat rows: with `shape=flat`, or as CSV (`format=csv`, or the path with `.csv`)',
    },
  ]);
}

/** One column of a flat row. */
export interface Column {
  readonly name: string;
  /** Where its value stands in a record. */
  readonly path: readonly string[];
  /** `decimal`: a decimal string, a number in flat JSON; `list`: values joined; `json`: what has no flat form. */
  readonly kind: 'scalar' | 'decimal' | 'list' | 'json';
}

/**
 * The columns of a record's flat form, in the order of its schema: `amount.value` becomes `amountValue`. What the
 * schema leaves optional is a column only where it is named as present. Names of ids (`names`) stand beside the ids,
 * in their place or not at all, as `labels` says.
 */
export function columnsOf(
  record: z.ZodObject,
  query: Pick<FormatQuery, 'labels' | 'fields'>,
  present: readonly string[],
): readonly Column[] {
  const labels = query.labels ?? 'both';
  const names = record.shape.names instanceof z.ZodObject ? Object.keys(record.shape.names.shape) : [];
  const columns = Object.entries(record.shape).flatMap(([key, schema]): readonly Column[] => {
    if (names.length > 0 && key === 'names') return [];
    if (schema instanceof z.ZodOptional && !present.includes(key)) return [];
    const own = leaves(schema as z.core.$ZodType, [key]);
    if (!names.includes(key) || labels === 'id') return own;
    const path = ['names', key];
    if (labels === 'name') return [{ name: key, path, kind: 'scalar' }];
    return [...own, { name: `${key}Name`, path, kind: 'scalar' }];
  });
  const { fields } = query;
  if (fields === undefined) return columns;
  const chosen = columns.filter(({ path }) =>
    // The column of a name is chosen by the id that it belongs to as well.
    fields.some(
      (field) => `${path.join('.')}.`.startsWith(`${field}.`) || (path[0] === 'names' && path[1] === field),
    ),
  );
  if (chosen.length > 0) return chosen;
  throw new InvalidRequest([
    {
      in: 'query',
      name: 'fields',
      code: 'noColumn',
      message: 'names nothing that has a column in flat rows with these `labels`',
    },
  ]);
}

function leaves(schema: z.core.$ZodType, path: readonly string[]): readonly Column[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return leaves(schema.unwrap(), path);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, child]) =>
      leaves(child as z.core.$ZodType, [...path, key]),
    );
  }
  const name = path
    .map((part, position) => (position === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1)))
    .join('');
  return [{ name, path, kind: kindOf(schema) }];
}

function kindOf(schema: z.core.$ZodType): Column['kind'] {
  if (schema instanceof z.ZodArray) {
    const { element } = schema;
    return element instanceof z.ZodString || element instanceof z.ZodEnum ? 'list' : 'json';
  }
  if (schema instanceof z.ZodString && isDecimalSchema(schema)) return 'decimal';
  return schema instanceof z.ZodUnion || schema instanceof z.ZodRecord ? 'json' : 'scalar';
}

function valueAt(record: unknown, path: readonly string[]): unknown {
  let value = record;
  for (const key of path) {
    if (value === null || value === undefined) return null;
    value = (value as Record<string, unknown>)[key];
  }
  return value ?? null;
}

/** A record as a flat row for JSON: decimals are numbers, which is what dashboards read. */
export function flatRow(record: unknown, columns: readonly Column[]): Record<string, unknown> {
  return Object.fromEntries(
    columns.map(({ name, path, kind }) => {
      const value = valueAt(record, path);
      if (value === null) return [name, null];
      if (kind === 'decimal') return [name, Number(value)];
      return [name, kind === 'scalar' ? value : textOf(value, kind)];
    }),
  );
}

function textOf(value: unknown, kind: 'list' | 'json'): string {
  return kind === 'list' ? (value as readonly unknown[]).join('; ') : JSON.stringify(value);
}

/**
 * What a spreadsheet would take for a formula, and what already looks like such a text made safe: the apostrophe that
 * goes before it can then be taken off again without doubt.
 */
const FORMULA = /^'*[=+\-@\t\r]/;

function csvCell(record: unknown, { path, kind }: Column): string {
  const value = valueAt(record, path);
  if (value === null) return '';
  // Digits stay as they are, a minus before them as well; text that would be run as a formula is made text.
  if (kind === 'decimal' || typeof value !== 'string') {
    return kind === 'list' || kind === 'json' ? guarded(textOf(value, kind)) : String(value);
  }
  return guarded(value);
}

function guarded(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text of a cell as it was before it was guarded. */
export function unguarded(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/** Any line break is quoted, not only the one that ends a row. */
const CSV_OPTIONS = { record_delimiter: '\r\n', quoted_match: /[\r\n]/ } as const;

/** The header line of a CSV. */
export function csvHeader(columns: readonly Column[]): string {
  return stringify([columns.map(({ name }) => name)], CSV_OPTIONS);
}

/** Records as lines of CSV (RFC 4180). Decimals keep every digit. */
export function csvLines(records: readonly unknown[], columns: readonly Column[]): string {
  return stringify(
    records.map((record) => columns.map((column) => csvCell(record, column))),
    CSV_OPTIONS,
  );
}
