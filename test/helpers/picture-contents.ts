import type { AssessmentPicture, TrackRecordPicture } from '../../src/analysis/assessments/picture.ts';
import type { BreakdownPicture, MatrixPicture } from '../../src/analysis/breakdowns/picture.ts';
import type { ComparisonPicture } from '../../src/analysis/comparisons/picture.ts';
import type { SeriesPicture } from '../../src/analysis/series/picture.ts';
import type { Breakdown } from '../../src/domain/analysis/breakdown.ts';
import type { Interval } from '../../src/domain/statement.ts';
import { PLAIN_STATEMENT } from '../../src/domain/statement.ts';
import type { ConversionsPicture, RecordPicture } from '../../src/ledger/records/picture.ts';
import type { LedgerRecord } from '../../src/ledger/records/record.ts';
import type { Numbers } from '../../src/pages/pictures/speech.ts';
import { billions } from './pictures.ts';

/* What pictures are drawn of, as tests make it. */

export type ComparisonRow = ComparisonPicture['groups'][number]['rows'][number];
type Period = LedgerRecord['period'];

/** A period from day to day; without a first day "by". */
export function periodOf(start: string | null, end: string | null): Period {
  const kind = start === null ? 'cumulativeTo' : 'window';
  return { start, end, kind, years: 1, asStated: null, inferred: [] } as unknown as Period;
}
const YEAR = periodOf('2020-01-01', '2020-12-31');
const PRICES = PLAIN_STATEMENT.prices;

/** A row of a comparison. */
export function comparisonRow(
  forecaster: string,
  numbers: Numbers,
  more: Partial<ComparisonRow> = {},
): ComparisonRow {
  const total = { ...numbers, currency: 'CNY' };
  return {
    ...{ forecaster, source: 'a-report', scope: 'national', publishedOn: '2020-05-25', period: YEAR },
    ...{ forecast: `fc-${forecaster}`, alsoStatedIn: [], total, years: 1, perYear: total },
    ...{ pointValue: numbers.value, comparable: true, reason: null, countsInstead: null },
    ...{ conversionReason: null, assumptions: [] },
    ...{ stance: 'projection', scenario: null, prices: PRICES, ...more },
  };
}

/** A comparison of these rows. @param intervals by forecast */
export function comparisonContent(
  rows: readonly ComparisonRow[],
  more: Partial<ComparisonPicture> = {},
  intervals: Readonly<Record<string, Interval>> = {},
): ComparisonPicture {
  const compared = rows.filter(({ comparable }) => comparable);
  const spread = compared.length === 0 ? null : ({ count: compared.length } as never);
  return {
    over: 'total',
    groups: [
      {
        subject: {
          ...{ sector: '5g', measure: 'directInvestment', region: 'CN', scope: 'national' },
          window: { start: '2020-01-01', end: '2020-12-31' },
        },
        ...{ rows, currency: 'CNY', spread, outcomes: [] },
      },
    ],
    ...{ links: 0, ungrouped: 0, datasetVersion: '7-abc', receipts: null, ...more },
    names: {
      '5g': '5G',
      CN: 'China',
      directInvestment: 'Direct investment',
      'a-report': 'A report',
      ...more.names,
    },
    said: Object.fromEntries(
      rows.map(({ forecast }) => [
        forecast,
        {
          asStated: `as ${forecast} says`,
          phrase: `that ${forecast} will`,
          interval: intervals[forecast] ?? null,
        },
      ]),
    ),
  };
}

export interface GivenBreakdown {
  readonly total: Numbers | null;
  readonly parts: Readonly<Record<string, Numbers>>;
  readonly residual?: (Numbers & { readonly share: string | null }) | null;
  readonly status?: Breakdown['status'];
}

/** Breakdowns of a sector, one a document. */
export function breakdownContent(...given: readonly GivenBreakdown[]): BreakdownPicture {
  return {
    sector: 'all',
    breakdowns: given.map(({ total, parts, residual = null, status = 'partial' }, at) => ({
      ...{ sector: 'all', source: `s${at}`, forecaster: `f${at}`, measure: 'spending', region: 'CN' },
      ...{ scope: 'national', currency: 'CNY', period: YEAR, status, warnings: [], leftOut: [] },
      total: total && { forecast: 'fc-total', amount: { ...total, currency: 'CNY' } },
      parts: Object.entries(parts).map(([sector, amount]) => ({
        ...{ sector, forecast: `fc-${sector}`, period: YEAR, share: '0.25' },
        amount: { ...amount, currency: 'CNY' },
      })),
      sum: { ...billions('exact', 1), approximate: false },
      residual: residual && { ...residual, approximate: false },
      ...{ uncoveredSectors: ['lost'], uncoveredOf: 'scheme' as const },
      statements: { stances: [], scenarios: [], prices: [] },
    })),
    ...{ figures: new Map(), receipts: null, datasetVersion: '1-a' },
    names: { all: 'Everything', lost: 'The lost one', f0: 'A house' },
    said: { 'fc-b': { asStated: '400 billion', phrase: '400 billion for b', interval: null } },
  };
}

/** A record of the ledger. */
export function recordOf(id: string, numbers: Numbers, more: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    ...{ id, kind: 'forecast', source: 'a-report', sector: '5g', region: 'CN', measure: 'directInvestment' },
    ...{ scope: 'national', publishedOn: '2020-05-25', period: YEAR, ...PLAIN_STATEMENT },
    amount: { ...numbers, currency: 'CNY', asStated: `as ${id} says` },
    evidence: { phrase: `that ${id} will`, status: 'located' },
    names: { organisation: `body of ${id}`, source: 'A report' },
    ...more,
  } as unknown as LedgerRecord;
}

const NAMES = { '5g': '5G', CN: 'China', directInvestment: 'Direct investment' };

/** A forecast beside the outcomes of each body. */
export function assessmentContent(
  forecast: LedgerRecord,
  bodies: readonly (readonly LedgerRecord[])[],
  names: Readonly<Record<string, string>> = {},
): AssessmentPicture {
  const judged = {
    ...{ status: 'partial', reason: 'restNotReported', judgedAsOf: '2026-01-01', approximate: false },
    ...{
      outcomeVsForecastPercent: '-12.5',
      insideBounds: false,
      insideInterval: null,
      reachedPercent: '87.5',
    },
    comparedAmount: forecast.amount,
  };
  const none = { ...judged, outcomes: [], outcomeAmount: null, outcomeVsForecastPercent: null };
  const assessments = bodies.map((outcomes) => ({
    ...judged,
    outcomes: outcomes.map(({ id }) => id),
    outcomeAmount: outcomes.at(-1)?.amount,
  }));
  return {
    ...{ forecast, outcomes: bodies.flat(), datasetVersion: '7-abc', names: { ...NAMES, ...names } },
    assessments: assessments.length === 0 ? [none] : assessments,
    setAside: bodies.flat().map(({ id }) => ({ outcome: id, reason: 'otherScope' })),
  } as unknown as AssessmentPicture;
}

/** A record's card. */
export function recordContent(
  record: LedgerRecord,
  names: Readonly<Record<string, string>> = {},
): RecordPicture {
  return { record, source: undefined, names: { ...NAMES, ...names }, datasetVersion: '7-abc' };
}

/** A record at several rates. */
export function conversionsContent(
  record: LedgerRecord,
  names: Readonly<Record<string, string>> = {},
): ConversionsPicture {
  const { value, low, high } = record.amount;
  const rate = { value: '7.13620531622', direction: 'CNY per USD' };
  const rows = (['publication', 'stated', 'latest'] as const).map((basis) => ({
    ...{ basis, notConverted: null, deviationFromStatedPercent: '1.5' },
    converted: {
      ...{ currency: 'USD', value, low, high },
      receipt: { basis, effectiveDate: '2020-05-25', method: 'direct', rate, legs: [] },
    },
  }));
  return { ...recordContent(record, names), to: 'USD', rows } as unknown as ConversionsPicture;
}

/** Judged forecasts of a forecaster, each with how far its outcome lay from it in percent. */
export function trackRecordContent(
  forecaster: string,
  judged: readonly { readonly forecast: LedgerRecord; readonly percent: string }[],
): TrackRecordPicture {
  return {
    ...{ forecaster, judgedAsOf: '2026-01-01', names: NAMES, datasetVersion: '7-abc' },
    figures: {
      ...{ forecasts: judged.length, assessed: judged.length, preliminary: 3, partial: 2, pending: 4 },
      ...{ noOutcome: 5, notComparable: 6, geometricMeanRatio: '1.25' },
      ...{ oneSidedCases: 2, rangeCases: 2, shareInsideBounds: '0.5' },
      percentageErrorRows: judged.map(({ forecast }) => ({ forecast: forecast.id, reportedBy: 'body' })),
    },
    judged: judged.map(({ forecast, percent }) => ({
      forecast,
      assessments: [
        {
          ...{ outcomeVsForecastPercent: percent, outcomeAmount: forecast.amount, reportedBy: 'body' },
          ...{ comparedAmount: forecast.amount, approximate: true },
        },
      ],
    })),
  } as unknown as TrackRecordPicture;
}

/** Cells of a matrix by sector and year, one series a document. */
export function matrixContent(
  series: readonly Readonly<Record<string, readonly Numbers[]>>[],
  names: Readonly<Record<string, string>> = {},
): MatrixPicture {
  const yearOf = (at: number) => periodOf(`${2020 + at}-01-01`, `${2020 + at}-12-31`);
  return {
    series: series.map((bySector, at) => ({
      ...{
        root: 'all',
        source: `s${at}`,
        forecaster: `f${at}`,
        measure: 'spending',
        region: 'CN',
        scope: 'national',
      },
      ...{ currency: 'CNY', totals: [], leftOut: [], statements: { stances: [], scenarios: [], prices: [] } },
      periods: Object.values(bySector)[0]?.map((_, year) => yearOf(year)) ?? [],
      cells: Object.entries(bySector).flatMap(([sector, years]) =>
        years.map((numbers, year) => ({
          ...{ sector, forecast: `fc-${sector}-${year}`, period: yearOf(year) },
          amount: { ...numbers, currency: 'CNY' },
        })),
      ),
    })),
    ...{ leftOut: [], selection: 'f0', figures: new Map(), receipts: null, datasetVersion: '1-a' },
    ...{ names: { all: 'Everything', ...names }, said: {} },
  } as unknown as MatrixPicture;
}

/** A forecast of a series. @param percent by how much it changed */
export function seriesItem(
  forecast: string,
  numbers: Numbers,
  more: Partial<SeriesPicture['series'][number]['items'][number]> = {},
  percent: string | null = null,
): SeriesPicture['series'][number]['items'][number] {
  return {
    ...{ forecast, source: 'a-report', publishedOn: '2020-05-25', stance: 'projection', scenario: null },
    ...{ period: YEAR, amount: { ...numbers, currency: 'CNY' }, conversionReason: null, revises: null },
    change: percent === null ? null : { from: 'fc', absolute: '1', percent, approximate: false },
    ...{ noChangeReason: null, ...more },
  };
}

/** Series, one a forecaster. */
export function seriesContent(
  all: readonly (readonly SeriesPicture['series'][number]['items'][number][])[],
  reported: readonly Numbers[] = [],
  names: Readonly<Record<string, string>> = {},
): SeriesPicture {
  const series = all.map((items, at) => ({
    ...{ forecaster: `f${at}`, sector: '5g', measure: 'directInvestment', region: 'CN', scope: 'national' },
    ...{ prices: PRICES, scenario: null, period: YEAR, items, warnings: [] },
    outcomes: reported.map((numbers, number) => ({
      ...{ id: `oc-${number}`, reportedBy: 'ministry', source: 'a-report', conversionReason: null },
      amount: { ...numbers, currency: 'CNY' },
    })),
  }));
  const said = all
    .flat()
    .map(({ forecast }) => [
      forecast,
      { asStated: `as ${forecast} says`, phrase: `that ${forecast} will`, interval: null },
    ]);
  return {
    ...{ series, said: Object.fromEntries(said), receipts: null, datasetVersion: '7-abc' },
    names: { ...NAMES, f0: 'A house', ministry: 'A ministry', 'a-report': 'A report', ...names },
  } as unknown as SeriesPicture;
}
