import { distance } from 'fastest-levenshtein';

/** The allowed word nearest to what was given, or undefined where none is near enough to be what was meant. */
export function didYouMean(given: string, allowed: readonly string[]): string | undefined {
  const wanted = given.slice(0, 200).toLowerCase();
  if (wanted === '') return undefined;
  let nearest: string | undefined;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of allowed) {
    const steps = distance(wanted, candidate.toLowerCase());
    if (steps < nearestDistance) {
      nearest = candidate;
      nearestDistance = steps;
    }
  }
  if (nearest !== undefined && nearestDistance <= Math.max(2, Math.floor(nearest.length / 3))) return nearest;
  return wanted.length >= 3
    ? allowed.find((candidate) => candidate.toLowerCase().includes(wanted))
    : undefined;
}
