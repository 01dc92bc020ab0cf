import { randomBytes } from 'node:crypto';
import { strToU8, Zip, ZipDeflate, zipSync } from 'fflate';
import { test } from 'tap';
import { RateSourceError } from '../../../src/ledger/rates/errors.ts';
import { unzipSingleFile } from '../../../src/ledger/rates/zip.ts';
import { all, failure, HISTORY_CSV, historyZip, inChunks } from '../../helpers/rate-source.ts';

async function unzip(zip: Uint8Array, chunk = zip.length, maxBytes?: number): Promise<string> {
  const options = maxBytes === undefined ? {} : { maxBytes };
  return Buffer.concat(await all(unzipSingleFile(inChunks(zip, Math.max(1, chunk)), options))).toString(
    'utf8',
  );
}

/** The same file as a server makes it on the fly: sizes and checksum only after the data. */
function streamedZip(csv: string): Uint8Array {
  const pieces: Uint8Array[] = [];
  const zip = new Zip((error, data) => {
    if (error !== null) throw error;
    pieces.push(data);
  });
  const file = new ZipDeflate('eurofxref-hist.csv');
  zip.add(file);
  file.push(strToU8(csv.slice(0, 20)));
  file.push(strToU8(csv.slice(20)), true);
  zip.end();
  return Buffer.concat(pieces);
}

test('one file is unpacked, however the bytes arrive', async (t) => {
  for (const zip of [historyZip(), streamedZip(HISTORY_CSV)]) {
    for (const chunk of [1, 2, 7, 29, 30, 31, 64, zip.length])
      t.equal(await unzip(zip, chunk), HISTORY_CSV, `${chunk}`);
  }
  const long = `${randomBytes(300_000).toString('hex')}\n`;
  t.equal(await unzip(historyZip(long), 1_000), long);
  t.equal(await unzip(streamedZip(long), 64 * 1024), long);
  t.equal(await unzip(historyZip(''), 5), '');
});

test('a zip cut anywhere is not taken for whole', async (t) => {
  for (const zip of [historyZip(), streamedZip(HISTORY_CSV)]) {
    for (let length = 0; length < zip.length; length += 1) {
      for (const chunk of [16, length]) {
        try {
          await unzip(zip.subarray(0, length), chunk);
          t.fail(`${length} of ${zip.length} bytes were taken for whole`);
        } catch (error) {
          if (!(error instanceof RateSourceError) || error.code !== 'rateSourceTruncated')
            t.error(error, `${length}`);
        }
      }
    }
  }
});

test('a damaged byte never changes a rate', async (t) => {
  const codes = new Set<string>();
  for (const zip of [historyZip(), streamedZip(HISTORY_CSV)]) {
    for (let at = 0; at < zip.length; at += 1) {
      for (const bit of [1, 16, 128]) {
        const damaged = Uint8Array.from(zip);
        damaged[at] = (zip[at] ?? 0) ^ bit;
        try {
          t.equal(await unzip(damaged, 50), HISTORY_CSV, `byte ${at} matters not`);
        } catch (error) {
          if (!(error instanceof RateSourceError)) throw error;
          codes.add(error.code);
        }
      }
    }
  }
  t.ok(codes.has('rateSourceDamaged'));
  t.notOk(codes.has('rateSourceTooLarge'));
});

test('what is no zip of one packed file', async (t) => {
  const page = await failure(
    t,
    'rateSourceNotData',
    unzip(strToU8('<!doctype html><title>Maintenance</title>'), 10),
  );
  t.match(page.data, { startsWith: '<!doctype' });
  await failure(t, 'rateSourceNotData', unzip(strToU8(HISTORY_CSV)));
  const two = zipSync({ 'a.csv': strToU8(HISTORY_CSV), 'b.csv': strToU8(HISTORY_CSV) });
  await failure(t, 'rateSourceMalformed', unzip(two));
  await failure(t, 'rateSourceMalformed', unzip(zipSync({ 'a.csv': strToU8(HISTORY_CSV) }, { level: 0 })));
});

test('the limit holds for what is unpacked', async (t) => {
  const zip = historyZip('0'.repeat(5_000_000));
  t.ok(zip.length < 10_000);
  t.equal((await unzip(zip, zip.length, 5_000_000)).length, 5_000_000);
  await failure(t, 'rateSourceTooLarge', unzip(zip, zip.length, 4_999_999));
  // It is not unpacked whole before it is refused.
  let unpacked = 0;
  const pieces = unzipSingleFile(inChunks(historyZip('0'.repeat(60_000_000)), 70_000), {
    maxBytes: 1_000_000,
  });
  await failure(
    t,
    'rateSourceTooLarge',
    (async () => {
      for await (const piece of pieces) unpacked += piece.length;
    })(),
  );
  t.ok(unpacked <= 1_000_000, `${unpacked}`);
});
