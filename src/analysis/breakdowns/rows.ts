import type { z } from 'zod';
import type {
  Breakdown,
  BreakdownMatrix,
  MatrixLeftOut,
  MatrixSeries,
} from '../../domain/analysis/breakdown.ts';
import type { ParentOf } from '../../domain/analysis/taxonomy.ts';
import { rootOf } from '../../domain/analysis/taxonomy.ts';
import type { Figure } from '../../domain/money/figure.ts';
import { isConverted, spanKey } from '../../domain/money/figure.ts';
import type { Period } from '../../domain/period/period.ts';
import type { StatTable } from '../../http/formats/json-stat.ts';
import type { BreakdownRow, MatrixRow } from './schemas.ts';

/*
 * Breakdowns and their matrix as tables: rows for CSV and NDJSON, datasets for JSON-stat.
 */

/** What to show for an id. */
export type Names = Readonly<Record<string, string>>;

/** A period in a flat row. */
export function periodCells({ start, end, kind, years }: Period) {
  return { periodStart: start, periodEnd: end, periodKind: kind, periodYears: years };
}

/** Tells periods of other dates, kinds and lengths apart: "2020-01-01/2030-12-31/perYear/11". */
export function periodId({ start, end, kind, years }: Period): string {
  return [start ?? '', end ?? '', kind, years ?? ''].join('/');
}

const KINDS: Readonly<Record<Period['kind'], string>> = {
  year: 'one year',
  window: 'in all',
  cumulativeTo: 'cumulative to the end',
  perYear: 'for each year',
  unstated: 'period not stated',
};

/** A period for people: its dates, what its figures are for, and its length. */
export function periodLabel({ start, end, kind, years }: Period): string {
  const dates = start === null && end === null ? [] : [`${start ?? '…'} to ${end ?? '…'}`];
  const length = years === null ? [] : [years === 1 ? '1 year' : `${years} years`];
  return [...dates, KINDS[kind], ...length].join(', ');
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
    },
  };
}

const NO_AMOUNT = { value: null, low: null, high: null, qualifier: null, currency: null };

/**
 * The figure of a row that is left out: its amount, of which none is shown in a currency that was not asked for, and why.
 */
function leftOutCells(figure: Figure, reason: string) {
  const cells = { ...periodCells(figure.period), forecast: figure.id };
  if (!isConverted(figure))
    return {
      ...cells,
      ...NO_AMOUNT,
      role: 'notConverted' as const,
      reason: figure.conversionReason ?? reason,
      approximate: null,
    };
  return {
    ...cells,
    ...figure.amount,
    role: 'leftOut' as const,
    reason,
    approximate: figure.amount.qualifier === 'approximately',
  };
}

/** Breakdowns of a sector as rows: of each its total, parts, residual and what it leaves out; then what is in none. */
export function breakdownRows(
  sector: string,
  breakdowns: readonly Breakdown[],
  figures: readonly Figure[],
  names: Names,
): readonly BreakdownRecord[] {
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  const inNone = inNoBreakdown(breakdowns, figures).map((figure) =>
    leftOutRow(sector, figure, { status: null, warnings: [] }, 'notConverted', names),
  );
  return [...breakdowns.flatMap((breakdown) => rowsOf(breakdown, byId, names)), ...inNone];
}

/** Figures that could not be converted, of keys of which none could be. */
function inNoBreakdown(breakdowns: readonly Breakdown[], figures: readonly Figure[]): readonly Figure[] {
  const named = new Set(breakdowns.flatMap(({ leftOut }) => leftOut.map(({ forecast }) => forecast)));
  return figures.filter((figure) => !isConverted(figure) && !named.has(figure.id));
}

function leftOutRow(
  sector: string,
  figure: Figure,
  about: Pick<BreakdownRecord, 'status' | 'warnings'>,
  reason: string,
  names: Names,
): BreakdownRecord {
  const key = keyCells(figure, names);
  const part = figure.sector === sector ? null : figure.sector;
  return {
    sector,
    ...key.cells,
    ...about,
    ...leftOutCells(figure, reason),
    part,
    share: null,
    names: { sector: names[sector] ?? null, ...key.names, part: part && (names[part] ?? null) },
  };
}

function rowsOf(
  breakdown: Breakdown,
  figures: ReadonlyMap<string, Figure>,
  names: Names,
): readonly BreakdownRecord[] {
  const { sector, currency, status, total, parts, residual, leftOut } = breakdown;
  const about = { status, warnings: breakdown.warnings.map(({ code }) => code) };
  const key = keyCells(breakdown, names);
  const row = (part: string | null) => ({
    sector,
    ...key.cells,
    ...about,
    ...periodCells(breakdown.period),
    part,
    reason: null,
    names: { sector: names[sector] ?? null, ...key.names, part: part && (names[part] ?? null) },
  });
  const rows: BreakdownRecord[] = [];
  if (total !== null) {
    const approximate = total.amount.qualifier === 'approximately';
    rows.push({
      ...row(null),
      role: 'total',
      forecast: total.forecast,
      ...total.amount,
      approximate,
      share: null,
    });
  }
  for (const { sector: part, period, forecast, amount, share } of parts) {
    const approximate = amount.qualifier === 'approximately';
    const cells = { role: 'part', forecast, ...amount, approximate, share } as const;
    rows.push({ ...row(part), ...periodCells(period), ...cells });
  }
  if (residual !== null) rows.push({ ...row(null), role: 'residual', forecast: null, ...residual, currency });
  for (const { forecast, reason } of leftOut) {
    const figure = figures.get(forecast);
    if (figure !== undefined) rows.push(leftOutRow(sector, figure, about, reason, names));
  }
  return rows;
}

const FIGURE_CATEGORIES = [
  { id: 'value', label: 'Value' },
  { id: 'low', label: 'Lower bound' },
  { id: 'high', label: 'Upper bound' },
  { id: 'share', label: 'Share of the total' },
] as const;
type FigureCategory = (typeof FIGURE_CATEGORIES)[number]['id'];

/** A breakdown as a JSON-stat table: part by figure. */
export function breakdownTable(breakdown: Breakdown, figures: readonly Figure[], names: Names): StatTable {
  const { parts, total, residual, ...key } = breakdown;
  const rows = new Map<string, Partial<Record<FigureCategory, string | null>>>();
  const approximate: string[] = [];
  const add = (id: string, row: Partial<Record<FigureCategory, string | null>>, about: boolean): void => {
    rows.set(id, row);
    if (about) approximate.push(id);
  };
  if (total !== null) add('total', total.amount, total.amount.qualifier === 'approximately');
  for (const { sector, amount, share } of parts)
    add(sector, { ...amount, share }, amount.qualifier === 'approximately');
  if (residual !== null) add('residual', residual, residual.approximate);
  const label = (id: string): string =>
    id === 'total' ? 'Stated total' : id === 'residual' ? 'Residual' : (names[id] ?? id);
  return {
    label: `${names[breakdown.sector] ?? breakdown.sector}: ${breakdown.measure}, ${periodLabel(breakdown.period)}, ${names[breakdown.source] ?? breakdown.source}`,
    source: names[breakdown.source] ?? breakdown.source,
    updated: null,
    dimensions: [
      { id: 'part', label: 'Part', categories: [...rows.keys()].map((id) => ({ id, label: label(id) })) },
      { id: 'figure', label: 'Figure', categories: FIGURE_CATEGORIES },
    ],
    valueAt: ([part = '', figure = '']) => rows.get(part)?.[figure as FigureCategory] ?? null,
    extension: {
      ...key,
      periods: Object.fromEntries(parts.map(({ sector, period }) => [sector, period])),
      approximate,
      notConverted: notConvertedOf(breakdown.leftOut, figures),
    },
  };
}

/** Which of the figures left out could not be converted, each with the code of its reason. */
function notConvertedOf(
  leftOut: readonly { readonly forecast: string }[],
  figures: readonly Figure[],
): readonly { readonly forecast: string; readonly reason: string }[] {
  const ids = new Set(leftOut.map(({ forecast }) => forecast));
  return figures.flatMap(({ id, amount, conversionReason }) =>
    amount === null && ids.has(id) ? [{ forecast: id, reason: conversionReason ?? 'notConverted' }] : [],
  );
}

/** The matrix as rows: of each series its cells, totals and what it leaves out; then what is in none. */
export function matrixRows(
  { series, leftOut }: BreakdownMatrix,
  figures: readonly Figure[],
  parentOf: ParentOf,
  names: Names,
): readonly MatrixRecord[] {
  const byId = new Map(figures.map((figure) => [figure.id, figure]));
  const ids = (root: string, figure: Figure | MatrixSeries, sector: string) => {
    const { cells, names: own } = keyCells(figure, names);
    const namesOfSectors = { root: names[root] ?? null, sector: names[sector] ?? null };
    return { root, ...cells, sector, names: { ...namesOfSectors, ...own } };
  };
  const out = (those: readonly MatrixLeftOut[], warnings: readonly string[]): readonly MatrixRecord[] =>
    those.flatMap(({ forecast, reason }) => {
      const figure = byId.get(forecast);
      if (figure === undefined) return [];
      const key = ids(rootOf(parentOf, figure.sector), figure, figure.sector);
      return [{ ...key, ...leftOutCells(figure, reason), warnings: [...warnings] }];
    });
  const ofSeries = (one: MatrixSeries): readonly MatrixRecord[] => {
    const warnings = one.warnings.map(({ code }) => code);
    const row =
      (role: 'cell' | 'total') =>
      ({ sector, period, forecast, amount }: MatrixSeries['cells'][number]): MatrixRecord => ({
        ...ids(one.root, one, sector),
        ...periodCells(period),
        ...amount,
        forecast,
        role,
        reason: null,
        approximate: amount.qualifier === 'approximately',
        warnings,
      });
    return [...one.cells.map(row('cell')), ...one.totals.map(row('total')), ...out(one.leftOut, warnings)];
  };
  return [...series.flatMap(ofSeries), ...out(leftOut, [])];
}

/** A series as a JSON-stat table: sector by period; bounds are in the extension. */
export function matrixTable(series: MatrixSeries, figures: readonly Figure[], names: Names): StatTable {
  const { cells, sectors: rows, periods, ...key } = series;
  // Periods of one span are one column, whichever of its wordings stands first.
  const columns = new Map(periods.map((period) => [spanKey(period), periodId(period)]));
  const values = new Map(
    cells.map(({ sector, period, amount }) => [`${sector} ${columns.get(spanKey(period))}`, amount.value]),
  );
  const approximate = [...cells, ...series.totals]
    .filter(({ amount }) => amount.qualifier === 'approximately')
    .map(({ forecast }) => forecast);
  return {
    label: `${names[series.root] ?? series.root}: ${series.measure}, ${names[series.source] ?? series.source}`,
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
