import { parse } from 'csv-parse/sync';
import { unzipSync } from 'fflate';
import Negotiator from 'negotiator';
import { png } from '../../src/http/formats/png.ts';
import { xlsx } from '../../src/http/formats/xlsx.ts';
import { checkAnswer } from '../../test/helpers/contract.ts';
import type { FuzzAnswer, FuzzRequest } from './exchange.ts';

/** What a service may answer with when it has too much to do; with `Retry-After`. */
const BACK_PRESSURE = ['serviceOverloaded', 'tooManyStreams', 'tooManyImports', 'ledgerBusy'];
/** Problems tell the first of many faults: none of them is long. */
const LONGEST_PROBLEM_BYTES = 65_536;
/** The methods of HTTP that the service has, and so does not refuse with 501. */
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE'];

/** Whether the service refused a request because it has too much to do. */
export function isBackPressure({ status, headers, body }: FuzzAnswer): boolean {
  if (status !== 503 || headers['retry-after'] === undefined) return false;
  return body === '' || BACK_PRESSURE.some((code) => body.includes(`"code":"${code}"`));
}

/** All that is wrong with an answer, beside how long it took. */
export function faultsOf(request: FuzzRequest, answer: FuzzAnswer): readonly string[] {
  return [
    contractFault(request, answer),
    ...statusFaults(request, answer),
    ...(answer.status >= 400 ? problemFaults(request, answer) : codingFaults(request, answer)),
    bodyFault(request, answer),
  ].filter((fault) => fault !== null);
}

function contractFault({ method, path }: FuzzRequest, { status, headers, body }: FuzzAnswer): string | null {
  const mediaType = String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  try {
    checkAnswer(method, path, { status, mediaType, body });
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function* statusFaults(
  { method, headers: sent, expected }: FuzzRequest,
  answer: FuzzAnswer,
): Generator<string> {
  const { status, headers } = answer;
  if (status >= 500 && !isBackPressure(answer) && (status !== 501 || METHODS.includes(method)))
    yield `status ${status}: ${answer.body.slice(0, 300)}`;
  if (expected !== undefined && status !== expected && !isBackPressure(answer))
    yield `status ${status} instead of ${expected}: ${answer.body.slice(0, 300)}`;
  if (status === 304 && sent['if-none-match'] === undefined) yield 'a 304 that was not asked for';
  const { etag } = headers;
  const known = sent['if-none-match'] ?? '';
  if (status === 200 && etag !== undefined && (known === '*' || known.includes(etag)))
    yield `a 200 with the tag that was known: ${etag}`;
  if (headers['access-control-allow-origin'] !== '*') yield 'no page of another origin can read it';
  if (headers['x-request-id'] === undefined) yield 'no X-Request-Id';
}

function* problemFaults(
  { method }: FuzzRequest,
  { status, headers, bytes, body }: FuzzAnswer,
): Generator<string> {
  if (headers['cache-control'] !== 'no-store')
    yield `a problem with Cache-Control: ${headers['cache-control']}`;
  if (headers.etag !== undefined && status !== 412) yield `a problem with the tag ${headers.etag}`;
  if (bytes.length > LONGEST_PROBLEM_BYTES) yield `a problem of ${bytes.length} bytes`;
  if (method !== 'HEAD' && !body.includes(`"status":${status},`))
    yield `a problem of another status: ${body}`;
  if (status === 405 && headers.allow === undefined) yield 'a 405 that does not say what is allowed';
}

function* codingFaults({ headers: sent }: FuzzRequest, { headers }: FuzzAnswer): Generator<string> {
  const coding = headers['content-encoding'];
  if (coding === undefined) return;
  const accepted = sent['accept-encoding'];
  if (
    accepted === undefined ||
    !new Negotiator({ headers: { 'accept-encoding': accepted } }).encodings([coding])[0]
  )
    yield `${coding}, which Accept-Encoding does not name`;
  if (!String(headers.vary).toLowerCase().includes('accept-encoding'))
    yield 'Vary does not name Accept-Encoding';
}

/** What parts the cells of a CSV, as its address asks for it. */
function delimiterIn(path: string): string {
  const asked = new URLSearchParams(path.split('?')[1]).get('delimiter') ?? ',';
  return asked === 'tab' ? '\t' : asked;
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

function bodyFault(
  { method, path }: FuzzRequest,
  { status, headers, bytes, plain, body }: FuzzAnswer,
): string | null {
  const length = headers['content-length'];
  if (method === 'HEAD' || status === 204 || status === 304)
    return bytes.length > 0 ? `a body of ${bytes.length} bytes where none may be` : null;
  if (length !== undefined && Number(length) !== bytes.length)
    return `Content-Length is ${length}, and ${bytes.length} bytes came`;
  try {
    const mediaType = String(headers['content-type']);
    if (mediaType.startsWith('text/csv')) parse(body, { bom: true, delimiter: delimiterIn(path) });
    if (mediaType === xlsx.mediaType) unzipSync(plain);
    if (mediaType === png.mediaType && !plain.subarray(0, 8).equals(PNG_SIGNATURE)) return 'is no PNG';
    if (mediaType.startsWith('application/x-ndjson'))
      for (const line of body.split('\n')) if (line !== '') JSON.parse(line);
    return null;
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`;
  }
}
