import type { Comparison, ComparisonReason } from '../../domain/analysis/comparison.ts';
import type { ComparisonGroup } from '../../domain/analysis/comparison-groups.ts';
import { firstDayOfPublication } from '../../domain/analysis/comparison-groups.ts';
import { compareText } from '../../domain/analysis/figure.ts';
import type { Hint } from '../../http/query/paging.ts';
import type { Changes, Comparer } from './comparer.ts';

/** The address of a question with some of its parameters changed. */
export type AddressOf = (changes: Readonly<Record<string, string | undefined>>) => string;

const MOST_HINTS = 3;

/** Where no row is comparable, what would make some so: each is tried, and those that compare most come first. */
export async function hintsOf(
  comparer: Comparer,
  group: ComparisonGroup,
  comparison: Comparison,
  addressOf: AddressOf,
): Promise<readonly Hint[]> {
  if (comparison.spread !== null || comparison.rows.length === 0) return [];
  const single = changesFor(group, comparison);
  const pairs = single.flatMap((one, at) => single.slice(at + 1).map((other) => ({ ...one, ...other })));
  for (const candidates of [single, pairs]) {
    const hints: { readonly hint: Hint; readonly count: number }[] = [];
    for (const changes of candidates) {
      const { spread, rows } = await comparer.compare(group, changes);
      if (spread === null) continue;
      const parameters = Object.fromEntries(
        Object.entries(changes).map(([name, value]) => [name, [value].flat().join()]),
      );
      const words = Object.entries(parameters).map(([name, value]) => `\`${name}=${value}\``);
      const message = `With ${words.join(' and ')} ${spread.count} of ${rows.length} rows ${spread.count === 1 ? 'is' : 'are'} comparable.`;
      hints.push({ hint: { parameters, message, href: addressOf(parameters) }, count: spread.count });
    }
    hints.sort((one, other) => other.count - one.count);
    if (hints.length > 0) return hints.slice(0, MOST_HINTS).map(({ hint }) => hint);
  }
  return [];
}

/** What may help against the reasons for which rows are left out, one change each. */
function changesFor({ subject }: ComparisonGroup, { rows, currency }: Comparison): readonly Changes[] {
  const of = (reason: ComparisonReason) => rows.filter((row) => row.reason === reason);
  const changes: Changes[] = [];
  const openStart = of('startUnknown');
  const assumeStart = subject.window.start ?? firstDayOfPublication(openStart);
  if (openStart.length > 0 && assumeStart !== null) changes.push({ assumeStart });
  const ofOtherPeriods = of('differentPeriod');
  if (ofOtherPeriods.length > 0) {
    changes.push({ over: 'perYear' });
    const window = commonest(
      ofOtherPeriods.flatMap(({ period: { start, end, kind } }) =>
        start === null || end === null || kind === 'perYear' ? [] : `${start} ${end}`,
      ),
    );
    const [periodFrom, periodTo] = window?.split(' ') ?? [];
    if (periodFrom !== undefined && periodTo !== undefined) changes.push({ periodFrom, periodTo });
  }
  const scope = commonest(of('differentScope').map((row) => row.scope));
  if (scope !== undefined) changes.push({ scope });
  if (of('differentCurrency').length > 0 && currency !== null) changes.push({ convertTo: currency });
  if (of('notConverted').length > 0) changes.push({ rateBasis: ['publication', 'periodAverage', 'latest'] });
  return changes;
}

function commonest(texts: readonly string[]): string | undefined {
  const counted = [...Map.groupBy(texts, (text) => text)];
  counted.sort(([one, ones], [other, others]) => others.length - ones.length || compareText(one, other));
  return counted[0]?.[0];
}
