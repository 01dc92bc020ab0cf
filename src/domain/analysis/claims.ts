/** A record that can state the same claim as others. */
export interface Claiming {
  readonly id: string;
  /** Forecasts that state the same claim in other places. One direction is enough; ids that are not given are ignored. */
  readonly sameClaimAs: readonly string[];
}

/**
 * The items by claim: those that `sameClaimAs` connects, over any number of steps, and of which the same can be said.
 * @param contentOf equal for items that can stand for each other, whatever the relation says
 */
export function claimsOf<Item extends Claiming>(
  items: readonly Item[],
  contentOf: (item: Item) => string,
): readonly (readonly Item[])[] {
  const byId = new Map(items.map((item) => [item.id, item]));
  const linked = new Map(items.map(({ id }) => [id, new Set<string>()]));
  for (const item of items) {
    for (const id of item.sameClaimAs) {
      const other = byId.get(id);
      if (other === undefined || contentOf(other) !== contentOf(item)) continue;
      linked.get(item.id)?.add(id);
      linked.get(id)?.add(item.id);
    }
  }
  const claims: (readonly Item[])[] = [];
  const seen = new Set<string>();
  for (const { id } of items) {
    if (seen.has(id)) continue;
    const claim: Item[] = [];
    const ahead = [id];
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      const item = byId.get(next);
      if (item === undefined || seen.has(next)) continue;
      seen.add(next);
      claim.push(item);
      ahead.push(...(linked.get(next) ?? []));
    }
    claims.push(claim);
  }
  return claims;
}
