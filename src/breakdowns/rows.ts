import type { z } from 'zod';
import type { Breakdown, MatrixSeries } from '../domain/breakdown.ts';
import { spanKey } from '../domain/figure.ts';
import type { Period } from '../domain/period.ts';
import type { StatTable } from '../http/json-stat.ts';
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

/** A breakdown as rows: its total, its parts, its residual. */
export function breakdownRows(breakdown: Breakdown, names: Names): readonly z.output<typeof BreakdownRow>[] {
  const {
    sector,
    source,
    forecaster,
    measure,
    region,
    scope,
    currency,
    period,
    status,
    total,
    parts,
    residual,
  } = breakdown;
  const key = { sector, source, forecaster, measure, region, scope, status };
  const span = periodCells(period);
  const rows: z.output<typeof BreakdownRow>[] = [];
  if (total !== null) {
    rows.push({
      ...key,
      ...span,
      role: 'total',
      part: null,
      partName: null,
      forecast: total.forecast,
      ...total.amount,
      share: null,
    });
  }
  for (const part of parts) {
    rows.push({
      ...key,
      ...periodCells(part.period),
      role: 'part',
      part: part.sector,
      partName: names[part.sector] ?? null,
      forecast: part.forecast,
      ...part.amount,
      share: part.share,
    });
  }
  if (residual !== null) {
    const { approximate: _, ...amount } = residual;
    rows.push({
      ...key,
      ...span,
      role: 'residual',
      part: null,
      partName: null,
      forecast: null,
      ...amount,
      currency,
    });
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
export function breakdownTable(breakdown: Breakdown, names: Names): StatTable {
  const { parts, total, residual, ...extension } = breakdown;
  const rows = new Map<string, Partial<Record<FigureCategory, string | null>>>();
  if (total !== null) rows.set('total', total.amount);
  for (const part of parts) rows.set(part.sector, { ...part.amount, share: part.share });
  if (residual !== null) rows.set('residual', residual);
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
    extension,
  };
}

export function matrixRows(series: MatrixSeries, names: Names): readonly z.output<typeof MatrixRow>[] {
  const { root, source, forecaster, measure, region, scope, cells, totals } = series;
  const row = (role: 'cell' | 'total') => (cell: MatrixSeries['cells'][number]) => ({
    root,
    source,
    forecaster,
    measure,
    region,
    scope,
    role,
    sector: cell.sector,
    sectorName: names[cell.sector] ?? cell.sector,
    ...periodCells(cell.period),
    forecast: cell.forecast,
    ...cell.amount,
  });
  return [...cells.map(row('cell')), ...totals.map(row('total'))];
}

/** A series as a JSON-stat table: sector by period; bounds are in the extension. */
export function matrixTable(series: MatrixSeries, names: Names): StatTable {
  const { cells, sectors: rows, periods, ...extension } = series;
  // Periods of one span are one column, whichever of its wordings stands first.
  const columns = new Map(periods.map((period) => [spanKey(period), periodId(period)]));
  const values = new Map(
    cells.map(({ sector, period, amount }) => [`${sector} ${columns.get(spanKey(period))}`, amount.value]),
  );
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
    extension: { ...extension, cells },
  };
}
