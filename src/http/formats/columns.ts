import { z } from 'zod';
import { invalidParameter } from '../message/problem.ts';
import { isDecimalSchema, isoDate } from '../query/shared-schemas.ts';
import { listText } from './list-text.ts';

/** What of a query decides which columns there are. */
export interface ColumnQuery {
  readonly labels?: 'id' | 'name' | 'both' | undefined;
  readonly fields?: readonly string[] | undefined;
}

/** One column of a flat row. */
export interface Column {
  readonly name: string;
  /** Where its value stands in a record. */
  readonly path: readonly string[];
  /** Where else, one after the other, as long as there is none. */
  readonly otherwise?: readonly (readonly string[])[];
  /** `decimal`: a decimal string, a number in flat JSON; `list`: a list, of values or of objects, as one text. */
  readonly kind: 'scalar' | 'decimal' | 'list';
  /** Of the value in a record. */
  readonly schema: z.core.$ZodType;
}

/**
 * The columns of a record's flat form, in the order of its schema: `amount.value` becomes `amountValue`. What the
 * schema leaves optional is a column only where it is named as present. Names of ids (`names`) stand beside the ids,
 * in their place or not at all, as `labels` says.
 */
export function columnsOf(
  record: z.ZodObject,
  query: ColumnQuery,
  present: readonly string[],
): readonly Column[] {
  const labels = query.labels ?? 'both';
  const nameSchemas: z.core.$ZodShape =
    record.shape.names instanceof z.ZodObject ? record.shape.names.shape : {};
  const names = Object.keys(nameSchemas);
  const columns = Object.entries(record.shape).flatMap(([key, schema]): readonly Column[] => {
    if (names.length > 0 && key === 'names') return [];
    if (schema instanceof z.ZodOptional && !present.includes(key)) return [];
    const own = leaves(schema as z.core.$ZodType, [key]);
    if (!names.includes(key) || labels === 'id') return own;
    const named = {
      path: ['names', key],
      kind: 'scalar',
      schema: nameSchemas[key] as z.core.$ZodType,
    } as const;
    return labels === 'name' ? [{ name: key, ...named }] : [...own, { name: `${key}Name`, ...named }];
  });
  const { fields } = query;
  const time = timeOf(columns);
  if (fields === undefined) return [...columns, ...time];
  const chosen = columns.filter(({ path }) =>
    // The column of a name is chosen by the id that it belongs to as well.
    fields.some(
      (field) => `${path.join('.')}.`.startsWith(`${field}.`) || (path[0] === 'names' && path[1] === field),
    ),
  );
  if (fields.includes(TIME)) chosen.push(...time);
  if (chosen.length > 0) return chosen;
  throw invalidParameter(
    'fields',
    'noColumn',
    'names nothing that has a column in flat rows with these `labels`',
  );
}

/** The one column of time, for dashboards that draw along one. */
export const TIME = 'time';

/** It is there where there is a period. */
function timeOf(columns: readonly Column[]): readonly Column[] {
  const [start, ...otherwise] = ['periodStart', 'periodEnd', 'publishedOn'].flatMap((name) =>
    columns.filter((column) => column.name === name).map(({ path }) => path),
  );
  if (!columns.some(({ name }) => name === 'periodStart') || start === undefined) return [];
  const schema = isoDate.nullable().meta({
    description:
      'One day for each row: the start of its period, else the end, else the publication. Computed.',
  });
  return [{ name: TIME, path: start, otherwise, kind: 'scalar', schema }];
}

/** Whether the flat rows of a record have a column of time. */
export function hasTime(record: z.ZodObject): boolean {
  return timeOf(columnsOf(record, { labels: 'id' }, [])).length > 0;
}

function leaves(schema: z.core.$ZodType, path: readonly string[]): readonly Column[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return leaves(schema.unwrap(), path);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, child]) =>
      leaves(child as z.core.$ZodType, [...path, key]),
    );
  }
  return [{ name: flatName(path), path, kind: kindOf(schema), schema }];
}

/** The flat name of a place in a record: `amount.value` is `amountValue`. */
export function flatName(path: readonly string[]): string {
  return path
    .map((part, position) => (position === 0 ? part : part.charAt(0).toUpperCase() + part.slice(1)))
    .join('');
}

function kindOf(schema: z.core.$ZodType): Column['kind'] {
  if (schema instanceof z.ZodArray) return 'list';
  return schema instanceof z.ZodString && isDecimalSchema(schema) ? 'decimal' : 'scalar';
}

/**
 * What a row may hold, for the document: every column, none of them in each row, since `fields` and `labels` choose; and
 * under a record's own names, where `fields` is given without `shape=flat`, what they have in the record.
 */
export function rowSchema(record: z.ZodObject, name: string): z.ZodObject {
  const columns = columnsOf(record, {}, Object.keys(record.shape));
  const shape = Object.fromEntries([
    ...Object.entries(record.shape).map(
      ([key, schema]) => [key, nestedSchema(schema as z.core.$ZodType)] as const,
    ),
    ...columns.map(
      ({ name: key, kind, schema, path }) => [key, flatSchema(kind, schema, path.length === 1)] as const,
    ),
  ]);
  return z
    .object(Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.nullish()])))
    .meta({
      id: name,
      description: `${record.meta()?.description ?? 'A figure of the table.'} As a flat row, or what \`fields\` asked for of it.`,
    });
}

function nestedSchema(schema: z.core.$ZodType): z.ZodType {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return nestedSchema(schema.unwrap());
  return schema instanceof z.ZodArray ? z.array(z.unknown()) : z.looseObject({});
}

function flatSchema(kind: Column['kind'], schema: z.core.$ZodType, isOwn: boolean): z.ZodType {
  // A name may stand in the place of an id.
  const scalar = schema instanceof z.ZodString ? z.string() : (schema as z.ZodType);
  const type = { decimal: z.number(), list: z.string(), scalar }[kind];
  if (kind === 'scalar' || !isOwn) return type;
  return z.union([type, kind === 'decimal' ? z.string() : nestedSchema(schema)]);
}

/** What stands in a column of a record; null where there is nothing. */
export function valueIn(record: unknown, { path, otherwise }: Column): unknown {
  const value = valueAt(record, path);
  if (value !== null || otherwise === undefined) return value;
  return otherwise.map((other) => valueAt(record, other)).find((other) => other !== null) ?? null;
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
    columns.map((column) => {
      const { name, kind } = column;
      const value = valueIn(record, column);
      if (value === null) return [name, null];
      if (kind === 'decimal') return [name, Number(value)];
      return [name, kind === 'list' ? listText(value as readonly unknown[]) : value];
    }),
  );
}
