import { z } from 'zod';
import {
  ASSESSMENT_REASONS,
  ASSESSMENT_STATUSES,
  JUDGED_AS,
  NOT_COUNTED,
} from '../../domain/analysis/assessment.ts';
import { OUTCOME_VINTAGES, SET_ASIDE_REASONS } from '../../domain/analysis/outcome-selection.ts';
import { BIAS_DIRECTIONS, HORIZONS, TRACK_RECORD_REASONS } from '../../domain/analysis/track-record.ts';
import { PERCENT_AGAINST, PERCENT_REASONS } from '../../domain/analysis/verdict.ts';
import { listParameters } from '../../http/formats/lists.ts';
import { pictureParameters } from '../../http/formats/pictures.ts';
import { listOf, resolvedField, sortParameter } from '../../http/query/paging.ts';
import {
  commaSeparated,
  decimalString,
  entryName,
  identifier,
  isoDate,
  Period,
  signedDecimalString,
} from '../../http/query/shared-schemas.ts';
import { checkRegions } from '../../ledger/records/query-checks.ts';
import { Outcome } from '../../ledger/records/schemas.ts';
import { FigureAmount, judgedFilters } from '../shared-schemas.ts';

const percent = signedDecimalString.nullable();

/** A forecast beside what one body reported: computed, never stored. */
const judged = {
  judgedAs: z.enum(JUDGED_AS).meta({
    description:
      '`accuracy`: of a projection, whether it was right; `fulfilment`: of a plan, target, budget or commitment, how much of it came; `neither`: of a need or an estimate. Track records keep the two apart.',
  }),
  status: z.enum(ASSESSMENT_STATUSES).meta({
    description:
      "`realised`: outcomes make up the forecast's period exactly; `preliminary`: they do, but one was published before its last day; `partial`: they make up its beginning, without a gap; `pending`: the period is not over and nothing counts; `noOutcome`: it is over and nothing counts; `notComparable`: see `reason`.",
  }),
  reason: z.enum(ASSESSMENT_REASONS).nullable().meta({
    description:
      '`periodNotOver` (of `pending`); `noOutcomeReported`, `outcomesSetAside` (of `noOutcome`); `publishedBeforeEnd` (of `preliminary`); `periodNotOver`, `restNotReported` (of `partial`); `noFigure`, `periodUnknown`, `yearsUnknown`, `contradictoryOutcomes` (of `notComparable`); null where `realised`.',
  }),
  reportedBy: identifier.nullable().meta({
    description:
      'The body whose outcomes count; null where none counts, where no body is named, and where several are combined.',
  }),
  combinedBodies: z.array(identifier).meta({
    description:
      'The bodies whose outcomes are combined, as none of them alone reaches as far; empty where one reports all.',
  }),
  afterTheFact: z.boolean().meta({
    description:
      'Whether the forecast was published when its period was over, or after an outcome that makes it up: track records leave it out.',
  }),
  notCounted: z.enum(NOT_COUNTED).nullable().meta({
    description:
      'Why no track record counts it: `otherScenario` (not the base case), `need`, `estimate` (of what has been), `afterTheFact`; null where one does.',
  }),
  outcomes: z
    .array(identifier)
    .meta({ description: 'The outcomes that count, in the order of their periods.' }),
  outcomeAmount: FigureAmount.nullable().meta({
    description: 'The outcome as stated, or the sum of several: bounds are propagated.',
  }),
  comparedAmount: z
    .object({
      ...FigureAmount.shape,
      timesYears: z
        .int()
        .positive()
        .nullable()
        .meta({ description: 'A figure a year is compared times so many years; null for any other.' }),
    })
    .nullable()
    .meta({ description: 'What of the forecast the outcomes are compared with.' }),
  approximate: z
    .boolean()
    .meta({ description: 'Whether an approximate figure was taken at its face value.' }),
  outcomeVsForecastPercent: percent.meta({
    description:
      '(outcome / forecast - 1) * 100: positive where more was realised than forecast. Against the value; of a forecast with bounds only where a bound was missed, against that bound. 12 significant digits. Null where `percentReason` says why.',
    examples: ['162.85384171'],
  }),
  errorPercentOfOutcome: percent.meta({
    description:
      '(outcome - forecast) / outcome * 100: the percentage error of textbooks. Null wherever there is no `outcomeVsForecastPercent`, and of an outcome of nothing. 12 significant digits.',
  }),
  logRatio: percent.meta({
    description:
      'ln(outcome / forecast), 12 significant digits: half as much and twice as much lie equally far from 0. Null likewise.',
  }),
  percentAgainst: z.enum(PERCENT_AGAINST).nullable().meta({ description: 'What the percentage is of.' }),
  percentReason: z.enum(PERCENT_REASONS).nullable().meta({
    description: 'Why there is no percentage: a bound is never given a precise error.',
  }),
  insideBounds: z.boolean().nullable().meta({
    description:
      'Whether the outcome lies inside the bounds of a forecast that gives bounds; null for a point value, for what is not realised, and where it cannot be told.',
  }),
  insideInterval: z.boolean().nullable().meta({
    description:
      'Of a realised forecast with an interval: whether the outcome lies in it, its ends included. Null elsewhere.',
  }),
  intervalScore: decimalString.nullable().meta({
    description:
      'Interval score (Gneiting and Raftery 2007) of natural logarithms: width plus 2 / alpha times what the outcome lies outside, alpha = 1 - percent / 100. Lower is better, and the currency makes no difference. 12 significant digits.',
  }),
  naiveOutcome: identifier.nullable().meta({
    description:
      'The naive forecast: what the same body had last reported when the forecast was published, of an earlier span as long. Null where there is none.',
  }),
  naiveLogRatio: percent.meta({
    description: 'ln(outcome / naive forecast), 12 significant digits: to be held against `logRatio`.',
  }),
  naiveInsideBounds: z.boolean().nullable().meta({
    description: 'Of a forecast with bounds: whether the naive forecast would have kept them.',
  }),
  elapsedShare: decimalString.nullable().meta({
    description: 'Of a `partial`: the share of the days of the period that the outcomes cover, 12 places.',
    examples: ['0.33348540146'],
  }),
  reachedPercent: decimalString.nullable().meta({
    description: 'Of a `partial`: outcome so far / forecast * 100, 12 significant digits.',
  }),
  coveredFrom: isoDate.nullable(),
  coveredTo: isoDate.nullable(),
  judgedAsOf: isoDate.meta({
    description:
      'The day of judgement: the day of `knownAsOf` (else today), or `publishedAsOf` where that is earlier. What was published or ended later does not count.',
  }),
};

const JudgedAlone = z
  .object(judged)
  .meta({ id: 'BodyAssessment', description: "A forecast beside one body's outcomes. Computed." });

const SetAside = z.object({ outcome: identifier, reason: z.enum(SET_ASIDE_REASONS) });

export const ForecastAssessment = z
  .object({
    forecast: identifier.meta({ examples: ['fc-caict-cloud-2022'] }),
    revision: z.int().positive(),
    data: z.array(JudgedAlone).min(1).meta({
      description:
        'One for each reporting body with outcomes that count, never an average of them, and one of several together where these reach further.',
    }),
    setAside: z
      .array(SetAside)
      .meta({ description: 'The outcomes of the same sector and measure that do not count, each with why.' }),
    outcomes: z
      .array(Outcome)
      .meta({ description: 'Every outcome named above, with its amount, its words and its document.' }),
    meta: z.object({ datasetVersion: z.string() }),
  })
  .meta({ id: 'ForecastAssessment', description: 'A forecast beside what was reported as realised.' });

const { publishedAsOf, knownAsOf } = judgedFilters;
const outcomeVintage = z.enum(OUTCOME_VINTAGES).optional().meta({
  description:
    'Where a body revised what it reported of one span: whether its `latest` figure counts (default) or its `first`.',
});
export const AssessmentQuery = z.strictObject({
  publishedAsOf,
  knownAsOf,
  outcomeVintage,
  ...pictureParameters,
});

export const Assessment = z
  .object({
    id: z.string().meta({
      description: 'The forecast, and the body or (where none is named) the outcomes beside which it stands.',
      examples: ['fc-caict-cloud-2022:caict'],
    }),
    forecast: identifier,
    forecaster: identifier.nullable(),
    sector: identifier,
    measure: identifier,
    region: identifier,
    scope: identifier,
    source: identifier,
    publishedOn: isoDate.nullable(),
    period: Period,
    forecastAmount: FigureAmount,
    ...judged,
    setAside: z.array(SetAside).meta({
      description:
        'Where nothing counts: outcomes of the sector and measure that share a day with the period, the latest, at most ten. The assessment of the forecast alone has all.',
    }),
    url: z.string().meta({ description: 'Where the assessment is shown with all its outcomes.' }),
    names: z
      .object({
        forecaster: z.string().nullable(),
        sector: z.string(),
        measure: z.string(),
        region: z.string(),
        scope: z.string(),
        source: z.string(),
        reportedBy: z.string().nullable(),
      })
      .meta({ description: 'What to show for the identifiers above.' }),
  })
  .meta({ id: 'Assessment', description: "A forecast beside one body's outcomes, as a row. Computed." });
export type Assessment = z.output<typeof Assessment>;

const ASSESSMENT_SORT_KEYS = [
  'id',
  'forecast',
  'forecaster',
  'sector',
  'measure',
  'publishedOn',
  'periodEnd',
  'status',
  'reportedBy',
  'outcomeVsForecastPercent',
] as const;
export type AssessmentSortKey = (typeof ASSESSMENT_SORT_KEYS)[number];

export const AssessmentListQuery = z
  .strictObject({
    ...judgedFilters,
    outcomeVintage,
    status: commaSeparated(z.enum(ASSESSMENT_STATUSES))
      .optional()
      .meta({ description: 'How far it has come, e.g. `realised,partial`.' }),
    reportedBy: commaSeparated(entryName)
      .optional()
      .meta({ description: 'Organisation ids: who reports the outcomes.' }),
    sort: sortParameter(ASSESSMENT_SORT_KEYS, 'id'),
    ...listParameters(Assessment),
  })
  .superRefine(checkRegions);
export type AssessmentListQuery = z.output<typeof AssessmentListQuery>;

export const AssessmentList = listOf(Assessment).meta({
  id: 'AssessmentList',
  description: 'A page of assessments.',
});

const rows = z.array(
  z
    .object({
      forecast: identifier,
      reportedBy: identifier.nullable(),
      outcomes: z.array(identifier),
      url: z.string(),
    })
    .meta({ id: 'AssessmentLink', description: 'An assessment that a figure rests on.' }),
);

const count = z.int().nonnegative();

const figures = {
  forecasts: count.meta({
    description: 'Claims: places of the same forecaster that state the same count once.',
  }),
  assessed: count.meta({ description: 'Claims with a realised assessment.' }),
  preliminary: count.meta({ description: 'Claims whose outcomes were published before their last day.' }),
  partial: count,
  pending: count,
  noOutcome: count.meta({
    description: 'Claims whose period is over and of which nothing comparable is held.',
  }),
  notComparable: count,
  afterTheFact: count.meta({
    description:
      'Claims published when their period was over, or after what came of it: no forecasts, and in none of the figures.',
  }),
  errorCases: count.meta({
    description:
      'Claims with an error: point values that were realised. What several bodies report counts once.',
  }),
  independentCases: count.meta({
    description:
      'The subjects and periods that these are of: several forecasts of one are judged by one outcome. "Five cases" below are five of these.',
  }),
  meanLogRatio: percent.meta({
    description:
      'Mean of ln(outcome / forecast), the bias: positive where more was realised. 12 significant digits. Null below five cases.',
  }),
  geometricMeanRatio: decimalString.nullable().meta({
    description:
      'e to the mean log ratio: 2 where twice as much was realised as forecast. Null below five cases.',
  }),
  rootMeanSquareLogRatio: decimalString.nullable().meta({
    description: 'Root of the mean square of ln(outcome / forecast): how far off, whichever way.',
  }),
  meanPercentageError: percent.meta({
    description:
      'Mean of `outcomeVsForecastPercent` against point values, in per cent of the forecast; missed bounds are not in it. 12 significant digits. Null below five cases, as it tells a bias.',
  }),
  meanAbsolutePercentageError: percent,
  medianPercentageError: percent.meta({ description: 'Null below five cases likewise.' }),
  medianAbsolutePercentageError: percent,
  meanPercentageErrorOfOutcome: percent.meta({
    description:
      'Mean of `errorPercentOfOutcome`: the mean percentage error of textbooks. Null below five cases.',
  }),
  meanAbsolutePercentageErrorOfOutcome: percent.meta({
    description: 'Mean of its absolute values: the MAPE of textbooks.',
  }),
  biasDirection: z.enum(BIAS_DIRECTIONS).nullable().meta({
    description:
      '`under`: more was realised than forecast, by the mean log ratio; `over`: less; `none`. Null below five cases.',
  }),
  biasReason: z.enum(TRACK_RECORD_REASONS).nullable().meta({
    description: 'Why there is no bias.',
  }),
  percentageErrorReason: z.enum(TRACK_RECORD_REASONS).nullable().meta({
    description: 'Why the errors are null.',
  }),
  percentageErrorRows: rows.meta({ description: 'The assessments that the errors rest on.' }),
  shareInsideBounds: decimalString
    .nullable()
    .meta({ description: 'Of the claims with bounds of which it can be told, 12 places.' }),
  shareInsideBoundsReason: z.enum(TRACK_RECORD_REASONS).nullable(),
  shareInsideBoundsRows: rows,
  rangeCases: count.meta({
    description:
      'Claims with bounds on both sides: ranges, and points with an interval whose probability nobody says.',
  }),
  rangeCoverage: decimalString
    .nullable()
    .meta({ description: 'The share of them that covers what came, 12 places.' }),
  oneSidedCases: count.meta({ description: 'And those with a bound on one side, which is easier to keep.' }),
  oneSidedKept: decimalString.nullable().meta({ description: 'The share of them that was kept, 12 places.' }),
  oneSidedBaseCases: count.meta({ description: 'Of these, those with a naive forecast.' }),
  oneSidedBaseRate: decimalString.nullable().meta({
    description: 'The share of them that the naive forecast would have kept, 12 places: how easy they were.',
  }),
  intervalCases: count.meta({
    description: 'Claims with an interval of a stated probability of which it can be told.',
  }),
  intervalCoverage: decimalString.nullable().meta({
    description: 'The share of them whose interval covers what came, 12 places.',
  }),
  meanIntervalPercent: decimalString.nullable().meta({
    description: 'How often, in per cent, their documents say that it would.',
  }),
  meanIntervalScore: decimalString.nullable().meta({
    description: 'Mean of `intervalScore`, 12 significant digits: lower is better.',
  }),
  naiveCases: count.meta({ description: 'Claims with an error beside one of the naive forecast.' }),
  meanAbsoluteLogRatio: decimalString.nullable().meta({
    description: 'Over these: mean of |ln(outcome / forecast)|, 12 significant digits.',
  }),
  naiveMeanAbsoluteLogRatio: decimalString.nullable().meta({
    description: 'Over the same: mean of |ln(outcome / naive forecast)|.',
  }),
  relativeToNaive: decimalString.nullable().meta({
    description:
      'The first over the second: below 1 where the forecaster did better than repeating what was last reported. Null below five cases.',
  }),
  relativeToNaiveReason: z.enum(TRACK_RECORD_REASONS).nullable().meta({
    description: 'Why `relativeToNaive` is null.',
  }),
};

const Figures = z.object(figures).meta({
  id: 'TrackRecordFigures',
  description: 'How some claims came out.',
});

export const TrackRecord = z
  .object({
    forecaster: identifier,
    ...figures,
    fulfilment: Figures.meta({
      description:
        'How plans, targets, budgets and commitments came out: they are no projections, and in none of the other figures.',
    }),
    otherScenarios: count.meta({
      description:
        'Claims of a scenario that is not the base case: alternatives, which are in none of the figures.',
    }),
    needs: count.meta({
      description: 'Claims that state a need, neither foretold nor intended: in none of the figures.',
    }),
    estimates: count.meta({
      description: 'Claims that estimate what has been: in none of the figures.',
    }),
    byMeasure: z.array(z.object({ measure: identifier, ...figures })),
    byHorizon: z.array(
      z.object({
        horizon: z.enum(HORIZONS).meta({
          description:
            "From publication to the last day of the period; `unknown` where the document's date or the last day is.",
        }),
        ...figures,
      }),
    ),
    judgedAsOf: isoDate,
    names: z.object({ forecaster: z.string() }),
  })
  .meta({ id: 'TrackRecord', description: "How a forecaster's forecasts came out. Computed." });
export type TrackRecord = z.output<typeof TrackRecord>;

export const TrackRecordAnswer = z
  .object({ data: TrackRecord, meta: z.object({ datasetVersion: z.string(), ...resolvedField }) })
  .meta({ id: 'TrackRecordAnswer', description: "One forecaster's track record." });

const { forecaster, sector, sectorOnly, measure, region, collection, scope } = judgedFilters;

export const TrackRecordQuery = z.strictObject({
  sector,
  sectorOnly,
  measure,
  region,
  collection,
  scope,
  publishedAsOf,
  knownAsOf,
  outcomeVintage,
});

/** Of one forecaster. */
export const OneTrackRecordQuery = z.strictObject({ ...TrackRecordQuery.shape, ...pictureParameters });

const { byMeasure: _, byHorizon: __, fulfilment: ___, ...tableShape } = TrackRecord.shape;

/** A row of the table over all forecasters. */
export const TrackRecordRow = z
  .object({
    ...tableShape,
    fulfilments: count.meta({ description: 'Claims that are no projections, in none of the figures.' }),
    fulfilmentsAssessed: count.meta({ description: 'Of these, those with a realised assessment.' }),
  })
  .meta({ id: 'TrackRecordRow', description: "A forecaster's track record without its divisions." });

const TRACK_RECORD_SORT_KEYS = [
  'forecaster',
  'forecasts',
  'assessed',
  'partial',
  'meanPercentageError',
  'meanAbsolutePercentageError',
  'medianAbsolutePercentageError',
  'shareInsideBounds',
] as const;

export const TrackRecordListQuery = z.strictObject({
  ...TrackRecordQuery.shape,
  forecaster,
  sort: sortParameter(TRACK_RECORD_SORT_KEYS, '-assessed,-partial,forecaster', ['forecaster']),
  ...listParameters(TrackRecordRow),
});
export type TrackRecordListQuery = z.output<typeof TrackRecordListQuery>;

export const TrackRecordList = listOf(TrackRecordRow).meta({
  id: 'TrackRecordList',
  description: 'A page of track records.',
});

/** Where an assessment is shown. */
export function assessmentUrl(origin: string, forecast: string): string {
  return `${origin}/v1/forecasts/${forecast}/assessment`;
}

/** A percentage as a number, for the order of a list only. */
export function percentOrder(percent: string | null): number | null {
  return percent === null ? null : Number(percent);
}
