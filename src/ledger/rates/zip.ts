import { crc32 } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { fromBufferPromise } from 'yauzl';
import { RateSourceError } from './errors.ts';
import type { ByteSource } from './fetching.ts';
import { MAX_ANSWER_BYTES } from './fetching.ts';

const LOCAL_HEADER = 0x04034b50;
const DEFLATED = 8;

/** Whether bytes begin as a zip archive does. */
export function isZip(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32LE(0) === LOCAL_HEADER;
}

/**
 * The contents of the only file of a zip archive, at the end compared with the length and checksum in the archive's
 * directory: what has been yielded counts only once the loop has ended.
 * @throws RateSourceError `rateSourceNotData`, `rateSourceTruncated`, `rateSourceDamaged`, `rateSourceMalformed`
 * (several files, another packing), `rateSourceTooLarge` past `maxBytes` of unpacked data
 */
export async function* unzipSingleFile(
  zip: ByteSource,
  { maxBytes = MAX_ANSWER_BYTES }: { readonly maxBytes?: number } = {},
): AsyncGenerator<Uint8Array> {
  const archive = Buffer.concat(await Array.fromAsync(zip));
  if (archive.length >= 4 && !isZip(archive)) {
    const startsWith = archive.subarray(0, 40).toString('latin1').trimStart();
    throw new RateSourceError('rateSourceNotData', { expected: 'a zip archive', startsWith });
  }
  let bytes = 0;
  let checksum = 0;
  try {
    const { file, entry } = await onlyEntry(archive);
    for await (const piece of (await file.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > maxBytes) throw new RateSourceError('rateSourceTooLarge', { maxBytes });
      // yauzl compares the length, and leaves the checksum to its callers.
      checksum = crc32(piece, checksum);
      yield piece;
    }
    if (checksum !== entry.crc32) throw new RateSourceError('rateSourceDamaged', { part: 'checksum', bytes });
  } catch (error) {
    if (error instanceof RateSourceError || !(error instanceof Error)) throw error;
    throw new RateSourceError('rateSourceDamaged', { reason: error.message }, { cause: error });
  }
}

async function onlyEntry(archive: Buffer): Promise<{ readonly file: ZipFile; readonly entry: Entry }> {
  let file: ZipFile;
  try {
    file = await fromBufferPromise(archive, { lazyEntries: true, decodeStrings: false });
  } catch (error) {
    // The directory stands at the end: where that is missing, the rest of the archive is as well.
    throw new RateSourceError('rateSourceTruncated', { bytes: archive.length }, { cause: error });
  }
  const { entryCount: files } = file;
  if (files !== 1) throw new RateSourceError('rateSourceMalformed', { expected: 'a zip of one file', files });
  for await (const entry of file.eachEntry()) {
    const { compressionMethod: packing } = entry;
    if (packing !== DEFLATED || entry.isEncrypted())
      throw new RateSourceError('rateSourceMalformed', { expected: 'a deflated file', packing });
    return { file, entry };
  }
  throw new RateSourceError('rateSourceDamaged', { part: 'directory' });
}
