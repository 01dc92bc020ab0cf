/*
 * What a reply to an agent may hold. A reply stays below 4,000 tokens, and says how much of how much it shows.
 */

/** As many tokens as a reply has at most, reckoned as below, which is more than tokenisers count. */
const MOST_TOKENS = 3800;
/** For what a reply says beside its rows when not all of them fit. */
const RESERVED_TOKENS = 300;

/** About a quarter more tokens than tokenisers make of a JSON text, of whichever script. */
export function tokensIn(text: string): number {
  let tokens = 0;
  for (const [part] of text.matchAll(/[A-Za-z]+|\d+|[^A-Za-z\d]/gu)) {
    if (/[A-Za-z]/.test(part)) tokens += Math.ceil(part.length / 4);
    else if (/\d/.test(part)) tokens += Math.ceil(part.length / 3);
    else if (part > '\u007f') tokens += 2;
    else tokens += part === '%' ? 1 : 0.5;
  }
  return Math.ceil(tokens);
}

/**
 * As many of the first items as have room beside the rest of a reply, as they are shown. They are made one after the
 * other, so that a call asks no more of the service than it replies.
 * @param least so many are shown in any case
 */
export async function fitting<Item, Shown extends object>(
  rest: object,
  items: readonly Item[],
  shownOf: (item: Item) => Shown | Promise<Shown>,
  least = 0,
): Promise<readonly Shown[]> {
  const shown: Shown[] = [];
  let left = MOST_TOKENS - RESERVED_TOKENS - tokensIn(JSON.stringify(rest));
  for (const item of items) {
    const next = await shownOf(item);
    left -= tokensIn(JSON.stringify(next));
    if (left < 0 && shown.length >= least) break;
    shown.push(next);
  }
  return shown;
}
