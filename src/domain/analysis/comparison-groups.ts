import type { Period } from '../period/period.ts';
import type { Steps } from '../steps.ts';
import type { ComparedFigure, Comparison, ComparisonOptions } from './comparison.ts';
import { assumedStart } from './comparison.ts';
import { compareText, compareTexts } from './figure.ts';

/** What a comparison is of. */
export interface Subject {
  readonly sector: string;
  readonly measure: string;
  readonly region: string;
  readonly scope: string;
  /** The start is null for figures "by 2025", as long as none is assumed. */
  readonly window: ComparisonOptions['window'];
}

/** What a question names, and what counts for all its comparisons; what it leaves out each group has of its own. */
export interface Question extends Pick<ComparisonOptions, 'over' | 'assumeStart'> {
  readonly scope: string | undefined;
  readonly window: ComparisonOptions['window'] | undefined;
}

/** Figures that are compared with each other. */
export interface ComparisonGroup {
  readonly subject: Subject;
  readonly figures: readonly ComparedFigure[];
}

/** What decides in which group a figure is. */
export type Grouped = Pick<ComparedFigure, 'sector' | 'measure' | 'region' | 'scope' | 'period'>;

/**
 * What a figure is compared within where a question leaves something out: its own sector, measure, region, scope and
 * period. Figures a year have no period of their own that matters, as those of all periods compare.
 * @returns null where the document leaves open which period it is for
 */
export function subjectOf(figure: Grouped, { scope, window, over, assumeStart }: Question): Subject | null {
  const { sector, measure, region } = figure;
  const own =
    window ?? (over === 'perYear' ? { start: null, end: '' } : windowOf(figure.period, assumeStart));
  return own && { sector, measure, region, scope: scope ?? figure.scope, window: own };
}

function windowOf(period: Period, assumeStart: string | null): Subject['window'] | null {
  const start = assumedStart(period, assumeStart);
  if (period.kind === 'perYear' || period.end === null) return null;
  return start === null && period.kind !== 'cumulativeTo' ? null : { start, end: period.end };
}

/** What stands beside the rows of a scope and window, each with its reason. */
export const BESIDE = ['scopes', 'periods'] as const;
export type Beside = (typeof BESIDE)[number];

/**
 * Whether a figure is of the scope and window that a question names, or may stand beside them.
 * @param beside which others may
 */
export function isWithin(
  { scope, period }: Pick<Grouped, 'scope' | 'period'>,
  question: Question,
  beside: readonly Beside[],
): boolean {
  const { window, over, assumeStart } = question;
  if (!beside.includes('scopes') && question.scope !== undefined && scope !== question.scope) return false;
  if (beside.includes('periods') || window === undefined) return true;
  const { start, end } = period;
  if (over === 'perYear')
    return (
      (start === null || window.start === null || start >= window.start) &&
      (end === null || end <= window.end)
    );
  const own = windowOf(period, assumeStart);
  return own !== null && own.end === window.end && own.start === (window.start ?? assumeStart);
}

/** Why a figure is in no group. */
export const UNGROUPED_REASONS = [
  // The document leaves open which period it is for.
  'periodUnknown',
  // It is for each year of a period, and totals are compared.
  'eachYear',
  // No second forecaster speaks of the same.
  'oneForecaster',
] as const;
export type UngroupedReason = (typeof UNGROUPED_REASONS)[number];

/** Why a figure can be in no group, whatever others say; null where it can. */
export function whyUngrouped(figure: Grouped, question: Question): UngroupedReason | null {
  if (subjectOf(figure, question) !== null) return null;
  return figure.period.kind === 'perYear' ? 'eachYear' : 'periodUnknown';
}

/** Equal for figures of one group. */
export function subjectKey({ window, ...subject }: Subject): string {
  return JSON.stringify([...textsOf(subject), window.start, window.end]);
}

function textsOf({ sector, measure, region, scope }: Omit<Subject, 'window'>): readonly string[] {
  return [sector, measure, region, scope];
}

/** The figures by what they are compared within, each in one group at most. */
export function* comparisonGroups(
  figures: readonly ComparedFigure[],
  question: Question,
): Steps<readonly ComparisonGroup[]> {
  const groups = new Map<string, { subject: Subject; figures: ComparedFigure[] }>();
  for (const figure of figures) {
    const subject = subjectOf(figure, question);
    yield;
    if (subject === null) continue;
    const key = subjectKey(subject);
    const group = groups.get(key) ?? { subject, figures: [] };
    group.figures.push(figure);
    groups.set(key, group);
  }
  if (question.window !== undefined || question.over === 'total') return [...groups.values()];
  return [...groups.values()].flatMap((group) => {
    const window = spanOf(group.figures);
    return window === null ? [] : [{ ...group, subject: { ...group.subject, window } }];
  });
}

/** From the first day of some figures to the last; null where none has a last day. */
function spanOf(figures: readonly ComparedFigure[]): Subject['window'] | null {
  const days = (side: 'start' | 'end') =>
    figures.flatMap(({ period }) => period[side] ?? []).sort(compareText);
  const end = days('end').at(-1);
  return end === undefined ? null : { start: days('start')[0] ?? null, end };
}

/** A window that grows to hold a further figure, where figures a year are compared over all their periods. */
export function spanning(
  window: Subject['window'],
  { period }: Pick<Grouped, 'period'>,
  question: Question,
): Subject['window'] {
  if (question.window !== undefined || question.over === 'total') return window;
  const { start, end } = period;
  return {
    start: window.start === null || (start !== null && start < window.start) ? start : window.start,
    end: end !== null && end > window.end ? end : window.end,
  };
}

/** How many forecasters speak of what a comparison is of; those of another scope or period are beside it. */
export function forecastersIn({ rows }: Pick<Comparison, 'rows'>): number {
  const beside = new Set<string | null>(['differentScope', 'differentPeriod', 'periodUnknown']);
  return new Set(
    rows.flatMap(({ reason, forecaster }) => (beside.has(reason) || forecaster === null ? [] : forecaster)),
  ).size;
}

/** Order of comparisons beside each other: of each sector those with most forecasters first. @param sectors as asked for */
export function compareGroups(sectors: readonly string[]) {
  return (
    one: { readonly subject: Subject; readonly forecasters: number },
    other: { readonly subject: Subject; readonly forecasters: number },
  ): number =>
    sectors.indexOf(one.subject.sector) - sectors.indexOf(other.subject.sector) ||
    other.forecasters - one.forecasters ||
    compareTexts(
      [...textsOf(one.subject), one.subject.window.end, one.subject.window.start],
      [...textsOf(other.subject), other.subject.window.end, other.subject.window.start],
    );
}

/** Of the year in which the first of some figures was published: what is to be done "by 2025" begins then, at the earliest. */
export function firstDayOfPublication(
  figures: readonly { readonly publishedOn: string | null }[],
): string | null {
  const [first] = figures.flatMap(({ publishedOn }) => publishedOn ?? []).sort(compareText);
  return first === undefined ? null : `${first.slice(0, 4)}-01-01`;
}
