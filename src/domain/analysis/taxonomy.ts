/** Child to parent; a root has null. */
export type ParentOf = ReadonlyMap<string, string | null>;

/** The sectors above one, from the root down to its parent. */
export function ancestorsOf(parentOf: ParentOf, id: string): readonly string[] {
  const above: string[] = [];
  for (let parent = parentOf.get(id) ?? null; parent !== null; parent = parentOf.get(parent) ?? null) {
    if (above.includes(parent)) break;
    above.unshift(parent);
  }
  return above;
}

/**
 * The root of the tree in which a sector stands, itself where nothing is above it. A circle, which no checked taxonomy
 * has, is one tree: the first of its sectors by code units stands for all of it.
 */
export function rootOf(parentOf: ParentOf, id: string): string {
  const top = ancestorsOf(parentOf, id)[0] ?? id;
  const circle = ancestorsOf(parentOf, top);
  return circle.toSorted()[0] ?? top;
}

/** The sectors between one and another above it; null where that is not above it. */
export function sectorsBetween(parentOf: ParentOf, id: string, ancestor: string): readonly string[] | null {
  const above = ancestorsOf(parentOf, id);
  const at = id === ancestor ? -1 : above.indexOf(ancestor);
  return at < 0 ? null : above.slice(at + 1);
}

/** The sectors directly below one, by id. */
export function childrenOf(parentOf: ParentOf, id: string): readonly string[] {
  return [...parentOf].flatMap(([child, parent]) => (parent === id ? [child] : [])).sort();
}

/** All sectors below one, in no particular order. */
export function descendantsOf(parentOf: ParentOf, id: string): readonly string[] {
  return [...parentOf.keys()].filter(
    (candidate) => candidate !== id && ancestorsOf(parentOf, candidate).includes(id),
  );
}

/** A chain of sectors that leads back to its own beginning, or undefined where the taxonomy is a forest. */
export function findCycle(parentOf: ParentOf): readonly string[] | undefined {
  for (const id of parentOf.keys()) {
    const chain = [id];
    for (let parent = parentOf.get(id) ?? null; parent !== null; parent = parentOf.get(parent) ?? null) {
      if (parent === id) return [...chain, id];
      if (chain.includes(parent)) break;
      chain.push(parent);
    }
  }
  return undefined;
}
