import type { PageRequest } from '../../store/keyset.ts';
import { organisations } from '../../store/tables/schema.ts';
import { FILTERED_TABLES as RECORD_TABLES } from './filters.ts';
import type { Outcome, OutcomeFilters, OutcomeListQuery } from './outcome-schemas.ts';
import type { LedgerRecord, RecordFilters, RecordSortKey } from './record.ts';

type OutcomeSortKey = OutcomeListQuery['sort'][number]['key'];

/** Where the ids that the filters take come from. */
export const FILTERED_TABLES = { ...RECORD_TABLES, reportedBy: organisations } as const;

/** A record, which may have been converted, as an outcome is shown. */
export function toOutcome<Shown extends LedgerRecord>({
  kind: _,
  beneficiarySectors: __,
  organisation,
  relations,
  names: { organisation: name, ...names },
  ...record
}: Shown) {
  return {
    ...record,
    reportedBy: organisation,
    relations: relations.map(({ kind, record: outcome }) => ({
      kind: kind as Outcome['relations'][number]['kind'],
      outcome,
    })),
    names: { reportedBy: name, ...names },
  };
}

/** An outcome list's filters under the names that all records share. */
export function recordFilters<Filters extends OutcomeFilters>({
  reportedBy,
  ...filters
}: Filters): Omit<Filters, 'reportedBy'> & RecordFilters {
  return { ...filters, organisation: reportedBy };
}

/** An outcome list's page under the names that all records share. */
export function recordPage(page: PageRequest<OutcomeSortKey>): PageRequest<RecordSortKey> {
  const sort = page.sort.map(({ key, direction }) => ({
    key: key === 'reportedBy' ? ('organisation' as const) : key,
    direction,
  }));
  return { ...page, sort };
}
