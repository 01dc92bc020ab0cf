import type { Assessment, AssessmentResult } from '../../domain/analysis/assessment.ts';
import { assess } from '../../domain/analysis/assessment.ts';
import { vantageOf } from '../../http/query/vintage.ts';
import type { ReadContext } from '../../ledger/context.ts';
import { recordsToCompute } from '../../ledger/records/pages.ts';
import type { LedgerRecord, RecordFilters } from '../../ledger/records/record.ts';

/** From when forecasts are judged. */
export interface JudgementQuery {
  readonly publishedAsOf?: string | undefined;
  readonly knownAsOf?: string | undefined;
}

/** A forecast with what is said of it. */
export interface Judged extends AssessmentResult {
  readonly forecast: LedgerRecord;
}

/** The day of judgement: the ledger's day, or the day up to which publications count where that is earlier. */
export function dayOfJudgement(context: ReadContext, query: JudgementQuery): string {
  const today = vantageOf(context, query).now.toISOString().slice(0, 10);
  const { publishedAsOf } = query;
  return publishedAsOf !== undefined && publishedAsOf < today ? publishedAsOf : today;
}

/** The outcomes that may speak of some forecasts: those of their sectors and measures. */
async function candidates(
  context: ReadContext,
  forecasts: readonly LedgerRecord[],
  { publishedAsOf, knownAsOf }: JudgementQuery,
): Promise<readonly LedgerRecord[]> {
  if (forecasts.length === 0) return [];
  const distinct = (values: readonly string[]): string[] => [...new Set(values)];
  const filters: RecordFilters = {
    sector: distinct(forecasts.map(({ sector }) => sector)),
    sectorOnly: true,
    measure: distinct(forecasts.map(({ measure }) => measure)),
    publishedAsOf,
    knownAsOf,
  };
  return recordsToCompute(context, 'outcome', filters);
}

/**
 * Forecasts beside the outcomes of the ledger, as of the query's moment.
 * @throws Problem `tooManyRecords`
 */
export async function judge(
  context: ReadContext,
  forecasts: readonly LedgerRecord[],
  query: JudgementQuery,
): Promise<{ readonly judged: readonly Judged[]; readonly outcomes: ReadonlyMap<string, LedgerRecord> }> {
  const asOf = dayOfJudgement(context, query);
  const outcomes = await candidates(context, forecasts, query);
  const bySubject = Map.groupBy(outcomes, ({ sector, measure }) => `${sector} ${measure}`);
  const judged = forecasts.map((forecast): Judged => {
    const related = bySubject.get(`${forecast.sector} ${forecast.measure}`) ?? [];
    const reported = related.map(({ organisation, ...outcome }) => ({
      ...outcome,
      reportedBy: organisation,
    }));
    return { forecast, ...assess(assessedForecast(forecast), reported, asOf) };
  });
  return { judged, outcomes: new Map(outcomes.map((outcome) => [outcome.id, outcome])) };
}

/** A record as assessments read it. */
export function assessedForecast({ organisation, relations, ...record }: LedgerRecord) {
  return {
    ...record,
    forecaster: organisation,
    sameClaimAs: relations.filter(({ kind }) => kind === 'alsoStatedIn').map((relation) => relation.record),
  };
}

/** Names an assessment among all: a forecast has one for each body, and one for each outcome that names no body. */
export function assessmentId(forecast: string, { reportedBy, outcomes }: Assessment): string {
  return `${forecast}:${reportedBy ?? outcomes.join('+')}`;
}
