import { z } from 'zod';
import type { RequestFault } from './problem.ts';

/* A parameter may have a second name. It is read under its first one: no handler sees the second. */

const FIRST_NAMES = new WeakMap<z.core.$ZodType, string>();

/**
 * A parameter that is another one by a second name.
 * @param of the first name: a parameter of the same query
 * @param schema that of the parameter
 * @param where who calls it so: "as `/v1/rates` calls it"
 */
export function aliasOf<Schema extends z.ZodType>(of: string, schema: Schema, where: string): Schema {
  const alias = schema.meta({ description: `\`${of}\`, ${where}.` });
  FIRST_NAMES.set(alias, of);
  return alias;
}

/** A query as it is read, the second name that was given for each first one, and the names that disagree. */
interface NamedQuery {
  readonly data: unknown;
  readonly given: ReadonlyMap<string, string>;
  readonly faults: readonly RequestFault[];
}

/** A query whose parameters have their first names. Under both of its names a parameter has one value. */
export function underFirstNames(schema: z.ZodType, query: unknown): NamedQuery {
  const given = new Map<string, string>();
  if (!(schema instanceof z.ZodObject) || typeof query !== 'object' || query === null)
    return { data: query, given, faults: [] };
  const data: Record<string, unknown> = { ...query };
  const faults: RequestFault[] = [];
  for (const [name, parameter] of Object.entries(schema.shape as z.core.$ZodShape)) {
    const of = FIRST_NAMES.get(parameter);
    if (of === undefined || data[name] === undefined) continue;
    if (data[of] === undefined) given.set(of, name);
    else if (data[of] !== data[name]) {
      const message = `is not the value of \`${of}\`, which is the same parameter by another name: give one of them`;
      faults.push({ in: 'query', name, code: 'conflictingParameters', message });
    }
    data[of] ??= data[name];
    delete data[name];
  }
  return { data, given, faults };
}
