import { DomainError } from '../errors.ts';
import type { FigureAmount } from '../money/amount.ts';
import { isBoundOnly } from '../money/amount.ts';
import type { Bounds, ComputedAmount } from '../money/bounds.ts';
import { addBounds, boundsOf, faceOf, NOTHING, shownBounds, subtractBounds } from '../money/bounds.ts';
import type { Period } from '../period/period.ts';
import { PLAIN_STATEMENT, scenarioGroup } from '../statement.ts';
import type { Steps } from '../steps.ts';
import { sorted } from '../steps.ts';
import type { Alternative } from './breakdown-parts.ts';
import {
  alternativesIn,
  chosenFigure,
  dividedFigures,
  hasOtherHorizon,
  isOfScenarioOf,
  liesWithin,
  mayShareMoney,
  sharesOf,
} from './breakdown-parts.ts';
import type { BreakdownStatus } from './breakdown-status.ts';
import { statusOf } from './breakdown-status.ts';
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
  spanKey,
  statedAmount,
  statementsOf,
  unlikeMost,
} from './figure.ts';
import type { OverlapsOf, ParentOf } from './taxonomy.ts';
import { childrenOf, overlappingSectors, sectorsBetween } from './taxonomy.ts';
import type { BreakdownWarning } from './warnings.ts';
import { warningsOf } from './warnings.ts';

export const BREAKDOWN_REASONS = [
  // Its sector has several figures: none is used, or another that says the same or fits better.
  'severalFigures',
  // It lies within a part that has a figure of its own.
  'finerFigure',
  // It is of another kind of period than the total, and shares a day with it: a year within a window, so much a year.
  'otherPeriod',
  // It counts other bodies' spending.
  'otherScope',
  // As in the warnings.
  'beyondPeriod',
  'otherCurrency',
  'otherPrices',
  // It is of another scenario of the document: these are alternatives.
  'otherScenario',
  'notConverted',
] as const;
export type BreakdownReason = (typeof BREAKDOWN_REASONS)[number];

export interface BreakdownLeftOut {
  readonly forecast: string;
  readonly sector: string;
  readonly reason: BreakdownReason;
}

/** How a document divides a sector, where it says so. */
export interface Scheme {
  readonly source: string;
  readonly sector: string;
  readonly parts: readonly string[];
}

/** Whose sectors are told as uncovered. */
export const UNCOVERED_OF = ['scheme', 'taxonomy'] as const;

/** Only a residual that is one figure, exact or approximate, has a value and a share; any other has its bounds alone. */
export interface BreakdownResidual extends ComputedAmount {
  /** Makes exactly 1 with the parts' shares; negative where they exceed the total. */
  readonly share: string | null;
}

/** One document's figures for a sector and for the sectors below it: one forecaster, measure, region and scope. */
export interface Breakdown extends FigureKey {
  readonly sector: string;
  readonly currency: string;
  /** Of the total, or of all the parts where there is none. */
  readonly period: Period;
  readonly total: { readonly forecast: string; readonly amount: FigureAmount } | null;
  readonly parts: readonly {
    readonly sector: string;
    readonly forecast: string;
    readonly amount: FigureAmount;
    readonly period: Period;
    /**
     * Of the total, both at face value as stated, before any conversion, 12 decimal places; null where either has none, the
     * total is zero, both are bounds or ranges, or rates are mixed. In every currency it is the same.
     */
    readonly share: string | null;
  }[];
  /** Null where there are no parts: of nothing there is no sum, not even an exact zero; and where they mix rates. */
  readonly sum: ComputedAmount | null;
  /** Total less sum; null where there is no total, where it lacks a part (see the warnings), or where rates are mixed. */
  readonly residual: BreakdownResidual | null;
  readonly status: BreakdownStatus;
  /**
   * Sectors that no part covers, neither its own, one below it nor one above it: of the document's own scheme, or, where it
   * has none and something of the total is left, those directly below in the taxonomy.
   */
  readonly uncoveredSectors: readonly string[];
  readonly uncoveredOf: (typeof UNCOVERED_OF)[number];
  /** Figures of its key, or of another scope, that are neither its total nor a part of it, by id. */
  readonly leftOut: readonly BreakdownLeftOut[];
  readonly warnings: readonly BreakdownWarning[];
  /** What the total and the parts say beside their figures. */
  readonly statements: Statements;
}

/**
 * What is left, with its share. "Over 10" less 4 is over 6 and no value; "over 10" less "over 5" is anything: the face
 * values' difference would be taken for what is left, and its share for a share.
 */
function shownResidual(left: Bounds, share: string | null): BreakdownResidual {
  const shown = shownBounds(left);
  return isBoundOnly(shown) ? { ...shown, value: null, share: null } : { ...shown, share };
}

/** Figures of a breakdown's key that are not among its total and parts. */
interface Lacking {
  /** Whatever their period. */
  readonly notConverted: readonly Figure[];
  /** Those of them that would be parts of the total. */
  readonly lost: readonly Figure[];
  /** Those in other currencies that would be. */
  readonly otherCurrency: readonly Figure[];
  /** Those in other prices that would be. */
  readonly otherPrices: readonly Figure[];
  /** Those of other scenarios, which never are. */
  readonly otherScenario: readonly Figure[];
  /** Those of which some money may be in the total, and some not. */
  readonly beyondPeriod: readonly Figure[];
  /** Those that share a day with the total and are never parts of it. */
  readonly otherPeriod: readonly Figure[];
  readonly otherScope: readonly Figure[];
}

const NONE_LACKING: Omit<Lacking, 'notConverted'> = {
  lost: [],
  otherCurrency: [],
  otherPrices: [],
  otherScenario: [],
  beyondPeriod: [],
  otherPeriod: [],
  otherScope: [],
};

/** How sectors stand to each other. */
export interface SectorRelations {
  readonly parentOf: ParentOf;
  readonly overlapsOf?: OverlapsOf;
  readonly schemes: readonly Scheme[];
}

/**
 * One breakdown, of figures that all have the same key and periods that go together.
 * @param lacking figures that would be parts here but cannot be
 */
function breakdownOf(
  sector: string,
  totals: readonly ConvertedFigure[],
  below: readonly ConvertedFigure[],
  lacking: Lacking,
  { parentOf, overlapsOf = new Map(), schemes }: SectorRelations,
): Breakdown | null {
  const [first] = (totals.length > 0 ? totals : below).toSorted(byId);
  if (first === undefined) return null;
  const { source } = first;
  const span = spanKey(first.period);
  const total = chosenFigure(totals, span);
  const period = total?.period ?? first.period;
  const { parts, finer, contested, several } = dividedFigures(sector, below, span, parentOf);

  const used = total === null ? parts : [total, ...parts];
  const hasOneRate = haveOneRate(used);
  const sum = parts.map(({ amount }) => boundsOf(amount)).reduce(addBounds, NOTHING);
  const left = total === null ? null : subtractBounds(boundsOf(total.amount), sum);
  // A part at or above its sector has the money of a lost figure already; one below has only some of it.
  const unknown = [
    ...[...lacking.lost, ...lacking.otherCurrency, ...lacking.otherPrices],
    ...[...lacking.beyondPeriod, ...contested],
  ];
  const isWithin = (sector: string, other: string): boolean =>
    sector === other || sectorsBetween(parentOf, sector, other) !== null;
  const lacksPart = unknown.some((figure) => !parts.some((part) => isWithin(figure.sector, part.sector)));
  const { shares, rest } = sharesOf(
    total === null || !hasOneRate ? null : faceOf(statedAmount(total)),
    parts.map((part) =>
      total !== null && isBoundOnly(total.amount) && isBoundOnly(part.amount)
        ? null
        : faceOf(statedAmount(part)),
    ),
  );

  const boundsOnly = used.filter(({ amount }) => isBoundOnly(amount));
  const mixed = new Set(used.map(({ amount }) => amount.qualifier)).size > 1;
  const overlapping = overlappingSectors(
    parts.map((part) => part.sector),
    parentOf,
    overlapsOf,
  );
  const ends = parts.map((part) => part.period.end).filter((end) => end !== null);
  const horizon = period.end ?? ends.sort(compareText).at(-1) ?? null;
  const approximate = used.filter(({ amount }) => amount.qualifier === 'approximately');
  const hasShares = shares.some((share) => share !== null);
  const warnings = warningsOf([
    ['differentHorizons', parts.filter((part) => hasOtherHorizon(part.period, period, horizon))],
    ['boundsOnly', boundsOnly],
    ['overlappingParts', parts.filter((part) => overlapping.has(part.sector))],
    ['mixedQualifiers', mixed ? used : []],
    ['approximateFigures', approximate],
    ...[totals, ...several].map(
      (ofSector) => ['severalFigures', ofSector.length > 1 ? ofSector : []] as const,
    ),
    ['finerFiguresLeftOut', finer],
    ['sharesOfBound', hasShares ? boundsOnly.filter(({ amount }) => faceOf(amount) !== null) : []],
    ['notConverted', lacking.notConverted],
    ['mixedRates', hasOneRate ? [] : used],
    ['otherCurrency', lacking.otherCurrency],
    ['otherPrices', lacking.otherPrices],
    ['beyondPeriod', lacking.beyondPeriod],
    ['mixedStances', unlikeMost(used, ({ stance = PLAIN_STATEMENT.stance }) => stance)],
    ['mixedScenarios', unlikeMost(used, ({ scenario = null }) => scenarioGroup(scenario))],
  ]);

  const leftOut = (figures: readonly Figure[], reason: BreakdownReason): readonly BreakdownLeftOut[] =>
    figures.map(({ id, sector: of }) => ({ forecast: id, sector: of, reason }));
  const named = new Set([...used, ...finer]);
  const unused = [...totals, ...below].filter((figure) => !named.has(figure));
  const scheme = schemes.filter((candidate) => candidate.source === source && candidate.sector === sector);
  const hasScheme = scheme.length > 0;
  const status = statusOf(total, parts, lacksPart);
  // Of a total that its parts make up nothing is uncovered, whatever else the taxonomy has.
  const isOpen = status === 'partial' || status === 'noParts' || status === 'undetermined';
  return {
    sector,
    ...keyOf(first),
    currency: first.amount.currency,
    period,
    total: total === null ? null : { forecast: total.id, amount: total.amount },
    parts: parts.map((part, at) => ({
      sector: part.sector,
      forecast: part.id,
      amount: part.amount,
      period: part.period,
      share: shares[at] ?? null,
    })),
    sum: parts.length === 0 || !haveOneRate(parts) ? null : shownBounds(sum),
    residual: left === null || lacksPart || !hasOneRate ? null : shownResidual(left, rest),
    status,
    uncoveredSectors: distinct(
      hasScheme ? scheme.flatMap((candidate) => candidate.parts) : isOpen ? childrenOf(parentOf, sector) : [],
    ).filter((id) => !parts.some((part) => isWithin(part.sector, id) || isWithin(id, part.sector))),
    uncoveredOf: hasScheme ? 'scheme' : 'taxonomy',
    leftOut: [
      ...leftOut(unused, 'severalFigures'),
      ...leftOut(finer, 'finerFigure'),
      ...leftOut(lacking.otherPeriod, 'otherPeriod'),
      ...leftOut(lacking.otherScope, 'otherScope'),
      ...leftOut(lacking.beyondPeriod, 'beyondPeriod'),
      ...leftOut(lacking.otherCurrency, 'otherCurrency'),
      ...leftOut(lacking.otherPrices, 'otherPrices'),
      ...leftOut(lacking.otherScenario, 'otherScenario'),
      ...leftOut(lacking.notConverted, 'notConverted'),
    ].sort(byForecast),
    warnings,
    statements: statementsOf(used),
  };
}

/** What a breakdown may have. */
export const BREAKDOWN_CONTENTS = ['total', 'parts'] as const;
export type BreakdownContent = (typeof BREAKDOWN_CONTENTS)[number];

export function hasContent({ total, parts }: Breakdown, content: BreakdownContent): boolean {
  return content === 'total' ? total !== null : parts.length > 0;
}

/** What comes first has most to show. */
function contentOf(breakdown: Breakdown): string {
  if (!hasContent(breakdown, 'parts')) return '2';
  return hasContent(breakdown, 'total') ? '0' : '1';
}

/**
 * The breakdowns of a sector: one for each document, forecaster, measure, region, scope, currency, prices and period of a stated
 * total. Its parts are the figures of the nearest sectors below it that have one: over the same period or, where the
 * total accumulates over years, over one within it that is no other total's own. Figures that fit no total make a breakdown
 * without one for each period. Sums, residuals and shares are exact. The input's order makes no difference.
 *
 * A figure that may be a part of a total but cannot be added to it (not converted, in another currency, beyond its period)
 * is left out with a warning, and the total has no residual, unless a part at or above that sector holds its money. Figures
 * converted at different rates are neither subtracted nor divided nor, among the parts, added. Those with a total and parts
 * come first, then those with parts, then those with a total alone.
 * @param figures of any sectors; those that are neither the sector nor below it are not read
 * @param most so many parts and figures left out may be named in all, each as often as it is
 * @returns none where no figure speaks of the sector
 * @throws DomainError `tooManyRecords`
 */
export function* breakdownsOf(
  sector: string,
  figures: readonly Figure[],
  relations: SectorRelations,
  most: number,
): Steps<readonly Breakdown[]> {
  const { parentOf } = relations;
  const relevant: Figure[] = [];
  for (const figure of figures) {
    const isRelevant = figure.sector === sector || sectorsBetween(parentOf, figure.sector, sector) !== null;
    if (isRelevant) relevant.push(figure);
    yield;
  }
  const byKey = Map.groupBy(relevant, keyText);
  const ofAnyScope = Map.groupBy(relevant, (figure) => keyText({ ...figure, scope: '' }));
  let named = 0;
  const breakdowns: Breakdown[] = [];
  const add = (breakdown: Breakdown | null): void => {
    if (breakdown === null) return;
    breakdowns.push(breakdown);
    named += breakdown.parts.length + breakdown.leftOut.length + breakdown.uncoveredSectors.length;
    if (named > most)
      throw new DomainError('tooManyRecords', { most, counted: 'parts and figures left out' });
  };
  const alikes = Map.groupBy(relevant.filter(isConverted), (figure) =>
    JSON.stringify([keyText(figure), figure.amount.currency, priceBasisOf(figure)]),
  );
  for (const group of alikes.values()) {
    // What is left out of a base case, and stands beside none, makes breakdowns of its own.
    for (let rest: readonly ConvertedFigure[] = group; rest.length > 0; ) {
      const done = new Set<string>();
      for (const alternative of alternativesIn(rest)) {
        for (const { id } of alternative.figures) done.add(id);
        for (const breakdown of breakdownsOfOne(alternative)) {
          for (const { forecast, reason } of breakdown?.leftOut ?? [])
            if (reason === 'otherScenario') done.add(forecast);
          add(breakdown);
          yield;
        }
      }
      rest = rest.filter(({ id }) => !done.has(id));
    }
  }

  function* breakdownsOfOne({ figures: group, others }: Alternative): Generator<Breakdown | null> {
    const totals = Map.groupBy(
      group.filter((figure) => figure.sector === sector),
      ({ period }) => spanKey(period),
    );
    const below = group.filter((figure) => figure.sector !== sector);
    const [any] = group;
    if (any === undefined) return;
    // Of all currencies, as if there were one: a total in another one, or not converted, has its parts all the same.
    const ofKey = byKey.get(keyText(any)) ?? [];
    const notConverted = ofKey.filter((figure) => !isConverted(figure));
    const ofScenario = ofKey.filter(isOfScenarioOf(group));
    const alike = ofScenario.filter((figure) => priceBasisOf(figure) === priceBasisOf(any));
    const lost = alike.filter((figure) => !isConverted(figure));
    const elsewhere = alike.filter(
      ({ amount }) => amount !== null && amount.currency !== any.amount.currency,
    );
    const inOtherPrices = ofScenario.filter((figure) => priceBasisOf(figure) !== priceBasisOf(any));
    const ofOtherScopes = (ofAnyScope.get(keyText({ ...any, scope: '' })) ?? []).filter(
      (figure) => figure.scope !== any.scope,
    );
    const spansOfTotals = new Set(
      alike.filter((figure) => figure.sector === sector).map(({ period }) => spanKey(period)),
    );
    const placed = new Set<ConvertedFigure>();
    for (const [span, ofTotal] of totals) {
      const mayBePart = ({ sector: of, period }: Figure): boolean => {
        if (of === sector) return false;
        const own = spanKey(period);
        if (own === span) return true;
        return !spansOfTotals.has(own) && ofTotal.some((total) => mayShareMoney(period, total.period));
      };
      const isWithin = ({ period }: Figure): boolean =>
        ofTotal.some((total) => liesWithin(period, total.period));
      const sharesDay = ({ sector: of, period }: Figure): boolean =>
        of !== sector && ofTotal.some((total) => mayOverlap(period, total.period));
      const candidates = below.filter(mayBePart);
      const parts = candidates.filter(isWithin);
      for (const part of parts) placed.add(part);
      const lacking = {
        notConverted,
        lost: lost.filter(mayBePart),
        otherCurrency: elsewhere.filter(mayBePart),
        otherPrices: inOtherPrices.filter(mayBePart),
        otherScenario: others.filter(
          (figure) => spanKey(figure.period) === span || mayBePart(figure) || sharesDay(figure),
        ),
        beyondPeriod: candidates.filter((figure) => !isWithin(figure)),
        otherPeriod: below.filter(
          (figure) => !mayBePart(figure) && !spansOfTotals.has(spanKey(figure.period)) && sharesDay(figure),
        ),
        otherScope: ofOtherScopes.filter((figure) => mayBePart(figure) && sharesDay(figure)),
      };
      yield breakdownOf(sector, ofTotal, parts, lacking, relations);
    }
    const unplaced = below.filter((figure) => !placed.has(figure));
    for (const [span, parts] of Map.groupBy(unplaced, ({ period }) => spanKey(period))) {
      const otherScenario = others.filter(({ period }) => spanKey(period) === span);
      yield breakdownOf(sector, [], parts, { ...NONE_LACKING, notConverted, otherScenario }, relations);
    }
  }

  const order = (one: Breakdown) => [
    contentOf(one),
    ...keyTexts(one),
    one.currency,
    one.period.start,
    one.period.end,
    spanKey(one.period),
    JSON.stringify(one.statements),
  ];
  return yield* sorted(breakdowns, (one, other) => compareTexts(order(one), order(other)));
}
