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
export const drawRecord = lazily(async () => (await import('./record.ts')).drawRecord);
export const drawConversions = lazily(async () => (await import('./conversions.ts')).drawConversions);
export const drawAssessment = lazily(async () => (await import('./assessment.ts')).drawAssessment);
export const drawSeries = lazily(async () => (await import('./series.ts')).drawSeries);
export const drawTrackRecord = lazily(async () => (await import('./track-record.ts')).drawTrackRecord);
