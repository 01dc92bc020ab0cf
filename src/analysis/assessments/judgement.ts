import type { Assessed, Assessment, AssessmentResult } from '../../domain/analysis/assessment.ts';
import { assess, assessAmong } from '../../domain/analysis/assessment.ts';
import type { OutcomeVintage, ReportedOutcome } from '../../domain/analysis/outcome-selection.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import type { ReadContext } from '../../ledger/context.ts';
import type { LedgerRecord } from '../../ledger/records/record.ts';
import { recordsToCompute } from '../../ledger/records/repository.ts';
import type { KeptOutcomes, OutcomesBeside } from './kept-outcomes.ts';

/** From when forecasts are judged. */
export interface JudgementQuery {
  readonly publishedAsOf?: string | undefined;
  readonly knownAsOf?: string | undefined;
  readonly outcomeVintage?: OutcomeVintage | undefined;
}

/** A forecast with what is said of it. */
export interface Judged extends Assessed {
  readonly forecast: LedgerRecord;
}

/** The day of judgement: the ledger's day, or the day up to which publications count where that is earlier. */
export function dayOfJudgement(view: Pick<ReadContext, 'now'>, query: JudgementQuery): string {
  const today = vintageOf(view, query).now.toISOString().slice(0, 10);
  const { publishedAsOf } = query;
  return publishedAsOf !== undefined && publishedAsOf < today ? publishedAsOf : today;
}

/**
 * One forecast beside the outcomes of its sector and measure, with those that do not count.
 * @throws Problem `tooManyRecords`
 */
export async function judgeOne(
  view: ReadContext,
  forecast: LedgerRecord,
  query: JudgementQuery,
): Promise<AssessmentResult & { readonly outcomes: readonly LedgerRecord[] }> {
  const { sector, measure } = forecast;
  const { publishedAsOf, knownAsOf } = query;
  const outcomes = await recordsToCompute(view, 'outcome', {
    ...{ sector: [sector], sectorOnly: true, measure: [measure], publishedAsOf, knownAsOf },
  });
  const asOf = dayOfJudgement(view, query);
  const steps = assess(assessedForecast(forecast), outcomes.map(reportedOutcome), asOf, query.outcomeVintage);
  return { ...(await inTurns(steps)), outcomes };
}

/** The outcomes beside which a query's forecasts are judged. */
export function outcomesFor(
  view: ReadContext,
  kept: KeptOutcomes,
  query: JudgementQuery,
): Promise<OutcomesBeside> {
  const { publishedAsOf, outcomeVintage } = query;
  return kept.beside(view.read, { asOf: dayOfJudgement(view, query), publishedAsOf, outcomeVintage });
}

/** A forecast beside the outcomes that count. */
export async function judge(outcomesBeside: OutcomesBeside, forecast: LedgerRecord): Promise<Judged> {
  const prepared = await outcomesBeside(forecast.sector, forecast.measure);
  return { forecast, ...(await inTurns(assessAmong(prepared, assessedForecast(forecast)))) };
}

/** A record as assessments read it. @param repeated others that state its claim at the same place */
export function assessedForecast(
  { organisation, relations, ...record }: LedgerRecord,
  repeated: readonly string[] = [],
) {
  const related = relations.filter(({ kind }) => kind === 'alsoStatedIn').map((relation) => relation.record);
  return { ...record, forecaster: organisation, sameClaimAs: [...related, ...repeated] };
}

function reportedOutcome({ organisation, ...outcome }: LedgerRecord): ReportedOutcome {
  return { ...outcome, reportedBy: organisation };
}

/** Names an assessment among all: a forecast has one for each body, and one for each outcome that names no body. */
export function assessmentId(forecast: string, { reportedBy, outcomes }: Assessment): string {
  return `${forecast}:${reportedBy ?? outcomes.join('+')}`;
}
