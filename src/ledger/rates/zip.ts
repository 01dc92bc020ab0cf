import { crc32 } from 'node:zlib';
import { Inflate } from 'fflate';
import { RateSourceError } from './errors.ts';
import type { ByteSource } from './fetching.ts';
import { MAX_ANSWER_BYTES } from './fetching.ts';

const LOCAL_HEADER = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_ENTRY_BYTES = 46;
const DIRECTORY_END_BYTES = 22;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
/** What is kept of an archive's end: the directory of one file with a name and comments of any usual length. */
const KEPT_TAIL_BYTES = 4096;
/** Packed bytes unpacked at once: deflate expands up to a thousandfold, and the limit is checked in between. */
const UNPACKED_SLICE_BYTES = 8192;

/** What an archive's directory says of its only file. */
function readDirectory(tail: Buffer): { readonly checksum: number; readonly bytes: number } {
  for (let at = tail.length - DIRECTORY_END_BYTES; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== DIRECTORY_END) continue;
    const files = tail.readUInt16LE(at + 10);
    if (files !== 1)
      throw new RateSourceError('rateSourceMalformed', { expected: 'a zip of one file', files });
    const entry = at - tail.readUInt32LE(at + 12);
    if (entry < 0 || entry + DIRECTORY_ENTRY_BYTES > at || tail.readUInt32LE(entry) !== DIRECTORY_ENTRY) {
      throw new RateSourceError('rateSourceDamaged', { part: 'directory' });
    }
    return { checksum: tail.readUInt32LE(entry + 16), bytes: tail.readUInt32LE(entry + 24) };
  }
  throw new RateSourceError('rateSourceTruncated', { missing: 'the end of the archive' });
}

/**
 * The contents of the only file of a zip archive, unpacked as the bytes arrive, and at the end compared with the
 * length and checksum in the archive's directory: what has been yielded counts only once the loop has ended.
 *
 * The archive's frame is read here and fflate unpacks the deflate stream, because fflate's own streaming `Unzip` finds
 * the end of a file by searching the packed bytes for a signature, neither sees a cut after the data nor checks the
 * sum, and its author advises against it (https://github.com/101arrowz/fflate/issues/208).
 * @throws RateSourceError `rateSourceNotData`, `rateSourceTruncated`, `rateSourceDamaged`, `rateSourceMalformed`
 * (several files, another packing), `rateSourceTooLarge` past `maxBytes` of unpacked data
 */
export async function* unzipSingleCsv(
  zip: ByteSource,
  { maxBytes = MAX_ANSWER_BYTES }: { readonly maxBytes?: number } = {},
): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let tail: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let checksum = 0;
  let unpacked: Uint8Array[] = [];
  const inflate = new Inflate((data) => unpacked.push(data));

  function* unpack(packed: Uint8Array, final: boolean): Generator<Uint8Array> {
    for (let at = 0; at < packed.length || (final && at === 0); at += UNPACKED_SLICE_BYTES) {
      try {
        inflate.push(packed.subarray(at, at + UNPACKED_SLICE_BYTES), final);
      } catch (error) {
        throw new RateSourceError(
          final ? 'rateSourceTruncated' : 'rateSourceDamaged',
          { part: 'data' },
          { cause: error },
        );
      }
      for (const piece of unpacked) {
        bytes += piece.length;
        if (bytes > maxBytes) throw new RateSourceError('rateSourceTooLarge', { maxBytes });
        checksum = crc32(piece, checksum);
        if (piece.length > 0) yield piece;
      }
      unpacked = [];
    }
  }

  for await (const chunk of zip) {
    tail = Buffer.concat([tail, chunk.subarray(-KEPT_TAIL_BYTES)]).subarray(-KEPT_TAIL_BYTES);
    if (head === undefined) {
      yield* unpack(chunk, false);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const data = dataStart(head);
    if (data !== null && head.length >= data) {
      const rest = head.subarray(data);
      head = undefined;
      yield* unpack(rest, false);
    }
  }
  if (head !== undefined)
    throw new RateSourceError('rateSourceTruncated', { missing: 'the data', bytes: head.length });
  yield* unpack(new Uint8Array(0), true);
  const directory = readDirectory(tail);
  if (directory.bytes !== bytes || directory.checksum !== checksum) {
    throw new RateSourceError('rateSourceDamaged', {
      part: 'checksum',
      bytes,
      expectedBytes: directory.bytes,
    });
  }
}

/** Where the packed data of an archive's first file begin; null while too little has arrived to tell. */
function dataStart(head: Buffer): number | null {
  if (head.length >= 4 && head.readUInt32LE(0) !== LOCAL_HEADER) {
    const startsWith = head.subarray(0, 40).toString('latin1').trimStart();
    throw new RateSourceError('rateSourceNotData', { expected: 'a zip archive', startsWith });
  }
  if (head.length < LOCAL_HEADER_BYTES) return null;
  const flags = head.readUInt16LE(6);
  const packing = head.readUInt16LE(8);
  if (packing !== DEFLATED || (flags & ENCRYPTED_FLAG) !== 0) {
    throw new RateSourceError('rateSourceMalformed', { expected: 'a deflated file', packing, flags });
  }
  return LOCAL_HEADER_BYTES + head.readUInt16LE(26) + head.readUInt16LE(28);
}
