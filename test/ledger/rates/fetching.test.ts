import { createReadStream, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { zipSync } from 'fflate';
import { test } from 'tap';
import { RateSourceError } from '../../../src/ledger/rates/errors.ts';
import type { FetchOptions, FetchProgress, FetchRetry } from '../../../src/ledger/rates/fetching.ts';
import { backOffDelay } from '../../../src/ledger/rates/fetching.ts';
import { ecb, fetchHistory, fetchRange } from '../../../src/ledger/rates/providers/ecb.ts';
import { temporaryDirectory } from '../../helpers/process.ts';
import { failure, HISTORY_CSV, HISTORY_LINES, historyZip, lines, serve } from '../../helpers/rate-source.ts';
import { collectedRates } from '../../helpers/reference-rates.ts';

/** Waits of no time, written down. */
function recordedWaits(): { readonly waits: number[]; readonly options: Omit<FetchOptions, 'addresses'> } {
  const waits: number[] = [];
  return {
    waits,
    options: {
      sleep: async (ms) => {
        waits.push(ms);
      },
      random: () => 0.5,
    },
  };
}

function status(code: number, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(code, { 'content-type': 'text/html', ...headers }).end('<html>no</html>');
  };
}

function body(content: Uint8Array | string, contentType = 'application/zip') {
  return (response: ServerResponse): void => {
    response
      .writeHead(200, { 'content-type': contentType, 'content-length': `${content.length}` })
      .end(content);
  };
}

test('the history over the network', async (t) => {
  const zip = historyZip();
  const { url, requests } = await serve(t, body(zip));
  const steps: FetchProgress[] = [];
  const fetched = await fetchHistory({ url, onProgress: (step) => steps.push(step) });
  t.match({ ...fetched, quotations: [] }, { url, receivedBytes: zip.length, attempts: 1 });
  t.same(lines(fetched.quotations), HISTORY_LINES);
  t.same(requests, ['/rates']);
  t.same(steps[0], { receivedBytes: 0, totalBytes: zip.length });
  t.match(steps.at(-1), { receivedBytes: zip.length, totalBytes: zip.length });
});

test('an answer of unknown length, in small pieces', async (t) => {
  const zip = historyZip();
  const { url } = await serve(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    let at = 0;
    const next = (): void => {
      if (at >= zip.length) return void response.end();
      response.write(zip.subarray(at, at + 40), next);
      at += 40;
    };
    next();
  });
  const totals = new Set<number | null>();
  const fetched = await fetchHistory({ url, onProgress: ({ totalBytes }) => totals.add(totalBytes) });
  t.same(lines(fetched.quotations), HISTORY_LINES);
  t.same([...totals], [null]);
});

test('the history as plain CSV, over the network and from a file of this machine, zipped or not', async (t) => {
  const { url } = await serve(t, body(HISTORY_CSV, 'text/csv'));
  t.same(lines((await fetchHistory({ url })).quotations), HISTORY_LINES);
  const directory = temporaryDirectory(t);
  const file = join(directory, 'history of rates');
  const fromFile = () => fetchHistory({ url: pathToFileURL(file).href });
  for (const content of [HISTORY_CSV, `\uFEFF${HISTORY_CSV.replaceAll('\n', '\r\n')}`, historyZip()]) {
    writeFileSync(file, content);
    const fetched = await fromFile();
    t.same(lines(fetched.quotations), HISTORY_LINES);
    t.equal(fetched.receivedBytes, Buffer.from(content as Uint8Array).length);
  }
  writeFileSync(file, '<html>no</html>');
  await failure(t, 'rateSourceNotData', fromFile());
  await failure(t, 'rateSourceTooLarge', fetchHistory({ url: pathToFileURL(file).href, maxBytes: 5 }));
  rmSync(file);
  const { data } = await failure(t, 'rateSourceNotFound', fromFile());
  t.equal(data.url, pathToFileURL(file).href);
  const { data: refused } = await failure(
    t,
    'rateSourceRefused',
    fetchHistory({ url: pathToFileURL(directory).href }),
  );
  t.equal(refused.reason, 'EISDIR');
});

test('with a file for the history, nothing is asked over the network', async (t) => {
  const file = join(temporaryDirectory(t), 'eurofxref-hist.csv');
  writeFileSync(file, HISTORY_CSV);
  const { url, requests } = await serve(t, status(500));
  const addresses = { RATES_HISTORY_URL: pathToFileURL(file).href, RATES_SERIES_URL: url };
  const fetched = await ecb.fetch('2020-05-20', '2020-05-26', { addresses, retries: 0 });
  t.same([fetched.service, lines(fetched.quotations)], ['history', HISTORY_LINES]);
  t.same(requests, []);
});

test('a range of days from the data service', async (t) => {
  const csv =
    'KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\n' +
    'EXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,A,2020-05-28,1.1016\n';
  const { url, requests } = await serve(t, body(csv, 'text/csv'), body('', 'text/csv'));
  const fetched = await fetchRange({ url, from: '2020-05-28', to: '2020-05-29' });
  t.same(lines(fetched.quotations), ['ecb EUR USD 2020-05-28 1.1016']);
  t.same(requests, ['/rates?startPeriod=2020-05-28&endPeriod=2020-05-29&format=csvdata&detail=dataonly']);
  // 200 and nothing: there are no data for those days.
  t.match(await fetchRange({ url, from: '2020-05-30', to: '2020-05-31' }), { quotations: [], attempts: 1 });
});

test('404 and other refusals are final', async (t) => {
  for (const [code, expected] of [
    [404, 'rateSourceNotFound'],
    [400, 'rateSourceRefused'],
    [403, 'rateSourceRefused'],
    [410, 'rateSourceRefused'],
    [304, 'rateSourceRefused'],
    [204, 'rateSourceRefused'],
  ] as const) {
    const { url, requests } = await serve(t, (response) => void response.writeHead(code).end());
    const { waits, options } = recordedWaits();
    const error = await failure(t, expected, fetchHistory({ url, ...options }));
    t.match(error.data, { url, status: code });
    t.notOk(error.retryable);
    t.same([requests.length, waits], [1, []]);
  }
});

test('5xx is tried again, each time later, and can succeed', async (t) => {
  const { url, requests } = await serve(t, status(503), status(500), status(502), body(historyZip()));
  const { waits, options } = recordedWaits();
  const retries: FetchRetry[] = [];
  const fetched = await fetchHistory({ url, ...options, onRetry: (retry) => retries.push(retry) });
  t.equal(fetched.attempts, 4);
  t.same(lines(fetched.quotations), HISTORY_LINES);
  t.equal(requests.length, 4);
  t.same(waits, [750, 1_500, 3_000]);
  t.same(
    retries.map(({ attempt, delayMs, error }) => [attempt, delayMs, error.code, error.data.status]),
    [
      [1, 750, 'rateSourceUnavailable', 503],
      [2, 1_500, 'rateSourceUnavailable', 500],
      [3, 3_000, 'rateSourceUnavailable', 502],
    ],
  );
});

test('5xx for ever ends with the last failure', async (t) => {
  const { url, requests } = await serve(t, status(503));
  const { waits, options } = recordedWaits();
  const error = await failure(t, 'rateSourceUnavailable', fetchHistory({ url, ...options, retries: 2 }));
  t.match(error.data, { status: 503 });
  t.same([requests.length, waits.length], [3, 2]);
  await failure(t, 'rateSourceUnavailable', fetchHistory({ url, ...options, retries: 0 }));
  t.equal(requests.length, 4);
});

test('a server that says when to come back is obeyed, within limits', async (t) => {
  for (const [header, waited] of [
    ['7', 7_000],
    ['0', 750],
    ['86400', 60_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 750],
  ] as const) {
    const { url } = await serve(t, status(429, { 'retry-after': header }), body(historyZip()));
    const { waits, options } = recordedWaits();
    t.equal((await fetchHistory({ url, ...options })).attempts, 2);
    t.same(waits, [waited]);
  }
});

test('the waits grow, are bounded, and are spread', async (t) => {
  t.same(
    [1, 2, 3, 4, 5, 6, 7].map((attempt) => backOffDelay(attempt, 0)),
    [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000],
  );
  t.same(
    [1, 2, 3, 4, 5, 6, 7].map((attempt) => backOffDelay(attempt, 0.999999)),
    [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000],
  );
});

test('a server that does not answer, or stops answering, is not waited for', async (t) => {
  const silent = await serve(t, () => undefined);
  const { waits, options } = recordedWaits();
  const error = await failure(
    t,
    'rateSourceTimedOut',
    fetchHistory({ url: silent.url, ...options, timeoutMs: 60, retries: 1 }),
  );
  t.match(error.data, { timeoutMs: 60 });
  t.same([silent.requests.length, waits.length], [2, 1]);
  const stalling = await serve(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/zip', 'content-length': '100000' });
    response.write(historyZip().subarray(0, 60));
  });
  await failure(
    t,
    'rateSourceTimedOut',
    fetchHistory({ url: stalling.url, ...options, timeoutMs: 60, retries: 0 }),
  );
});

test('a web page instead of data', async (t) => {
  const page = '<!DOCTYPE html><html><body>Scheduled maintenance</body></html>';
  for (const contentType of ['text/html; charset=utf-8', 'application/zip', 'text/csv']) {
    const { url, requests } = await serve(t, body(page, contentType));
    const { options } = recordedWaits();
    await failure(t, 'rateSourceNotData', fetchHistory({ url, ...options }));
    await failure(
      t,
      'rateSourceNotData',
      fetchRange({ url, from: '2020-05-28', to: '2020-05-28', ...options }),
    );
    t.equal(requests.length, 2);
  }
});

test('a truncated zip is tried again', async (t) => {
  const zip = historyZip();
  const { url, requests } = await serve(t, body(zip.subarray(0, 80)), body(zip.subarray(0, -10)), body(zip));
  const { options } = recordedWaits();
  const codes: string[] = [];
  const fetched = await fetchHistory({ url, ...options, onRetry: ({ error }) => codes.push(error.code) });
  t.same(codes, ['rateSourceTruncated', 'rateSourceTruncated']);
  t.same(lines(fetched.quotations), HISTORY_LINES, 'nothing of the broken attempts is left');
  t.equal(requests.length, 3);
});

test('a zip with a damaged bit is tried again, whatever its text has become', async (t) => {
  const zip = historyZip();
  const start = 30 + Buffer.from(zip).readUInt16LE(26) + Buffer.from(zip).readUInt16LE(28);
  const end = Buffer.from(zip).indexOf('PK\u0001\u0002', 0, 'latin1');
  t.ok(end - start > 50);
  let sent: Uint8Array = zip;
  const { url } = await serve(t, (response) => body(sent)(response));
  for (let at = start; at < end; at += 1) {
    for (const bit of [1, 8, 64]) {
      sent = Uint8Array.from(zip, (byte, place) => (place === at ? byte ^ bit : byte));
      try {
        const { quotations } = await fetchHistory({ url, retries: 0 });
        t.same(lines(quotations), HISTORY_LINES, `byte ${at}, bit ${bit} matters not`);
      } catch (error) {
        if (!(error instanceof RateSourceError)) throw error;
        t.match(error, { code: /^rateSource(?:Damaged|Truncated)$/, retryable: true }, `${at}, ${bit}`);
      }
    }
  }
  sent = historyZip('Day,USD,\n2020-05-25,1.091,\n');
  t.notOk(
    (await failure(t, 'rateSourceMalformed', fetchHistory({ url }))).retryable,
    'an undamaged one is not',
  );
});

test('a connection that breaks is tried again', async (t) => {
  const zip = historyZip();
  const { url } = await serve(
    t,
    (response) => void response.destroy(),
    (response) => {
      response.writeHead(200, { 'content-type': 'application/zip', 'content-length': `${zip.length}` });
      response.write(zip.subarray(0, 80), () => response.destroy());
    },
    body(zip),
  );
  const { options } = recordedWaits();
  const codes: string[] = [];
  t.equal(
    (await fetchHistory({ url, ...options, onRetry: ({ error }) => codes.push(error.code) })).attempts,
    3,
  );
  t.same(codes, ['rateSourceUnavailable', 'rateSourceUnavailable']);
});

test('nobody listens', async (t) => {
  const { options } = recordedWaits();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const url = `http://127.0.0.1:${port}/rates`;
  const error = await failure(t, 'rateSourceUnavailable', fetchHistory({ url, ...options, retries: 1 }));
  t.equal(error.data.reason, 'ECONNREFUSED');
});

test('an answer past the limit is not read', async (t) => {
  const { options } = recordedWaits();
  const zip = historyZip();
  const announced = await serve(t, body(zip));
  const error = await failure(
    t,
    'rateSourceTooLarge',
    fetchHistory({ url: announced.url, ...options, maxBytes: zip.length - 1 }),
  );
  t.match(error.data, { totalBytes: zip.length, maxBytes: zip.length - 1 });
  // No length announced, and no end: the reader hangs up.
  const header = 'FREQ,CURRENCY,CURRENCY_DENOM,TIME_PERIOD,OBS_VALUE\n';
  const row = 'D,USD,EUR,2020-05-28,1.1016\n';
  function* endless(): Generator<string> {
    yield header;
    for (;;) yield row.repeat(100);
  }
  let hungUp: Promise<unknown> = Promise.resolve();
  const unannounced = await serve(t, (response) => {
    response.writeHead(200, { 'content-type': 'text/csv' });
    hungUp = pipeline(Readable.from(endless()), response).catch((reason: unknown) => reason);
  });
  await failure(
    t,
    'rateSourceTooLarge',
    fetchRange({ url: unannounced.url, from: '2020-05-28', to: '2020-05-28', ...options, maxBytes: 50_000 }),
  );
  t.match(await hungUp, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  const bomb = await serve(t, body(historyZip('0'.repeat(3_000_000))));
  await failure(t, 'rateSourceTooLarge', fetchHistory({ url: bomb.url, ...options, maxBytes: 1_000_000 }));
});

test('a caller that gives up is heard at once', async (t) => {
  const before = new AbortController();
  before.abort();
  const { url, requests } = await serve(t, () => undefined, status(503));
  await failure(t, 'rateSourceAborted', fetchHistory({ url, signal: before.signal }));
  t.equal(requests.length, 0);
  const during = new AbortController();
  setTimeout(() => during.abort(), 50);
  await failure(t, 'rateSourceAborted', fetchHistory({ url, signal: during.signal }));
  t.equal(requests.length, 1);
  // While it waits for the next attempt.
  const waiting = new AbortController();
  const aborted = fetchHistory({
    url,
    signal: waiting.signal,
    onRetry: () => setTimeout(() => waiting.abort(), 20),
  });
  await failure(t, 'rateSourceAborted', aborted);
  t.equal(requests.length, 2);
});

test('a mistake in the program is not taken for the network', async (t) => {
  const { url } = await serve(t, body(historyZip()));
  await t.rejects(
    fetchHistory({
      url,
      onProgress: () => {
        throw new RangeError('a mistake');
      },
    }),
    RangeError,
  );
  t.notOk(new RateSourceError('rateSourceNotFound').retryable);
});

const collected = collectedRates('ecb-eurofxref-hist.csv');

test('the real history in a real zip over the network', {
  skip: collected === null && 'the collected history is not beside the project',
}, async (t) => {
  if (collected === null) return;
  const zip = zipSync({ 'eurofxref-hist.csv': readFileSync(collected) });
  const { url } = await serve(t, body(zip));
  const began = performance.now();
  const { quotations, receivedBytes } = await fetchHistory({ url });
  const took = performance.now() - began;
  t.comment(`${receivedBytes} bytes, ${quotations.length} rates in ${Math.round(took)} ms`);
  t.equal(quotations.length, 220_223);
  const text = await serve(t, (response) => void createReadStream(collected).pipe(response));
  t.equal((await fetchHistory({ url: text.url })).quotations.length, 220_223, 'and as it is');
});
