import type { Prices, Scenario, Stance } from '../statement.ts';
import { pricesKey, scenarioGroup } from '../statement.ts';
import type { Cue } from './cues.ts';
import type { Findings } from './neighbours.ts';
import { within } from './neighbours.ts';
import type { PhraseText } from './phrase-text.ts';

/*
 * What kind of statement a figure is, of which scenario and in which prices, as far as the words of its own sentence say it.
 */

/** What words say of a figure beside its amount; what they leave open is left out. */
export interface SaidStatement {
  readonly stance?: Stance;
  readonly scenario?: Scenario;
  readonly prices?: Prices;
}

export const SAID_KINDS = ['stance', 'scenario', 'prices', 'revises'] as const;
type SaidKind = (typeof SAID_KINDS)[number];

/** By kind, the cue word that says it of a figure. */
type SaidCues = Readonly<Partial<Record<SaidKind, Cue>>>;

/** What the sentence of a paragraph's figure says of it, and whether that the figure takes the place of an earlier one. */
export function saidOfFigure(
  findings: Findings,
  at: number,
): SaidStatement & { readonly isRevised: boolean } {
  const { phrase, sentences, cues } = findings;
  const sentence = sentences[at];
  const inSentence = sentence === undefined ? [] : within(cues, sentence);
  const said = agreed(phrase, inSentence, (cue) => isOf(findings, at, cue));
  return { ...statementOf(phrase, said), isRevised: said.revises !== undefined };
}

/** What a cue word says, equal where two say the same. */
export function saidBy(phrase: PhraseText, cue: Cue): string {
  if (cue.kind === 'prices') return pricesKey(pricesBy(phrase, cue));
  return cue.kind === 'scenario' ? scenarioGroup(scenarioBy(phrase, cue)) : cue.id;
}

function pricesBy({ lower }: PhraseText, { id, start, end }: Cue): Prices {
  const year = /\d{4}/.exec(lower.slice(start, end));
  return { kind: id as Prices['kind'], year: year && id !== 'nominal' ? Number(year[0]) : null };
}

function scenarioBy({ text }: PhraseText, { id, start, end }: Cue): Scenario {
  return { name: text.slice(start, end).replace(/\s+/g, ' '), kind: id as Scenario['kind'] };
}

/** The year of constant prices must stand with them: without it, no figure compares. */
function statementOf(phrase: PhraseText, { stance, scenario, prices: reckoned }: SaidCues): SaidStatement {
  const prices = reckoned && pricesBy(phrase, reckoned);
  return {
    ...(stance && { stance: stance.id as Stance }),
    ...(scenario && { scenario: scenarioBy(phrase, scenario) }),
    ...(prices && (prices.kind !== 'constant' || prices.year !== null) && { prices }),
  };
}

/** The cue words that are a figure's own, of those kinds of which all words of its sentence say the same. */
function agreed(phrase: PhraseText, cues: readonly Cue[], isOwn: (cue: Cue) => boolean): SaidCues {
  const said: Partial<Record<SaidKind, Cue>> = {};
  for (const kind of SAID_KINDS) {
    const ofKind = cues.filter((cue) => cue.kind === kind).map((cue) => ({ cue, says: saidBy(phrase, cue) }));
    // "In real terms, at 2024 prices" says one thing.
    const whole = ofKind.filter(({ says }) => !ofKind.some((other) => other.says.startsWith(`${says} `)));
    const [own, another] = [
      whole.find(({ cue }) => isOwn(cue)),
      whole.find(({ says }) => says !== whole[0]?.says),
    ];
    if (own !== undefined && another === undefined) said[kind] = own.cue;
  }
  return said;
}

/**
 * Whether a cue word is of a figure. In a sentence with several it must stand in the figure's clause, and not between two: "sales
 * were $10bn and it plans to invest $5bn". What opens the sentence with a scenario or with prices says it of all, as does
 * what tells of an earlier forecast.
 */
function isOf({ figures, sentences, clauses }: Findings, at: number, cue: Cue): boolean {
  const [figure, sentence] = [figures[at], sentences[at]];
  if (figure === undefined || sentence === undefined) return false;
  const all = within(figures, sentence).filter(({ convertsAt }) => convertsAt === null);
  const [first, another] = all;
  if (another === undefined) return true;
  if ((cue.kind === 'scenario' || cue.kind === 'prices') && cue.end <= (first?.start ?? 0)) return true;
  if (cue.kind === 'revises') return true;
  const { clause } = clauses.at(cue.start);
  const inClause = all.filter(({ start }) => clauses.at(start).clause === clause);
  const isBetween =
    inClause.some(({ end }) => end <= cue.start) && inClause.some(({ start }) => start >= cue.end);
  return inClause.includes(figure) && !isBetween;
}
