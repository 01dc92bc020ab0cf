import { CHUNK_BYTES } from '../file-bytes.ts';
import type { Scratch } from '../store.ts';
import { connect } from './client.ts';
import type { CompiledQueries } from './connection.ts';
import { Link } from './link.ts';

const PART_BYTES = 262_144;
const INSERT = 'insert into scratch (name, part, bytes) values ($1, $2, $3)';
const READ = 'select bytes from scratch where name = $1 and part = $2';

/** Keeps files in the database, in parts, on a connection of its own: beside the writes, which do not wait for them. */
export class TableScratch implements Scratch {
  readonly #link: Link;

  constructor(url: string, compiled: CompiledQueries) {
    this.#link = new Link(async () => {
      const client = await connect(url);
      // What is committed later, and waited for, brings these parts to the disk as well.
      await client.query('set synchronous_commit = off');
      return client;
    }, compiled);
  }

  async write(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    let part = 0;
    for await (const piece of partsOf(bytes)) {
      await this.#rows(INSERT, [name, part, piece]);
      part += 1;
    }
  }

  async *read(name: string): AsyncGenerator<Uint8Array> {
    for (let part = 0; ; part += 1) {
      const [row] = await this.#rows(READ, [name, part]);
      if (row === undefined) return;
      const bytes = row[0] as Uint8Array;
      for (let from = 0; from < bytes.byteLength; from += CHUNK_BYTES)
        yield bytes.subarray(from, from + CHUNK_BYTES);
    }
  }

  async remove(name: string): Promise<void> {
    await this.#rows('delete from scratch where name = $1', [name]);
  }

  async names(): Promise<readonly string[]> {
    return (await this.#rows('select name from scratch where part = 0', [])).map(([name]) => name as string);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #rows(text: string, values: unknown[]): Promise<unknown[][]> {
    return this.#link.use((connection) => connection.rows(text, values));
  }
}

/** Parts of one length, but for the last, which of an empty file is empty. */
async function* partsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of bytes) {
    pieces.push(piece);
    length += piece.byteLength;
    if (length < PART_BYTES) continue;
    const whole = Buffer.concat(pieces);
    let from = 0;
    for (; length - from >= PART_BYTES; from += PART_BYTES) yield whole.subarray(from, from + PART_BYTES);
    pieces = [whole.subarray(from)];
    length -= from;
  }
  yield Buffer.concat(pieces);
}
