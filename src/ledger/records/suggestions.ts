import { spanKey } from '../../domain/analysis/figure.ts';
import { pricesKey, scenarioKey } from '../../domain/statement.ts';
import { and, desc, eq, isNull, lt, ne, sql } from '../../store/query.ts';
import { ofKind } from '../../store/revisions.ts';
import type { Reader } from '../../store/store.ts';
import { records } from '../../store/tables/schema.ts';
import type { RecordContent } from './record.ts';
import { REVISES } from './relations.ts';
import { contentOfRow, valuesOfRow } from './rows.ts';
import type { Suggestion } from './schemas.ts';

/*
 * What the ledger would say of a record that was just written, and leaves to whoever wrote it.
 */

/** So many earlier forecasts of one subject are looked at for one of the same period. */
const MOST_LOOKED_AT = 200;

/**
 * The newest earlier forecast of the same forecaster and subject, in another document: sector, measure, region, scope, prices,
 * period and scenario are the same. None where the record says already what it revises, or nobody is named.
 */
export async function suggestionsFor(read: Reader, content: RecordContent): Promise<readonly Suggestion[]> {
  const { kind, id, organisation, publishedOn, relations } = content;
  if (kind !== 'forecast' || organisation === null || publishedOn === null) return [];
  if (relations.some((relation) => relation.kind === REVISES)) return [];
  const rows = await read
    .select()
    .from(records)
    .where(
      and(
        ofKind('forecast'),
        isNull(records.supersededAt),
        eq(records.organisationId, organisation),
        eq(records.sectorId, content.sector),
        eq(records.measureId, content.measure),
        eq(records.regionId, content.region),
        eq(records.scopeId, content.scope),
        sql`${records.periodEnd} is not distinct from ${content.period.end}`,
        ne(records.sourceId, content.source),
        ne(records.id, id),
        lt(records.publishedOn, publishedOn),
      ),
    )
    .orderBy(desc(records.publishedOn), records.id)
    .limit(MOST_LOOKED_AT);
  const keyOf = ({ period, prices, scenario }: RecordContent): string =>
    JSON.stringify([spanKey(period), pricesKey(prices), scenarioKey(scenario)]);
  const earlier = rows
    .map((row) => contentOfRow(valuesOfRow(row), []))
    .find((other) => keyOf(other) === keyOf(content));
  if (earlier === undefined) return [];
  const { value, low, high, qualifier, currency } = earlier.amount;
  return [
    {
      relation: REVISES,
      id: earlier.id,
      source: earlier.source,
      publishedOn: earlier.publishedOn,
      amount: { value, low, high, qualifier, currency },
    },
  ];
}
