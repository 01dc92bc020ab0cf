import type { DocumentOptions, Passage } from '../../domain/phrase/document.ts';
import { vintageOf } from '../../domain/vintage.ts';
import type { ReadContext } from '../../ledger/context.ts';
import { warningsOf } from '../../ledger/records/warnings.ts';
import { knownClaims } from './claims.ts';
import { draftOf } from './drafts.ts';
import type { Names } from './names.ts';
import type { ReadFigure, Reading } from './schemas.ts';
import type { TextFigure } from './text-figures.ts';
import { figuresOfText } from './text-figures.ts';

export interface ReadingOrder extends DocumentOptions {
  readonly text: string;
  /** Id of the source that the text is of, where it is one. */
  readonly source?: string | undefined;
}

/** How a text is read. */
export interface ReadingMeans {
  readonly names: Names;
  /** The address of a forecast. */
  readonly hrefOf: (id: string) => string;
  readonly signal: AbortSignal;
}

/**
 * The figures of a text: what they say, what they may be of, and what is on record of them. Nothing is stored.
 * @throws Problem 503 `serviceOverloaded`
 */
export async function readingOf(
  view: ReadContext,
  { text, source, ...options }: ReadingOrder,
  { names, hrefOf, signal }: ReadingMeans,
): Promise<Reading> {
  const { figures, found } = await figuresOfText(text, options, names, signal);
  const drafted = figures.map((figure) => ({ figure, ...draftOf(figure, figures, { source, names }) }));
  const { publishedOn = null } = options;
  const warnings = await Promise.all(
    drafted.map(
      ({ draft }) => draft && warningsOf(view.rates, { ...draft, publishedOn }, vintageOf(view, {})),
    ),
  );
  const known = await knownClaims(view, drafted);
  const data = drafted.map(({ figure, draft, missing }, at): ReadFigure => {
    const { matches = [], conflicts = [] } = known?.[at] ?? {};
    const withHref = <One extends { readonly forecast: string }>(one: One) => ({
      ...one,
      href: hrefOf(one.forecast),
    });
    return {
      ...shown(figure, names),
      draft,
      missing,
      warnings: [...(warnings[at] ?? [])],
      matches: matches.map(withHref),
      conflicts: conflicts.map(withHref),
    };
  });
  return {
    data,
    meta: {
      datasetVersion: view.read.version,
      placeUnit: 'unicodeCodePoint',
      language: options.language ?? null,
      publishedOn,
      figures: found,
      compared: known !== null,
    },
  };
}

function placed({ start, end, text }: Passage) {
  return { span: { start, end }, text };
}

/** What to show for a candidate; undefined of what the catalogue does not have. */
function nameOf(
  kind: string,
  { id, text }: TextFigure['candidates'][string][number],
  names: Names,
): string | undefined {
  if (kind === 'scenario') return text;
  return kind === 'stance' || kind === 'prices' ? id : names.nameOf(kind, id);
}

function shown(figure: TextFigure, names: Names) {
  const { amount, refusal, converts, partOf, drives, period, sentence } = figure;
  const candidates = (kind: string) =>
    (figure.candidates[kind] ?? []).flatMap((candidate) => {
      const name = nameOf(kind, candidate, names);
      // A cue word may tell of a measure that this ledger does not have.
      if (name === undefined) return [];
      const { id, nearness } = candidate;
      const reason = candidate.reason as ReadFigure['candidates']['sector'][number]['reason'];
      return [{ id, name, ...placed(candidate), reason, nearness }];
    });
  return {
    ...placed(figure),
    sentence: placed(sentence),
    amount: amount && { ...amount },
    refusal,
    converts,
    partOf,
    drives: [...drives],
    period: period && { ...placed(period), stated: period.stated, refusal: period.refusal },
    candidates: {
      forecaster: candidates('forecaster'),
      sector: candidates('sector'),
      measure: candidates('measure'),
      region: candidates('region'),
      scope: candidates('scope'),
      stance: candidates('stance'),
      scenario: candidates('scenario'),
      prices: candidates('prices'),
    },
  };
}
