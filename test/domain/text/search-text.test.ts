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

test('traditional characters are compared as simplified ones', async (t) => {
  t.equal(searchTokens('數據中心，電網'), searchTokens('数据中心，电网'));
  t.strictSame(searchTerms('軌道'), searchTerms('轨道'));
  t.strictSame(matchingRanges('預計數據中心投資', searchTerms('数据中心')), [{ start: 2, end: 6 }]);
  t.strictSame(matchingRanges('预计数据中心投资', searchTerms('數據中心')), [{ start: 2, end: 6 }]);
  t.equal(searchTokens('台灣'.normalize('NFD')), searchTokens('台湾'));
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

test('what repeats itself is indexed and shown in part, and its neighbours stay what they are', async (t) => {
  const tokens = searchTokens(`${'一'.repeat(4000)}二`).split(' ');
  t.ok(tokens.length < 100, `${tokens.length} tokens`);
  t.ok(tokens.includes('一二') && tokens.includes('二'));
  // The word before the gap and the one behind it do not stand beside each other.
  t.match(searchTokens(`${'又 '.repeat(40)}投资又投`), /又 \. 投资 .* 投/);
  t.strictSame(searchTerms('一'.repeat(200)), [{ kind: 'ideographs', text: '一'.repeat(8) }]);
  t.strictSame(matchingRanges('一'.repeat(4000), searchTerms('一'.repeat(200))), [{ start: 0, end: 4000 }]);
  t.equal(matchingRanges('一二'.repeat(2000), searchTerms('一')).length, 100);
});

test('sixteen times as long a text and query take about sixteen times as long', async (t) => {
  const elapsed = (length: number): number => {
    const [text, terms] = ['一'.repeat(length), searchTerms('一'.repeat(length / 20))];
    const runs = Array.from({ length: 20 }, () => {
      const began = performance.now();
      matchingRanges(text, terms);
      return performance.now() - began;
    });
    return Math.min(...runs);
  };
  const [once, sixteenfold] = [elapsed(1000), elapsed(16_000)];
  // Each place beside each place of the query would be 256 times.
  t.ok(sixteenfold < once * 64, `${once} ms, ${sixteenfold} ms`);
});
