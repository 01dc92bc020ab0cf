/*
 * What a bare store asks its database for a page of records: their rows with the names that they are shown with. The service
 * may have it cheaper; what it is measured against stays the same.
 */

/** Records with their names, in one statement that both engines read. */
export const RECORDS_WITH_NAMES = `select records.*, organisations.name as organisation, sources.title as source,
  sectors.name as sector, regions.name as region, measures.name as measure, scopes.name as scope
from records join sources on sources.id = source_id join sectors on sectors.id = sector_id
  join regions on regions.id = region_id join measures on measures.id = measure_id
  join scopes on scopes.id = scope_id left join organisations on organisations.id = organisation_id
where records.kind = 'forecast' and superseded_at is null`;

/** The newest 100 of those published between two days. @param place gives the name of a parameter by its number */
export function pageStatement(place: (number: number) => string): string {
  return `${RECORDS_WITH_NAMES} and records.published_on between ${place(1)} and ${place(2)}
    order by records.published_on desc, records.id limit 100`;
}
