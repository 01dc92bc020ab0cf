import { countWhile } from '../binary-search.ts';
import type { FigureAmount } from '../money/amount.ts';
import { mapAmount } from '../money/bounds.ts';
import { addDays, daysBetween } from '../period/calendar.ts';
import { wholeMonths, wholeYears } from '../period/period.ts';
import type { Statement as StatementKind } from '../statement.ts';
import { PLAIN_STATEMENT, priceBasis } from '../statement.ts';
import type { Steps } from '../steps.ts';
import type { Claiming } from './claims.ts';
import type { Figure } from './figure.ts';
import { compareText, compareTexts } from './figure.ts';

/* Which of the outcomes that are reported count for a forecast, and why the others do not. */

/** What a forecast and an outcome state alike. */
interface Statement
  extends Pick<Figure, 'id' | 'sector' | 'measure' | 'region' | 'scope' | 'period' | 'publishedOn'> {
  /** As stated, never converted. */
  readonly amount: FigureAmount;
  /** `unstated` where absent. */
  readonly prices?: StatementKind['prices'];
}

/** The part of a forecast that assessments and track records read. */
export interface AssessedForecast
  extends Statement,
    Claiming,
    Pick<Figure, 'forecaster'>,
    Partial<Pick<StatementKind, 'stance' | 'scenario' | 'interval'>> {}

/** An amount reported as realised. Ids are unique among the outcomes of one call. */
export interface ReportedOutcome extends Statement {
  /** The organisation that reports it. Null where none is named: such an outcome is a body of its own. */
  readonly reportedBy: string | null;
}

/** Why an outcome does not count, in the order in which the reasons are looked for. */
export const SET_ASIDE_REASONS = [
  // It is about something else.
  'otherSector',
  'otherMeasure',
  'otherScope',
  'otherRegion',
  'otherCurrency',
  // It is reckoned in other prices, or in those of another year.
  'otherPrices',
  // The forecast has no figure or no known period, or states a need.
  'forecastNotComparable',
  // It has neither a value nor a bound.
  'noFigure',
  // Its document leaves a date of its period open.
  'periodUnknown',
  // It is for each year of a period that is not a number of whole years.
  'yearsUnknown',
  // It accumulates until a day; the forecast's first day is known and its own is not.
  'outcomeStartUnknown',
  // The forecast accumulates until a day, and only what does likewise compares with it.
  'forecastStartUnknown',
  // It shares no day with the forecast's period.
  'outsidePeriod',
  // It covers the period and days outside it.
  'widerThanPeriod',
  // It covers days of the period and days before it, or after it.
  'beginsBefore',
  'endsAfter',
  // It was published after the day of judgement.
  'publishedLater',
  // Its own period ends after the day of judgement: so far it is an estimate.
  'periodNotOver',
  // The body reported the same for the same period, and another record of it stands for both.
  'sameFigure',
  // The body published another figure for the same period later.
  'revisedLater',
  // The body published another figure for the same period before, and its first is asked for.
  'laterRevision',
  // The body has several figures for the same period, and which came last is not known.
  'contradictory',
  // Of the days before it, back to the first of the period, not all are reported by its body.
  'gapBefore',
  // Other outcomes of its body that count cover all its days, or some of them.
  'coveredByUsed',
  'overlapsUsed',
] as const;
export type SetAsideReason = (typeof SET_ASIDE_REASONS)[number];

/** An outcome that does not count for a forecast. */
export interface SetAsideOutcome {
  readonly outcome: string;
  readonly reason: SetAsideReason;
}

/** A figure for a whole span of days. */
export interface Span {
  /** Null where the figure accumulates from a day that is not stated. */
  readonly start: string | null;
  readonly end: string;
  readonly amount: FigureAmount;
  readonly timesYears: number | null;
}

/** An outcome and the days that it covers. */
export interface Piece extends Span {
  readonly outcome: ReportedOutcome;
}

export type NoSpanReason = 'noFigure' | 'periodUnknown' | 'yearsUnknown';

/** Why nothing is compared with a forecast. */
export type NotComparedReason = NoSpanReason | 'needNotJudged';

/** Whether a day of publication is known, and before a day. */
export function isBefore(publishedOn: string | null, day: string): boolean {
  return publishedOn !== null && publishedOn < day;
}

export function spanOf({ amount, period }: Pick<ReportedOutcome, 'amount' | 'period'>): Span | NoSpanReason {
  const { kind, start, end } = period;
  if (amount.value === null && amount.low === null && amount.high === null) return 'noFigure';
  if (end === null) return 'periodUnknown';
  if (kind === 'cumulativeTo') return { start: null, end, amount, timesYears: null };
  if (start === null) return 'periodUnknown';
  if (kind !== 'perYear') return { start, end, amount, timesYears: null };
  const years = wholeYears(start, end);
  if (years === null) return 'yearsUnknown';
  return { start, end, amount: mapAmount(amount, (figure) => figure.times(years)), timesYears: years };
}

export function subjectReason(forecast: AssessedForecast, outcome: ReportedOutcome): SetAsideReason | null {
  if (outcome.sector !== forecast.sector) return 'otherSector';
  if (outcome.measure !== forecast.measure) return 'otherMeasure';
  if (outcome.scope !== forecast.scope) return 'otherScope';
  if (outcome.region !== forecast.region) return 'otherRegion';
  if (outcome.amount.currency !== forecast.amount.currency) return 'otherCurrency';
  return pricesOf(outcome) === pricesOf(forecast) ? null : 'otherPrices';
}

/** Equal for what is reckoned in the same prices: never for those of a year that is not known. */
function pricesOf({ id, prices = PLAIN_STATEMENT.prices }: Statement): string {
  const isOfYear = prices.kind === 'constant' || prices.kind === 'ppp';
  return isOfYear && prices.year === null ? `${prices.kind} of ${id}` : priceBasis(prices);
}

/** Equal for what compares with each other. */
export function subjectOf(statement: Statement): string {
  const { sector, measure, scope, region, amount } = statement;
  return [sector, measure, scope, region, amount.currency, pricesOf(statement)].join(' ');
}

/** Why a span can neither make up another nor be a part of it. */
function spanReason(part: Span, whole: Span): SetAsideReason | null {
  if (whole.start === null) {
    if (part.start !== null) return 'forecastStartUnknown';
    return part.end > whole.end ? 'endsAfter' : null;
  }
  if (part.start === null) return 'outcomeStartUnknown';
  if (part.end < whole.start || part.start > whole.end) return 'outsidePeriod';
  const before = part.start < whole.start;
  const after = part.end > whole.end;
  if ((before && part.end >= whole.end) || (after && part.start <= whole.start)) return 'widerThanPeriod';
  if (before) return 'beginsBefore';
  return after ? 'endsAfter' : null;
}

/** An outcome with the days that it covers, or why it does not count for a span; with null, for any. */
export function pieceOf(
  outcome: ReportedOutcome,
  whole: Span | NotComparedReason | null,
  asOf: string,
): Piece | SetAsideReason {
  if (typeof whole === 'string') return 'forecastNotComparable';
  const span = spanOf(outcome);
  if (typeof span === 'string') return span;
  const reason = whole && spanReason(span, whole);
  if (reason !== null) return reason;
  if (outcome.publishedOn !== null && outcome.publishedOn > asOf) return 'publishedLater';
  return span.end > asOf ? 'periodNotOver' : { ...span, outcome };
}

function aside(pieces: readonly Piece[], reason: SetAsideReason): readonly SetAsideOutcome[] {
  return pieces.map(({ outcome }) => ({ outcome: outcome.id, reason }));
}

interface Standing {
  readonly used: Piece | null;
  readonly setAside: readonly SetAsideOutcome[];
}

/** Equal for pieces that state the same amount; their currency is the same. */
function figureOf({ amount: { value, low, high, qualifier } }: Piece): string {
  return JSON.stringify([value, low, high, qualifier]);
}

/**
 * Which of the figures counts that one body published of one span: the latest, or the first of those that were not published
 * before its last day, where there are such.
 */
export const OUTCOME_VINTAGES = ['latest', 'first'] as const;
export type OutcomeVintage = (typeof OUTCOME_VINTAGES)[number];

/** Of what one body says of one span: that which stands, or nothing where it contradicts itself. */
function standing(pieces: readonly Piece[], vintage: OutcomeVintage): Standing {
  const byId = pieces.toSorted((one, other) => compareText(one.outcome.id, other.outcome.id));
  const revised = new Set(byId.map(figureOf)).size > 1;
  const final = byId.filter(({ outcome, end }) => !isBefore(outcome.publishedOn, end));
  const last = (final.length === 0 ? byId : final)
    .map(({ outcome }) => outcome.publishedOn)
    .sort(compareText)
    .at(vintage === 'latest' ? -1 : 0);
  const latest = revised ? byId.filter(({ outcome }) => outcome.publishedOn === last) : byId;
  const [used = null] = latest;
  const isSame = (piece: Piece): boolean => used !== null && figureOf(piece) === figureOf(used);
  const isKnown =
    !revised ||
    (latest.every(isSame) && byId.every((piece) => piece.outcome.publishedOn !== null || isSame(piece)));
  if (!isKnown) return { used: null, setAside: aside(byId, 'contradictory') };
  const others = byId.filter((piece) => piece !== used);
  return {
    used,
    setAside: [
      ...aside(others.filter(isSame), 'sameFigure'),
      ...others
        .filter((piece) => !isSame(piece))
        .flatMap((piece) =>
          aside([piece], isBefore(piece.outcome.publishedOn, last ?? '') ? 'revisedLater' : 'laterRevision'),
        ),
    ],
  };
}

/** What stands of one body's outcomes of one subject, no two of the same span. */
export interface Body {
  /** Null where none is named. */
  readonly reportedBy: string | null;
  /** Those that have a first day, by the day before it: they follow what ends on that day. */
  readonly following: ReadonlyMap<string, readonly Piece[]>;
  /** Those that accumulate from a day that is not known, the earliest end first. */
  readonly cumulative: readonly Piece[];
  /** All that have a first day, revised or not: the earliest end first, then the earliest published. */
  readonly published: readonly Piece[];
}

/**
 * The naive forecast: that what is to come will be what the same body last reported, of a span as long that ended before the
 * forecast's began, in a document of an earlier day than the forecast's: the figure as it stood then, whatever it was revised
 * to since. Null where there is none, or a day is not known. A span is passed over of which two figures are of one day.
 */
export function naiveForecast(
  { published }: Body,
  { start, end }: Pick<Span, 'start' | 'end'>,
  publishedOn: string | null,
): Piece | null {
  if (start === null || publishedOn === null) return null;
  const length = lengthOf(start, end);
  const ended = countWhile(published.length, (at) => (published[at]?.end ?? '') < start);
  let unclear: Piece | null = null;
  for (let at = ended - 1; at >= 0; at -= 1) {
    const piece = published[at];
    if (piece?.start == null || !isBefore(piece.outcome.publishedOn, publishedOn)) continue;
    if (lengthOf(piece.start, piece.end) !== length) continue;
    if (unclear?.start === piece.start && unclear.end === piece.end) continue;
    if (!isContradictedBefore(published, at)) return piece;
    unclear = piece;
  }
  return null;
}

/** Whether the same body published another figure of a span on the same day: such stand right before it. */
function isContradictedBefore(published: readonly Piece[], place: number): boolean {
  const piece = published[place];
  if (piece === undefined) return false;
  for (let at = place - 1; ; at -= 1) {
    const other = published[at];
    if (other === undefined || byPublishedDay(piece, other) !== 0) return false;
    if (figureOf(other) !== figureOf(piece)) return true;
  }
}

/** Equal for spans of as many whole months, or else days. */
function lengthOf(start: string, end: string): string {
  const months = wholeMonths(start, end);
  return months === null ? `${daysBetween(start, end)} days` : `${months} months`;
}

/** The outcomes of one subject, prepared so that a forecast meets only those that may count for it. */
export interface Reports {
  readonly bodies: readonly Body[];
  readonly named: ReadonlyMap<string, Body>;
  /**
   * What the named bodies report together, of spans with a first day: a piece for each span of which all that report it
   * say the same.
   */
  readonly together: Body;
  /** Those with a span that has a first day, by the day before it. */
  readonly beginning: ReadonlyMap<string, readonly Body[]>;
  /** Those with a span that has none, by the earliest end of such. */
  readonly cumulative: readonly { readonly end: string; readonly body: Body }[];
  /** Spans of which a body contradicts itself: those with a first day, and those without. */
  readonly contradicted: { readonly dated: EarliestEnds; readonly cumulative: EarliestEnds };
  /** What does not stand, whatever the forecast: why, by id. */
  readonly setAside: ReadonlyMap<string, SetAsideReason>;
}

/** Prepares the outcomes of one subject. */
export function* reportsOf(pieces: readonly Piece[], vintage: OutcomeVintage): Steps<Reports> {
  const bodies: Body[] = [];
  const setAside: SetAsideOutcome[] = [];
  const contradicted: Pick<Span, 'start' | 'end'>[] = [];
  const ofBodies = Map.groupBy(pieces, ({ outcome: { id, reportedBy } }) =>
    JSON.stringify(reportedBy === null ? [null, id] : [reportedBy]),
  );
  for (const ofBody of ofBodies.values()) {
    const used: Piece[] = [];
    for (const ofSpan of Map.groupBy(ofBody, ({ start, end }) => `${start}/${end}`).values()) {
      const stands = standing(ofSpan, vintage);
      setAside.push(...stands.setAside);
      if (stands.used === null) contradicted.push(...ofSpan.slice(0, 1));
      else used.push(stands.used);
      yield;
    }
    bodies.push({
      reportedBy: ofBody[0]?.outcome.reportedBy ?? null,
      following: followingPieces(used.filter(({ start }) => start !== null)),
      cumulative: used.filter(({ start }) => start === null).sort(byEnd),
      published: ofBody.filter(({ start }) => start !== null).sort(byPublication),
    });
  }
  const together = yield* agreedPieces(bodies);
  const begun = bodies.flatMap((body) => [...body.following.keys()].map((day) => ({ day, body })));
  return {
    bodies,
    named: new Map(bodies.flatMap((body) => (body.reportedBy === null ? [] : [[body.reportedBy, body]]))),
    together,
    beginning: new Map(
      [...Map.groupBy(begun, ({ day }) => day)].map(([day, own]) => [day, own.map(({ body }) => body)]),
    ),
    cumulative: bodies
      .flatMap((body) => body.cumulative.slice(0, 1).map(({ end }) => ({ end, body })))
      .sort(byEnd),
    contradicted: {
      dated: earliestEnds(contradicted.filter(({ start }) => start !== null)),
      cumulative: earliestEnds(contradicted.filter(({ start }) => start === null)),
    },
    setAside: new Map(setAside.map(({ outcome, reason }) => [outcome, reason])),
  };
}

/** Pieces that have a first day, by the day before it. */
function followingPieces(pieces: readonly Piece[]): Body['following'] {
  return Map.groupBy(pieces, ({ start }) => addDays(start ?? '', -1));
}

/** Of each span that bodies agree on, the piece with the smallest id. */
function* agreedPieces(bodies: readonly Body[]): Steps<Body> {
  const named = bodies.filter(({ reportedBy }) => reportedBy !== null);
  const pieces = named.flatMap(({ following }) => [...following.values()].flat());
  const agreed: Piece[] = [];
  for (const ofSpan of Map.groupBy(pieces, ({ start, end }) => `${start}/${end}`).values()) {
    const [first] = ofSpan.toSorted((one, other) => compareText(one.outcome.id, other.outcome.id));
    if (first !== undefined && new Set(ofSpan.map(figureOf)).size === 1) agreed.push(first);
    yield;
  }
  return {
    reportedBy: null,
    following: followingPieces(agreed),
    cumulative: [],
    published: agreed.sort(byPublication),
  };
}

function byEnd(one: { readonly end: string }, other: { readonly end: string }): number {
  return compareText(one.end, other.end);
}

function byPublishedDay(one: Piece, other: Piece): number {
  const order = ({ end, start, outcome }: Piece) => [end, start, outcome.publishedOn];
  return compareTexts(order(one), order(other));
}

function byPublication(one: Piece, other: Piece): number {
  return byPublishedDay(one, other) || compareText(one.outcome.id, other.outcome.id);
}

/** Spans, the latest start first, each with the earliest end of all up to it. */
type EarliestEnds = readonly { readonly start: string; readonly end: string }[];

function earliestEnds(spans: readonly Pick<Span, 'start' | 'end'>[]): EarliestEnds {
  let earliest: string | null = null;
  return spans
    .map(({ start, end }) => ({ start: start ?? '', end }))
    .sort((one, other) => compareText(other.start, one.start))
    .map(({ start, end }) => {
      if (earliest === null || end < earliest) earliest = end;
      return { start, end: earliest };
    });
}

/** Whether a body contradicts itself of a span within another one. */
export function isContradicted({ contradicted }: Reports, whole: Span): boolean {
  const spans = whole.start === null ? contradicted.cumulative : contradicted.dated;
  const begun = countWhile(spans.length, (at) => (spans[at]?.start ?? '') >= (whole.start ?? ''));
  const earliest = spans[begun - 1]?.end;
  return earliest !== undefined && earliest <= whole.end;
}

/** The bodies of which something may count for a span. */
export function bodiesBeside({ beginning, cumulative }: Reports, { start, end }: Span): readonly Body[] {
  if (start !== null) return beginning.get(addDays(start, -1)) ?? [];
  const reached = countWhile(cumulative.length, (at) => (cumulative[at]?.end ?? '') <= end);
  return cumulative.slice(0, reached).map(({ body }) => body);
}

/** Which of one body's outcomes count for a span, in the order of their periods. */
export function countingPieces(body: Body, { start, end: last }: Span): readonly Piece[] {
  if (start !== null) return longestChain(body, addDays(start, -1), last);
  const reached = countWhile(body.cumulative.length, (at) => (body.cumulative[at]?.end ?? '') <= last);
  return body.cumulative.slice(Math.max(0, reached - 1), reached);
}

/** The others of the body, all of them within the span that some count for. */
export function asideOf({ following, cumulative }: Body, used: readonly Piece[]): readonly SetAsideOutcome[] {
  const counting = new Set(used);
  const coveredTo = used.at(-1)?.end ?? '';
  const reasonOf = ({ start, end }: Piece): SetAsideReason => {
    if (end <= coveredTo) return 'coveredByUsed';
    return start !== null && start <= coveredTo ? 'overlapsUsed' : 'gapBefore';
  };
  return [...[...following.values()].flat(), ...cumulative].flatMap((piece) =>
    counting.has(piece) ? [] : aside([piece], reasonOf(piece)),
  );
}

/** Pieces that follow each other. */
interface Chain {
  readonly before: Chain | null;
  readonly piece: Piece;
  readonly length: number;
}

function piecesOf(chain: Chain | null): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let last = chain; last !== null; last = last.before) pieces.push(last.piece);
  return pieces.reverse();
}

/**
 * The pieces that follow each other without a gap from a day on: those that reach furthest, then the fewest, then those
 * with the smallest ids.
 */
function longestChain({ following }: Body, from: string, lastDay: string): readonly Piece[] {
  const whole = following.get(from)?.find(({ end }) => end === lastDay);
  if (whole !== undefined) return [whole];
  const reached = reachable(following, from, lastDay).sort((one, other) => byEnd(one.piece, other.piece));
  /** The best chain to each day. */
  const chains = new Map<string, Chain>();
  for (const { after, piece } of reached) {
    const before = chains.get(after) ?? null;
    const chain: Chain = { before, piece, length: (before?.length ?? 0) + 1 };
    const known = chains.get(piece.end);
    if (known === undefined || isBetter(chain, known)) chains.set(piece.end, chain);
  }
  return piecesOf(chains.get(reached.at(-1)?.piece.end ?? '') ?? null);
}

function isBetter(one: Chain, other: Chain): boolean {
  const ids = (chain: Chain): readonly string[] => piecesOf(chain).map(({ outcome }) => outcome.id);
  return (one.length - other.length || compareTexts(ids(one), ids(other))) < 0;
}

/** All pieces that some chain reaches, each with the day on which the one before it ends. */
function reachable(
  following: Body['following'],
  from: string,
  lastDay: string,
): { readonly after: string; readonly piece: Piece }[] {
  const days = new Set([from]);
  const reached: { readonly after: string; readonly piece: Piece }[] = [];
  // Days that are added meanwhile have their turn as well.
  for (const after of days) {
    for (const piece of following.get(after) ?? []) {
      if (piece.end > lastDay) continue;
      reached.push({ after, piece });
      days.add(piece.end);
    }
  }
  return reached;
}

/** Outcomes of one sector and measure, by their first day, each with the latest last day of all up to it. */
export type Neighbours = readonly { readonly outcome: ReportedOutcome; readonly latestEnd: string }[];

/** Later than any day: where a period's last day is not known. */
const NO_END = '9999-12-31';

/** Equal for forecasts and outcomes of which one may be taken for what came of the other. */
export function topicOf({ sector, measure }: Pick<Statement, 'sector' | 'measure'>): string {
  return [sector, measure].join(' ');
}

/** Prepares the outcomes of one sector and measure to be looked up by a period. */
export function neighboursOf(outcomes: readonly ReportedOutcome[]): Neighbours {
  let latestEnd = '';
  return outcomes
    .toSorted((one, other) =>
      compareTexts([one.period.start ?? '', one.id], [other.period.start ?? '', other.id]),
    )
    .map((outcome) => {
      const end = outcome.period.end ?? NO_END;
      if (end > latestEnd) latestEnd = end;
      return { outcome, latestEnd };
    });
}

/** So many are listed beside a forecast among many. */
const MOST_LISTED = 10;

/**
 * Outcomes that share a day with a forecast's period and do not count for it, each with its reason, those that begin last
 * first: some ten. None that was published after the day of judgement: it was not there to be set aside.
 * @param reports the outcomes of the forecast's subject
 */
export function nearMisses(
  forecast: AssessedForecast,
  whole: Span,
  neighbours: Neighbours,
  asOf: string,
  { setAside }: Reports,
): readonly SetAsideOutcome[] {
  const missed: SetAsideOutcome[] = [];
  const [first, last] = [whole.start ?? '', whole.end];
  let at = countWhile(neighbours.length, (place) => (neighbours[place]?.outcome.period.start ?? '') <= last);
  for (at -= 1; missed.length < MOST_LISTED; at -= 1) {
    const neighbour = neighbours[at];
    if (neighbour === undefined || neighbour.latestEnd < first) break;
    const { outcome } = neighbour;
    if ((outcome.period.end ?? NO_END) < first) continue;
    const piece = subjectReason(forecast, outcome) ?? pieceOf(outcome, whole, asOf);
    const reason = typeof piece === 'string' ? piece : (setAside.get(outcome.id) ?? 'gapBefore');
    if (reason !== 'publishedLater' && reason !== 'outsidePeriod')
      missed.push({ outcome: outcome.id, reason });
  }
  return missed;
}
