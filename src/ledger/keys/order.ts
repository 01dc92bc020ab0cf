import type { Scope } from '../../http/auth.ts';
import { moment } from '../../http/query/vintage.ts';
import { SEED_AUTHOR } from '../seed-file.ts';
import { KeyError } from './errors.ts';
import type { KeyOrder } from './writes.ts';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._@+-]{0,99}$/u;
const ID_LIKE = /^[0-9a-f]{12}$/;

/**
 * What is asked for at the command line, checked.
 * @param asked `expires`: a time with its offset, or a day, which means its end in UTC
 * @throws KeyError `invalidName`, `invalidExpiry`
 */
export function readOrder(
  asked: { readonly name: string; readonly scope: Scope; readonly expires?: string | undefined },
  now: Date,
): KeyOrder {
  const name = asked.name.normalize('NFC').trim();
  if (!NAME.test(name)) {
    throw new KeyError(
      'invalidName',
      `A key cannot be named ${JSON.stringify(asked.name)}: a name has 1 to 100 letters, digits, spaces and . _ @ + -, and begins with a letter or a digit.`,
    );
  }
  const isSeedAuthor = name.toLowerCase() === SEED_AUTHOR;
  if (isSeedAuthor || ID_LIKE.test(name)) {
    throw new KeyError(
      'invalidName',
      `A key cannot be named ${JSON.stringify(name)}: ${isSeedAuthor ? 'in the history of records it stands for the seed files' : 'it looks like the id of a key'}.`,
    );
  }
  return { name, scope: asked.scope, expiresAt: readExpiry(asked.expires, now) };
}

function readExpiry(expires: string | undefined, now: Date): string | null {
  if (expires === undefined) return null;
  const read = moment.safeParse(expires);
  if (!read.success) {
    throw new KeyError(
      'invalidExpiry',
      `A key cannot expire at ${JSON.stringify(expires)}: give a day such as 2027-12-31, which means its end in UTC, or a time such as 2027-12-31T12:00:00Z.`,
    );
  }
  if (read.data <= now.toISOString()) {
    throw new KeyError(
      'invalidExpiry',
      `A key cannot expire at ${read.data}: that is past, it is ${now.toISOString()}.`,
    );
  }
  return read.data;
}
