import BetterSqlite3 from 'better-sqlite3';
import fc from 'fast-check';
import { test } from 'tap';
import { matchingRanges, searchTerms, searchTokens } from '../../../src/domain/text/search-text.ts';
import { matchExpression } from '../../../src/store/sqlite/full-text.ts';
import { anyText, printable } from '../../helpers/any-text.ts';

/** An index of one column, with the tokenizer of the migration. */
function indexOf(...texts: readonly string[]) {
  const sqlite = new BetterSqlite3(':memory:');
  sqlite.exec(`create virtual table texts using fts5(tokens, tokenize = "ascii tokenchars '.'")`);
  const insert = sqlite.prepare('insert into texts (tokens) values (?)');
  for (const text of texts) insert.run(searchTokens(text));
  const find = sqlite.prepare<[string], number>('select rowid from texts where texts match ?').pluck();
  return (query: string): readonly number[] => {
    const expression = matchExpression([searchTerms(query)]);
    return expression === null ? [] : find.all(expression);
  };
}

test('queries hold nothing but quoted words', async (t) => {
  t.equal(
    matchExpression([searchTerms('a" OR NEAR(b* -c) statement:d')]),
    '"a" AND "or" AND "near" AND "b" AND "c" AND "statement" AND "d"*',
  );
  t.equal(matchExpression([searchTerms('新基建 5')]), '"新基 基建" AND "5"*');
  t.equal(matchExpression([searchTerms('新')]), '"新"');
  t.equal(matchExpression([searchTerms('"*()')]), null);
  await fc.assert(
    fc.property(anyText, (text) => {
      const expression = matchExpression([searchTerms(text)]);
      t.ok(expression === null || /^"[^"]+"\*?(?: AND "[^"]+"\*?)*$/.test(expression), expression ?? '');
    }),
  );
});

test('any text can be asked for, and finds the text that contains it', async (t) => {
  await fc.assert(
    fc.property(anyText, anyText, anyText, (before, text, after) => {
      const find = indexOf(text, `${before} ${text} ${after}`);
      const terms = searchTerms(text);
      t.strictSame(find(text), terms.length === 0 ? [] : [1, 2], printable(text));
    }),
    { numRuns: 200 },
  );
});

test('every part of a run of ideographs finds it, and nothing that is not in it does', async (t) => {
  const run = fc.string({
    unit: fc.constantFrom(...'新型基础设施建데이터센デセン'),
    minLength: 1,
    maxLength: 6,
  });
  await fc.assert(
    fc.property(run, run, (text, wanted) => {
      t.strictSame(indexOf(text)(wanted), text.includes(wanted) ? [1] : []);
      t.equal(matchingRanges(text, searchTerms(wanted)).length > 0, text.includes(wanted));
    }),
    { numRuns: 300 },
  );
});

test('words of two characters are found in Chinese, Japanese and Korean, and single ones', async (t) => {
  const find = indexOf('加快新型基础设施建设进度', 'データセンターへの投資額', '데이터센터에 대한 투자를');
  for (const [query, expected] of [
    ['基础', [1]],
    ['设', [1]],
    ['投資', [2]],
    ['デー', [2]],
    ['へ', [2]],
    ['투자', [3]],
    ['센터', [3]],
    ['터', [3]],
    ['施设', []],
    ['基础 进度', [1]],
    ['基础 投資', []],
  ] as const)
    t.strictSame(find(query), expected, query);
});

test('the last word may be incomplete, the others may not', async (t) => {
  const find = indexOf('Haitong Securities expects 17.1 trillion');
  for (const query of ['hai', 'HAITONG sec', 'expects 17', '17.1 tri', 'haitong securities'])
    t.strictSame(find(query), [1], query);
  for (const query of ['hai securities', 'aitong', '7.1', 'haitong bank'])
    t.strictSame(find(query), [], query);
});
