import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/*
 * RFC 9110, 13.1.1: a change names what it changes. The tag of a record's revision stands in `ETag` and
 * `meta.revisionTag`; it does not depend on how the record is shown, so whoever has seen a revision can change it. In an
 * `ETag` the tag of the answer follows it (`response-cache.ts`), which a change does not depend on.
 */

const TAGS = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*$/;
const TAG = /(?:W\/)?"[^"]*"/g;

/** The tag of a revision, with its quotes, as `If-Match` takes it: `"haitong-2020-r1"`. */
export function revisionTag({ id, revision }: { readonly id: string; readonly revision: number }): string {
  return `"${id}-r${revision}"`;
}

/** The revision that an answer's tag begins with: `"x-r1.Ab…"` is of `"x-r1"`. */
function revisionNamed(tag: string): string {
  return tag.replace(/(-r\d+)\.[\w-]{27}"$/, '$1"');
}

/**
 * Lets a change pass only where `If-Match` names the revision that counts now, or is `*`: whichever that is; and where
 * `If-None-Match`, if it is there, does not name it.
 * @param current its tag
 * @throws Problem 428 `preconditionRequired`, 412 `preconditionFailed`
 */
export function requireMatch(request: FastifyRequest, current: string): void {
  const given = request.headers['if-match']?.trim();
  if (given === undefined || given === '') {
    throw new Problem(
      'preconditionRequired',
      `If-Match must name the revision to change; the one that counts now is ${current}.`,
      { faults: [{ in: 'header', name: 'If-Match', code: 'missingParameter', message: 'is required' }] },
    );
  }
  const tags = tagsIn(given);
  const isCurrent = (tag: string): boolean => tag === current || revisionNamed(tag) === current;
  const failed = (name: string, message: string): Problem =>
    new Problem('preconditionFailed', `${name} ${message}; the revision that does is ${current}.`, {
      headers: { etag: current },
      faults: [{ in: 'header', name, code: 'revisionDoesNotCount', message, allowed: [current] }],
    });
  if (given !== '*' && tags.length === 0)
    throw failed('If-Match', `is not an entity tag in quotes: ${given.slice(0, 200)}`);
  if (given !== '*' && !tags.some(isCurrent))
    throw failed('If-Match', `names ${given.slice(0, 200)}, which does not count now`);
  const excluded = request.headers['if-none-match'];
  if (namesTag(excluded, current))
    throw new Problem('preconditionFailed', `If-None-Match names what is there: ${current}.`, {
      headers: { etag: current },
      faults: [
        {
          in: 'header',
          name: 'If-None-Match',
          code: 'revisionCounts',
          message: `names ${excluded?.slice(0, 200)}, which is there; leave it out of a change`,
        },
      ],
    });
}

function tagsIn(header: string): readonly string[] {
  return TAGS.test(header) ? (header.match(TAG) ?? []) : [];
}

/**
 * Whether `If-None-Match` names an answer; a weak tag of it names it too.
 * @param etag null for an answer without a tag, which only `*` names
 */
export function namesTag(header: string | undefined, etag: string | null): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/**
 * Lets an answer to GET pass only where `If-Match` names it, the revision that it shows, or is `*`. To be registered
 * after the response cache, which gives answers their tags.
 */
export function registerPreconditions(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply) => {
    const given = request.headers['if-match']?.trim();
    if (given === undefined || given === '*' || !['GET', 'HEAD'].includes(request.method)) return;
    if (reply.statusCode !== 200 && reply.statusCode !== 304) return;
    const etag = String(reply.getHeader('etag') ?? '');
    const accepted = new Set([etag, revisionNamed(etag)]);
    if (tagsIn(given).some((tag) => accepted.has(tag) || accepted.has(revisionNamed(tag)))) return;
    const message = `names ${given.slice(0, 200)}, which is not the tag of this answer`;
    throw new Problem('preconditionFailed', `If-Match ${message}${etag === '' ? '' : `: ${etag}`}.`, {
      faults: [{ in: 'header', name: 'If-Match', code: 'revisionDoesNotCount', message }],
    });
  });
}
