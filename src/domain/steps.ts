/** A computation that pauses after each of its steps, so that others may have their turn in between. */
export type Steps<Result> = Generator<void, Result, void>;

/** The result, without pausing. */
export function finished<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** What becomes of each item, a step each. */
export function* mapped<Item, Result>(
  items: Iterable<Item>,
  map: (item: Item) => Result,
): Steps<readonly Result[]> {
  const results: Result[] = [];
  for (const item of items) {
    results.push(map(item));
    yield;
  }
  return results;
}

/** So many items are sorted in a fraction of a millisecond. */
const SORTED_AT_ONCE = 256;

/** The items in order; those that are equal stay as they were. Sorted in runs, which are then merged two by two. */
export function* sorted<Item>(
  items: readonly Item[],
  compare: (one: Item, other: Item) => number,
): Steps<readonly Item[]> {
  let runs: (readonly Item[])[] = [];
  for (let at = 0; at < items.length; at += SORTED_AT_ONCE) {
    runs.push(items.slice(at, at + SORTED_AT_ONCE).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: (readonly Item[])[] = [];
    for (let at = 0; at < runs.length; at += 2)
      longer.push(yield* merged(runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = longer;
  }
  return runs[0] ?? [];
}

function* merged<Item>(
  one: readonly Item[],
  other: readonly Item[],
  compare: (one: Item, other: Item) => number,
): Steps<readonly Item[]> {
  const items: Item[] = [];
  let taken = 0;
  for (const item of one) {
    for (let next = other[taken]; taken < other.length; next = other[taken]) {
      if (compare(item, next as Item) <= 0) break;
      items.push(next as Item);
      taken += 1;
    }
    items.push(item);
    if (items.length % SORTED_AT_ONCE === 0) yield;
  }
  return [...items, ...other.slice(taken)];
}
