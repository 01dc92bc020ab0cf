import type { PhraseText } from './phrase-text.ts';
import { matchAt } from './phrase-text.ts';

/**
 * Magnitude words of other languages. A number before one is not the sum, though it has a currency sign: "€3 miliardi",
 * "$5 млрд".
 */
const WORDS = (
  'miliard miliardi miliardy milionow miliony milioni milione millones millón billones milhões milhão bilhões bilhão ' +
  'trilhões millionen billionen miljoen miljard miljoner miljarder millioner milliarder juta miliar triliun tỷ triệu'
).split(' ');
const OTHER_SCRIPT =
  '(?![\\p{Script=Latin}\\p{Script=Han}\\p{Script=Hangul}\\p{Script=Hiragana}\\p{Script=Katakana}ー])\\p{L}';
const FOREIGN_MAGNITUDE = new RegExp(` ?-?(?:(?:${WORDS.join('|')})(?!\\p{L})|${OTHER_SCRIPT})`, 'uy');

export function isForeignMagnitude(phrase: PhraseText, at: number): boolean {
  return matchAt(FOREIGN_MAGNITUDE, phrase, at) !== null;
}
