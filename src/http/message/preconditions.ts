import type { FastifyRequest } from 'fastify';
import { Problem } from './problem.ts';

/*
 * RFC 9110, 13.1.1: a change names what it changes. The tag of a record's revision stands in `ETag` and
 * `meta.revisionTag`; it does not depend on how the record is shown, so whoever has seen a revision can change it. In an
 * `ETag` the tag of the answer follows it (`caching.ts`), which a change does not depend on.
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
 * Lets a change pass only where `If-Match` names the revision that counts now, or is `*`: whichever that is.
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
  if (given === '*') return;
  const tags: readonly string[] = TAGS.test(given) ? (given.match(TAG) ?? []) : [];
  if (tags.some((tag) => tag === current || revisionNamed(tag) === current)) return;
  const message =
    tags.length === 0
      ? `is not an entity tag in quotes: ${given.slice(0, 200)}`
      : `names ${given.slice(0, 200)}, which does not count now`;
  throw new Problem('preconditionFailed', `If-Match ${message}; the revision that does is ${current}.`, {
    headers: { etag: current },
    faults: [{ in: 'header', name: 'If-Match', code: 'revisionDoesNotCount', message, allowed: [current] }],
  });
}

/**
 * Refuses to show another revision than the one that `If-Match` asks for, where a request for reading has that.
 * @param current the tag of the revision that is to be shown
 * @throws Problem 412 `preconditionFailed`
 */
export function checkMatch(request: FastifyRequest, current: string): void {
  if (request.headers['if-match']?.trim()) requireMatch(request, current);
}
