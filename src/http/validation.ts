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
    const allowed = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    return issue.keys.map((name) =>
      fault(part, name, 'unknownParameter', 'is not known', {
        allowed,
        suggestion: didYouMean(name, allowed),
      }),
    );
  }
  const [first, ...rest] = issue.path.map(String);
  const name = first ?? '';
  const given = (data as Record<string, unknown> | null)?.[name];
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
