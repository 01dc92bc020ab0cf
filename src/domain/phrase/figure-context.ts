import type { PhraseText } from './phrase-text.ts';
import { matchAt } from './phrase-text.ts';
import type { NotTheSum } from './words.ts';
import { expand, LANGUAGES } from './words.ts';

function anyOf(kind: NotTheSum): string {
  return LANGUAGES.flatMap(({ notTheSum }) => notTheSum[kind] ?? [])
    .map(expand)
    .join('|');
}

function before(kind: NotTheSum): RegExp {
  return new RegExp(`(?:${anyOf(kind)}) *$`);
}

function after(kind: NotTheSum): RegExp {
  return new RegExp(` *(?:${anyOf(kind)})`, 'y');
}

const [PART_BEFORE, PART_AFTER] = [before('partBefore'), after('partAfter')];
const [DENIED_BEFORE, DENIED_AFTER] = [before('deniedBefore'), after('deniedAfter')];
const COUNTED = new RegExp(`[多余]? *(?:${anyOf('counted')})`, 'y');

/** Magnitude words of other languages. */
const FOREIGN_WORDS = (
  'miliard miliardi miliardy milionow miliony milioni milione millones millón billones milhões milhão bilhões bilhão ' +
  'trilhões millionen billionen miljoen miljard miljoner miljarder millioner milliarder juta miliar triliun tỷ triệu'
).split(' ');
const OTHER_SCRIPT =
  '(?![\\p{Script=Latin}\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Hiragana}\\p{Script=Katakana}ー])\\p{L}';
const FOREIGN_MAGNITUDE = new RegExp(
  ` ?-?(?:(?:${FOREIGN_WORDS.join('|')})(?!\\p{L})|${OTHER_SCRIPT})`,
  'uy',
);

const WINDOW = 72;

interface Span {
  readonly start: number;
  readonly end: number;
}

function stands(phrase: PhraseText, spans: readonly Span[], front: RegExp, back: RegExp): boolean {
  return spans.some(
    ({ start, end }) =>
      front.test(phrase.lower.slice(Math.max(0, start - WINDOW), start)) ||
      matchAt(back, phrase, end) !== null,
  );
}

/** Whether the sum meant is a part or a multiple of a figure; `spans` are the figure without and with its qualifiers. */
export function isPartOrMultiple(phrase: PhraseText, spans: readonly Span[]): boolean {
  return stands(phrase, spans, PART_BEFORE, PART_AFTER);
}

/** Whether the words around a figure deny it without bounding it. */
export function isDenied(phrase: PhraseText, spans: readonly Span[]): boolean {
  return stands(phrase, spans, DENIED_BEFORE, DENIED_AFTER);
}

/** Whether what follows is counted, no money: "60万个", "5 million base stations". For numbers without a currency only. */
export function isCountedThing(phrase: PhraseText, at: number): boolean {
  return matchAt(COUNTED, phrase, at) !== null;
}

/** Whether a number is not the sum though it has a currency sign, as in "€3 miliardi" and "$5 млрд". */
export function isForeignMagnitude(phrase: PhraseText, at: number): boolean {
  return matchAt(FOREIGN_MAGNITUDE, phrase, at) !== null;
}
