import type { Comparison, ComparisonOptions } from '../../domain/analysis/comparison.ts';
import { compare } from '../../domain/analysis/comparison.ts';
import type { ComparisonGroup, Subject } from '../../domain/analysis/comparison-groups.ts';
import {
  compareGroups,
  comparisonGroups,
  firstDayOfPublication,
  forecastersIn,
} from '../../domain/analysis/comparison-groups.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import type { ReadContext } from '../../ledger/context.ts';
import type { StatedForecast } from '../../ledger/records/kinds.ts';
import type { Figures } from '../figures.ts';
import { figuresOf } from '../figures.ts';
import type { ComparisonQuery } from './schemas.ts';

/** The scope of a question that names all else. */
export const NATIONAL = 'national';

/** What of a question changes which rows are comparable, and how. */
export type Changes = Partial<
  Pick<
    ComparisonQuery,
    'scope' | 'periodFrom' | 'periodTo' | 'over' | 'assumeStart' | 'convertTo' | 'rateBasis'
  >
>;

/** Compares some of the forecasts of a question, and tries what changes of it would give. */
export interface Comparer extends Pick<Figures, 'figures' | 'receipts'> {
  /** In turns. @param changes of what the question says; the group's own subject otherwise */
  readonly compare: (group: ComparisonGroup, changes?: Changes) => Promise<Comparison>;
}

export async function openComparer(
  view: ReadContext,
  forecasts: readonly StatedForecast[],
  query: ComparisonQuery,
): Promise<Comparer> {
  const book = await view.rates.open([], vintageOf(view, {}));
  const own = await figuresOf(view, forecasts, query);
  const converted = new Map([[conversionKey(query), own]]);
  return {
    ...own,
    compare: async ({ subject, figures }, changes = {}) => {
      const asked = { ...query, ...changes };
      const key = conversionKey(asked);
      const all = converted.get(key) ?? (await figuresOf(view, forecasts, asked));
      converted.set(key, all);
      const window = windowOf(changes) ?? subject.window;
      const options: ComparisonOptions = {
        window: { start: window.start ?? asked.assumeStart ?? null, end: window.end },
        assumeStart: asked.assumeStart ?? null,
        scope: changes.scope ?? subject.scope,
        over: asked.over,
        minorUnitsOf: (currency) => book.currencyOf(currency)?.minorUnits ?? 0,
        currency: asked.convertTo ?? null,
      };
      return inTurns(
        compare(
          figures.flatMap(({ id }) => all.byId.get(id) ?? []),
          options,
        ),
      );
    },
  };
}

function conversionKey({ convertTo, rateBasis, rateDate }: ComparisonQuery): string {
  return JSON.stringify([convertTo, rateBasis, rateDate]);
}

/** The window that parameters name. */
export function windowOf({
  periodFrom,
  periodTo,
}: Pick<Changes, 'periodFrom' | 'periodTo'>): Subject['window'] | undefined {
  return periodFrom === undefined || periodTo === undefined
    ? undefined
    : { start: periodFrom, end: periodTo };
}

/** Whether a question names all that one comparison is of. */
export function isWhole({ sector, measure, region, periodFrom }: ComparisonQuery): boolean {
  return sector.length === 1 && measure !== undefined && region !== undefined && periodFrom !== undefined;
}

/** A group with what comes of comparing its figures. */
export interface ComparedGroup extends ComparisonGroup, Comparison {
  readonly forecasters: number;
}

/** The groups that at least two forecasters speak of, or all where only several sectors make groups; and how many forecasts are in none. */
export async function groupsOf(
  comparer: Comparer,
  query: ComparisonQuery,
): Promise<{ readonly groups: readonly ComparedGroup[]; readonly ungrouped: number }> {
  const { sector, measure, region, over, assumeStart = null } = query;
  const isNamed = isWhole({ ...query, sector: sector.slice(0, 1) });
  const window = windowOf(query);
  const scope = query.scope ?? (isNamed ? NATIONAL : undefined);
  const found = await inTurns(comparisonGroups(comparer.figures, { scope, window, over, assumeStart }));
  const groups: ComparedGroup[] = [];
  let grouped = 0;
  for (const group of found) {
    const comparison = await comparer.compare(group);
    const forecasters = forecastersIn(comparison);
    if (forecasters < 2 && !isNamed) continue;
    grouped += group.figures.length;
    groups.push({ ...group, ...comparison, forecasters });
  }
  if (isNamed && window !== undefined && measure !== undefined && region !== undefined)
    for (const id of sector)
      if (!groups.some(({ subject }) => subject.sector === id)) {
        const subject = { sector: id, measure, region, scope: scope ?? NATIONAL, window };
        groups.push({ subject, figures: [], forecasters: 0, rows: [], currency: null, spread: null });
      }
  return {
    groups: groups.sort(compareGroups(sector)),
    ungrouped: comparer.figures.length - grouped,
  };
}

/** The parameters of a question for one group alone, with all that it leaves out. */
export function wholeQuestion(
  { subject, figures }: ComparisonGroup,
  query: ComparisonQuery,
): Readonly<Record<string, string>> {
  const { sector, measure, region, scope, window } = subject;
  const start = window.start ?? query.assumeStart ?? firstDayOfPublication(figures) ?? window.end;
  return { sector, measure, region, scope, periodFrom: start, periodTo: window.end };
}
