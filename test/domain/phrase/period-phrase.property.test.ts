import fc from 'fast-check';
import { test } from 'tap';
import { DomainError, unlessRefused } from '../../../src/domain/errors.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { calendarYear, checkPeriod } from '../../../src/domain/period/period.ts';
import { findPeriods, parsePeriodPhrase } from '../../../src/domain/phrase/period-phrase.ts';
import { fillIn } from '../../../src/domain/phrase/words.ts';
import wordings from './period-wordings.json' with { type: 'json' };

type Kind = keyof typeof wordings.en;
type Said = Omit<Period, 'asStated'>;

const RUNS = { numRuns: 40 };
const PUBLISHED_ON = '2020-05-25';

const year = fc.integer({ min: 1800, max: 2139 });
const numbers = fc.record({
  y: year,
  length: fc.integer({ min: 1, max: 60 }),
  n: fc.integer({ min: 2, max: 60 }),
  q: fc.constant(2),
});
type Numbers = { readonly y: number; readonly length: number; readonly n: number; readonly q: number };

const UNTIL = { start: null, kind: 'cumulativeTo', years: null, inferred: [] } as const;

/** What each kind of wording says. */
const SAYS: Readonly<Record<Exclude<Kind, 'open'>, (numbers: Numbers) => Said>> = {
  year: ({ y }) => ({ ...calendarYear(y), kind: 'year', years: 1, inferred: [] }),
  until: ({ y }) => ({ ...UNTIL, end: `${y}-12-31` }),
  window: ({ y, length }) => {
    return {
      start: `${y}-01-01`,
      end: `${y + length}-12-31`,
      kind: 'window',
      years: length + 1,
      inferred: [],
    };
  },
  next: ({ n }) => {
    const end = `${2019 + n}-12-31`;
    return { start: '2020-01-01', end, kind: 'window', years: n, inferred: ['start', 'end'] };
  },
  perYear: () => ({ start: null, end: null, kind: 'perYear', years: null, inferred: [] }),
  quarter: ({ y }) => ({ start: `${y}-04-01`, end: `${y}-06-30`, kind: 'window', years: null, inferred: [] }),
  firstHalf: ({ y }) => ({
    start: `${y}-01-01`,
    end: `${y}-06-30`,
    kind: 'window',
    years: null,
    inferred: [],
  }),
  month: ({ y }) => ({ start: `${y}-05-01`, end: `${y}-05-31`, kind: 'window', years: null, inferred: [] }),
};

function written(template: string, { y, length, n, q }: Numbers): string {
  const words: Readonly<Record<string, number>> = { y, y2: y + length, n, q };
  return fillIn(template, (place) => String(words[place] ?? ''));
}

function read(text: string, language: string): Period | DomainError {
  return unlessRefused(() => parsePeriodPhrase(text, { language, publishedOn: PUBLISHED_ON }));
}

for (const [language, kinds] of Object.entries(wordings)) {
  test(`what is written in ${language} is read back`, async (t) => {
    for (const [kind, says] of Object.entries(SAYS))
      for (const template of kinds[kind as Kind]) {
        const wrong = fc.check(
          fc.property(numbers, (drawn) => {
            const reading = read(written(template, drawn), language);
            if (reading instanceof DomainError) throw reading;
            const { asStated, ...said } = checkPeriod(reading);
            if (
              JSON.stringify(said, Object.keys(said).sort()) !==
              JSON.stringify(says(drawn), Object.keys(said).sort())
            )
              throw new Error(`${asStated} reads ${JSON.stringify(said)}`);
          }),
          RUNS,
        );
        t.notOk(
          wrong.failed,
          `${template}: ${wrong.errorInstance ?? 'read'} ${JSON.stringify(wrong.counterexample)}`,
        );
      }
  });

  test(`digits beside what is written in ${language} change no period`, async (t) => {
    for (const kind of Object.keys(SAYS))
      for (const template of kinds[kind as Kind]) {
        const text = written(template, { y: 2021, length: 4, n: 5, q: 2 });
        // Digits go on with digits, and stand apart from words.
        const [gapBefore, gapBehind] = [/^\d/, /\d$/].map((digit) => (digit.test(text) ? '' : ' '));
        const plain = read(text, language);
        if (plain instanceof DomainError) throw plain;
        const wrong = fc.check(
          fc.property(fc.stringMatching(/^[1-9]\d{0,2}$/), fc.boolean(), (digits, isBefore) => {
            const reading = read(isBefore ? digits + gapBefore + text : text + gapBehind + digits, language);
            if (reading instanceof DomainError) return;
            const [one, other] = [plain, reading].map(({ asStated, ...said }) => JSON.stringify(said));
            if (one !== other) throw new Error(`${reading.asStated} reads ${other}`);
          }),
          RUNS,
        );
        t.notOk(
          wrong.failed,
          `${template}: ${wrong.errorInstance ?? 'kept'} ${JSON.stringify(wrong.counterexample)}`,
        );
      }
  });

  test(`what leaves its days open in ${language} is refused`, async (t) => {
    for (const template of kinds.open) {
      const text = written(template, { y: 2025, length: 1, n: 1, q: 1 });
      const reading = read(text, language);
      t.equal(
        reading instanceof DomainError ? reading.code : JSON.stringify(reading),
        'ambiguousPeriod',
        template,
      );
    }
  });
}

/** What periods are made of, sound and not. */
const PIECES = (
  'in|by|from|to|between|and|the|next|years|year|a|first|half|of|Q3|H1|2020|2025|20|5|0|31|29|12|-|/|,|.| |年|月|日|到|至|未来|五|前|个|季度|第|' +
  '期间|“十四五”|まで|から|年間|今後|부터|까지|년|향후|February|April|May|two|FY|s|bis|Jahr|$|%|\n'
).split('|');

test('any text is read without an error, and what is found stands where it says', async () => {
  const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join(''));
  const spaced = fc.array(fc.constantFrom(...PIECES), { maxLength: 24 }).map((pieces) => pieces.join(' '));
  const language = fc.constantFrom('en', 'zh', 'ja', 'ko', 'de', 'ru');
  const date = fc.constantFrom(null, '2020-02-29', PUBLISHED_ON);
  fc.assert(
    fc.property(fc.oneof(text, spaced), language, date, (phrase, tag, publishedOn) => {
      let last = 0;
      for (const { start, end, text: words, reading } of findPeriods(phrase, {
        language: tag,
        publishedOn,
      })) {
        if (start < last || end <= start || phrase.slice(start, end) !== words)
          throw new Error(`${words} stands not from ${start} to ${end}`);
        if (!(reading instanceof DomainError)) checkPeriod(reading);
        last = end;
      }
    }),
    { numRuns: 3000 },
  );
});
