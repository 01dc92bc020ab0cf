import { SubmittedForecast } from '../../ledger/records/schemas.ts';
import type { Names } from './names.ts';
import type { Draft } from './schemas.ts';
import type { TextFigure } from './text-figures.ts';

/**
 * The draft of a forecast for a figure, with what it lacks; none for a figure that is not read or converts another.
 * @param figures all of its text
 */
export function draftOf(
  figure: TextFigure,
  figures: readonly TextFigure[],
  { source, names }: { readonly source: string | undefined; readonly names: Names },
): { readonly draft: Draft | null; readonly missing: string[] } {
  const { amount, phrase, converts, period, subject, said: statement, isPart } = figure;
  if (amount === null || phrase === null || converts !== null) return { draft: null, missing: [] };
  const at = figures.indexOf(figure);
  // A cue word may tell of a measure that this ledger does not have.
  const said = Object.fromEntries(
    Object.entries(subject).filter(([kind, id]) => names.nameOf(kind, id ?? '') !== undefined),
  ) as Subject;
  // Whose part of a sum is meant, its words do not say.
  const isWhole = !isPart || said.sector !== undefined;
  const whole = names.wholeScopeOf(said.region);
  const draft: Draft = {
    ...(source === undefined ? {} : { source }),
    ...(isWhole && names.nameOf('scope', whole) !== undefined ? { scope: whole } : {}),
    ...said,
    ...statement,
    amount,
    statedConversions: figures.flatMap((other) =>
      other.converts === at && other.amount !== null && other.phrase !== null
        ? [{ amount: other.amount, evidence: { phrase: other.phrase.text } }]
        : [],
    ),
    ...(period?.stated == null ? {} : { period: period.stated }),
    evidence: { phrase: phrase.text },
    confidence: 'medium',
  };
  return { draft, missing: missingIn(draft) };
}

type Subject = Pick<Draft, 'forecaster' | 'sector' | 'region' | 'measure' | 'scope'>;

/** What a forecast needs and a draft does not have, and its period where none was read. */
function missingIn(draft: Draft): string[] {
  const { error } = SubmittedForecast.safeParse(draft);
  const lacking = (error?.issues ?? []).flatMap(({ path: [field] }) => {
    const name = String(field);
    return field !== undefined && !Object.hasOwn(draft, name) ? [name] : [];
  });
  const unsaid = ['forecaster', 'period', 'scope', 'collection'].filter(
    (name) => !Object.hasOwn(draft, name),
  );
  return [...new Set([...lacking, ...unsaid])];
}
