import { createReadStream } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RateProvider } from '../../domain/money/rate-provider.ts';
import type { RateQuotation } from '../../domain/money/rates.ts';
import { RateSourceError } from './errors.ts';

/* What all providers of rates share: the form of an adapter, and attempts, limits and failures with a code. */

export type AddressSetting = `RATES_${string}_URL`;

interface Address {
  readonly url: string;
  readonly about: string;
  /** Whether a file of this machine may be named in its place. */
  readonly orFile?: true;
}

/** A provider as answers show it. */
export interface NamedProvider extends RateProvider {
  /** In words: "European Central Bank". */
  readonly name: string;
  /** What who shows its rates has to say: "Source: ECB statistics". */
  readonly attribution: string;
}

/** A provider's adapter: it fetches and parses. What is stored, and what is kept out of service, is decided elsewhere. */
export interface ProviderAdapter extends NamedProvider {
  /** Where it is asked, by the setting that can name another address; with the description of the setting. */
  readonly addresses: Readonly<Record<AddressSetting, Address>>;
  /**
   * The rates of the days from one to another, both included, and perhaps of more days; those of all days where `from`
   * is null. A rate that is not a number is relayed as it stands, for `screen` to report.
   * @throws RateSourceError
   */
  readonly fetch: (from: string | null, to: string, options: FetchOptions) => Promise<FetchedRates>;
}

/** The largest answer that is read, in bytes, packed and unpacked alike. The history unpacks to 1.9 MB. */
export const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Bytes as they arrive: a response's body, a file, or chunks made in a test. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface FetchProgress {
  readonly receivedBytes: number;
  /** Null where the server does not say, or packs the answer on the way. */
  readonly totalBytes: number | null;
}

/** An attempt that failed and will be made again. */
export interface FetchRetry {
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: RateSourceError;
}

export interface FetchOptions {
  /** Other addresses than the provider's own. */
  readonly addresses: Readonly<Record<AddressSetting, string | undefined>>;
  /** Ends the fetch, and the waiting between attempts, with `rateSourceAborted`. */
  readonly signal?: AbortSignal | undefined;
  /** For one attempt, from the request to the last byte: 30 seconds where not given. */
  readonly timeoutMs?: number | undefined;
  /** Attempts after the first: 4 where not given. */
  readonly retries?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly onRetry?: ((retry: FetchRetry) => void) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
  /** From 0 up to, not including, 1. */
  readonly random?: (() => number) | undefined;
}

/** What an adapter asks one of its provider's services for. */
export interface Service {
  readonly service: string;
  readonly url: string;
  readonly accept: string;
}

/** A whole answer, read to its end. */
export interface FetchedRates extends Pick<Service, 'service' | 'url'> {
  /** Bytes received over the network in the attempt that succeeded. */
  readonly receivedBytes: number;
  readonly attempts: number;
  /** In the order of the answer: the history has the newest day first. */
  readonly quotations: readonly RateQuotation[];
  /** Whether it is said to be all that the provider has ever set: what it leaves out, was not published. */
  readonly isHistory?: boolean;
}

const FIRST_BACK_OFF_MS = 1_000;
const MAX_BACK_OFF_MS = 30_000;
const MAX_RETRY_AFTER_MS = 60_000;

/** How long to wait before the next attempt, in milliseconds: exponential, its upper half random. */
export function backOffDelay(attempt: number, random: number): number {
  const full = Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}

function retryAfterMs(response: Response): number | null {
  const header = response.headers.get('retry-after');
  if (header === null || !/^\d{1,6}$/.test(header)) return null;
  return Math.min(MAX_RETRY_AFTER_MS, Number.parseInt(header, 10) * 1000);
}

function statusError(response: Response, url: string): RateSourceError {
  const { status } = response;
  const data = { url, status };
  if (status === 404) return new RateSourceError('rateSourceNotFound', data);
  if (status >= 500 || status === 408 || status === 429) {
    return new RateSourceError('rateSourceUnavailable', { ...data, retryAfterMs: retryAfterMs(response) });
  }
  return new RateSourceError('rateSourceRefused', data);
}

/** The bytes of an answer with status 200, with every failure of the network as a `RateSourceError`. */
async function* receive(
  { url, accept }: Service,
  { timeoutMs, maxBytes }: { readonly timeoutMs: number; readonly maxBytes: number },
  signal: AbortSignal | undefined,
  onBytes: (receivedBytes: number, totalBytes: number | null) => void,
): AsyncGenerator<Uint8Array> {
  if (isFileUrl(url)) return yield* readFile(url, maxBytes, onBytes);
  const timeout = AbortSignal.timeout(timeoutMs);
  const failed = (cause: unknown): RateSourceError => {
    if (signal?.aborted) return new RateSourceError('rateSourceAborted', { url }, { cause });
    if (timeout.aborted) return new RateSourceError('rateSourceTimedOut', { url, timeoutMs }, { cause });
    return new RateSourceError('rateSourceUnavailable', { url, reason: networkReason(cause) }, { cause });
  };
  const response = await fetch(url, {
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    headers: { accept, 'user-agent': 'forecast-ledger' },
  }).catch((error: unknown) => {
    throw failed(error);
  });
  const refuse = async (error: RateSourceError): Promise<never> => {
    await response.body?.cancel().catch(() => undefined);
    throw error;
  };
  if (response.status !== 200) await refuse(statusError(response, url));
  if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) {
    await refuse(new RateSourceError('rateSourceNotData', { url, contentType: 'text/html' }));
  }
  const length = response.headers.get('content-length');
  const totalBytes =
    length === null || response.headers.has('content-encoding') ? null : Number.parseInt(length, 10);
  if (totalBytes !== null && totalBytes > maxBytes) {
    await refuse(new RateSourceError('rateSourceTooLarge', { url, maxBytes, totalBytes }));
  }
  let receivedBytes = 0;
  onBytes(receivedBytes, totalBytes);
  const { body } = response;
  if (body === null) return;
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw failed(error);
    }
  };
  for await (const chunk of chunks()) {
    receivedBytes += chunk.length;
    if (receivedBytes > maxBytes)
      throw new RateSourceError('rateSourceTooLarge', { url, maxBytes, receivedBytes });
    onBytes(receivedBytes, totalBytes);
    yield chunk;
  }
}

/** Whether an address names a file of this machine. */
export function isFileUrl(url: string | undefined): boolean {
  return url?.startsWith('file:') === true;
}

/** The bytes of a file of this machine, with every failure as a `RateSourceError`. */
async function* readFile(
  url: string,
  maxBytes: number,
  onBytes: (receivedBytes: number, totalBytes: number | null) => void,
): AsyncGenerator<Uint8Array> {
  let receivedBytes = 0;
  try {
    for await (const chunk of createReadStream(fileURLToPath(url)) as AsyncIterable<Buffer>) {
      receivedBytes += chunk.length;
      if (receivedBytes > maxBytes)
        throw new RateSourceError('rateSourceTooLarge', { url, maxBytes, receivedBytes });
      onBytes(receivedBytes, null);
      yield chunk;
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof RateSourceError || code === undefined) throw error;
    if (code === 'ENOENT') throw new RateSourceError('rateSourceNotFound', { url }, { cause: error });
    throw new RateSourceError('rateSourceRefused', { url, reason: code }, { cause: error });
  }
}

/** The word by which the network's error is known, such as ECONNREFUSED. */
function networkReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error instanceof Error ? error.message : 'unknown';
}

/**
 * One attempt after the other until an answer has been read whole, or a failure is final.
 * @param read yields the rates of an answer as it reads them
 * @throws RateSourceError
 */
export async function fetchRates(
  endpoint: Service,
  {
    signal,
    onProgress,
    onRetry,
    sleep = (ms) => wait(ms, undefined, signal === undefined ? {} : { signal }),
    random = Math.random,
    timeoutMs = 30_000,
    retries = 4,
    maxBytes = MAX_ANSWER_BYTES,
  }: Omit<FetchOptions, 'addresses'>,
  read: (bytes: ByteSource, maxBytes: number) => AsyncIterable<readonly RateQuotation[]>,
): Promise<FetchedRates> {
  const { service, url } = endpoint;
  for (let attempt = 1; ; attempt += 1) {
    const quotations: RateQuotation[] = [];
    let receivedBytes = 0;
    const onBytes = (received: number, totalBytes: number | null): void => {
      receivedBytes = received;
      onProgress?.({ receivedBytes, totalBytes });
    };
    try {
      const bytes = receive(endpoint, { timeoutMs, maxBytes }, signal, onBytes);
      for await (const batch of read(bytes, maxBytes)) quotations.push(...batch);
      return { service, url, receivedBytes, attempts: attempt, quotations };
    } catch (error) {
      if (!(error instanceof RateSourceError) || !error.retryable || attempt > retries) throw error;
      const asked = error.data.retryAfterMs;
      const own = backOffDelay(attempt, random());
      const delayMs = typeof asked === 'number' ? Math.max(asked, own) : own;
      onRetry?.({ attempt, delayMs, error });
      try {
        await sleep(delayMs, signal);
      } catch (interruption) {
        if (signal?.aborted) throw new RateSourceError('rateSourceAborted', { url }, { cause: interruption });
        throw interruption;
      }
    }
  }
}
