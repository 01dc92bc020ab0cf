import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { underFirstNames } from './aliases.ts';
import type { RequestFault } from './problem.ts';
import { InvalidRequest, MOST_FAULTS_TOLD } from './problem.ts';
import { didYouMean } from './suggestion.ts';

/** What a schema finds wrong at one place of a value: one sentence that follows the name of the place. */
interface SchemaFault extends Omit<RequestFault, 'in' | 'name'> {
  readonly path: readonly PropertyKey[];
}

/**
 * Puts one issue of a zod schema into sentences: the only place where this is done. An unknown key is a fault of its own.
 * @param schema what the value was read with
 */
export function schemaFaults(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  value: unknown,
): readonly SchemaFault[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(schema, path);
    // What is allowed is said once, and nothing is looked for that is not told.
    return issue.keys.map((key, at) => ({
      path: [...path, key],
      code: 'unknownParameter',
      message: 'is not known',
      allowed: at === 0 ? allowed : undefined,
      suggestion: at < MOST_FAULTS_TOLD ? didYouMean(key, allowed) : undefined,
    }));
  }
  const given = valueAt(value, path);
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    // A word stands for itself; a sign would be taken for punctuation.
    const shown = allowed.map((value) => (/^[\w./-]+$/.test(value) ? value : JSON.stringify(value)));
    const message = `must be one of: ${shown.join(', ')}`;
    const suggestion = typeof given === 'string' ? didYouMean(given, allowed) : undefined;
    return [{ path, code: 'invalidValue', message, allowed, suggestion }];
  }
  if (issue.code === 'custom' && issue.params?.problem !== undefined) {
    const { problem: code, ...hints } = issue.params as Pick<SchemaFault, 'allowed' | 'suggestion'> & {
      readonly problem: string;
    };
    return [{ path, code, message: issue.message, ...hints }];
  }
  if (given === undefined && issue.code === 'invalid_type')
    return [{ path, code: 'missingParameter', message: 'is required' }];
  return [{ path, code: 'invalidValue', message: expectation(issue, given) }];
}

function expectation(issue: z.core.$ZodIssue, given: unknown): string {
  switch (issue.code) {
    case 'invalid_format':
    case 'custom':
      return `must be ${issue.message}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    case 'too_small':
      return issue.origin in UNITS ? 'must not be empty' : `must be at least ${issue.minimum}`;
    case 'invalid_type':
      if (issue.expected === 'string' && typeof given === 'number')
        return `must be a string: "${given}" in quotation marks keeps every digit`;
  }
  return `is not valid: ${issue.message}`;
}

/** What a limit counts, by the kind of value. */
const UNITS: Readonly<Record<string, string>> = { string: ' characters long', array: ' items long' };

/** What stands at a place of a value; a number in a path is also a place in a comma-separated list. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => {
    if (typeof at === 'string') return typeof key === 'number' ? at.split(',')[key] : undefined;
    return (at as Record<PropertyKey, unknown> | null | undefined)?.[key];
  }, value);
}

/** The keys that an object somewhere inside a schema may have. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return keysAt(schema.unwrap(), path);
  const [first, ...rest] = path;
  if (schema instanceof z.ZodArray) return first === undefined ? [] : keysAt(schema.element, rest);
  if (!(schema instanceof z.ZodObject)) return [];
  if (first === undefined) return Object.keys(schema.shape);
  const child = schema.shape[String(first)] as z.core.$ZodType | undefined;
  return child === undefined ? [] : keysAt(child, rest);
}

const NO_ALIASES: ReadonlyMap<string, string> = new Map();

const PARTS = { querystring: 'query', params: 'path', headers: 'header', body: 'body' } as const;

/** Fastify's validator for zod schemas. What is wrong is told parameter by parameter, as an `InvalidRequest`. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = PARTS[httpPart as keyof typeof PARTS] ?? 'body';
  return (sent: unknown) => {
    const { data, given, faults } =
      part === 'query' ? underFirstNames(schema, sent) : { data: sent, given: NO_ALIASES, faults: [] };
    const result = schema.safeParse(data);
    if (result.success && faults.length === 0) return { value: result.data };
    const found = result.error?.issues.flatMap((issue) => faultsOf(issue, part, schema, data)) ?? [];
    const named = found.map((fault) => ({ ...fault, name: given.get(fault.name) ?? fault.name }));
    return { error: new InvalidRequest([...faults, ...named]) };
  };
};

function faultsOf(
  issue: z.core.$ZodIssue,
  part: RequestFault['in'],
  schema: z.ZodType,
  data: unknown,
): readonly RequestFault[] {
  const [first] = issue.path;
  if (part === 'body' && first === undefined && (data === undefined || data === null))
    return [{ in: part, name: '', code: 'missingBody', message: 'is missing: send a JSON object' }];
  if (part === 'query' && issue.path.length === 1 && Array.isArray(valueAt(data, issue.path))) {
    const message = 'is given more than once; give one value, or a list where it takes one: a,b,c';
    return [{ in: part, name: String(first), code: 'repeatedParameter', message }];
  }
  return schemaFaults(issue, schema, data).map(({ path, ...fault }) => {
    // A body is nested: its fields are named by their path. A parameter is one text, its parts are places in it.
    const name = part === 'body' ? path.map(String).join('.') : String(path[0] ?? '');
    return { in: part, name: name.slice(0, 200), ...fault };
  });
}
