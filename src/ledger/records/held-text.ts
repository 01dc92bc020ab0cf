import { countWhile } from '../../domain/binary-search.ts';

/** A document's text, read by places in Unicode code points. */
export interface HeldText {
  readonly length: number;
  /** The text between two places, `end` exclusive. */
  readonly slice: (start: number, end: number) => string;
  /** The places at which some words begin, the first of them. */
  readonly placesOf: (words: string, most: number) => readonly number[];
}

/** Any character that takes two units of UTF-16. */
const ASTRAL = /[\u{10000}-\u{10ffff}]/gu;

/**
 * Makes places in a text quick to find. JavaScript counts UTF-16 units: the two differ by the number of astral
 * characters before a place, so it is enough to know where those are.
 */
export function heldText(text: string): HeldText {
  /** Where the astral characters stand, in code points, in order. */
  const astral = [...text.matchAll(ASTRAL)].map(({ index }, before) => index - before);
  const unitAt = (place: number): number =>
    place + countWhile(astral.length, (index) => (astral[index] ?? 0) < place);
  const placeAt = (unit: number): number =>
    unit - countWhile(astral.length, (before) => (astral[before] ?? 0) + before < unit);
  return {
    length: text.length - astral.length,
    slice: (start, end) => text.slice(unitAt(start), unitAt(end)),
    placesOf: (words, most) => {
      const places: number[] = [];
      for (
        let unit = text.indexOf(words);
        unit >= 0 && places.length < most;
        unit = text.indexOf(words, unit + 1)
      )
        places.push(placeAt(unit));
      return places;
    },
  };
}
