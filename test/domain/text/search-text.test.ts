import fc from 'fast-check';
import { test } from 'tap';
import { matchingRanges, searchTerms, searchTokens } from '../../../src/domain/text/search-text.ts';
import { anyText } from '../../helpers/any-text.ts';

test('words: lower case, no accents, one width; runs of ideographs as pairs and single characters', async (t) => {
  t.equal(searchTokens('Été ＡＢＣ China’s 5G'), 'ete abc china s 5g');
  t.equal(searchTokens('17.1 trillion, 8,300 and 2020,21.'), '17.1 trillion 8300 and 2020 21');
  t.equal(searchTokens('新基建5G'), '新基 基建 新 基 建 5g');
  t.equal(searchTokens('ﾃﾞｰﾀ'), searchTokens('データ'));
  t.equal(searchTokens('데이터'.normalize('NFD')), searchTokens('데이터'));
  t.equal(searchTokens('“…”，。 \0 😀'), '');
});

test('ranges are code points of the original text', async (t) => {
  t.strictSame(matchingRanges('😀 新型基建 and Été', searchTerms('基建 ete')), [
    { start: 4, end: 6 },
    { start: 11, end: 14 },
  ]);
  t.strictSame(matchingRanges('E\u0301te\u0301 17.1 8,300', searchTerms('8300 ét')), [
    { start: 0, end: 3 },
    { start: 11, end: 16 },
  ]);
  t.strictSame(matchingRanges('基建基建', searchTerms('基建')), [{ start: 0, end: 4 }]);
  await fc.assert(
    fc.property(anyText, anyText, (text, query) => {
      const length = [...text].length;
      let end = -1;
      const terms = searchTerms(query);
      // What is not ASCII takes no short way; a word of it changes nothing for the others.
      t.strictSame(
        matchingRanges(`${text} \u042f`, terms).filter(({ end }) => end <= [...text].length),
        matchingRanges(text, terms),
      );
      for (const range of matchingRanges(text, terms)) {
        t.ok(range.start > end && range.end > range.start && range.end <= length);
        end = range.end;
      }
    }),
  );
});
