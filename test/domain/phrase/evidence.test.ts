import { test } from 'tap';
import type { Amount } from '../../../src/domain/money/amount.ts';
import { impliedRatio } from '../../../src/domain/money/decimal.ts';
import type { Evidence } from '../../../src/domain/phrase/evidence.ts';
import { checkEvidence, codePointLength } from '../../../src/domain/phrase/evidence.ts';

const TEXT = '𠮷 Haitong says that it will total 3 trillion yuan in 2020.';
const PHRASE = 'will total 3 trillion yuan in 2020';
const START = [...TEXT].join('').indexOf(PHRASE) - 1;
const AMOUNT: Amount = {
  value: '3000000000000',
  low: '3000000000000',
  high: '3000000000000',
  qualifier: 'exact',
  currency: 'CNY',
  asStated: '3 trillion yuan',
  interpretation: null,
};
const LOCATED: Evidence = {
  phrase: PHRASE,
  start: START,
  end: START + PHRASE.length,
  documentSha256: 'a'.repeat(64),
  url: null,
  status: 'located',
};

test('places count code points, not code units', async (t) => {
  t.equal(codePointLength('𠮷a'), 2);
  t.equal([...TEXT].slice(START, LOCATED.end ?? 0).join(''), PHRASE, 'so the text below is located');
  t.doesNotThrow(() =>
    checkEvidence({ ...LOCATED, phrase: `𠮷 ${PHRASE}`, end: START + 2 + PHRASE.length }, AMOUNT),
  );
});

test('evidence is what its status claims', async (t) => {
  t.doesNotThrow(() => checkEvidence(LOCATED, AMOUNT));
  t.doesNotThrow(() =>
    checkEvidence({ ...LOCATED, start: null, end: null, documentSha256: null, status: 'parsed' }, AMOUNT),
  );
  t.doesNotThrow(() =>
    checkEvidence(
      { ...LOCATED, phrase: 'a lot of money', start: null, end: null, status: 'unverified' },
      AMOUNT,
    ),
  );
});

test('evidence that is not what it claims is refused by field', async (t) => {
  const refused: readonly (readonly [Partial<Evidence>, string])[] = [
    [{ documentSha256: null }, 'documentSha256'],
    [{ start: null }, 'start'],
    [{ end: START }, 'end'],
    [{ status: 'parsed' }, 'start'],
    [{ status: 'unverified', start: null, end: null }, 'status'],
  ];
  for (const [change, field] of refused) {
    t.throws(
      () => checkEvidence({ ...LOCATED, ...change }, AMOUNT),
      { code: 'inconsistentEvidence', data: { field } },
      field,
    );
  }
  t.throws(() => checkEvidence(LOCATED, { ...AMOUNT, value: '4000000000000' }), {
    code: 'inconsistentEvidence',
    data: { field: 'phrase' },
  });
  t.throws(() => checkEvidence({ ...LOCATED, phrase: 'no figure at all', end: START + 16 }, AMOUNT), {
    code: 'noFigure',
  });
});

test('implied ratios have 12 significant digits, or are not there', async (t) => {
  t.equal(impliedRatio('3000000000000', '420000000000'), '7.14285714286');
  t.equal(impliedRatio('17100000000000', '10000000000000'), '1.71');
  t.equal(impliedRatio(null, '1'), null);
  t.equal(impliedRatio('1', null), null);
  t.equal(impliedRatio('1', '0'), null);
});
