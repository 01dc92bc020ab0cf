import type { z } from 'zod';
import { schemaFaults } from '../http/message/validation.ts';
import { StorageError } from '../store/errors.ts';

/*
 * Seed files: JSON of records, the catalogue, currencies and rates that come with this version.
 */

/** Who is named as the author of what comes from a seed file. */
export const SEED_AUTHOR = 'seed';

/** A seed that cannot be used: names file, record, field and reason. */
export function invalidSeed(file: string, record: string, field: string, reason: string): StorageError {
  return new StorageError('invalidSeed', `Seed file ${file}, ${record}, field ${field}: ${reason}`);
}

/** @throws StorageError `invalidSeed` */
export function parseSeedText<Schema extends z.ZodType>(
  schema: Schema,
  file: string,
  text: string,
): z.output<Schema> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new StorageError('invalidSeed', `Seed file ${file} is not JSON: ${(error as Error).message}`);
  }
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  const [fault] = result.error.issues.flatMap((issue) => schemaFaults(issue, schema, content));
  const [group, position, ...field] = fault?.path ?? [];
  const record = (content as Record<string, { id?: unknown }[] | undefined>)[String(group)]?.[
    Number(position)
  ];
  const where =
    position === undefined ? 'the file itself' : `${String(group)} ${JSON.stringify(record?.id ?? position)}`;
  throw invalidSeed(file, where, field.join('.') || String(group ?? ''), fault?.message ?? 'is not valid');
}
