import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Scope } from '../ledger/keys/key.ts';
import { covers, hasDigest, idOf } from '../ledger/keys/key.ts';
import { findKey } from '../ledger/keys/repository.ts';
import { markUsed } from '../ledger/keys/writes.ts';
import { storageFailureOf } from '../store/failures.ts';
import { writeNow } from '../store/sqlite/patience.ts';
import type { Storage } from '../store/sqlite/storage.ts';
import { FailedKeys } from './failed-keys.ts';
import { Problem } from './message/problem.ts';

export type { Scope } from '../ledger/keys/key.ts';

/** Who sends a request, as the key says. */
export interface Author {
  readonly keyId: string;
  readonly name: string;
  readonly scope: Scope;
}

/** How keys are checked; one for the whole service. */
export interface Authentication {
  /**
   * The author whose key a request carries, or null where it carries none.
   * @throws Problem `keyInvalid`; `tooManyFailedKeys` where the client has sent too many wrong ones
   */
  readonly authorOf: (request: FastifyRequest) => Promise<Author | null>;
}

const REALM = 'Bearer realm="Forecast Ledger"';
const BEARER = /^Bearer +([^\s]+) *$/i;
const USE_NOTED_EVERY_MS = 60_000;

/** What each request's key was found to be: it is looked up once. */
const AUTHORS = new WeakMap<FastifyRequest, Author>();

export function createAuthentication(storage: Storage, now: () => Date): Authentication {
  const failed = new FailedKeys();
  return {
    authorOf: async (request) => {
      const known = AUTHORS.get(request);
      if (known !== undefined) return known;
      const { authorization } = request.headers;
      if (authorization === undefined) return null;
      const found = await check(storage, authorization, now());
      if (typeof found === 'string') throw await refusal(failed, request.ip, found);
      noteUse(storage, found.author.keyId, found.lastUsedAt, now(), request.log);
      AUTHORS.set(request, found.author);
      return found.author;
    },
  };
}

/** The author of a header's key, or what is wrong with it. Only who has the whole key is told that it has ended. */
async function check(
  storage: Storage,
  authorization: string,
  now: Date,
): Promise<{ readonly author: Author; readonly lastUsedAt: string | null } | string> {
  const text = BEARER.exec(authorization)?.[1];
  if (text === undefined)
    return 'Authorization does not name a key: it must be "Bearer", a space, and the key.';
  const id = idOf(text);
  if (id === null) return 'The key is not one of this service: they are like fl_<12 digits>_<64 digits>.';
  const key = await findKey(storage.read, id);
  if (!hasDigest(text, key?.sha256) || key === undefined) return 'There is no such key.';
  if (key.revokedAt !== null) return `The key was revoked at ${key.revokedAt}.`;
  if (key.expiresAt !== null && key.expiresAt <= now.toISOString())
    return `The key expired at ${key.expiresAt}.`;
  return { author: { keyId: key.id, name: key.name, scope: key.scope }, lastUsedAt: key.lastUsedAt };
}

async function refusal(failed: FailedKeys, address: string, detail: string): Promise<Problem> {
  const { exceeded, retryAfterSeconds, headers } = await failed.count(address);
  if (exceeded) {
    return new Problem(
      'tooManyFailedKeys',
      `Too many wrong keys have come from this address; the next is looked at in ${retryAfterSeconds} s. A right key is taken at any time.`,
      { headers: { ...headers, 'retry-after': String(retryAfterSeconds) } },
    );
  }
  return new Problem('keyInvalid', detail, {
    headers: { ...headers, 'www-authenticate': `${REALM}, error="invalid_token"` },
  });
}

/** Notes when a key was used, at most once a minute, so that reading with a key does not write; best effort. */
function noteUse(
  storage: Storage,
  keyId: string,
  lastUsedAt: string | null,
  now: Date,
  log: FastifyBaseLogger,
): void {
  if (lastUsedAt !== null && now.getTime() - Date.parse(lastUsedAt) < USE_NOTED_EVERY_MS) return;
  try {
    writeNow(storage, (write) => markUsed(write, keyId, now.toISOString()));
  } catch (error) {
    // Whether this can be written is no reason to refuse what was asked.
    if (storageFailureOf(error) === null) throw error;
    log.warn({ err: error, keyId }, 'the use of a key could not be noted');
  }
}

/** Refuses a wrong key wherever one is sent, also where none is needed. */
export function registerAuthentication(app: FastifyInstance, authentication: Authentication): void {
  app.addHook('onRequest', async (request) => {
    await authentication.authorOf(request);
  });
}

/**
 * A route's `onRequest` hook: lets only keys of the scope, or of one that includes it, pass, before the body is read.
 * Answers 401 `keyRequired` or `keyInvalid`, 403 `keyScopeTooNarrow`, 429 `tooManyFailedKeys`.
 */
export function requireKey(
  context: { readonly authentication: Authentication },
  scope: Scope,
): onRequestAsyncHookHandler {
  return async (request) => {
    const author = await context.authentication.authorOf(request);
    if (author === null) {
      throw new Problem(
        'keyRequired',
        `This needs a key with the scope ${scope}: send it as "Authorization: Bearer fl_…". Keys are made on the command line: keys create.`,
        { headers: { 'www-authenticate': `${REALM}, scope="${scope}"` } },
      );
    }
    if (!covers(author.scope, scope)) {
      throw new Problem(
        'keyScopeTooNarrow',
        `The key ${JSON.stringify(author.name)} has the scope ${author.scope}; this needs ${scope}.`,
        { headers: { 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${scope}"` } },
      );
    }
  };
}

/** The author of a request whose route has `requireKey`. */
export function authorOf(request: FastifyRequest): Author {
  const author = AUTHORS.get(request);
  if (author === undefined) throw new Error('the route does not require a key');
  return author;
}
