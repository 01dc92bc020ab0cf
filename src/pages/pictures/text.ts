import { readFileSync } from 'node:fs';

export type Weight = 'regular' | 'semibold';

/** How far each character of the fonts for Latin moves on, in thousandths of the type size: see scripts/fonts.ts. */
const ADVANCES: Readonly<Record<Weight, Readonly<Record<string, number>>>> = JSON.parse(
  readFileSync(new URL('../../../fonts/advances.json', import.meta.url), 'utf8'),
);

/** What readers see text in: the fonts that PNGs are drawn with, else those of the reader's system. */
export const FONT_FAMILY =
  "'Noto Sans','Noto Sans SC','Noto Sans KR','PingFang SC','Microsoft YaHei','Segoe UI',Roboto,Helvetica,Arial,sans-serif";

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** By how much fonts of readers are wider at most: DejaVu Sans, which a browser takes on a bare Linux, by a sixth. */
const WIDER = 1.17;

/** How wide a text may be, in the unit of `size`. What the table lacks counts as wide as it is high: Chinese is. */
export function widthOf(text: string, size: number, weight: Weight = 'regular'): number {
  const table = ADVANCES[weight];
  let thousandths = 0;
  for (const character of text)
    thousandths += (table[character] ?? 0) * WIDER || (/[\p{M}\p{Cf}]/u.test(character) ? 0 : 1000);
  return (thousandths * size) / 1000;
}

const WIDE = /^[\u2E80-\u9FFF\uAC00-\uD7A3\uF900-\uFAFF\uFF00-\uFFEF\u{20000}-\u{3FFFF}]/u;
/** What does not begin a line. */
const CLOSING = /^[\p{Pe}\p{Pf}，。、；：！？,.;:!?%）》」』】]/u;
const OPENING = /[\p{Ps}\p{Pi}（《「『【]$/u;

/** A text in lines that are no wider than `width`: broken between words and between Chinese characters, else anywhere. */
export function wrapped(
  text: string,
  width: number,
  size: number,
  weight: Weight = 'regular',
): readonly string[] {
  // Most texts do, and taking them apart is a third of the time of a picture.
  if (widthOf(text.trim(), size, weight) <= width) return [text.trim()];
  const lines: string[] = [];
  let line = '';
  let reached = 0;
  const fits = (more: string) => reached + widthOf(more.trimEnd(), size, weight) <= width;
  const add = (more: string): void => {
    line += more;
    reached += widthOf(more, size, weight);
  };
  const end = (): void => {
    lines.push(line.trimEnd());
    line = '';
    reached = 0;
  };
  for (const piece of piecesOf(text)) {
    if (!fits(piece) && line !== '') end();
    if (fits(piece)) {
      add(line === '' ? piece.trimStart() : piece);
      continue;
    }
    for (const character of charactersOf(piece)) {
      if (!fits(character) && line !== '') end();
      add(character);
    }
  }
  if (line.trim() !== '' || lines.length === 0) end();
  return lines;
}

/** What makes one character with its neighbours. */
const JOINING =
  /[\p{M}\p{Cf}\p{Regional_Indicator}\p{Emoji_Modifier}\u0E33\u0EB3\u1100-\u11FF\uA960-\uA97F\uD7B0-\uD7FF]/u;

/** Characters as readers count them. */
function charactersOf(text: string): readonly string[] {
  return JOINING.test(text) ? Array.from(graphemes.segment(text), ({ segment }) => segment) : [...text];
}

/** The parts of a text between which a line may end. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const segment of charactersOf(text)) {
    const mayBreak =
      piece !== '' &&
      !CLOSING.test(segment) &&
      !OPENING.test(piece) &&
      (/[\s–—/&]$/u.test(piece) ||
        (/-$/.test(piece) && !/^\d/.test(segment)) ||
        WIDE.test(segment) ||
        WIDE.test([...piece].at(-1) ?? ''));
    if (mayBreak && segment.trim() !== '') {
      pieces.push(piece);
      piece = '';
    }
    piece += segment;
  }
  return piece === '' ? pieces : [...pieces, piece];
}
