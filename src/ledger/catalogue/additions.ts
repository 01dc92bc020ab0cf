import type { AddFault } from '../../http/message/body-faults.ts';
import { checkText } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord, idTaken, Problem } from '../../http/message/problem.ts';
import { eq } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import type { Entry, SUBMITTED_ENTRIES } from './entries.ts';
import {
  disagreement,
  ENTRY_TABLES,
  FILE_ENTRIES,
  MAX_TEXT_BYTES,
  referencesOf,
  withFingerprint,
} from './entries.ts';
import { createReferenceChecker } from './known-ids.ts';

/*
 * What a team adds to the catalogue over HTTP, to keep a ledger of its own.
 */

export interface CatalogueAddition {
  readonly type: keyof typeof SUBMITTED_ENTRIES;
  readonly description?: string;
  /** A body that is accepted on the seeded data. */
  readonly example: object;
  /** Longest body in bytes, where the usual limit is too low. */
  readonly bodyLimit?: number;
}

/**
 * Checks an entry of the catalogue.
 * @param noun what it is in words: "source"
 * @param submitted a body that the addition's schema has read
 * @throws Problem 409 `idTaken`, 413 `contentTooLarge`; InvalidRecord
 */
export async function checkAddition(
  read: Reader,
  noun: string,
  type: CatalogueAddition['type'],
  submitted: unknown,
): Promise<Entry> {
  refuseLongText(submitted as { readonly text?: string });
  const entry = { type, row: FILE_ENTRIES[type].parse(submitted) } as Entry;
  const references = createReferenceChecker(read);
  await references.load(referencesOf(entry));
  const faults: RequestFault[] = [];
  const add: AddFault = (name, code, message, hints = {}) => {
    faults.push({ in: 'body', name, code, message, ...hints });
  };
  checkText(submitted, add);
  references.check(referencesOf(entry), add);
  const complete = withFingerprint(entry);
  const sha256 = disagreement(entry, complete);
  if (sha256 !== null) {
    const message = `is not the SHA-256 of the text's UTF-8 bytes, which is ${sha256}`;
    add('documentSha256', 'fingerprintDisagrees', message, { suggestion: sha256 });
  }
  if (faults.length > 0) throw new InvalidRecord(faults);
  const { id } = entry.row;
  const table = ENTRY_TABLES[type];
  const taken = await read.select({ id: table.id }).from(table).where(eq(table.id, id));
  if (taken.length > 0) throw idTaken(`a ${noun}`, id);
  return complete;
}

function refuseLongText({ text }: { readonly text?: string }): void {
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (bytes <= MAX_TEXT_BYTES) return;
  throw new Problem(
    'contentTooLarge',
    `The text has ${bytes} bytes in UTF-8; at most ${MAX_TEXT_BYTES} are taken.`,
  );
}
