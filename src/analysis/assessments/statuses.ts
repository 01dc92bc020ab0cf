import type { SQL } from 'drizzle-orm';
import type { Assessment } from '../../domain/analysis/assessment.ts';
import { alias, and, eq, isNull, or, sql } from '../../store/query.ts';
import type { AppliedFilters } from '../../store/revisions.ts';
import { records } from '../../store/tables/schema.ts';

/*
 * What the database can say of a status, so that few forecasts are judged in vain: a forecast of which this does not hold
 * has not the status. Whether one of which it holds has it, only judging tells.
 */

const { stance, amountValue, amountLow, amountHigh, periodKind, periodStart, periodEnd } = records;

/** It states a figure and a period that something can be held beside. Never null. */
const IS_COMPARABLE = sql`(${stance} <> 'need' and coalesce(${amountValue}, ${amountLow}, ${amountHigh}) is not null and ${periodEnd} is not null and (${periodKind} = 'cumulativeTo' or ${periodStart} is not null))`;

const reported = alias(records, 'reported');

/** An outcome of its subject, over by the end of its period, is held now. @param further what else is asked of it */
function hasOutcome(further?: SQL): SQL {
  return sql`exists (select 1 from ${records} ${sql.identifier('reported')} where ${and(
    sql`${reported.kind} = 'outcome'`,
    isNull(reported.supersededAt),
    eq(reported.sectorId, records.sectorId),
    eq(reported.measureId, records.measureId),
    eq(reported.regionId, records.regionId),
    eq(reported.scopeId, records.scopeId),
    eq(reported.amountCurrency, records.amountCurrency),
    sql`${reported.periodEnd} <= ${periodEnd}`,
    further,
  )})`;
}

/** What makes up a period begins with it, or accumulates until a day as the forecast does. */
const BEGINS_ALIKE = sql`(${reported.periodStart} = ${periodStart} or (${reported.periodKind} = 'cumulativeTo' and ${periodKind} = 'cumulativeTo'))`;

/** @param isPast whether another state of the ledger than that of now is asked for, in which there were other outcomes */
function conditionOf(status: Assessment['status'], asOf: SQL, isPast: boolean): SQL | undefined {
  switch (status) {
    case 'pending':
      return and(IS_COMPARABLE, sql`${periodEnd} > ${asOf}`);
    case 'noOutcome':
      return and(IS_COMPARABLE, sql`${periodEnd} <= ${asOf}`);
    case 'notComparable':
      // Bodies that contradict themselves are outcomes, too.
      return isPast ? undefined : or(sql`not ${IS_COMPARABLE}`, sql`${periodKind} = 'perYear'`, hasOutcome());
    default:
      return and(IS_COMPARABLE, isPast ? undefined : hasOutcome(BEGINS_ALIKE));
  }
}

/** What some statuses ask of the rows of forecasts that are judged on a day, ISO date; nothing where any will do. */
export function statusFilter(
  statuses: readonly Assessment['status'][] | undefined,
  asOf: string,
  isPast: boolean,
): AppliedFilters {
  if (statuses === undefined) return new Map();
  const name = `${isPast ? 'past ' : ''}status ${[...new Set(statuses)].sort().join(' ')}`;
  const holds = (_end: unknown, day: unknown): SQL | undefined => {
    const conditions = statuses.map((status) => conditionOf(status, sql`${day}`, isPast));
    return conditions.includes(undefined) ? undefined : or(...conditions);
  };
  return new Map([[name, { column: periodEnd, indexUse: 'none', values: [asOf], holds }]]);
}
