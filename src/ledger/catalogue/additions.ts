import { createHash } from 'node:crypto';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord, idTaken, Problem } from '../../http/message/problem.ts';
import { recordFactNow } from '../../store/facts.ts';
import { eq } from '../../store/query.ts';
import type { Storage, Writer } from '../../store/sqlite/storage.ts';
import { collections, organisations, sources, sourceTexts } from '../../store/tables/schema.ts';
import type { AddFault } from '../records/vocabulary.ts';
import { checkText, createVocabulary } from '../records/vocabulary.ts';
import type { CatalogueAddition } from './resource.ts';
import type { Forecaster, Source } from './schemas.ts';
import { MAX_TEXT_BYTES, SubmittedCollection, SubmittedForecaster, SubmittedSource } from './submissions.ts';

/*
 * What a team adds to the catalogue, to keep a ledger of its own.
 */

/** Room for the text as JSON escapes it (Chinese as `\uXXXX` takes twice its UTF-8), and for the rest. */
const SOURCE_BODY_LIMIT_BYTES = 2 * MAX_TEXT_BYTES + 1024 * 1024;

const EXAMPLE_TEXT =
  'An example of a press release: investment in charging stations will reach 10 billion yuan in 2021, the ministry said.';

export function sourceAddition(storage: Storage): CatalogueAddition<Source> {
  return {
    submitted: SubmittedSource,
    description:
      'With its `text`, which is kept and not shown, evidence from the source is looked up in it; `documentSha256` is computed then, and one that is sent must agree. Without the text a fingerprint is taken as it is.',
    bodyLimit: SOURCE_BODY_LIMIT_BYTES,
    example: {
      id: 'example-press-release-2021',
      title: 'Charging stations in 2021',
      publisher: 'Example Ministry',
      publishedOn: '2021-02-01',
      language: 'en',
      attribution: 'Example Ministry, 1 February 2021',
      text: EXAMPLE_TEXT,
    },
    add: (write, submitted, by) => {
      const { text, ...source } = submitted as SubmittedSource;
      const bytes = text === undefined ? 0 : Buffer.byteLength(text);
      if (bytes > MAX_TEXT_BYTES) {
        throw new Problem(
          'contentTooLarge',
          `The text has ${bytes} bytes in UTF-8; at most ${MAX_TEXT_BYTES} are taken.`,
        );
      }
      const sha256 = text === undefined ? null : createHash('sha256').update(text).digest('hex');
      requireValid(submitted, (add) => {
        const { has, hints } = createVocabulary(storage.sqlite);
        for (const [position, { sector, parts }] of source.schemes.entries()) {
          for (const [field, id] of [
            ['sector', sector] as const,
            ...parts.map((part, index) => [`parts.${index}`, part] as const),
          ]) {
            if (has('sectors', id)) continue;
            const name = `schemes.${position}.${field}`;
            add(name, 'unknownId', `names ${JSON.stringify(id)}, which does not exist`, hints('sectors', id));
          }
        }
        if (sha256 !== null && source.documentSha256 !== null && source.documentSha256 !== sha256) {
          const message = `is not the SHA-256 of the text's UTF-8 bytes, which is ${sha256}`;
          add('documentSha256', 'fingerprintDisagrees', message, { suggestion: sha256 });
        }
      });
      refuseTaken(write, sources, 'a source', source.id);
      const row = { ...source, documentSha256: sha256 ?? source.documentSha256 };
      write
        .insert(sources)
        .values({
          ...row,
          ...by,
          supplied: JSON.stringify(source.supplied),
          schemes: JSON.stringify(source.schemes),
        })
        .run();
      recordFactNow(write, 'sourceSchemes', source.id, source.schemes, by.recordedAt);
      if (text !== undefined) write.insert(sourceTexts).values({ sourceId: source.id, text }).run();
      return { ...row, textHeld: text !== undefined, forecastCount: 0 };
    },
  };
}

export function forecasterAddition(storage: Storage): CatalogueAddition<Forecaster> {
  return {
    submitted: SubmittedForecaster,
    example: {
      id: 'example-institute',
      name: 'Example Institute',
      kind: 'researchInstitute',
      country: 'CN',
    },
    add: (write, submitted, by) => {
      const forecaster = submitted as SubmittedForecaster;
      requireValid(submitted, (add) => {
        const { country } = forecaster;
        const { has, hints } = createVocabulary(storage.sqlite);
        if (country === null || has('regions', country)) return;
        const message = `names ${JSON.stringify(country)}, which does not exist`;
        add('country', 'unknownId', message, hints('regions', country));
      });
      refuseTaken(write, organisations, 'a forecaster', forecaster.id);
      write
        .insert(organisations)
        .values({ ...forecaster, ...by })
        .run();
      return { ...forecaster, forecastCount: 0 };
    },
  };
}

export function collectionAddition(): CatalogueAddition<SubmittedCollection> {
  return {
    submitted: SubmittedCollection,
    description: 'Every record belongs to one collection: make one for your own.',
    example: { id: 'example-ledger', name: 'Example ledger', description: 'What we found ourselves.' },
    add: (write, submitted, by) => {
      const collection = submitted as SubmittedCollection;
      requireValid(submitted, () => undefined);
      refuseTaken(write, collections, 'a collection', collection.id);
      write
        .insert(collections)
        .values({ ...collection, ...by })
        .run();
      return collection;
    },
  };
}

/** @throws InvalidRecord naming what a check has found, and text that is not Unicode */
function requireValid(submitted: unknown, check: (add: AddFault) => void): void {
  const faults: RequestFault[] = [];
  const add: AddFault = (name, code, message, hints = {}) => {
    faults.push({ in: 'body', name, code, message, ...hints });
  };
  checkText(submitted, add);
  check(add);
  if (faults.length > 0) throw new InvalidRecord(faults);
}

/** @throws Problem 409 `idTaken` */
function refuseTaken(
  write: Writer,
  table: SQLiteTable & { readonly id: SQLiteColumn },
  what: string,
  id: string,
): void {
  if (write.select({ id: table.id }).from(table).where(eq(table.id, id)).get() !== undefined)
    throw idTaken(what, id);
}
