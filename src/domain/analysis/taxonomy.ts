/**
 * Child to parent, or to its parents where it has several: the first is the one in whose tree it is shown. A root has null.
 */
export type ParentOf = ReadonlyMap<string, string | null | readonly string[]>;

/** The sectors directly above one, the first of which it is shown under. */
export function parentsOf(parentOf: ParentOf, id: string): readonly string[] {
  const parents = parentOf.get(id) ?? [];
  return typeof parents === 'string' ? [parents] : parents;
}

/** The sectors above one by first parents alone, from the root down to its parent. */
export function lineOf(parentOf: ParentOf, id: string): readonly string[] {
  const above: string[] = [];
  for (let [parent] = parentsOf(parentOf, id); parent !== undefined; [parent] = parentsOf(parentOf, parent)) {
    if (above.includes(parent)) break;
    above.unshift(parent);
  }
  return above;
}

/**
 * All sectors above one, by whichever parents, each once and none before one above it.
 * @param upTo what stands above this one is not looked for
 */
export function ancestorsOf(parentOf: ParentOf, id: string, upTo?: string): readonly string[] {
  const above = new Set<string>();
  const entered = new Set<string>();
  const enter = (of: string): void => {
    for (const parent of parentsOf(parentOf, of)) {
      if (entered.has(parent)) continue;
      entered.add(parent);
      if (parent !== upTo) enter(parent);
      above.add(parent);
    }
  };
  enter(id);
  return [...above];
}

/**
 * The root of the tree in which a sector is shown, itself where nothing is above it. A circle, which no checked taxonomy
 * has, is one tree: the first of its sectors by code units stands for all of it.
 */
export function rootOf(parentOf: ParentOf, id: string): string {
  const top = lineOf(parentOf, id)[0] ?? id;
  const circle = lineOf(parentOf, top);
  return circle.toSorted()[0] ?? top;
}

/** The roots of all trees in which a sector stands, that in which it is shown first. */
export function rootsOf(parentOf: ParentOf, id: string): readonly string[] {
  const shown = rootOf(parentOf, id);
  const tops = ancestorsOf(parentOf, id).filter((above) => parentsOf(parentOf, above).length === 0);
  return [...new Set([shown, ...tops])];
}

/** The sectors between one and another above it, by whichever parents; null where that is not above it. */
export function sectorsBetween(parentOf: ParentOf, id: string, ancestor: string): readonly string[] | null {
  if (id === ancestor) return null;
  const above = ancestorsOf(parentOf, id, ancestor);
  if (!above.includes(ancestor)) return null;
  return above.filter((other) => other !== ancestor && ancestorsOf(parentOf, other).includes(ancestor));
}

/** The sectors directly below one, by id. */
export function childrenOf(parentOf: ParentOf, id: string): readonly string[] {
  return [...parentOf.keys()].filter((child) => parentsOf(parentOf, child).includes(id)).sort();
}

/** All sectors below one, in no particular order. */
export function descendantsOf(parentOf: ParentOf, id: string): readonly string[] {
  return [...parentOf.keys()].filter(
    (candidate) => candidate !== id && ancestorsOf(parentOf, candidate).includes(id),
  );
}

/** A chain of sectors that leads back to its own beginning, or undefined where nothing stands above itself. */
export function findCycle(parentOf: ParentOf): readonly string[] | undefined {
  const sound = new Set<string>();
  const search = (id: string, chain: readonly string[]): readonly string[] | undefined => {
    if (chain.includes(id)) return [...chain.slice(chain.indexOf(id)), id];
    if (sound.has(id)) return undefined;
    for (const parent of parentsOf(parentOf, id)) {
      const cycle = search(parent, [...chain, id]);
      if (cycle !== undefined) return cycle;
    }
    sound.add(id);
    return undefined;
  };
  for (const id of parentOf.keys()) {
    const cycle = search(id, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Sectors that share money with others, by whichever of the two says so. */
export type OverlapsOf = ReadonlyMap<string, readonly string[]>;

/**
 * Those of some sectors, none above another, of which two may hold the same money: one says that it overlaps the other, or
 * a sector stands below both.
 */
export function overlappingSectors(
  sectors: readonly string[],
  parentOf: ParentOf,
  overlapsOf: OverlapsOf,
): ReadonlySet<string> {
  const given = new Set(sectors);
  const overlapping = new Set<string>();
  const add = (together: readonly string[]): void => {
    if (together.length > 1) for (const id of together) overlapping.add(id);
  };
  for (const id of given)
    for (const other of overlapsOf.get(id) ?? []) if (other !== id && given.has(other)) add([id, other]);
  if (given.size > 1)
    for (const [id, parents] of parentOf)
      if (Array.isArray(parents)) add([id, ...ancestorsOf(parentOf, id)].filter((above) => given.has(above)));
  return overlapping;
}
