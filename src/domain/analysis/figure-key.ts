import type { Figure } from '../money/figure.ts';
import { compareText } from '../money/figure.ts';

/** All that must be equal where figures are to add up, but for currency and period. */
export type FigureKey = Pick<Figure, 'source' | 'forecaster' | 'measure' | 'region' | 'scope'>;

export function keyOf({ source, forecaster, measure, region, scope }: FigureKey): FigureKey {
  return { source, forecaster, measure, region, scope };
}

/** Equal for figures of one key. */
export function keyText(key: FigureKey): string {
  return JSON.stringify(keyTexts(key));
}

/** What keys are sorted by. */
export function keyTexts(key: FigureKey): readonly (string | null)[] {
  return Object.values(keyOf(key));
}

export function byId(one: Figure, other: Figure): number {
  return compareText(one.id, other.id);
}
