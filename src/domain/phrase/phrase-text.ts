import simplified from './words/simplified.json' with { type: 'json' };
import type { Vocabulary } from './words.ts';
import { LETTERS } from './words.ts';

/**
 * A phrase in three forms of equal length, so that a place found in one is the same place in the others and a
 * figure can be given back exactly as printed.
 */
export interface PhraseText {
  /** As printed. */
  readonly text: string;
  /** One width of digits, signs and spaces; line breaks and tabs are "\n". Case is kept: "CNY" is a code, "cny" is not. */
  readonly folded: string;
  /** `folded` in lower case, in simplified characters, a line break being a space: the form the vocabulary is in. */
  readonly lower: string;
  /** The words by which it is read. */
  readonly vocabulary: Vocabulary;
}

/** Traditional (and Japanese) characters of the vocabulary, with the simplified ones as which they are read. */
const SIMPLIFIED = new Map(Object.entries(simplified));

const SPACES = /[\u00a0\u00ad\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]/;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]/;
const FOLDED: readonly (readonly [characters: RegExp, as: string])[] = [
  [SPACES, ' '],
  [BREAKS, '\n'],
  [/[‐‑‒–−﹘﹣－]/, '-'],
  [/[—―─]/, '—'],
  [/[～〜∼˜]/, '~'],
  [/[’ʼ]/, "'"],
  [/[○◯]/, '〇'],
];
const WIDE = /[！-～￠￡￥￦]/;

const DIGIT = /[0-9０-９]/;

export function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

const LETTER = new RegExp(`^[${LETTERS}]$`, 'i');
const FIRST_OTHER_LETTER = 'À';

/** Whether it is a letter of an alphabetic script, which other letters continue to a word. */
export function isLetter(character: string | undefined): boolean {
  if (character === undefined) return false;
  if (character >= FIRST_OTHER_LETTER) return LETTER.test(character);
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

/** Words that a list of numbers follows, whose commas group no digits. */
const LISTS = /(?:分别|分別|各|依次)[^。；;]*$/;
/** A wide letter O is the digit between digits in characters: 一Ｏ五. */
const AMONG_CHARACTER_DIGITS = /[一二三四五六七八九〇○Ｏ百十]/;

/** A comma or full stop of full width is a mark of the sentence unless digits stand on both sides of it. */
function foldWideMark(text: string, at: number, mark: ',' | '.'): string {
  const asPrinted = text.charAt(at);
  if (!DIGIT.test(text.charAt(at - 1))) return asPrinted;
  const following = /^[0-9０-９]*/.exec(text.slice(at + 1, at + 6))?.[0].length ?? 0;
  const belongsToNumber =
    mark === '.' ? following > 0 : following === 3 && !LISTS.test(text.slice(Math.max(0, at - 24), at));
  return belongsToNumber ? mark : asPrinted;
}

function foldCharacter(text: string, at: number): string {
  const character = text.charAt(at);
  if (character < '\u0080') return BREAKS.test(character) ? '\n' : character;
  if (character === '，') return foldWideMark(text, at, ',');
  if (character === '．') return foldWideMark(text, at, '.');
  if (character === 'Ｏ' && AMONG_CHARACTER_DIGITS.test(text.charAt(at - 1))) return '〇';
  if (character >= '\u0966' && character <= '\u096f') return String(character.charCodeAt(0) - 0x966);
  const folded = FOLDED.find(([characters]) => characters.test(character))?.[1];
  return folded ?? (WIDE.test(character) ? character.normalize('NFKC') : character);
}

function lowerCharacter(folded: string): string {
  if (folded === '\n') return ' ';
  if (folded < '\u0500' || (folded >= '\u1e00' && folded < '\u1f00')) {
    const lower = folded.toLowerCase();
    return lower.length === 1 ? lower : 'i';
  }
  return SIMPLIFIED.get(folded) ?? folded;
}

export function foldPhrase(text: string, vocabulary: Vocabulary): PhraseText {
  const folded: string[] = [];
  for (let at = 0; at < text.length; at += 1) folded.push(foldCharacter(text, at));
  return { text, folded: folded.join(''), lower: folded.map(lowerCharacter).join(''), vocabulary };
}

/** The first place at or after `at` that is not a space. */
export function skipSpaces(phrase: PhraseText, at: number): number {
  let place = at;
  while (phrase.lower.charAt(place) === ' ') place += 1;
  return place;
}

/** Matches a sticky expression against the lower-case form at one place only. */
export function matchAt(pattern: RegExp, phrase: PhraseText, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(phrase.lower);
}

/**
 * Whether the words of a sticky expression that only looks behind end at a place. Looking behind starts at the place,
 * where a search for `$` would try every start of a window.
 */
export function endsAt(pattern: RegExp, form: string, at: number): boolean {
  pattern.lastIndex = at;
  return pattern.test(form);
}

/** The place after a match of a sticky expression at one place, or that place where there is none. */
export function endOfMatch(pattern: RegExp, phrase: PhraseText, at: number): number {
  return at + (matchAt(pattern, phrase, at)?.[0].length ?? 0);
}

/** A piece of the text short enough for an error's data. */
export function excerpt(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
