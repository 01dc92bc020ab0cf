/** A piece of a text beside another version of it. */
export interface Change {
  readonly kind: 'kept' | 'gone' | 'new';
  readonly text: string;
}

const WORDS = new Intl.Segmenter(undefined, { granularity: 'word' });
/** Longer texts are shown whole, before and after: the table of their words would be too large. */
const MOST_CELLS = 1_000_000;

/** How a text became another, word by word, by their longest common subsequence; in Chinese too, which has no spaces. */
export function wordChanges(before: string, after: string): readonly Change[] {
  const [old, now] = [before, after].map((text) =>
    [...WORDS.segment(text)].map(({ segment }) => segment),
  ) as [string[], string[]];
  const changes: Change[] = [];
  const add = (kind: Change['kind'], text: string): void => {
    const last = changes.at(-1);
    if (last?.kind === kind) changes[changes.length - 1] = { kind, text: last.text + text };
    else if (text !== '') changes.push({ kind, text });
  };
  if (old.length * now.length > MOST_CELLS) {
    add('gone', before);
    add('new', after);
    return changes;
  }
  // How many words the ends of both have in common, from each place on.
  const width = now.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1)
    for (let j = now.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        old[i] === now[j]
          ? (common[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(common[(i + 1) * width + j] ?? 0, common[i * width + j + 1] ?? 0);
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    if (i < old.length && old[i] === now[j]) {
      add('kept', old[i] ?? '');
      i += 1;
      j += 1;
    } else if (
      j === now.length ||
      (i < old.length && (common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0))
    ) {
      add('gone', old[i] ?? '');
      i += 1;
    } else {
      add('new', now[j] ?? '');
      j += 1;
    }
  }
  return changes;
}
