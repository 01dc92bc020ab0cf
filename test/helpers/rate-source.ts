import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { strToU8, zipSync } from 'fflate';
import type { Test } from 'tap';
import type { RateQuotation } from '../../src/domain/money/rates.ts';
import type { RateSourceErrorCode } from '../../src/ledger/rates/errors.ts';
import { RateSourceError } from '../../src/ledger/rates/errors.ts';

/** Two days in the form of the ECB's history file: newest first, `N/A`, a comma at the end of every line. */
export const HISTORY_CSV = `Date,USD,JPY,CYP,CNY,
2020-05-26,1.0975,118.19,N/A,7.8269,
2020-05-25,1.091,117.27,N/A,7.7856,
`;

/** What the two days say, a line each. */
export const HISTORY_LINES = [
  'ecb EUR USD 2020-05-26 1.0975',
  'ecb EUR JPY 2020-05-26 118.19',
  'ecb EUR CNY 2020-05-26 7.8269',
  'ecb EUR USD 2020-05-25 1.091',
  'ecb EUR JPY 2020-05-25 117.27',
  'ecb EUR CNY 2020-05-25 7.7856',
];

/** The history in its zip, as the ECB serves it. */
export function historyZip(csv: string = HISTORY_CSV): Uint8Array<ArrayBuffer> {
  return zipSync({ 'eurofxref-hist.csv': strToU8(csv) }, { level: 9 });
}

/** Quotations as lines, for comparing. */
export function lines(quotations: readonly RateQuotation[]): readonly string[] {
  return quotations.map(({ provider, base, quote, date, rate }) =>
    [provider, base, quote, date, rate].join(' '),
  );
}

/** A text or bytes in chunks of so many bytes. */
export async function* inChunks(content: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Everything that a source yields. */
export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** The code with which a promise is rejected, checked, and its data. */
export async function failure(
  t: Test,
  code: RateSourceErrorCode,
  promise: Promise<unknown>,
): Promise<RateSourceError> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof RateSourceError)) throw error;
    t.equal(error.code, code);
    return error;
  }
  throw new Error(`expected ${code}`);
}

/** A server on this machine that answers in turn with the handlers given, the last one for ever. */
export async function serve(
  t: Test,
  ...handlers: readonly ((response: ServerResponse, request: IncomingMessage) => void)[]
): Promise<{ readonly url: string; readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    const handler = handlers[Math.min(requests.length, handlers.length - 1)];
    requests.push(request.url ?? '');
    // Between two fetches more time may pass than an idle connection is kept.
    response.shouldKeepAlive = false;
    handler?.(response, request);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/rates`, requests };
}
