import {
  collections,
  measures,
  organisations,
  regions,
  scopes,
  sectors,
  sources,
} from '../../store/tables/schema.ts';

export const ENTRY_TABLES = {
  region: regions,
  organisation: organisations,
  measure: measures,
  scope: scopes,
  collection: collections,
  source: sources,
  sector: sectors,
} as const;
export type EntryType = keyof typeof ENTRY_TABLES;
/** In an order in which nothing refers to what comes later, schemes of sources aside. */
export const ENTRY_TYPES = Object.keys(ENTRY_TABLES) as readonly EntryType[];

export function isEntryType(type: unknown): type is EntryType {
  return typeof type === 'string' && Object.hasOwn(ENTRY_TABLES, type);
}
