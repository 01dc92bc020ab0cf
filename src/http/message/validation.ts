import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import type { RequestFault } from './problem.ts';
import { InvalidRequest } from './problem.ts';
import { didYouMean } from './suggestion.ts';

const PARTS = { querystring: 'query', params: 'path', headers: 'header', body: 'body' } as const;

/** Fastify's validator for zod schemas. What is wrong is told parameter by parameter, as an `InvalidRequest`. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = PARTS[httpPart as keyof typeof PARTS] ?? 'body';
  return (data: unknown) => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    return {
      error: new InvalidRequest(result.error.issues.flatMap((issue) => faultsOf(issue, part, schema, data))),
    };
  };
};

function faultsOf(
  issue: z.core.$ZodIssue,
  part: RequestFault['in'],
  schema: z.ZodType,
  data: unknown,
): readonly RequestFault[] {
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(schema, issue.path);
    return issue.keys.map((name) =>
      fault(part, [...issue.path, name].join('.'), 'unknownParameter', 'is not known', {
        allowed,
        suggestion: didYouMean(name, allowed),
      }),
    );
  }
  if (part === 'body' && issue.path.length === 0 && (data === undefined || data === null))
    return [fault(part, '', 'missingBody', 'is missing: send a JSON object')];
  // A body is nested: its fields are named by their path. A parameter is one text, its parts are places in it.
  const [first, ...rest] = part === 'body' ? [issue.path.map(String).join('.')] : issue.path.map(String);
  const name = first ?? '';
  const given =
    part === 'body' ? valueAt(data, issue.path) : (data as Record<string, unknown> | null)?.[name];
  if (part === 'query' && rest.length === 0 && Array.isArray(given)) {
    return [
      fault(
        part,
        name,
        'repeatedParameter',
        'is given more than once; give one value, or a list where it takes one: a,b,c',
      ),
    ];
  }
  if (issue.code === 'invalid_value') {
    const allowed = issue.values.map(String);
    const wrong = wrongValue(given, rest);
    return [
      fault(part, name, 'invalidValue', `must be one of: ${allowed.join(', ')}`, {
        allowed,
        suggestion: didYouMean(wrong, allowed),
      }),
    ];
  }
  if (issue.code === 'custom' && issue.params?.problem !== undefined) {
    const { problem, allowed, suggestion } = issue.params as {
      problem: string;
      allowed?: readonly string[];
      suggestion?: string;
    };
    return [fault(part, name, problem, issue.message, { allowed, suggestion })];
  }
  if (given === undefined && issue.code === 'invalid_type')
    return [fault(part, name, 'missingParameter', 'is required')];
  return [fault(part, name, 'invalidValue', expectation(issue))];
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

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | null | undefined)?.[key],
    data,
  );
}

function wrongValue(given: unknown, rest: readonly string[]): string {
  const [position] = rest;
  if (typeof given !== 'string') return '';
  return position === undefined ? given : (given.split(',')[Number(position)] ?? '');
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_format') return `must be ${issue.message}`;
  if (issue.code === 'custom') return `must be ${issue.message}`;
  if (issue.code === 'too_big')
    return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ' items'} long`;
  if (issue.code === 'too_small') return 'must not be empty';
  return `is not valid: ${issue.message}`;
}

function fault(
  part: RequestFault['in'],
  name: string,
  code: string,
  message: string,
  hints: { allowed?: readonly string[] | undefined; suggestion?: string | undefined } = {},
): RequestFault {
  return {
    in: part,
    name: name.slice(0, 200),
    code,
    message,
    ...(hints.allowed === undefined ? {} : { allowed: hints.allowed }),
    ...(hints.suggestion === undefined ? {} : { suggestion: hints.suggestion }),
  };
}
