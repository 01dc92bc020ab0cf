import { z } from 'zod';
import { identifier } from '../../http/query/shared-schemas.ts';

const SectorDefinition = z
  .object({
    text: z.string(),
    definedBy: identifier
      .nullable()
      .meta({ description: 'The organisation that defines it so.', examples: ['ndrc'] }),
    source: identifier.nullable().meta({ description: 'The document that gives the definition.' }),
  })
  .meta({ id: 'SectorDefinition' });

const identity = {
  id: identifier.meta({ examples: ['new-infrastructure'] }),
  name: z.string().meta({ examples: ['New infrastructure'] }),
  nameChinese: z
    .string()
    .nullable()
    .meta({ examples: ['新型基础设施'] }),
  parent: identifier.nullable().meta({ description: 'Null for a root.', examples: [null] }),
  definitions: z.array(SectorDefinition),
};

export const Sector = z
  .object({
    ...identity,
    ancestors: z.array(identifier).meta({ description: 'From the root down to the parent.', examples: [[]] }),
    children: z.array(identifier).meta({ examples: [['5g', 'artificial-intelligence']] }),
  })
  .meta({ id: 'Sector', description: 'A part of the economy, in a forest of such parts.' });
export type Sector = z.output<typeof Sector>;

/** A sector with the sectors below it, down to the leaves. */
export interface SectorTree extends Omit<Sector, 'ancestors' | 'children'> {
  readonly children: readonly SectorTree[];
}
export const SectorTree = z
  .object({
    ...identity,
    get children(): z.ZodArray<z.ZodType> {
      return z.array(SectorTree);
    },
  })
  .meta({ id: 'SectorTree', description: 'A sector with the sectors below it, down to the leaves.' });

export const sectorFilters = {
  roots: z.enum(['true']).optional().meta({ description: '`true`: only the roots.' }),
};
export type SectorFilters = z.output<z.ZodObject<typeof sectorFilters>>;
export const SECTOR_SORT_KEYS = ['id', 'name'] as const;
export type SectorSortKey = (typeof SECTOR_SORT_KEYS)[number];

export const SectorTreeAnswer = z
  .object({ data: z.array(SectorTree), meta: z.object({ datasetVersion: z.string() }) })
  .meta({ id: 'SectorTreeAnswer', description: 'The whole taxonomy, nested.' });
