import type { Comparison } from '../../domain/analysis/comparison.ts';
import type { Subject } from '../../domain/analysis/comparison-groups.ts';
import type { FigureAmount } from '../../domain/money/amount.ts';
import { numbersOf } from '../../domain/money/amount.ts';
import { vintageOf } from '../../domain/vintage.ts';
import type { ReadContext } from '../../ledger/context.ts';
import { conversionRequest, openConverter } from '../../ledger/rates/conversions.ts';
import { recordsToCompute } from '../../ledger/records/repository.ts';
import type { PictureContent } from '../picture-content.ts';
import type { ComparisonQuery } from './schemas.ts';

/** What pictures of comparisons are drawn of. */
export interface ComparisonPicture extends PictureContent {
  readonly over: ComparisonQuery['over'];
  readonly groups: readonly PicturedGroup[];
  /** How many comparisons there are that the answer has no room for. */
  readonly links: number;
  /** How many forecasts are in none. */
  readonly ungrouped: number;
}

export interface PicturedGroup extends Pick<Comparison, 'rows' | 'currency' | 'spread'> {
  readonly subject: Subject;
  /** What was reported for the very period. */
  readonly outcomes: readonly PicturedOutcome[];
}

export interface PicturedOutcome {
  readonly id: string;
  /** The name of the body; null where none is named. */
  readonly reportedBy: string | null;
  readonly amount: FigureAmount;
}

/**
 * What was reported of a comparison's subject for its whole window, in its currency.
 * @throws Problem `tooManyRecords`
 */
export async function outcomesOver(
  view: ReadContext,
  { sector, measure, region, scope, window }: Subject,
  currency: string | null,
  query: ComparisonQuery,
): Promise<readonly PicturedOutcome[]> {
  const { publishedAsOf, knownAsOf } = query;
  if (query.over !== 'total' || currency === null || window.start === null) return [];
  const outcomes = await recordsToCompute(view, 'outcome', {
    ...{ sector: [sector], sectorOnly: true, measure: [measure], region: [region], scope: [scope] },
    ...{ publishedAsOf, knownAsOf },
  });
  const ofWindow = outcomes.filter(
    ({ period: { start, end, kind } }) => start === window.start && end === window.end && kind !== 'perYear',
  );
  const conversion = conversionRequest(query);
  const stated = new Set(ofWindow.map(({ amount }) => amount.currency));
  const converter =
    conversion && (await openConverter(view.rates, stated, conversion, vintageOf(view, query)));
  const said = new Set<string>();
  return ofWindow
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .flatMap((outcome) => {
      const numbers = numbersOf(outcome.amount);
      const converted = converter === null ? numbers : converter.tryConvert(outcome).converted;
      if (converted === null || converted.currency !== currency) return [];
      const { value, low, high } = converted;
      const amount = { value, low, high, qualifier: numbers.qualifier, currency };
      const { organisation: reportedBy } = outcome.names;
      // One body says the same in several places.
      const claim = JSON.stringify([reportedBy, amount]);
      if (said.has(claim)) return [];
      said.add(claim);
      return [{ id: outcome.id, reportedBy, amount }];
    });
}
