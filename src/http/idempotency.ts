import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { StorageError } from '../store/errors.ts';
import { and, eq, lte } from '../store/query.ts';
import type { Reader, Snapshot, Transaction } from '../store/store.ts';
import { idempotencyKeys } from '../store/tables/schema.ts';
import { authorOf } from './auth.ts';
import type { RouteContext } from './context.ts';
import { InvalidRequest, Problem } from './message/problem.ts';
import { flag } from './query/shared-schemas.ts';

/** How long an answer is given again to the same request. */
const REPLAYED_FOR_MS = 24 * 60 * 60 * 1000;
const KEY = /^[\x21-\x7e]{1,255}$/;

type OnceContext = Pick<RouteContext, 'store' | 'now' | 'writeWaitMs'>;

/** What a write answers. */
export interface WriteAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

interface StoredAnswer {
  readonly requestSha256: string;
  readonly status: number;
  readonly headers: string;
  readonly body: string;
}

/** The requests that have claimed their keys, with the answers that were stored under them. */
const CLAIMS = new WeakMap<FastifyRequest, { readonly stored: StoredAnswer | undefined }>();

/**
 * Runs a write in one transaction and answers with what it gives. With an `Idempotency-Key` the answer is stored in the
 * same transaction and given again, with `Idempotency-Replayed: true`, to the same request within 24 hours; a write that
 * throws is rolled back and leaves the key unused.
 * @param write runs inside the transaction, and not at all where an answer is given again
 * @param options `bodySha256`: digest of a body that the route has read as a stream, hexadecimal; `before`: runs before
 *   the transaction, where no answer is given again; `dryRun`: what is written is taken back, and no answer is stored
 * @throws InvalidRequest for a malformed key; Problem 422 `idempotencyKeyReused`, 409 `idempotencyKeyInUse`; what
 *   `write` and `before` throw; the store's failures
 */
export async function answerOnce(
  context: OnceContext,
  request: FastifyRequest,
  reply: FastifyReply,
  write: (transaction: Transaction) => Promise<WriteAnswer>,
  options: OnceOptions = {},
): Promise<FastifyReply> {
  return (await decideOnce(context, request, write, options))(reply);
}

/**
 * As `answerOnce`, without sending the answer yet: whoever claims a key lets go of it before the client can ask again.
 * @returns what sends the answer
 */
export async function decideOnce(
  { store, now, writeWaitMs }: OnceContext,
  request: FastifyRequest,
  write: (transaction: Transaction) => Promise<WriteAnswer>,
  { bodySha256, before, dryRun: isTried = false }: OnceOptions = {},
): Promise<(reply: FastifyReply) => FastifyReply> {
  const key = keyOf(request);
  const timeout = { timeoutMs: writeWaitMs };
  if (key === null || isTried) {
    if (before !== undefined) await store.snapshot(before);
    const answer = await (isTried ? triedWrite(store, write, timeout) : store.write(write, timeout));
    return (reply) => send(reply, storedForm(answer));
  }
  const apiKeyId = authorOf(request).keyId;
  const claim = CLAIMS.get(request);
  if (claim === undefined && (await store.isUnderWay(lockOf(apiKeyId, key)))) throw inUse(key);
  if (before !== undefined)
    await store.snapshot(async (read) => {
      if ((await findAnswer(read, apiKeyId, key, now())) === undefined) await before(read);
    });
  const requestSha256 = digestOf(request, bodySha256);
  const { answer, replayed } = await store.write(async (transaction) => {
    const at = now();
    const stored = claim?.stored ?? (await findAnswer(transaction, apiKeyId, key, at));
    if (stored !== undefined) {
      if (stored.requestSha256 !== requestSha256)
        throw new Problem(
          'idempotencyKeyReused',
          `The Idempotency-Key ${JSON.stringify(key)} was used for another request (method, path, If-Match or body differ). A new request needs a new key.`,
        );
      return { answer: stored, replayed: true };
    }
    await transaction.delete(idempotencyKeys).where(lte(idempotencyKeys.createdAt, newestOfOld(at)));
    const answer = { requestSha256, ...storedForm(await write(transaction)) };
    await transaction
      .insert(idempotencyKeys)
      .values({ apiKeyId, key, ...answer, createdAt: at.toISOString() });
    return { answer, replayed: false };
  }, timeout);
  return (reply) => send(replayed ? reply.header('idempotency-replayed', 'true') : reply, answer);
}

interface OnceOptions {
  readonly bodySha256?: string;
  readonly before?: Check<void>;
  readonly dryRun?: boolean;
}

/** The query parameter of a write that may be tried. */
export const dryRun = flag.default(false).meta({
  description: '`true`: all is checked and answered as if it were written, and nothing is.',
});

/** What every example of a write has, so that it can be sent again and again. */
export const TRIED = { dryRun: 'true' } as const;

/** Whether a request to write is a dry run. */
export function isDryRun({ query }: FastifyRequest): boolean {
  return (query as { readonly dryRun?: boolean }).dryRun === true;
}

/** Ends the transaction of a dry run with its answer. */
class Tried extends Error {
  readonly answer: WriteAnswer;

  constructor(answer: WriteAnswer) {
    super('A dry run is taken back.');
    this.answer = answer;
  }
}

/** What a write would answer. It is taken back: nothing is created, and nothing has a place or a tag. */
async function triedWrite(
  store: OnceContext['store'],
  write: (transaction: Transaction) => Promise<WriteAnswer>,
  timeout: { readonly timeoutMs: number },
): Promise<WriteAnswer> {
  try {
    return await store.write(async (transaction): Promise<never> => {
      const answer = await write(transaction);
      const { meta } = answer.body as { readonly meta?: object };
      // The version that it would have made is never there.
      const body = { ...answer.body, meta: { ...meta, datasetVersion: transaction.version } };
      throw new Tried({ ...answer, body: meta === undefined ? answer.body : body });
    }, timeout);
  } catch (error) {
    if (error instanceof Tried) return { status: 200, body: error.answer.body };
    throw error;
  }
}

/** Looks something up in the ledger for a write, and may refuse it. */
type Check<Checked> = (read: Snapshot) => Promise<Checked>;

/**
 * Answers as `answerOnce` a write that is checked first: before the transaction, so that nobody waits for a body that is
 * slow to check or is refused, and again inside it only where somebody has written since.
 */
export function answerChecked<Checked>(
  context: OnceContext,
  request: FastifyRequest,
  reply: FastifyReply,
  check: Check<Checked>,
  write: (transaction: Transaction, checked: Checked) => Promise<WriteAnswer>,
): Promise<FastifyReply> {
  let early: { readonly version: string; readonly checked: Checked } | undefined;
  const before: Check<void> = async (read) => {
    early = { version: read.version, checked: await check(read) };
  };
  const checkAndWrite = async (transaction: Transaction): Promise<WriteAnswer> =>
    write(transaction, early?.version === transaction.version ? early.checked : await check(transaction));
  return answerOnce(context, request, reply, checkAndWrite, { before, dryRun: isDryRun(request) });
}

/**
 * Runs an action while it holds the request's `Idempotency-Key`, for routes that work for longer than one transaction,
 * such as imports: meanwhile a twin is answered with 409, by every process of the ledger. One that dies lets go. Without a
 * key there is nothing to hold.
 * @param action is told whether the key has been answered already. Then nothing is to be done but to read the body for
 *   its digest and to call `answerOnce`, which gives that answer again, or refuses another body
 * @throws InvalidRequest for a malformed key; Problem 409 `idempotencyKeyInUse`; what `action` throws; the store's failures
 */
export async function whileClaimed<Result>(
  { store, now }: OnceContext,
  request: FastifyRequest,
  action: (isAnswered: boolean) => Promise<Result>,
): Promise<Result> {
  const key = keyOf(request);
  if (key === null) return action(false);
  const apiKeyId = authorOf(request).keyId;
  const claimed = async (): Promise<Result> => {
    const stored = await store.snapshot((read) => findAnswer(read, apiKeyId, key, now()));
    CLAIMS.set(request, { stored });
    return action(stored !== undefined);
  };
  return store.exclusive(lockOf(apiKeyId, key), claimed, { timeoutMs: 0 }).catch((error: unknown) => {
    const isTaken = error instanceof StorageError && error.code === 'ledgerBusy' && !CLAIMS.has(request);
    throw isTaken ? inUse(key) : error;
  });
}

function keyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new InvalidRequest([
    {
      in: 'header',
      name: 'Idempotency-Key',
      code: 'invalidValue',
      message: 'must be one value of 1 to 255 visible ASCII characters, such as a UUID',
    },
  ]);
}

function storedForm({ status, headers = {}, body }: WriteAnswer): Omit<StoredAnswer, 'requestSha256'> {
  return { status, headers: JSON.stringify(headers), body: JSON.stringify(body) };
}

/** Names what is asked for: method, path with query, `If-Match` and body. */
function digestOf({ method, url, headers, body }: FastifyRequest, bodySha256 = bodyDigest(body)): string {
  const { 'if-match': tag = null, 'content-type': type = null } = headers;
  return hash('sha256', JSON.stringify([method, url, tag, type, bodySha256]));
}

/** Of a body as it was read: text and bytes as they are, anything else as the validated value. */
function bodyDigest(body: unknown): string {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : (JSON.stringify(body) ?? '');
  return hash('sha256', bytes);
}

/** The name under which a key is held. */
const lockOf = (apiKeyId: string, key: string): string => `key-${hash('sha256', `${apiKeyId} ${key}`)}`;

const newestOfOld = (now: Date): string => new Date(now.getTime() - REPLAYED_FOR_MS).toISOString();

async function findAnswer(read: Reader, apiKeyId: string, key: string, now: Date) {
  const [row] = await read
    .select()
    .from(idempotencyKeys)
    .where(and(eq(idempotencyKeys.apiKeyId, apiKeyId), eq(idempotencyKeys.key, key)));
  return row === undefined || row.createdAt <= newestOfOld(now) ? undefined : row;
}

/** The body as it was stored: what is given again is the same to the byte. */
function send(
  reply: FastifyReply,
  { status, headers, body }: Omit<StoredAnswer, 'requestSha256'>,
): FastifyReply {
  return reply
    .code(status)
    .header('cache-control', 'no-store')
    .headers(JSON.parse(headers) as Record<string, string>)
    .type('application/json; charset=utf-8')
    .send(body);
}

function inUse(key: string): Problem {
  return new Problem(
    'idempotencyKeyInUse',
    `A request with the Idempotency-Key ${JSON.stringify(key)} is under way. Send it again when that has ended, and get the same answer.`,
    { headers: { 'retry-after': '1' } },
  );
}
