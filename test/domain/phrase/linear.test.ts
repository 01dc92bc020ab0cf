import { test } from 'tap';
import { readAmounts } from '../../../src/domain/phrase/amount-phrase.ts';
import { readDocument } from '../../../src/domain/phrase/document.ts';
import { findPeriods } from '../../../src/domain/phrase/period-phrase.ts';
import { vocabulariesOf } from '../../../src/domain/phrase/words.ts';
import { finished } from '../../../src/domain/steps.ts';
import { NameMatcher } from '../../../src/domain/text/name-matcher.ts';
import { HOSTILE_PIECES, hostileText } from '../../helpers/hostile-texts.ts';

/**
 * The work of reading a text, without a clock: how often a character is looked at or an expression is tried, and how
 * many characters are cut out.
 */
function stepsOf(action: () => unknown): number {
  let steps = 0;
  const { charAt, slice, startsWith } = String.prototype;
  const { exec, test: tries } = RegExp.prototype;
  String.prototype.charAt = function (at) {
    steps += 1;
    return charAt.call(this, at);
  };
  String.prototype.startsWith = function (...given) {
    steps += 1;
    return startsWith.apply(this, given);
  };
  String.prototype.slice = function (...given) {
    const cut = slice.apply(this, given);
    steps += 1 + cut.length;
    return cut;
  };
  RegExp.prototype.exec = function (text) {
    const found = exec.call(this, text);
    steps += 1 + (found?.[0].length ?? 0);
    return found;
  };
  RegExp.prototype.test = function (text) {
    steps += 1;
    return tries.call(this, text);
  };
  try {
    action();
  } finally {
    Object.assign(String.prototype, { charAt, slice, startsWith });
    Object.assign(RegExp.prototype, { exec, test: tries });
  }
  return steps;
}

test('the work of reading grows as the text does, whatever stands in it', async (t) => {
  for (const piece of HOSTILE_PIECES) {
    for (const options of [{ language: 'en' }, { language: 'de' }, {}]) {
      for (const read of [readAmounts, findPeriods]) {
        const readOf = (length: number) => stepsOf(() => read(hostileText(piece, length), options));
        readOf(100);
        const [short, long] = [readOf(600), readOf(6000)];
        const language = options.language ?? 'no language';
        const named = `${read.name} of ${piece} (${language})`.replace(/[^ -~]/g, '?');
        t.ok(long < 13 * short, `${named}: ${short} steps for 600 characters, ${long} for 6,000`);
        t.ok(long < 200 * 6000, `${named}: ${Math.round(long / 6000)} steps a character`);
      }
    }
  }
});

test('what figures of one paragraph say of each other takes time in proportion to them', async (t) => {
  // Only so many figures are quoted; rows, parts, changes and periods are looked for among all.
  const read = (text: string) => finished(readDocument(text, new NameMatcher([]), { language: 'zh' }, 5));
  for (const piece of [
    '5亿元、',
    '2023、2024年5亿元，',
    '增加5亿元、',
    '5亿元 (2024: 4) ',
    '其中5亿元、',
    '5억 원 각각 증가, ',
  ]) {
    const readOf = (length: number) => stepsOf(() => read(hostileText(piece, length)));
    readOf(100);
    const [short, long] = [readOf(2500), readOf(25_000)];
    t.ok(
      long < 13 * short,
      `${piece.replace(/[^ -~]/g, '?')}: ${short} steps, ${long} for ten times the text`,
    );
  }
});

test('no expression goes over a run of one character again and again', (t) => {
  const cpuOf = (text: string): number => {
    const before = process.cpuUsage();
    readAmounts(text, { language: 'en' });
    return process.cpuUsage(before).user;
  };
  const words = 'some words and nothing else '.repeat(2000);
  cpuOf(words);
  const usual = cpuOf(words);
  for (const character of [' ', '\n', '"', ',', '-', '.', 'a']) {
    const taken = cpuOf(`x${character.repeat(words.length)}`);
    t.ok(taken < 40 * usual, `${JSON.stringify(character)}: ${taken} microseconds, and ${usual} of words`);
  }
  t.end();
});

test('no statement of a currency begins with spaces that it would try from each of them', (t) => {
  for (const tag of ['de', 'en', 'es', 'fr', 'it', 'ja', 'ko', 'nl', 'pt', 'zh'])
    for (const source of vocabulariesOf('', tag, undefined)[0].spoken.flatMap(
      ({ currencyStatements }) => currencyStatements?.after ?? [],
    ))
      t.notMatch(source, /^(?:,\?)? /, `${tag}: ${source.replace(/[^ -~]/g, '?')}`);
  t.end();
});
