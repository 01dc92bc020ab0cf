import { createHash } from 'node:crypto';
import { test } from 'tap';
import type { Amount } from '../../../src/domain/money/amount.ts';
import type { Evidence } from '../../../src/domain/phrase/evidence.ts';
import { finished } from '../../../src/domain/steps.ts';
import { evidenceOf } from '../../../src/ledger/records/evidence.ts';
import { heldText } from '../../../src/ledger/records/held-text.ts';

const PHRASE = 'invests 3 trillion yuan';
const AMOUNT: Amount = {
  value: '3000000000000',
  low: '3000000000000',
  high: '3000000000000',
  qualifier: 'exact',
  currency: 'CNY',
  asStated: '3 trillion yuan',
  interpretation: null,
};

const fingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Where the words of a record stand in the text that is held, which may be another than they were located in. */
function targetOf(evidence: Partial<Evidence>, text?: string) {
  const whole: Evidence = {
    phrase: PHRASE,
    start: null,
    end: null,
    documentSha256: null,
    url: null,
    status: 'parsed',
    ...evidence,
  };
  const held =
    text === undefined ? undefined : { text: finished(heldText(text)), documentSha256: fingerprint(text) };
  const record = { amount: AMOUNT, evidence: whole, statedConversions: [] };
  return finished(evidenceOf(record, 'en', held))[0]?.target;
}

const TEXT = `The state ${PHRASE} in grids.`;
const LOCATED = { start: 10, end: 33, documentSha256: fingerprint(TEXT), status: 'located' as const };
const quote = (prefix: string, suffix: string) => {
  return { type: 'TextQuoteSelector', exact: PHRASE, prefix, suffix };
};
const at = (start: number) => ({ type: 'TextPositionSelector', start, end: start + PHRASE.length });
const BARE = [{ type: 'TextQuoteSelector', exact: PHRASE }];

test('words are found in the text that is held at their only place, or not at all', async (t) => {
  t.strictSame(targetOf(LOCATED, TEXT)?.selector, [quote('The state ', ' in grids.'), at(10)]);
  t.strictSame(targetOf({}, TEXT)?.selector, [quote('The state ', ' in grids.'), at(10)], 'never located');
  const moved = `\u{1f600} Preface. ${TEXT}`;
  t.strictSame(targetOf(LOCATED, moved), {
    source: null,
    documentSha256: fingerprint(moved),
    selector: [quote('\u{1f600} Preface. The state ', ' in grids.'), at(21)],
  });
  for (const [name, text] of Object.entries({
    twice: `${TEXT} Again, it ${PHRASE}.`,
    respelt: TEXT.replace('3 trillion', '3\u00a0trillion'),
    capitals: TEXT.toUpperCase(),
    gone: 'Nothing.',
    empty: '',
  }))
    t.strictSame(
      targetOf(LOCATED, text),
      { source: null, documentSha256: fingerprint(text), selector: BARE },
      name,
    );
});

test('of two places the one that was located in this very text is meant', async (t) => {
  const twice = `${TEXT} It ${PHRASE}.`;
  const located = { ...LOCATED, documentSha256: fingerprint(twice) };
  t.strictSame(targetOf(located, twice)?.selector, [
    quote('The state ', ` in grids. It ${PHRASE}.`.slice(0, 32)),
    at(10),
  ]);
});

test('a text that is not held is not quoted, and its place stays', async (t) => {
  t.strictSame(targetOf(LOCATED), {
    source: null,
    documentSha256: LOCATED.documentSha256,
    selector: [...BARE, at(10)],
  });
  t.strictSame(targetOf({ url: 'https://example.org/a' }), {
    source: 'https://example.org/a',
    documentSha256: null,
    selector: BARE,
  });
});

test('what stands around the words is cut at 32 code points', async (t) => {
  const around = '\u{20bb7}'.repeat(40);
  t.strictSame(targetOf({}, `${around}${PHRASE}${around}`)?.selector, [
    quote('\u{20bb7}'.repeat(32), '\u{20bb7}'.repeat(32)),
    at(40),
  ]);
});
