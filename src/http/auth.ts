import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type { Store } from '../store/store.ts';
import { AddressLimit, FAILED_KEYS } from './address-limit.ts';
import { Problem } from './message/problem.ts';

/** What a key may do, from least to most: each scope includes those before it. */
export const SCOPES = ['read', 'write', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Whether a scope includes another. */
export function covers(held: Scope, needed: Scope): boolean {
  return SCOPES.indexOf(held) >= SCOPES.indexOf(needed);
}

/** Who sends a request, as the key says. */
export interface Author {
  readonly keyId: string;
  readonly name: string;
  readonly scope: Scope;
  /** Where records belong that do not say it; null where they must. */
  readonly collection: string | null;
}

/** The author whose key was given, or a sentence that says what is wrong with the key. */
export type FoundKey =
  | { readonly author: Author; readonly fault?: undefined }
  | { readonly fault: string; readonly author?: undefined };

/** Where keys are looked up. */
export interface KeyLookup {
  /** Says only to whoever has the whole key that it has ended. Notes that the key was used. */
  readonly find: (key: string, log: Pick<FastifyBaseLogger, 'warn'>) => Promise<FoundKey>;
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

/** What each request's key was found to be: it is looked up once. */
const AUTHORS = new WeakMap<FastifyRequest, Author>();

export function createAuthentication(keys: KeyLookup, store: Pick<Store, 'count'>): Authentication {
  const failed = new AddressLimit(FAILED_KEYS, store);
  return {
    authorOf: async (request) => {
      const known = AUTHORS.get(request);
      if (known !== undefined) return known;
      const { authorization } = request.headers;
      if (authorization === undefined) return null;
      const key = BEARER.exec(authorization)?.[1];
      const { author, fault } = key === undefined ? NO_BEARER : await keys.find(key, request.log);
      if (author === undefined) throw await refusal(failed, request.ip, fault);
      AUTHORS.set(request, author);
      return author;
    },
  };
}

const NO_BEARER: FoundKey = {
  fault: 'Authorization does not name a key: it must be "Bearer", a space, and the key.',
};

async function refusal(failed: AddressLimit, address: string, detail: string): Promise<Problem> {
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

/** The key that a request was sent with; undefined where it has none. */
export function keyIdOf(request: FastifyRequest): string | undefined {
  return AUTHORS.get(request)?.keyId;
}

/** The author of a request whose route has `requireKey`. */
export function authorOf(request: FastifyRequest): Author {
  const author = AUTHORS.get(request);
  if (author === undefined) throw new Error('the route does not require a key');
  return author;
}
