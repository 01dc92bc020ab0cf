import { z } from 'zod';
import { didYouMean } from '../message/suggestion.ts';

/*
 * A list as the text of one cell: `5g; big-data`. Of a list of objects each has its values that are not null by their
 * paths: `kind=drives, forecast=a; kind=conflictsWith, forecast=b`.
 */

/**
 * The text of a list. In the values of objects a backslash stands before each `\`, `;` and `,`, and in a list among them,
 * whose items are parted by `|`, before that as well; numbers name the places of objects in such a list. Items of a list
 * of values stay as they are: they are ids, words of a vocabulary, addresses.
 */
export function listText(list: readonly unknown[]): string {
  return list.map((item) => (isObject(item) ? pairs(item, '').join(', ') : String(item))).join('; ');
}

function pairs(value: unknown, path: string): readonly string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value) && !value.some(isObject)) return [`${path}=${value.map(escapedItem).join('|')}`];
  if (!isObject(value)) return [`${path}=${escaped(String(value))}`];
  return Object.entries(value).flatMap(([key, child]) => pairs(child, path === '' ? key : `${path}.${key}`));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function escaped(text: string): string {
  return text.replaceAll(/[\\;,]/g, '\\$&');
}

function escapedItem(item: unknown): string {
  return escaped(String(item)).replaceAll('|', '\\|');
}

/** In one cell: as many as the longest list of a record may have. */
const MOST_OBJECTS = 10_000;

/** What is wrong with the text of a list. */
export interface ListFault {
  readonly code: string;
  readonly message: string;
}

/**
 * The objects of a list, read from its text.
 * @param element an object of the list, without lists in it: says which fields there are, which of them are numbers or
 *   true or false, and which are null where the text does not name them
 */
export function readListText(
  text: string,
  element: z.ZodObject,
): { readonly value: readonly object[] } | { readonly fault: ListFault } {
  const fields = new Map(leaves(element, ''));
  const list: object[] = [];
  for (const item of split(text, ';')) {
    if (item === '') continue;
    if (list.length === MOST_OBJECTS)
      return { fault: { code: 'tooManyValues', message: `has more than ${MOST_OBJECTS} objects` } };
    const values = new Map<string, string>();
    for (const pair of split(item, ',')) {
      const [path = '', given] = pair.split(/=(.*)/s);
      const fault = faultOf(path, given, fields, values);
      if (fault !== null) return { fault };
      values.set(path, (given ?? '').replaceAll(/\\(.)/gs, '$1'));
    }
    list.push(objectOf(element, '', values));
  }
  return { value: list };
}

/** The parts of a text between signs that have no backslash before them, without the white space before each. */
function split(text: string, sign: ';' | ','): readonly string[] {
  const part = sign === ';' ? /(?:\\.|[^\\;]|\\$)+/gs : /(?:\\.|[^\\,]|\\$)+/gs;
  return (text.match(part) ?? []).map((found) => found.trimStart());
}

function faultOf(
  path: string,
  given: string | undefined,
  fields: ReadonlyMap<string, z.core.$ZodType>,
  before: ReadonlyMap<string, string>,
): ListFault | null {
  const named = JSON.stringify(path.slice(0, 100));
  if (given === undefined) {
    const message = `has ${named} where key=value must stand: objects are parted by ";", their values by ",", and a backslash stands before one of these in a value`;
    return { code: 'malformedList', message };
  }
  if (before.has(path))
    return { code: 'repeatedKey', message: `has ${named} twice in one object; give it once` };
  if (fields.has(path)) return null;
  const names = [...fields.keys()];
  const suggestion = didYouMean(path, names);
  const hint = suggestion === undefined ? `there are ${names.join(', ')}` : `did you mean "${suggestion}"?`;
  return { code: 'unknownField', message: `names ${named}, which is no field of it; ${hint}` };
}

/** Each value that an object of a list may have, by its path. */
function leaves(schema: z.core.$ZodType, path: string): readonly [string, z.core.$ZodType][] {
  const inner = unwrapped(schema);
  if (!(inner instanceof z.ZodObject)) return [[path, inner]];
  return Object.entries(inner.shape).flatMap(([key, child]) =>
    leaves(child as z.core.$ZodType, path === '' ? key : `${path}.${key}`),
  );
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodNullable || schema instanceof z.ZodOptional
    ? unwrapped(schema.unwrap())
    : schema;
}

/** An object with the values that were read, and null for those that may be. */
function objectOf(schema: z.ZodObject, path: string, values: ReadonlyMap<string, string>): object {
  return Object.fromEntries(
    Object.entries(schema.shape).flatMap(([key, child]): readonly [string, unknown][] => {
      const place = path === '' ? key : `${path}.${key}`;
      const inner = unwrapped(child as z.core.$ZodType);
      const isNamed = [...values.keys()].some((name) => name === place || name.startsWith(`${place}.`));
      if (!isNamed) return child instanceof z.ZodNullable ? [[key, null]] : [];
      return [
        [
          key,
          inner instanceof z.ZodObject ? objectOf(inner, place, values) : typed(inner, values.get(place)),
        ],
      ];
    }),
  );
}

/** A text as what its field holds; as it is where it cannot be that, for the field's own schema to refuse. */
function typed(schema: z.core.$ZodType, text = ''): unknown {
  if (schema instanceof z.ZodNumber && /^\d{1,15}$/.test(text)) return Number(text);
  if (schema instanceof z.ZodBoolean && /^(?:true|false)$/.test(text)) return text === 'true';
  return text;
}
