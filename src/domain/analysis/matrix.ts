import type { FigureAmount } from '../money/amount.ts';
import type { Period } from '../period/period.ts';
import { calendarYear } from '../period/period.ts';
import { PLAIN_STATEMENT, scenarioGroup } from '../statement.ts';
import type { Steps } from '../steps.ts';
import { mapped, sorted } from '../steps.ts';
import { alternativesIn } from './breakdown-parts.ts';
import type { ConvertedFigure, Figure, FigureKey, Statements } from './figure.ts';
import {
  byForecast,
  byId,
  compareText,
  compareTexts,
  distinct,
  haveOneRate,
  isConverted,
  keyOf,
  keyText,
  keyTexts,
  mayOverlap,
  priceBasisOf,
  sayTheSame,
  spanKey,
  statementsOf,
  unlikeMost,
} from './figure.ts';
import type { OverlapsOf, ParentOf } from './taxonomy.ts';
import { ancestorsOf, overlappingSectors, rootsOf } from './taxonomy.ts';
import type { BreakdownWarning } from './warnings.ts';
import { warningsOf } from './warnings.ts';

/** What a matrix is made for: all of one forecaster, all of one calendar year, or all of one measure. */
export type MatrixSelection =
  | { readonly forecaster: string | null }
  | { readonly year: number }
  | { readonly measure: string };

export const MATRIX_REASONS = [
  // The sector has several figures for the period: none is shown, or another that says the same.
  'severalFigures',
  // It lies within a sector that is shown.
  'finerFigure',
  // It covers or may cover the year asked for, but is not for exactly that year, converted or not.
  'differentPeriod',
  // It is of another scenario of the document: these are alternatives.
  'otherScenario',
  'notConverted',
] as const;

export interface MatrixCell {
  readonly sector: string;
  readonly period: Period;
  readonly forecast: string;
  readonly amount: FigureAmount;
}

export interface MatrixLeftOut {
  readonly forecast: string;
  readonly reason: (typeof MATRIX_REASONS)[number];
}

/**
 * The cells that may be stacked, period by period: one document, forecaster, measure, region, scope, currency and tree of
 * the taxonomy. Sectors of different trees are never stacked: nothing says that one of them does not contain the other,
 * as a power grid may contain the lines of new infrastructure.
 */
export interface MatrixSeries extends FigureKey {
  /** The sector at the top of the tree in which those of the cells and totals stand. */
  readonly root: string;
  readonly currency: string;
  /** Those of the cells. */
  readonly sectors: readonly string[];
  /** Those of the cells and totals, each once, earliest end first. */
  readonly periods: readonly Period[];
  /** At most one for a sector and period; within a period no sector stands beside one above or below it. */
  readonly cells: readonly MatrixCell[];
  /** Figures of sectors whose parts are the cells of the same period: the height to which a bar should reach. */
  readonly totals: readonly MatrixCell[];
  /** Where one of them could not be converted, a total less its cells is not what the document leaves over. */
  readonly leftOut: readonly MatrixLeftOut[];
  /** `overlappingParts` where cells of one period share money; `mixedRates` where the cells and totals were not all converted at one rate: their heights tell of rates as well. */
  readonly warnings: readonly BreakdownWarning[];
  /** What the cells and totals say beside their figures; in other prices there is a series of its own. */
  readonly statements: Statements;
}

export interface BreakdownMatrix {
  readonly series: readonly MatrixSeries[];
  /** Figures of the selection that belong to no series, because none of their key can be shown. */
  readonly leftOut: readonly MatrixLeftOut[];
}

/** The one bar of a period: for each sector its figure, parts in preference to the whole they are parts of. */
function stackOf(
  figures: readonly ConvertedFigure[],
  parentOf: ParentOf,
): Pick<MatrixSeries, 'cells' | 'totals' | 'leftOut'> & { readonly shown: readonly ConvertedFigure[] } {
  const bySector = Map.groupBy(figures, ({ sector }) => sector);
  const wholes = new Set<string>();
  const depths = new Map<string, number>();
  for (const sector of bySector.keys()) {
    const above = ancestorsOf(parentOf, sector).filter((id) => id !== sector && bySector.has(id));
    depths.set(sector, above.length);
    for (const id of above) wholes.add(id);
  }
  const cells: MatrixCell[] = [];
  const totals: MatrixCell[] = [];
  const leftOut: MatrixLeftOut[] = [];
  const shown: ConvertedFigure[] = [];
  for (const [sector, ofSector] of bySector) {
    const depth = depths.get(sector) ?? 0;
    const chosen = depth > 1 || !sayTheSame(ofSector) ? undefined : ofSector.toSorted(byId)[0];
    for (const figure of ofSector) {
      const { id, period, amount } = figure;
      if (figure === chosen) {
        shown.push(figure);
        const place = depth === 0 && wholes.has(sector) ? totals : cells;
        place.push({ sector, period, forecast: id, amount });
      } else leftOut.push({ forecast: id, reason: depth > 1 ? 'finerFigure' : 'severalFigures' });
    }
  }
  return { cells, totals, leftOut, shown };
}

function comparePeriods(one: Period, other: Period): number {
  return compareTexts(
    [one.end, one.start, one.kind, spanKey(one)],
    [other.end, other.start, other.kind, spanKey(other)],
  );
}

function compareCells(one: MatrixCell, other: MatrixCell): number {
  return compareText(one.sector, other.sector) || comparePeriods(one.period, other.period);
}

/**
 * Sector by period, for stacked bars: a series for each document, forecaster, measure, region, scope, currency and tree of
 * the taxonomy among the figures of the selection, a bar for each period of it; a sector of several trees stands in a series of
 * each. Where a sector and sectors below it have
 * figures for one period, the nearest below it are the cells and its own is the bar's total; anything finer is left out.
 * A year takes only figures of exactly that calendar year. Each series names the figures of its key and tree that could not
 * be converted. The caller filters by all else.
 */
export function* breakdownMatrix(
  figures: readonly Figure[],
  parentOf: ParentOf,
  { by, overlapsOf = new Map() }: { readonly by: MatrixSelection; readonly overlapsOf?: OverlapsOf },
): Steps<BreakdownMatrix> {
  const leftOut: MatrixLeftOut[] = [];
  const year = 'year' in by ? calendarYear(by.year) : null;
  const selected = figures.filter((figure) => {
    if ('forecaster' in by) return figure.forecaster === by.forecaster;
    if ('measure' in by) return figure.measure === by.measure;
    return year !== null && mayOverlap(figure.period, year);
  });
  const treesOf = (figure: Figure) =>
    rootsOf(parentOf, figure.sector).map((root) => {
      return { figure, root, tree: JSON.stringify([keyText(figure), root]) };
    });
  const inTrees = (yield* mapped(selected, treesOf)).flat();
  const lost = new Map<string, Figure[]>();
  const alike = new Map<string, { root: string; tree: string; figures: ConvertedFigure[] }>();
  for (const { figure, root, tree } of inTrees) {
    if (!isConverted(figure)) {
      lost.set(tree, [...(lost.get(tree) ?? []), figure]);
      continue;
    }
    const key = JSON.stringify([tree, figure.amount.currency, priceBasisOf(figure)]);
    const group = alike.get(key);
    if (group === undefined) alike.set(key, { root, tree, figures: [figure] });
    else group.figures.push(figure);
  }
  const leftOutUnconverted = (figure: Figure): MatrixLeftOut => ({
    forecast: figure.id,
    reason: isOfPeriod(figure) ? 'notConverted' : 'differentPeriod',
  });
  const withSeries = new Set<string>();
  const isOfPeriod = ({ period }: Figure): boolean =>
    year === null || (period.kind !== 'perYear' && period.start === year.start && period.end === year.end);

  const series: MatrixSeries[] = [];
  const alternatives = [...alike.values()].flatMap(({ root, tree, figures: alone }) =>
    alternativesIn(alone).map((alternative) => ({ root, tree, ...alternative })),
  );
  for (const { root, tree, figures: group, others } of alternatives) {
    const otherPeriods = group
      .filter((figure) => !isOfPeriod(figure))
      .map(({ id }): MatrixLeftOut => ({ forecast: id, reason: 'differentPeriod' }));
    const ofSpans = Map.groupBy(group.filter(isOfPeriod), ({ period }) => spanKey(period));
    const stacks = yield* mapped(ofSpans.values(), (stack) => stackOf(stack, parentOf));
    const cellsOf = (kind: 'cells' | 'totals') =>
      sorted(
        stacks.flatMap((stack) => stack[kind]),
        compareCells,
      );
    const [cells, totals] = [yield* cellsOf('cells'), yield* cellsOf('totals')];
    const shown = stacks.flatMap((stack) => stack.shown);
    const reasons: MatrixLeftOut[] = [
      ...[...otherPeriods, ...stacks.flatMap((stack) => stack.leftOut)],
      ...others.map(({ id }): MatrixLeftOut => ({ forecast: id, reason: 'otherScenario' })),
    ];
    const [any] = group;
    if (any === undefined || cells.length + totals.length === 0) {
      leftOut.push(...reasons);
      continue;
    }
    withSeries.add(tree);
    reasons.push(...(lost.get(tree) ?? []).map(leftOutUnconverted));
    const overlapping = stacks.flatMap(({ cells: stacked, shown: figuresOfStack }) => {
      const those = overlappingSectors(
        stacked.map(({ sector }) => sector),
        parentOf,
        overlapsOf,
      );
      return figuresOfStack.filter(({ sector }) => those.has(sector));
    });
    const byForecasts = yield* sorted([...cells, ...totals], byForecast);
    const periods = Map.groupBy(byForecasts, ({ period }) => spanKey(period));
    series.push({
      root,
      ...keyOf(any),
      currency: any.amount.currency,
      sectors: distinct(cells.map(({ sector }) => sector)),
      periods: yield* sorted(
        [...periods.values()].flatMap(([cell]) => (cell === undefined ? [] : [cell.period])),
        comparePeriods,
      ),
      cells,
      totals,
      leftOut: yield* sorted(reasons, byForecast),
      warnings: warningsOf([
        ['overlappingParts', overlapping],
        ['mixedRates', haveOneRate(shown) ? [] : shown],
        ['mixedStances', unlikeMost(shown, ({ stance = PLAIN_STATEMENT.stance }) => stance)],
        ['mixedScenarios', unlikeMost(shown, ({ scenario = null }) => scenarioGroup(scenario))],
      ]),
      statements: statementsOf(shown),
    });
  }
  for (const [key, figuresOfKey] of lost)
    if (!withSeries.has(key)) leftOut.push(...figuresOfKey.map(leftOutUnconverted));
  const order = (one: MatrixSeries) => [
    ...keyTexts(one),
    ...[one.currency, one.root, JSON.stringify(one.statements)],
  ];
  return {
    series: yield* sorted(series, (one, other) => compareTexts(order(one), order(other))),
    leftOut: yield* sorted(leftOut, byForecast),
  };
}
