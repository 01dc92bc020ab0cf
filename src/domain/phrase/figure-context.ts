import type { PhraseText } from './phrase-text.ts';

const HAN_NUMBER = '(?:\\d+(?:\\.\\d+)?|[零〇一二两三四五六七八九十百点数几]+)';

/** A part, a multiple or a comparison of the figure that follows: "half of", "30% of", "3倍于", "30% more than". */
const PART_BEFORE = new RegExp(
  '(?:' +
    '(?:%|(?<![a-z])(?:half|thirds?|quarters?|fourths?|fifths?|sixths?|sevenths?|eighths?|ninths?|tenths?|percent|per cent|' +
    'fraction|most|part|portion|share|bulk|majority)) +of(?: +(?:the|its|an?|a total of|the total))?|' +
    '(?<![a-z])half +(?:the|its)|' +
    '(?<![a-z])(?:times|twice|thrice|double|triple|treble|quadruple)(?: +(?:the|its))?|' +
    '(?:%|(?<![a-z])(?:percent|per cent|times)) +(?:(?:more|less|higher|lower|greater|larger|bigger|fewer|smaller) +than|' +
    'above|below|over|under)|' +
    `(?:%|倍|一半|百分之${HAN_NUMBER}|分之${HAN_NUMBER})的|倍于` +
    ') *$',
);
/** The same after the figure: "10万亿元的30%", "10兆円の3割", "3조원의 절반". */
const PART_AFTER = new RegExp(
  ' *(?:' +
    `的 *(?:约|近|超过?)? *(?:${HAN_NUMBER} *(?:%|倍|成|分之)|百分之|一半|半数|[一大小]?部分)|` +
    `の *(?:約|约)? *(?:${HAN_NUMBER} *(?:割|倍|%|分の|パーセント)|半分|半额|一部|大半)|` +
    '의 *(?:약 *)?(?:절반|일부|대부분|\\d+(?:\\.\\d+)? *(?:%|배|퍼센트|분의)|(?:두|세|네|몇) *배)' +
    ')',
  'y',
);

/** What says of the figure that follows only that it is not the sum: "failed to reach", "rather than", "并非". */
const NEGATED_BEFORE = new RegExp(
  '(?:' +
    "(?<![a-z])(?:(?:not|never|cannot|without|yet to|unlikely to|fail(?:s|ed|ing)? to|[a-z]+n['’]t)" +
    '(?: +(?:yet|even|quite|be|have|been|to))*' +
    '(?: +(?:reach(?:ed|ing)?|hit|hitting|total(?:led|ed)?|touch(?:ed)?|attain(?:ed)?|achieve[d]?|meet|met|equal|cost|' +
    'invest(?:ed)?|spen[dt]|require|need|amount to|come to|add up to|get to))?|' +
    'unlikely|rather +than|instead +of|far +from|nowhere +near)(?: +(?:the|an?|its))?|' +
    '(?:未能?|没有?|没能|尚未|并未|无法|难以|不会|不能|不可能)达到|未能达|[并而绝]非|不是' +
    ') *$',
);
const NEGATED_AFTER = / *(?:では?な[くい]|じゃな[くい]|[이가] *아[니닌])/y;

const WINDOW = 72;

interface Span {
  readonly start: number;
  readonly end: number;
}

function stands(phrase: PhraseText, spans: readonly Span[], before: RegExp, after: RegExp): boolean {
  return spans.some(({ start, end }) => {
    after.lastIndex = end;
    return before.test(phrase.lower.slice(Math.max(0, start - WINDOW), start)) || after.test(phrase.lower);
  });
}

/** Whether the sum meant is a part or a multiple of a figure; `spans` are the figure without and with its qualifiers. */
export function isPartOrMultiple(phrase: PhraseText, spans: readonly Span[]): boolean {
  return stands(phrase, spans, PART_BEFORE, PART_AFTER);
}

/** Whether the words around a figure deny it without bounding it. */
export function isDenied(phrase: PhraseText, spans: readonly Span[]): boolean {
  return stands(phrase, spans, NEGATED_BEFORE, NEGATED_AFTER);
}
