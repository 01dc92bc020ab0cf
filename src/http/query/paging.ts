import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Keyset, PageOf, SortTerm } from '../../store/keyset.ts';
import { plainValue } from '../message/json-text.ts';
import { invalidParameter } from '../message/problem.ts';
import { didYouMean } from '../message/suggestion.ts';

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;

/**
 * Query parameter `sort`: field names in order, `-` for descending. The tie-breakers (`id` where there is one) are added
 * as the last terms where they are missing, so that every order is total.
 * @param newestFirst keys by which many records are equal: among these the newest publication comes first
 */
export function sortParameter<const Key extends string>(
  keys: readonly Key[],
  defaultSort: string,
  tieBreakers: readonly NoInfer<Key>[] = keys.filter((key) => key === 'id'),
  newestFirst: readonly NoInfer<Key>[] = [],
) {
  return z
    .string()
    .default(defaultSort)
    .transform((text, context): readonly string[] => {
      const names = text.split(',').map((part) => part.replace(/^-/, ''));
      const unknown = names.find((name) => !(keys as readonly string[]).includes(name));
      if (unknown !== undefined) {
        const message = `, by which this list cannot be sorted; it can be by ${keys.join(', ')}`;
        return refuseName(context, unknown, message, 'unknownField', keys);
      }
      const twice = names.find((name, at) => names.indexOf(name) !== at);
      return twice === undefined ? text.split(',') : refuseName(context, twice, ' twice', 'invalidValue', []);
    })
    .pipe(z.array(z.enum(keys.flatMap((key) => [key, `-${key}` as const]))).min(1))
    .transform((parts): readonly SortTerm<Key>[] => {
      const terms = new Map<Key, SortTerm['direction']>();
      const addMissing = (key: Key, direction: SortTerm['direction']): void => {
        if (!terms.has(key)) terms.set(key, direction);
      };
      for (const part of parts)
        addMissing(part.replace(/^-/, '') as Key, part.startsWith('-') ? 'descending' : 'ascending');
      const last = [...terms.keys()].at(-1);
      const newest = keys.find((key) => key === 'publishedOn');
      if (last !== undefined && newest !== undefined && newestFirst.includes(last))
        addMissing(newest, 'descending');
      for (const key of tieBreakers) addMissing(key, 'ascending');
      return [...terms].map(([key, direction]) => ({ key, direction }));
    })
    .meta({
      description: `Fields to sort by, in order, \`-\` for descending; missing values come last. Default \`${defaultSort}\`.${newestFirst.length === 0 ? '' : ` Among those equal by ${newestFirst.map((key) => `\`${key}\``).join(', ')} the newest publication comes first, unless \`publishedOn\` is named.`}`,
    });
}

/** Says of a list of names that one of them cannot be in it. @param allowed those of which one may have been meant */
function refuseName(
  context: z.core.$RefinementCtx,
  name: string,
  message: string,
  problem: string,
  allowed: readonly string[],
): never {
  const hints = allowed.length === 0 ? {} : { allowed, suggestion: didYouMean(name, allowed) };
  context.addIssue({
    code: 'custom',
    message: `names ${JSON.stringify(name)}${message}`,
    params: { problem, ...hints },
  });
  return z.NEVER;
}

/** Query parameter `fields`: paths such as `id,amount.value`. */
function fieldsParameter(record: z.ZodType, columns: readonly string[]) {
  const allowed = [...fieldPaths(record), ...columns];
  return z
    .string()
    .transform((text, context): readonly string[] => {
      const paths = text.split(',');
      const unknown = paths.find((path) => !allowed.includes(path));
      if (unknown === undefined) return paths;
      return refuseName(context, unknown, ', which is no field of these records', 'unknownField', allowed);
    })
    .pipe(z.array(z.string()).min(1).readonly())
    .optional()
    .meta({
      description: `Only these fields of each record, as paths: \`id,amount.value\`.${columns.map((name) => ` \`${name}\` is a column of flat rows.`).join('')}`,
    });
}

/** Every path that `fields` may name: through objects and the elements of arrays. */
export function fieldPaths(schema: z.core.$ZodType, prefix = ''): readonly string[] {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return fieldPaths(schema.unwrap(), prefix);
  if (schema instanceof z.ZodArray) return fieldPaths(schema.element, prefix);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, child]) => [
    prefix + name,
    ...fieldPaths(child as z.core.$ZodType, `${prefix}${name}.`),
  ]);
}

/** What `fields` may leave of a record: at any depth, any of its fields. */
export function partsOf(schema: z.core.$ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional) return partsOf(schema.unwrap()).optional();
  if (schema instanceof z.ZodNullable) return partsOf(schema.unwrap()).nullable();
  if (schema instanceof z.ZodArray) return z.array(partsOf(schema.element));
  if (!(schema instanceof z.ZodObject)) return schema as z.ZodType;
  const known = PARTS.get(schema);
  if (known !== undefined) return known;
  const shape = Object.entries(schema.shape as z.core.$ZodShape);
  const parts = z.object(Object.fromEntries(shape.map(([name, child]) => [name, partsOf(child).optional()])));
  const id = schema.meta()?.id;
  const named = id === undefined ? parts : parts.meta({ id: `${id}Parts` });
  PARTS.set(schema, named);
  return named;
}

const PARTS = new Map<z.core.$ZodType, z.ZodType>();

/** The fields of a record which the paths name; whole records where no paths are given. */
export function selectFields<Value>(
  record: Value,
  paths: readonly string[] | undefined,
): Value | Record<string, unknown> {
  if (paths === undefined) return record;
  return pick(
    plainValue(record),
    paths.map((path) => path.split('.')),
  ) as Record<string, unknown>;
}

function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) return value.map((element) => pick(element, paths));
  if (value === null || typeof value !== 'object') return value;
  const picked: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) {
    const below = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    if (below.length > 0) picked[name] = pick(child, below);
  }
  return picked;
}

/** Query parameter `limit`. @param what is counted: "Records a page" */
export function limitParameter(what: string, most: number, usual: number) {
  return z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `a whole number from 1 to ${most}`)
    .transform(Number)
    .pipe(z.int().min(1).max(most))
    .optional()
    .meta({ description: `${what}, 1 to ${most}; default ${usual}.` });
}

/**
 * The parameters by which a page of a list is asked for.
 * @param columns of flat rows that are no fields of a record, for `fields` to name
 */
export function pageParameters(record: z.ZodType, columns: readonly string[] = []) {
  return {
    fields: fieldsParameter(record, columns),
    limit: limitParameter('Records a page', MAX_LIMIT, DEFAULT_LIMIT),
    cursor: z
      .string()
      .min(1)
      .max(2000)
      .optional()
      .meta({ description: '`page.nextCursor` of the page before, with the same query.' }),
    count: z
      .enum(['exact'])
      .optional()
      .meta({ description: '`exact`: count all records of the query in `meta.count`.' }),
  };
}

export const Page = z
  .object({
    limit: z
      .int()
      .positive()
      .meta({ examples: [100] }),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Null on the last page.', examples: [null] }),
    nextUrl: z
      .string()
      .nullable()
      .meta({ description: 'Where the next page is; null on the last one.', examples: [null] }),
  })
  .meta({ id: 'Page' });

/** What a query said in the place of an id, and the id that was taken for it. */
export const Resolved = z.object({ parameter: z.string(), given: z.string(), id: z.string() }).meta({
  id: 'Resolved',
  description: 'A name, alias or other spelling in the place of an id, and the id that was taken for it.',
});
export type Resolved = z.output<typeof Resolved>;

/** Only where a query names something otherwise than by its id. */
export const resolvedField = {
  resolvedIds: z
    .array(Resolved)
    .optional()
    .meta({ description: 'The ids that were taken for names and aliases.' }),
};

/** A question that would give more. */
export const Hint = z
  .object({
    parameters: z.record(z.string(), z.string()).meta({
      description: 'What to add to the query, or to put in the place of what it has.',
      examples: [{ assumeStart: '2020-01-01' }],
    }),
    message: z.string().meta({ description: 'What it does.' }),
    href: z.string().meta({ description: 'Address of the answer with these parameters.' }),
  })
  .meta({ id: 'Hint', description: 'A question that would give more.' });
export type Hint = z.output<typeof Hint>;

export const NotCompared = z
  .object({
    count: z.int().positive(),
    reasons: z.record(z.string(), z.int().positive()).meta({
      description:
        'How many for each reason: the code that `notConverted` has in a record, such as `publicationDateUnknown`; `differentCurrency`, stated in another currency than `currency`; `indefinite`, without a number. Those in other currencies, and of each currency without a rate, are counted up to 5000.',
      examples: [{ publicationDateUnknown: 10 }],
    }),
  })
  .meta({
    id: 'NotCompared',
    description: 'Records that have no amount to compare in the currency asked for.',
  });
export type NotCompared = z.output<typeof NotCompared>;

/** Only where amounts are compared. */
export const notComparedField = {
  notCompared: NotCompared.optional().meta({
    description:
      'Only with `amountMin`, `amountMax` or `sort=amount`: how many records have no amount to compare, which the bounds leave out and the order puts last.',
  }),
};

export const ListMeta = z
  .object({
    datasetVersion: z.string().meta({ description: 'Changes with every write to the ledger.' }),
    count: z.int().nonnegative().optional().meta({ description: 'Only with `count=exact`.' }),
    ...resolvedField,
    ...notComparedField,
    hints: z.array(Hint).optional().meta({
      description: 'Only where another question would compare more.',
    }),
  })
  .meta({ id: 'ListMeta' });

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), page: Page, meta: ListMeta });
}

interface ListRequest {
  readonly url: string;
}

/** Parameters that say what the ending of a path can say. */
export const ENDING_PARAMETERS: readonly string[] = ['format', 'style'];

/** Parameters that change the shape of an answer. The document has them where it describes these shapes. */
export const FORM_PARAMETERS: readonly string[] = [
  ...ENDING_PARAMETERS,
  'fields',
  'shape',
  'labels',
  'compact',
  'excel',
  'delimiter',
  'width',
  'theme',
  'lang',
];

/** A query without some of its parameters, as the document has it where they mean nothing. */
export function withoutParameters(query: z.ZodObject, names: readonly string[]): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(Object.entries(query.shape).filter(([name]) => !names.includes(name))),
  );
}

/** What makes two pages belong to the same list: the path and every parameter but the page's own. */
function listIdentity(request: ListRequest): string {
  const url = new URL(request.url, 'http://list');
  for (const own of ['cursor', 'limit', 'count', ...FORM_PARAMETERS]) url.searchParams.delete(own);
  url.searchParams.sort();
  // The last part of a list's path is a word: what follows a dot says the format.
  const path = url.pathname.replace(/\.[a-z]+$/, '');
  return createHash('sha256').update(`${path}?${url.searchParams}`).digest('base64url').slice(0, 16);
}

const CursorContent = z.tuple([z.string()]).rest(z.union([z.string(), z.number(), z.null()]));

/**
 * The place from which a request's page goes on, or null for the first page.
 * @param length how many sort values a place of this list has
 * @throws InvalidRequest `invalidCursor`, `cursorOfAnotherQuery`
 */
export function readCursor(request: ListRequest, cursor: string | undefined, length: number): Keyset | null {
  if (cursor === undefined) return null;
  let content: unknown;
  try {
    content = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    content = undefined;
  }
  const parsed = CursorContent.safeParse(content);
  if (!parsed.success || parsed.data.length !== length + 1)
    throw invalidParameter(
      'cursor',
      'invalidCursor',
      'is not a cursor that this list gave; take page.nextCursor of the page before, or leave it out',
    );
  const [identity, ...keyset] = parsed.data;
  if (identity !== listIdentity(request))
    throw invalidParameter(
      'cursor',
      'cursorOfAnotherQuery',
      'comes from a list with other parameters; a cursor goes on only with the query that gave it',
    );
  return keyset;
}

/** Where the page after one is. `origin` is the service's own address, so that links work behind a proxy. */
export function nextPage(request: ListRequest, origin: string, page: PageOf<unknown>) {
  if (page.next === null) return { cursor: null, url: null };
  const cursor = Buffer.from(JSON.stringify([listIdentity(request), ...page.next])).toString('base64url');
  const url = new URL(request.url, 'http://list');
  url.searchParams.set('cursor', cursor);
  return { cursor, url: `${origin}${url.pathname}?${url.searchParams}` };
}

/** The address of an answer with other parameters, whole and as JSON. @param changes undefined: without it */
export function addressWith(
  request: ListRequest,
  origin: string,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const url = new URL(request.url, 'http://list');
  for (const name of ['cursor', ...FORM_PARAMETERS]) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(changes))
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  // Commas part the values of a list; they need no escape.
  const query = String(url.searchParams).replaceAll('%2C', ',');
  return `${origin}${url.pathname.replace(/\.[a-z-]+$/, '')}${query === '' ? '' : `?${query}`}`;
}

/** A record without the fields that are null, at any depth, and without objects of which nothing is left then. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      if (member === null || member === undefined) return [];
      const left = withoutNulls(member);
      const isEmptied = isEmptyObject(left) && !isEmptyObject(member);
      return isEmptied ? [] : [[key, left]];
    }),
  );
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  );
}
