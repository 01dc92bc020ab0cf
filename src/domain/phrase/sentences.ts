/** A stretch of a text: UTF-16 code units, `end` exclusive. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** An empty line, with the spaces around it, stands between paragraphs. */
const BETWEEN_PARAGRAPHS = /\r?\n[^\S\n]*(?:\r?\n\s*)+|\u2029/g;
const ENDS_SENTENCE = /[.!?]["'”’)\]]*(?=\s+["'“‘([]?[\p{Lu}\p{Lo}\p{N}])|[。！？]["”’」』）]*/gu;
/** A full stop behind one of these, or behind a single letter, shortens a word. */
const SHORTENED =
  /(?:^|[^\p{L}\p{N}])(?:\p{L}|approx|appr|ca|est|vs|no|nos|mr|mrs|ms|dr|prof|inc|co|corp|ltd|plc|st|fig|e\.g|i\.e|u\.s|u\.k|mio|mill?|mrd|bio|tsd|bzw|bspw|usw|sog|rd|env|aprox|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|млн|млрд|трлн)$/iu;

/** The paragraphs of a text, in order. */
export function paragraphsOf(text: string): Stretch[] {
  const paragraphs: Stretch[] = [];
  let start = 0;
  for (const { index, 0: gap } of text.matchAll(BETWEEN_PARAGRAPHS)) {
    if (index > start) paragraphs.push({ start, end: index });
    start = index + gap.length;
  }
  if (start < text.length) paragraphs.push({ start, end: text.length });
  return paragraphs;
}

/**
 * The sentences of a paragraph, in order: together they are the paragraph.
 * @param whole stretches that no sentence ends in, in the order of their starts
 */
export function sentencesOf(text: string, whole: readonly Stretch[]): Stretch[] {
  const sentences: Stretch[] = [];
  let start = 0;
  let at = 0;
  for (const match of text.matchAll(ENDS_SENTENCE)) {
    const end = match.index + match[0].length;
    while ((whole[at]?.end ?? end) < end) at += 1;
    if ((whole[at]?.start ?? end) < end) continue;
    if (match[0].startsWith('.') && SHORTENED.test(text.slice(Math.max(0, match.index - 8), match.index)))
      continue;
    sentences.push({ start, end });
    start = end;
  }
  if (start < text.length) sentences.push({ start, end: text.length });
  return sentences;
}
