/*
 * JSON in which an object has a key twice means one thing to one reader and another to the next: JSON.parse takes the last
 * value and says nothing.
 */

const [QUOTATION_MARK, OPENING_BRACKET, OPENING_BRACE, CLOSING_BRACKET, CLOSING_BRACE, COMMA, COLON] =
  Array.from('"[{]},:', (sign) => sign.charCodeAt(0));

/** What is wrong at a key that is repeated. */
export const REPEATED_KEY = {
  code: 'repeatedKey',
  message: 'stands twice in its object: which of the two counts cannot be known; give it once',
};

/**
 * The path of the first key that an object has twice, such as `statedConversions.0.amount`; null where none has. Takes
 * time linear in the text.
 * @param source JSON that JSON.parse has read
 */
export function repeatedKey(source: string): string | null {
  // Of each object and list around a place: the keys that it has had, null for a list, and the one that the place is at.
  const keysAround: (Set<string> | null)[] = [];
  const path: (string | number)[] = [];
  let depth = -1;
  let textBegin = 0;
  let textEnd = 0;
  for (let at = 0; at < source.length; at += 1) {
    const sign = source.charCodeAt(at);
    if (sign === QUOTATION_MARK) {
      textBegin = at + 1;
      textEnd = endOfText(source, at);
      at = textEnd;
    } else if (sign === OPENING_BRACE || sign === OPENING_BRACKET) {
      depth += 1;
      keysAround[depth] = sign === OPENING_BRACE ? new Set() : null;
      path[depth] = 0;
    } else if (sign === CLOSING_BRACE || sign === CLOSING_BRACKET) {
      depth -= 1;
    } else if (sign === COMMA) {
      if (keysAround[depth] === null) path[depth] = Number(path[depth]) + 1;
    } else if (sign === COLON) {
      const raw = source.slice(textBegin, textEnd);
      const key = raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw;
      const keys = keysAround[depth];
      path[depth] = key;
      if (keys?.has(key)) return path.slice(0, depth + 1).join('.');
      keys?.add(key);
    }
  }
  return null;
}

/** Where a text of JSON ends that begins at a place; the end of all where it does not. */
export function endOfText(source: string, begin: number): number {
  for (let end = source.indexOf('"', begin + 1); end >= 0; end = source.indexOf('"', end + 1)) {
    let escapes = 0;
    while (source[end - 1 - escapes] === '\\') escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return source.length;
}
