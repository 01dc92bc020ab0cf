import type { Comparison, ComparisonOptions } from '../../domain/analysis/comparison.ts';
import { compare } from '../../domain/analysis/comparison.ts';
import type {
  Beside,
  ComparisonGroup,
  Question,
  Subject,
  UngroupedReason,
} from '../../domain/analysis/comparison-groups.ts';
import {
  BESIDE,
  compareGroups,
  comparisonGroups,
  forecastersIn,
  isWithin,
  spanning,
  subjectKey,
  subjectOf,
  whyUngrouped,
} from '../../domain/analysis/comparison-groups.ts';
import { statementsOf } from '../../domain/analysis/figure.ts';
import { vintageOf } from '../../domain/vintage.ts';
import { inTurns } from '../../http/turns.ts';
import { wholeScopes } from '../../ledger/catalogue/repository.ts';
import type { ReadContext } from '../../ledger/context.ts';
import type { StatedForecast } from '../../ledger/records/kinds.ts';
import type { Reader } from '../../store/store.ts';
import type { Figures } from '../figures.ts';
import { figuresOf } from '../figures.ts';
import type { Names } from '../shared-schemas.ts';
import { namesOf } from '../shared-schemas.ts';
import type { ComparisonQuery } from './schemas.ts';

/** What of a question changes which rows are comparable, and how. */
export type Changes = Partial<
  Pick<
    ComparisonQuery,
    'scope' | 'periodFrom' | 'periodTo' | 'over' | 'assumeStart' | 'convertTo' | 'rateBasis'
  >
>;

/** Compares some of the forecasts of a question, and tries what changes of it would give. */
export interface Comparer extends Pick<Figures, 'figures' | 'byId' | 'receipts'> {
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
        perForecaster: asked.perForecaster,
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

function conversionKey({ convertTo, rateBasis, rateDate, rateProvider }: ComparisonQuery): string {
  return JSON.stringify([convertTo, rateBasis, rateDate, rateProvider]);
}

/** The window that parameters name: without a first day that of figures "by" its last. */
export function windowOf({
  periodFrom,
  periodTo,
}: Pick<Changes, 'periodFrom' | 'periodTo'>): Subject['window'] | undefined {
  return periodTo === undefined ? undefined : { start: periodFrom ?? null, end: periodTo };
}

/** Whether a question names all that one comparison is of. */
export function isWhole(query: ComparisonQuery): boolean {
  return query.sector.length === 1 && isNamed(query);
}

/** Whether it names all but a single sector. */
function isNamed({ measure, region, periodTo }: ComparisonQuery): boolean {
  return measure !== undefined && region !== undefined && periodTo !== undefined;
}

/** A question that names all else is of a scope too: of all who spend in its region. */
export async function withScope(read: Reader, query: ComparisonQuery): Promise<ComparisonQuery> {
  const { scope, region } = query;
  if (scope !== undefined || region === undefined || !isNamed(query)) return query;
  return { ...query, scope: (await wholeScopes(read, [region]))(region) };
}

/** What of a question decides which figures are compared with each other. */
export function questionOf(query: ComparisonQuery): Question {
  const { scope, over, assumeStart = null } = query;
  return { scope, window: windowOf(query), over, assumeStart };
}

/** What a question lets stand beside the scope and window that it names. */
export function besideIn({ beside }: ComparisonQuery): readonly Beside[] {
  return BESIDE.filter((one) => beside === undefined || beside.includes(one));
}

/** A group with what comes of comparing its figures. */
export interface ComparedGroup extends ComparisonGroup, Comparison {
  readonly forecasters: number;
}

/** A forecast that is in no group. */
export interface Ungrouped {
  readonly forecast: string;
  readonly sector: string;
  readonly reason: UngroupedReason;
}

/** The groups of a question, and the forecasts that are in none. */
export async function groupsOf(
  comparer: Comparer,
  query: ComparisonQuery,
): Promise<{ readonly groups: readonly ComparedGroup[]; readonly ungrouped: readonly Ungrouped[] }> {
  const { sector, measure, region } = query;
  const question = questionOf(query);
  const { window, scope } = question;
  const found = await inTurns(comparisonGroups(comparer.figures, question));
  const compared: ComparedGroup[] = [];
  for (const group of found) {
    const comparison = await comparer.compare(group);
    compared.push({ ...group, ...comparison, forecasters: forecastersIn(comparison) });
  }
  const groups = [...shownAmong(compared, query)];
  const grouped = new Set(groups.flatMap(({ figures }) => figures.map(({ id }) => id)));
  if (isNamed(query) && window && measure && region && scope)
    for (const id of sector)
      if (!groups.some(({ subject }) => subject.sector === id)) {
        const subject = { sector: id, measure, region, scope, window };
        groups.push({
          subject,
          figures: [],
          forecasters: 0,
          rows: [],
          currency: null,
          spread: null,
          warnings: [],
          statements: statementsOf([]),
        });
      }
  return {
    groups: groups.sort(compareGroups(sector)),
    ungrouped: comparer.figures.flatMap((figure) =>
      grouped.has(figure.id)
        ? []
        : [
            {
              forecast: figure.id,
              sector: figure.sector,
              reason: whyUngrouped(figure, question) ?? 'oneForecaster',
            },
          ],
    ),
  };
}

/** What a group is of, and how many speak of it. */
export type CountedGroup = Pick<ComparedGroup, 'subject' | 'forecasters'>;

/** So many groups are counted, and forecasters in them: what they take in memory is bounded. */
const MOST_COUNTED = 20_000;
const MOST_SPEAKERS = 200_000;

/**
 * The same groups of more forecasts than can be computed with, read a page at a time, of which none is kept.
 * @returns undefined where there are more groups than can be counted
 */
export async function countedGroups(
  pages: AsyncIterable<readonly StatedForecast[]>,
  query: ComparisonQuery,
): Promise<
  { readonly groups: readonly CountedGroup[]; readonly ungrouped: number; readonly names: Names } | undefined
> {
  const question = questionOf(query);
  const found = new Map<string, { subject: Subject; speakers: Set<string>; figures: number }>();
  const names: Record<string, string> = {};
  let [figures, speakers] = [0, 0];
  for await (const page of pages)
    for (const forecast of page) {
      figures += 1;
      const subject = subjectOf(forecast, question);
      if (subject === null) continue;
      const key = subjectKey(subject);
      const group = found.get(key) ?? { subject, speakers: new Set(), figures: 0 };
      if (!found.has(key)) Object.assign(names, namesOf([forecast], ['sector', 'measure', 'region']));
      found.set(key, group);
      group.figures += 1;
      group.subject = { ...subject, window: spanning(group.subject.window, forecast, question) };
      const { forecaster } = forecast;
      if (forecaster === null || group.speakers.has(forecaster) || !isWithin(forecast, question, []))
        continue;
      group.speakers.add(forecaster);
      speakers += 1;
      if (found.size > MOST_COUNTED || speakers > MOST_SPEAKERS) return undefined;
    }
  const groups = [...found.values()].flatMap((group) =>
    group.subject.window.end === '' ? [] : [{ ...group, forecasters: group.speakers.size }],
  );
  const shown = shownAmong(groups, query);
  return {
    groups: shown.toSorted(compareGroups(query.sector)),
    ungrouped: figures - shown.reduce((sum, group) => sum + group.figures, 0),
    names,
  };
}

/**
 * The groups that are shown: all where only several sectors make groups, else those of which at least two forecasters
 * speak; of several sectors also those that stand beside that of another sector, and all of a sector that has no others.
 */
function shownAmong<Group extends CountedGroup>(
  groups: readonly Group[],
  query: ComparisonQuery,
): readonly Group[] {
  if (isNamed(query)) return groups;
  const keyOf = ({ subject }: CountedGroup) => subjectKey({ ...subject, sector: '' });
  const alike = Map.groupBy(groups, keyOf);
  const compared = groups.filter(
    (group) => group.forecasters > 1 || (alike.get(keyOf(group)) ?? []).length > 1,
  );
  if (query.sector.length === 1) return compared;
  const isCompared = new Set(compared);
  const withGroups = new Set(compared.map(({ subject }) => subject.sector));
  return groups.filter((group) => isCompared.has(group) || !withGroups.has(group.subject.sector));
}

/** The parameters of a question for one group alone: with all that it leaves out, and no rows beside those of the group. */
export function wholeQuestion(
  { sector, measure, region, scope, window }: Subject,
  query: ComparisonQuery,
): Readonly<Record<string, string | undefined>> {
  const question = questionOf(query);
  const beside = besideIn(query).filter(
    (one) => (one === 'scopes' ? question.scope : question.window) !== undefined,
  );
  return {
    ...{ sector, measure, region, scope },
    periodFrom: window.start ?? undefined,
    periodTo: window.end,
    beside: beside.length === BESIDE.length ? undefined : beside.join() || 'none',
  };
}
