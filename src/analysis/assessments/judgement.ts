import type { Assessed, Assessment, AssessmentResult } from '../../domain/analysis/assessment.ts';
import { assess, assessAll } from '../../domain/analysis/assessment.ts';
import type { OutcomeVintage, ReportedOutcome } from '../../domain/analysis/outcome-selection.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import type { ReadContext } from '../../ledger/context.ts';
import type { LedgerRecord } from '../../ledger/records/record.ts';
import { recordsToCompute } from '../../ledger/records/repository.ts';

/** So many outcomes may count in an answer: it holds what it says of each at once. */
const MOST_COUNTED = 100_000;

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

/** The outcomes of the sectors and measures of some forecasts. @throws Problem `tooManyRecords` */
async function outcomesBeside(
  view: ReadContext,
  forecasts: readonly LedgerRecord[],
  { publishedAsOf, knownAsOf }: JudgementQuery,
): Promise<readonly LedgerRecord[]> {
  if (forecasts.length === 0) return [];
  return recordsToCompute(view, 'outcome', {
    sector: [...new Set(forecasts.map(({ sector }) => sector))],
    sectorOnly: true,
    measure: [...new Set(forecasts.map(({ measure }) => measure))],
    publishedAsOf,
    knownAsOf,
  });
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
  const outcomes = await outcomesBeside(view, [forecast], query);
  const asOf = dayOfJudgement(view, query);
  const steps = assess(assessedForecast(forecast), outcomes.map(reportedOutcome), asOf, query.outcomeVintage);
  return { ...(await inTurns(steps)), outcomes };
}

/**
 * Forecasts beside the outcomes that count, with the names of the bodies that report these.
 * @throws Problem `tooManyRecords`
 */
export async function judge(
  view: ReadContext,
  forecasts: readonly LedgerRecord[],
  query: JudgementQuery,
): Promise<{ readonly judged: readonly Judged[]; readonly names: ReadonlyMap<string, string> }> {
  const outcomes = await outcomesBeside(view, forecasts, query);
  const names = outcomes.flatMap(({ organisation, names: { organisation: name } }): [string, string][] =>
    organisation === null || name === null ? [] : [[organisation, name]],
  );
  const asOf = dayOfJudgement(view, query);
  const assessed = await inTurns(
    assessAll(
      forecasts.map((forecast) => assessedForecast(forecast)),
      outcomes.map(reportedOutcome),
      asOf,
      MOST_COUNTED,
      query.outcomeVintage,
    ),
  );
  const judged = assessed.flatMap((one, place) => {
    const forecast = forecasts[place];
    return forecast === undefined ? [] : [{ forecast, ...one }];
  });
  return { judged, names: new Map(names) };
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
