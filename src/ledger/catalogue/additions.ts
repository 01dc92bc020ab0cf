import type { z } from 'zod';
import type { AddFault } from '../../http/message/body-faults.ts';
import { checkText } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord, idTaken, Problem } from '../../http/message/problem.ts';
import { eq } from '../../store/query.ts';
import type { Reader, Transaction } from '../../store/store.ts';
import type { Entry } from './entries.ts';
import {
  disagreement,
  ENTRY_TABLES,
  FILE_ENTRIES,
  MAX_TEXT_BYTES,
  referencesOf,
  SUBMITTED_ENTRIES,
  withFingerprint,
} from './entries.ts';
import { createReferenceChecker } from './known-ids.ts';
import { writeEntries } from './writes.ts';

/*
 * What a team adds to the catalogue over HTTP, to keep a ledger of its own.
 */

/** `POST /v1/{path}`. */
export interface CatalogueAddition {
  readonly type: keyof typeof SUBMITTED_ENTRIES;
  readonly submitted: z.ZodType;
  readonly description?: string;
  /** A body that is accepted on the seeded data. */
  readonly example: object;
  /** Longest body in bytes, where the usual limit is too low. */
  readonly bodyLimit?: number;
}

export const ADD_SOURCE: CatalogueAddition = {
  type: 'source',
  submitted: SUBMITTED_ENTRIES.source,
  description:
    'With its `text`, which is kept and not shown, evidence from the source is looked up in it; `documentSha256` is computed then, and one that is sent must agree. Without the text a fingerprint is taken as it is.',
  // Room for the text as JSON escapes it (Chinese as `\uXXXX` takes twice its UTF-8), and for the rest.
  bodyLimit: 2 * MAX_TEXT_BYTES + 1024 * 1024,
  example: {
    id: 'example-press-release-2021',
    title: 'Charging stations in 2021',
    publisher: 'Example Ministry',
    publishedOn: '2021-02-01',
    language: 'en',
    attribution: 'Example Ministry, 1 February 2021',
    text: 'An example of a press release: investment in charging stations will reach 10 billion yuan in 2021, the ministry said.',
  },
};

export const ADD_FORECASTER: CatalogueAddition = {
  type: 'organisation',
  submitted: SUBMITTED_ENTRIES.organisation,
  example: { id: 'example-institute', name: 'Example Institute', kind: 'researchInstitute', country: 'CN' },
};

export const ADD_COLLECTION: CatalogueAddition = {
  type: 'collection',
  submitted: SUBMITTED_ENTRIES.collection,
  description: 'Every record belongs to one collection: make one for your own.',
  example: { id: 'example-ledger', name: 'Example ledger', description: 'What we found ourselves.' },
};

/**
 * Checks an entry of the catalogue.
 * @param noun what it is in words: "source"
 * @param submitted a body that the addition's schema has read
 * @throws Problem 409 `idTaken`, 413 `contentTooLarge`; InvalidRecord
 */
export async function checkAddition(
  read: Reader,
  noun: string,
  { type }: CatalogueAddition,
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

/** Writes an entry of the catalogue that was checked. @returns it as it is shown */
export async function addEntry(transaction: Transaction, entry: Entry, author: string): Promise<Shown> {
  const first = { author, recordedAt: transaction.recordedAt };
  await writeEntries(transaction, [{ ...entry, first }], 'stay');
  return shownWhenNew(entry);
}

interface Shown {
  readonly id: string;
  readonly [field: string]: unknown;
}

function refuseLongText({ text }: { readonly text?: string }): void {
  const bytes = text === undefined ? 0 : Buffer.byteLength(text);
  if (bytes <= MAX_TEXT_BYTES) return;
  throw new Problem(
    'contentTooLarge',
    `The text has ${bytes} bytes in UTF-8; at most ${MAX_TEXT_BYTES} are taken.`,
  );
}

/** An entry as it is shown before anything refers to it. */
function shownWhenNew(entry: Entry): Shown {
  if (entry.type === 'organisation') return { ...entry.row, forecastCount: 0 };
  if (entry.type !== 'source') return entry.row;
  const { text, ...row } = entry.row;
  return { ...row, textHeld: text !== null, forecastCount: 0 };
}
