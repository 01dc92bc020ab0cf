import { jsonOf } from '../message/json-text.ts';
import type { RowFormat } from './row-format.ts';

/** A line of JSON a record. */
export const ndjson: RowFormat = {
  name: 'ndjson',
  mediaType: 'application/x-ndjson',
  isText: true,
  isFlat: false,
  write: async function* (batches, { shaped }) {
    for await (const records of batches)
      yield Buffer.from(records.map((record) => `${jsonOf(shaped(record))}\n`).join(''));
  },
};
