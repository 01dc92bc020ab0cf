import type { z } from 'zod';
import type { Breakdown } from '../../domain/analysis/breakdown.ts';
import type { Figure } from '../../domain/analysis/figure.ts';
import { isConverted, spanKey } from '../../domain/analysis/figure.ts';
import type { BreakdownMatrix, MatrixLeftOut, MatrixSeries } from '../../domain/analysis/matrix.ts';
import type { ParentOf } from '../../domain/analysis/taxonomy.ts';
import { rootOf } from '../../domain/analysis/taxonomy.ts';
import type { FigureAmount } from '../../domain/money/amount.ts';
import type { Period } from '../../domain/period/period.ts';
import type { Steps } from '../../domain/steps.ts';
import { mapped } from '../../domain/steps.ts';
import type { StatTable } from '../../http/formats/json-stat.ts';
import type { FiguresById } from '../figures.ts';
import type { Names } from '../shared-schemas.ts';
import { periodCells, periodLabel, scopeNameIn } from '../shared-schemas.ts';
import type { BreakdownRow, MatrixRow } from './schemas.ts';

/*
 * Breakdowns and their matrix as tables: rows for CSV and NDJSON, datasets for JSON-stat.
 */

/** Tells periods of other dates, kinds and lengths apart: "2020-01-01/2030-12-31/perYear/11". */
function periodId({ start, end, kind, years }: Period): string {
  return [start ?? '', end ?? '', kind, years ?? ''].join('/');
}

type BreakdownRecord = z.output<typeof BreakdownRow>;
type MatrixRecord = z.output<typeof MatrixRow>;

type Key = Pick<Figure, 'source' | 'forecaster' | 'measure' | 'region' | 'scope'>;

/** What a row is of, with the names of its ids. */
function keyCells({ source, forecaster, measure, region, scope }: Key, names: Names) {
  return {
    cells: { source, forecaster, measure, region, scope },
    names: {
      source: names[source] ?? null,
      forecaster: forecaster === null ? null : (names[forecaster] ?? null),
      measure: names[measure] ?? null,
      region: names[region] ?? null,
      scope: scopeNameIn(names, scope),
    },
  };
}

function amountCells(amount: FigureAmount) {
  return { ...amount, approximate: isApproximate(amount) };
}

function isApproximate({ qualifier }: FigureAmount): boolean {
  return qualifier === 'approximately';
}

const NO_AMOUNT = {
  value: null,
  low: null,
  high: null,
  qualifier: null,
  currency: null,
  approximate: null,
};

/** A figure that is left out, and why: without its amount where that is not in the currency asked for. */
function leftOutCells(figure: Figure, reason: string) {
  const cells = { ...periodCells(figure.period), forecast: figure.id };
  return isConverted(figure)
    ? { ...cells, ...amountCells(figure.amount), role: 'leftOut' as const, reason }
    : { ...cells, ...NO_AMOUNT, role: 'notConverted' as const, reason: figure.conversionReason ?? reason };
}

/** Breakdowns of a sector as rows: of each its total, parts, residual and what it leaves out; then what is in none. */
export function* breakdownRows(
  sector: string,
  breakdowns: readonly Breakdown[],
  figures: FiguresById,
  names: Names,
): Steps<readonly BreakdownRecord[]> {
  const named = new Set(breakdowns.flatMap(({ leftOut }) => leftOut.map(({ forecast }) => forecast)));
  const inNone = [...figures.values()]
    .filter((figure) => !isConverted(figure) && !named.has(figure.id))
    .map((figure) => leftOutRow(sector, figure, { status: null, warnings: [] }, 'notConverted', names));
  const rows = yield* mapped(breakdowns, (breakdown) => rowsOf(breakdown, figures, names));
  return [...rows.flat(), ...inNone];
}

type About = Pick<BreakdownRecord, 'status' | 'warnings'>;

/** What every row of a sector has. @param part the sector that it is of, where that is another */
function rowOf(sector: string, key: Key, about: About, part: string | null, names: Names) {
  const { cells, names: own } = keyCells(key, names);
  return {
    sector,
    ...cells,
    ...about,
    part,
    reason: null,
    share: null,
    names: { sector: names[sector] ?? null, ...own, part: part && (names[part] ?? null) },
  };
}

function leftOutRow(
  sector: string,
  figure: Figure,
  about: About,
  reason: string,
  names: Names,
): BreakdownRecord {
  const part = figure.sector === sector ? null : figure.sector;
  return { ...rowOf(sector, figure, about, part, names), ...leftOutCells(figure, reason) };
}

function rowsOf(breakdown: Breakdown, figures: FiguresById, names: Names): readonly BreakdownRecord[] {
  const { sector, currency, status, total, residual } = breakdown;
  const about = { status, warnings: breakdown.warnings.map(({ code }) => code) };
  const row = (part: string | null, period = breakdown.period) => ({
    ...rowOf(sector, breakdown, about, part, names),
    ...periodCells(period),
  });
  const totals =
    total === null
      ? []
      : [{ ...row(null), role: 'total' as const, forecast: total.forecast, ...amountCells(total.amount) }];
  const parts = breakdown.parts.map(({ sector: part, period, forecast, amount, share }) => ({
    ...row(part, period),
    role: 'part' as const,
    forecast,
    ...amountCells(amount),
    share,
  }));
  const residuals =
    residual === null
      ? []
      : [{ ...row(null), role: 'residual' as const, forecast: null, ...residual, currency }];
  const leftOut = breakdown.leftOut.flatMap(({ forecast, reason }) => {
    const figure = figures.get(forecast);
    return figure === undefined ? [] : [leftOutRow(sector, figure, about, reason, names)];
  });
  return [...totals, ...parts, ...residuals, ...leftOut];
}

const FIGURE_CATEGORIES = [
  { id: 'value', label: 'Value' },
  { id: 'low', label: 'Lower bound' },
  { id: 'high', label: 'Upper bound' },
  { id: 'share', label: 'Share of the total' },
] as const;
type FigureCategory = (typeof FIGURE_CATEGORIES)[number]['id'];

/** A breakdown as a JSON-stat table: part by figure. */
export function breakdownTable(breakdown: Breakdown, figures: FiguresById, names: Names): StatTable {
  const { parts, total, residual, ...key } = breakdown;
  const rows = [
    ...(total === null
      ? []
      : [{ id: 'total', label: 'Stated total', share: null, ...amountCells(total.amount) }]),
    ...parts.map(({ sector, amount, share }) => ({
      id: sector,
      label: names[sector] ?? sector,
      share,
      ...amountCells(amount),
    })),
    ...(residual === null ? [] : [{ id: 'residual', label: 'Residual', ...residual }]),
  ];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const source = names[breakdown.source] ?? breakdown.source;
  return {
    label: `${names[breakdown.sector] ?? breakdown.sector}: ${names[breakdown.measure] ?? breakdown.measure}, ${periodLabel(breakdown.period)}, ${source}`,
    source,
    updated: null,
    dimensions: [
      { id: 'part', label: 'Part', categories: rows.map(({ id, label }) => ({ id, label })) },
      { id: 'figure', label: 'Figure', categories: FIGURE_CATEGORIES },
    ],
    valueAt: ([part = '', figure = '']) => byId.get(part)?.[figure as FigureCategory] ?? null,
    extension: {
      ...key,
      periods: Object.fromEntries(parts.map(({ sector, period }) => [sector, period])),
      approximate: rows.filter(({ approximate }) => approximate).map(({ id }) => id),
      notConverted: notConvertedOf(breakdown.leftOut, figures),
    },
  };
}

/** Which of the figures left out could not be converted, each with the code of its reason. */
function notConvertedOf(
  leftOut: readonly { readonly forecast: string }[],
  figures: FiguresById,
): readonly { readonly forecast: string; readonly reason: string }[] {
  return leftOut.flatMap(({ forecast }) => {
    const figure = figures.get(forecast);
    if (figure === undefined || isConverted(figure)) return [];
    return [{ forecast, reason: figure.conversionReason ?? 'notConverted' }];
  });
}

/** The matrix as rows: of each series its cells, totals and what it leaves out; then what is in none. */
export function* matrixRows(
  { series, leftOut }: BreakdownMatrix,
  figures: FiguresById,
  parentOf: ParentOf,
  names: Names,
): Steps<readonly MatrixRecord[]> {
  const ids = (root: string, figure: Figure | MatrixSeries, sector: string) => {
    const { cells, names: own } = keyCells(figure, names);
    const namesOfSectors = { root: names[root] ?? null, sector: names[sector] ?? null };
    return { root, ...cells, sector, names: { ...namesOfSectors, ...own } };
  };
  const out = (
    those: readonly MatrixLeftOut[],
    warnings: readonly string[],
    root?: string,
  ): readonly MatrixRecord[] =>
    those.flatMap(({ forecast, reason }) => {
      const figure = figures.get(forecast);
      if (figure === undefined) return [];
      const key = ids(root ?? rootOf(parentOf, figure.sector), figure, figure.sector);
      return [{ ...key, ...leftOutCells(figure, reason), warnings: [...warnings] }];
    });
  const ofSeries = (one: MatrixSeries): readonly MatrixRecord[] => {
    const warnings = one.warnings.map(({ code }) => code);
    const row =
      (role: 'cell' | 'total') =>
      ({ sector, period, forecast, amount }: MatrixSeries['cells'][number]): MatrixRecord => ({
        ...ids(one.root, one, sector),
        ...periodCells(period),
        ...amountCells(amount),
        forecast,
        role,
        reason: null,
        warnings,
      });
    return [
      ...one.cells.map(row('cell')),
      ...one.totals.map(row('total')),
      ...out(one.leftOut, warnings, one.root),
    ];
  };
  const rows = yield* mapped(series, ofSeries);
  return [...rows.flat(), ...out(leftOut, [])];
}

/** A series as a JSON-stat table: sector by period; bounds are in the extension. */
export function matrixTable(series: MatrixSeries, figures: FiguresById, names: Names): StatTable {
  const { cells, sectors: rows, periods, ...key } = series;
  // Periods of one span are one column, whichever of its wordings stands first.
  const columns = new Map(periods.map((period) => [spanKey(period), periodId(period)]));
  const values = new Map(
    cells.map(({ sector, period, amount }) => [`${sector} ${columns.get(spanKey(period))}`, amount.value]),
  );
  const approximate = [...cells, ...series.totals]
    .filter(({ amount }) => isApproximate(amount))
    .map(({ forecast }) => forecast);
  return {
    label: `${names[series.root] ?? series.root}: ${names[series.measure] ?? series.measure}, ${names[series.source] ?? series.source}`,
    source: names[series.source] ?? series.source,
    updated: null,
    dimensions: [
      { id: 'sector', label: 'Sector', categories: rows.map((id) => ({ id, label: names[id] ?? id })) },
      {
        id: 'period',
        label: 'Period',
        categories: periods.map((period) => ({ id: periodId(period), label: periodLabel(period) })),
      },
    ],
    valueAt: ([sector, period]) => values.get(`${sector} ${period}`) ?? null,
    extension: { ...key, cells, approximate, notConverted: notConvertedOf(series.leftOut, figures) },
  };
}
