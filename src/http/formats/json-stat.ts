import type { Steps } from '../../domain/steps.ts';
import { mapped } from '../../domain/steps.ts';

/*
 * JSON-stat 2.0 (https://json-stat.org/full/): tables for dashboards. Its values are JSON numbers, so this is, like
 * flat rows, a form that one asks for; the decimal strings stay in JSON.
 */

export const JSON_STAT = {
  name: 'json-stat',
  mediaType: 'application/vnd.json-stat+json',
  isText: true,
  schema: {
    type: 'object',
    description: 'JSON-stat 2.0: https://json-stat.org/full/',
    required: ['version', 'class', 'label'],
    properties: {
      version: { const: '2.0' },
      class: { enum: ['dataset', 'collection'] },
      label: { type: 'string' },
    },
  },
} as const;

/** A category of a dimension. */
export interface StatCategory {
  readonly id: string;
  readonly label: string;
  /** What is added to the label, one after the other, where another category has the same: a period, a source. */
  readonly further?: readonly string[];
}

/** One dimension of a table: its categories in order. */
export interface StatDimension {
  readonly id: string;
  readonly label: string;
  readonly categories: readonly StatCategory[];
}

export interface StatTable {
  readonly label: string;
  readonly source: string;
  /** When the data last changed, ISO 8601; null where it is not known. */
  readonly updated: string | null;
  readonly dimensions: readonly StatDimension[];
  /** The value of a cell, a decimal string, by the ids of its categories in the order of the dimensions. */
  readonly valueAt: (categories: readonly string[]) => string | null;
  /** What has no place in a table: warnings, keys, reasons. */
  readonly extension: Readonly<Record<string, unknown>>;
}

/** A table as a JSON-stat dataset. Cells without a value are null. */
export function* jsonStatDataset(table: StatTable): Steps<Record<string, unknown>> {
  const { label, source, updated, dimensions, extension } = table;
  return {
    version: '2.0',
    class: 'dataset',
    label,
    source,
    ...(updated === null ? {} : { updated }),
    id: dimensions.map(({ id }) => id),
    size: dimensions.map(({ categories }) => categories.length),
    dimension: Object.fromEntries(
      dimensions.map(({ id, label: name, categories }) => [
        id,
        {
          label: name,
          category: {
            index: categories.map((category) => category.id),
            label: Object.fromEntries(uniqueLabels(categories)),
          },
        },
      ]),
    ),
    value: yield* mapped(cells(dimensions), (categories) => {
      const value = table.valueAt(categories);
      return value === null ? null : Number(value);
    }),
    extension,
  };
}

/** Several tables as a JSON-stat collection. `extension` has what is in none of them. */
export function* jsonStatCollection(
  label: string,
  tables: Steps<readonly StatTable[]>,
  extension: Readonly<Record<string, unknown>>,
): Steps<object> {
  const item: object[] = [];
  for (const table of yield* tables) item.push(yield* jsonStatDataset(table));
  return {
    version: '2.0',
    class: 'collection',
    label,
    link: { item },
    extension,
  };
}

/** A label for each id that no other one has: a dashboard draws those of one label as one line. At last the id tells. */
function uniqueLabels(categories: readonly StatCategory[]): ReadonlyMap<string, string> {
  const labels = new Map(categories.map(({ id, label }) => [id, label]));
  const mostFurther = Math.max(0, ...categories.map(({ further }) => further?.length ?? 0));
  for (let depth = 0; depth <= mostFurther; depth += 1) {
    const alike = Map.groupBy(categories, ({ id }) => labels.get(id));
    for (const [label, [...same]] of alike) {
      const more = same.map(({ id, further }) => (depth < mostFurther ? further?.[depth] : id));
      if (same.length === 1 || new Set(more).size === 1) continue;
      for (const [place, { id }] of same.entries())
        if (more[place] !== undefined) labels.set(id, `${label}, ${more[place]}`);
    }
  }
  return labels;
}

/** Every combination of categories, the last dimension running fastest: the order of JSON-stat's values. */
function* cells([first, ...others]: readonly StatDimension[]): Generator<readonly string[]> {
  if (first === undefined) yield [];
  else for (const { id } of first.categories) for (const rest of cells(others)) yield [id, ...rest];
}
