import type { Draw } from '../../http/formats/pictures.ts';

/*
 * What draws each picture, loaded by the first of its kind: the start stays as fast without.
 */

function lazily<Content>(
  load: () => Promise<(...given: Parameters<Draw<Content>>) => string>,
): Draw<Content> {
  return async (...given) => (await load())(...given);
}

export const drawComparison = lazily(async () => (await import('./comparison.ts')).drawComparison);
export const drawBreakdown = lazily(async () => (await import('./breakdown.ts')).drawBreakdown);
export const drawMatrix = lazily(async () => (await import('./matrix.ts')).drawMatrix);
