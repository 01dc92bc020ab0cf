import type { Figure } from './figure.ts';
import { compareTexts, distinct } from './figure.ts';

/** What to know of a breakdown or a series before its figures are used. */
export const BREAKDOWN_WARNINGS = [
  // The parts of these sectors cover another period than the total, within it.
  'differentHorizons',
  // These figures state no point value: at least, at most, a range, indefinite.
  'boundsOnly',
  // The sectors of these parts hold some of the same money: one is said to overlap another, or a sector stands below both.
  // Their sum counts it twice.
  'overlappingParts',
  // Not all figures have the same qualifier.
  'mixedQualifiers',
  // These figures are approximate and count at face value.
  'approximateFigures',
  // The document has several figures for this sector. The one over the total's own period is used, or any where all say
  // the same; otherwise none is, and where it would be a part of the total there is no residual.
  'severalFigures',
  // These figures lie within a part that has a figure of its own.
  'finerFiguresLeftOut',
  // The shares take bounds at face value, those of these sectors.
  'sharesOfBound',
  // These figures could not be converted and are left out. Where one would be a part of the total there is no residual:
  // the money of that part would stand in it.
  'notConverted',
  // The total and the parts were not all converted at one rate: there is no residual and no share, which would tell of
  // exchange rates as much as of the document. Where the parts alone are at different rates they have no sum either.
  'mixedRates',
  // These figures would be parts of the total but are in another currency: left out, and there is no residual.
  'otherCurrency',
  // These figures would be parts of the total but are in other prices: left out, and there is no residual.
  'otherPrices',
  // These figures may cover some of the total's period, but also begin before it, run past its end or have an end that is
  // not known. How much of their money is in the total nobody knows, so there is no residual.
  'beyondPeriod',
  // The total and the parts are not all the same kind of statement, or not all of one scenario: these are unlike most.
  'mixedStances',
  'mixedScenarios',
] as const;
export type BreakdownWarningCode = (typeof BREAKDOWN_WARNINGS)[number];

export interface BreakdownWarning {
  readonly code: BreakdownWarningCode;
  /** The sectors concerned, the one that is broken down among them where its total is. */
  readonly sectors: readonly string[];
  /** The forecasts concerned. */
  readonly forecasts: readonly string[];
}

/** The warnings of those codes that concern any figure, in the order of the codes. */
export function warningsOf(
  warned: readonly (readonly [BreakdownWarningCode, readonly Figure[]])[],
): readonly BreakdownWarning[] {
  return warned
    .filter(([, figures]) => figures.length > 0)
    .map(([code, figures]) => ({
      code,
      sectors: distinct(figures.map(({ sector }) => sector)),
      forecasts: distinct(figures.map(({ id }) => id)),
    }))
    .sort(
      (one, other) =>
        BREAKDOWN_WARNINGS.indexOf(one.code) - BREAKDOWN_WARNINGS.indexOf(other.code) ||
        compareTexts(one.sectors, other.sectors),
    );
}
