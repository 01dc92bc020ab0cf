import type { PhraseText } from './phrase-text.ts';
import { foldPhrase } from './phrase-text.ts';
import type { CueWords, Vocabulary } from './words.ts';
import { expand, LETTERS, perVocabulary } from './words.ts';

/** The kinds of cue words of which each says one of several things. */
const KINDS_WITH_IDS = {
  measures: 'measure',
  stances: 'stance',
  scenarios: 'scenario',
  prices: 'prices',
} as const;
type WithIds = keyof typeof KINDS_WITH_IDS;

/** Words that tell what the figures of a text are of, where they stand: UTF-16 code units. */
export interface Cue {
  readonly kind: (typeof KINDS_WITH_IDS)[WithIds] | Exclude<keyof CueWords, WithIds | 'links'>;
  /** Of a measure, its id; of a stance, a scenario and prices, which. */
  readonly id: string;
  readonly start: number;
  readonly end: number;
}

type Meaning = Pick<Cue, 'kind' | 'id'>;

type Meant = readonly (readonly [Meaning, readonly string[]])[];

function meaningsOf({ links: _, ...cues }: CueWords): Meant {
  return Object.entries(cues).flatMap(([name, words]): Meant => {
    if (Array.isArray(words)) return [[{ kind: name as Cue['kind'], id: name }, words]];
    const kind = KINDS_WITH_IDS[name as WithIds];
    return Object.entries(words as Readonly<Record<string, readonly string[]>>).map(
      ([id, ofId]) => [{ kind, id }, ofId] as const,
    );
  });
}

const EAST_ASIAN = /[一-鿿가-힣ぁ-ヿ]/;

/** An expression for words that stand alone, in the form of `PhraseText.lower`. */
function sourceOf(word: string, vocabulary: Vocabulary): string {
  const folded = expand(foldPhrase(word, vocabulary).lower);
  return EAST_ASIAN.test(word) ? folded : `(?<![${LETTERS}])(?:${folded})(?![${LETTERS}])`;
}

/** Words that say nothing of what a figure is of, in all languages that are read. */
const linksOf = perVocabulary((vocabulary) => {
  const words = vocabulary.spoken.flatMap(({ cues }) => cues?.links ?? []);
  return new RegExp(words.map((word) => sourceOf(word, vocabulary)).join('|') || '(?!)', 'g');
});

/** Whether words, in the form of `PhraseText.lower`, name nothing: "and will be", 增至. */
export function areOnlyLinks(words: string, vocabulary: Vocabulary): boolean {
  return !/[\p{L}\p{N}]/u.test(words.replace(linksOf(vocabulary), ' '));
}

/** Each meaning with its words in all languages that are read, in the form of `PhraseText.lower`. */
const patternsOf = perVocabulary((vocabulary: Vocabulary) => {
  const words = new Map<string, { readonly meaning: Meaning; readonly sources: string[] }>();
  for (const [meaning, ofMeaning] of vocabulary.spoken.flatMap(({ cues }) => meaningsOf(cues ?? {}))) {
    const key = `${meaning.kind} ${meaning.id}`;
    const sources = words.get(key)?.sources ?? [];
    words.set(key, { meaning, sources });
    sources.push(...ofMeaning.map((word) => sourceOf(word, vocabulary)));
  }
  return [...words.values()]
    .filter(({ sources }) => sources.length > 0)
    .map(({ meaning, sources }) => ({ meaning, pattern: new RegExp(sources.join('|'), 'g') }));
});

/** The cue words of a text, in order; of those of one kind that stand in each other the longest. */
export function findCues(phrase: PhraseText): Cue[] {
  const cues = patternsOf(phrase.vocabulary).flatMap(({ meaning, pattern }) =>
    [...phrase.lower.matchAll(pattern)].map(({ index, 0: words }) => ({
      ...meaning,
      start: index,
      end: index + words.length,
    })),
  );
  cues.sort((one, other) => one.start - other.start || other.end - one.end);
  const kept: Cue[] = [];
  const reached = new Map<string, number>();
  for (const cue of cues) {
    // "driven by" says the contrary of the "drive" in it.
    const group = cue.kind === 'drivenBy' ? 'drives' : cue.kind;
    if (cue.start < (reached.get(group) ?? 0)) continue;
    reached.set(group, cue.end);
    kept.push(cue);
  }
  return kept;
}
