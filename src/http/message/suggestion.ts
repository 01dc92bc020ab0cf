import { distance } from 'fastest-levenshtein';

/** What other services call what is wanted, and its names here: the first that is allowed is suggested. */
const NAMES_ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  page: ['cursor'],
  offset: ['cursor'],
  after: ['cursor'],
  size: ['limit'],
  per_page: ['limit'],
  pagesize: ['limit'],
  search: ['q'],
  query: ['q'],
  order: ['sort'],
  orderby: ['sort'],
  by: ['forecaster', 'reportedBy', 'sort'],
  author: ['forecaster'],
  since: ['publishedFrom', 'from'],
  until: ['publishedTo', 'to'],
  status: ['evidenceStatus', 'confidence'],
  country: ['region'],
  cite: ['citation'],
  history: ['revisions'],
  compare: ['comparisons'],
  stats: ['facets'],
  feed: ['/v1/changes.atom'],
  rss: ['/v1/changes.atom'],
  atom: ['/v1/changes.atom'],
  feeds: ['/v1/changes.atom'],
  1: ['true'],
  yes: ['true'],
  0: ['false'],
  no: ['false'],
};

/**
 * The allowed word that was meant: the name here of what is called so elsewhere, else the nearest in spelling.
 * @returns undefined where none is near enough
 */
export function didYouMean(given: string, allowed: readonly string[]): string | undefined {
  const wanted = given.slice(0, 200).toLowerCase();
  if (wanted === '') return undefined;
  const named = namesHere(wanted).find((name) => allowed.includes(name));
  if (named !== undefined) return named;
  let nearest: string | undefined;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of allowed) {
    const steps = distance(wanted, candidate.toLowerCase());
    if (steps < nearestDistance) {
      nearest = candidate;
      nearestDistance = steps;
    }
  }
  if (nearest !== undefined && isNear(nearestDistance, wanted, nearest)) return nearest;
  return wanted.length >= 3
    ? allowed.find((candidate) => candidate.toLowerCase().includes(wanted))
    : undefined;
}

/** The names here of a word, or of a path by its last part or what that ends in; those that begin with `/` are whole. */
export function namesHere(word: string): readonly string[] {
  const at = word.lastIndexOf('/') + 1;
  const last = word.slice(at).replace(/\.xml$/, '');
  const known = [last, last.slice(last.lastIndexOf('.') + 1)].find((part) =>
    Object.hasOwn(NAMES_ELSEWHERE, part),
  );
  const names = known === undefined ? undefined : NAMES_ELSEWHERE[known];
  return (names ?? []).map((name) => (name.startsWith('/') ? name : word.slice(0, at) + name));
}

/** Of words as short as `ai` and `5g`, one letter changed makes another word. */
function isNear(steps: number, wanted: string, candidate: string): boolean {
  const longer = Math.max(wanted.length, candidate.length);
  if (longer <= 2) return steps === 0;
  return steps * 2 <= longer && steps <= Math.max(2, Math.floor(candidate.length / 3));
}
