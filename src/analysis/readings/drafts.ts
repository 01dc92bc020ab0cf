import { SubmittedForecast } from '../../ledger/records/schemas.ts';
import type { Names } from './names.ts';
import type { Draft } from './schemas.ts';
import type { TextFigure } from './text-figures.ts';

/** Kinds of which a draft takes what its sentence or paragraph names; of the others what the sentence names. */
const FROM_PARAGRAPH = ['forecaster', 'sector', 'region'];
const NATIONAL = 'national';

/** What stands so many code points behind a figure is hardly what it is of: "10 trillion yuan on everything from … to AI". */
const FAR_BEHIND = 60;

/** What a draft says that a figure is of; undefined where no word near the figure does. */
function chosen(kind: string, { candidates: all, end }: TextFigure): string | undefined {
  const candidates = all[kind] ?? [];
  const [first] = candidates;
  if (kind === 'sector' && (first?.start ?? 0) > end + FAR_BEHIND) return undefined;
  const isNear = first?.nearness === 'sentence' || FROM_PARAGRAPH.includes(kind);
  if (first === undefined || !isNear) return undefined;
  if (first.nearness !== 'document') return first.id;
  // Of a document that speaks of one region only, that is meant.
  return kind === 'region' && candidates.length === 1 ? first.id : undefined;
}

/**
 * The draft of a forecast for a figure, with what it lacks; none for a figure that is not read or converts another.
 * @param figures all of its text
 */
export function draftOf(
  figure: TextFigure,
  figures: readonly TextFigure[],
  { source, names }: { readonly source: string | undefined; readonly names: Names },
): { readonly draft: Draft | null; readonly missing: string[] } {
  const { amount, phrase, converts, period } = figure;
  if (amount === null || phrase === null || converts !== null) return { draft: null, missing: [] };
  const at = figures.indexOf(figure);
  const said = Object.fromEntries(
    ['forecaster', 'sector', 'region', 'measure', 'scope'].flatMap((kind) => {
      const id = chosen(kind, figure);
      return id === undefined ? [] : [[kind, id]];
    }),
  ) as Pick<Draft, 'forecaster' | 'sector' | 'region' | 'measure' | 'scope'>;
  const draft: Draft = {
    ...(source === undefined ? {} : { source }),
    ...(names.nameOf('scope', NATIONAL) === undefined ? {} : { scope: NATIONAL }),
    ...said,
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

/** What a forecast needs and a draft does not have, and its period where none was read. */
function missingIn(draft: Draft): string[] {
  const { error } = SubmittedForecast.safeParse(draft);
  const lacking = (error?.issues ?? []).flatMap(({ path: [field] }) => {
    const name = String(field);
    return field !== undefined && !Object.hasOwn(draft, name) ? [name] : [];
  });
  const unsaid = ['forecaster', 'period'].filter((name) => !Object.hasOwn(draft, name));
  return [...new Set([...lacking, ...unsaid])];
}
