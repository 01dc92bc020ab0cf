import fc from 'fast-check';
import { test } from 'tap';
import type { Period } from '../../../src/domain/period/period.ts';
import {
  checkPeriod,
  checkRealisedPeriod,
  completePeriod,
  wholeMonths,
  wholeYears,
} from '../../../src/domain/period/period.ts';

const period = (fields: Partial<Period>): Period => ({
  start: null,
  end: null,
  kind: 'unstated',
  years: null,
  asStated: null,
  inferred: [],
  ...fields,
});

test('the periods of design are accepted', async (t) => {
  const accepted: readonly Partial<Period>[] = [
    { kind: 'year', start: '2020-01-01', end: '2020-12-31', years: 1, asStated: 'in 2020' },
    { kind: 'window', start: '2020-01-01', end: '2025-12-31', years: 6, asStated: '2020-2025' },
    { kind: 'window', start: '2020-01-01', end: '2024-12-31', years: 5, inferred: ['start', 'end'] },
    { kind: 'window', years: 5 },
    { kind: 'window', start: '2022-01-01', end: '2022-09-30', years: null },
    { kind: 'cumulativeTo', end: '2025-12-31' },
    { kind: 'perYear', start: '2020-01-01', end: '2030-12-31', years: 11 },
    { kind: 'perYear' },
    { kind: 'unstated' },
  ];
  for (const fields of accepted) t.doesNotThrow(() => checkPeriod(period(fields)), JSON.stringify(fields));
});

test('a period that contradicts its kind is refused by field', async (t) => {
  const refused: readonly (readonly [Partial<Period>, string])[] = [
    [{ kind: 'year', start: '2020-01-01', end: '2021-12-31', years: 2 }, 'end'],
    [{ kind: 'year', start: '2020-02-01', end: '2021-01-31', years: 1 }, 'start'],
    [{ kind: 'year', end: '2020-12-31', years: 1 }, 'start'],
    [{ kind: 'window', start: '2020-01-01', end: '2025-12-31', years: 5 }, 'years'],
    [{ kind: 'window', start: '2020-01-01' }, 'years'],
    [{ kind: 'window', start: '2021-01-01', end: '2020-12-31' }, 'end'],
    [{ kind: 'window', start: '2020-02-30', end: '2020-12-31' }, 'start'],
    [{ kind: 'window', years: 1.5 }, 'years'],
    [{ kind: 'cumulativeTo', start: '2020-01-01', end: '2025-12-31', years: 6 }, 'start'],
    [{ kind: 'cumulativeTo' }, 'end'],
    [{ kind: 'cumulativeTo', end: '2025-12-31', years: 5 }, 'years'],
    [{ kind: 'unstated', end: '2025-12-31' }, 'end'],
    [{ kind: 'unstated', years: 3 }, 'years'],
    [{ kind: 'cumulativeTo', end: '2025-12-31', inferred: ['start'] }, 'inferred'],
  ];
  for (const [fields, field] of refused) {
    t.throws(
      () => checkPeriod(period(fields)),
      { code: 'inconsistentPeriod', data: { field } },
      JSON.stringify(fields),
    );
  }
});

test('whole years are counted by inclusive days', async (t) => {
  t.equal(wholeYears('2020-01-01', '2025-12-31'), 6);
  t.equal(wholeYears('2019-06-06', '2022-06-05'), 3);
  t.equal(wholeYears('2019-06-06', '2022-06-06'), null);
  t.equal(wholeYears('2022-01-01', '2022-09-30'), null);
  fc.assert(
    fc.property(fc.integer({ min: 1990, max: 2090 }), fc.integer({ min: 1, max: 80 }), (year, length) => {
      return wholeYears(`${year}-01-01`, `${year + length - 1}-12-31`) === length;
    }),
  );
});

test('what has come had come when its document was published, but for a year that the document names', async (t) => {
  const soFar = (end: string) => period({ kind: 'cumulativeTo', end });
  const year = period({ kind: 'year', start: '2022-01-01', end: '2022-12-31', years: 1 });
  for (const [given, publishedOn] of [
    [soFar('2022-08-14'), '2022-08-14'],
    [soFar('2022-08-31'), null],
    [period({ kind: 'perYear' }), '2022-08-14'],
    [year, '2022-12-27'],
    [year, '2023-01-30'],
  ] as const)
    t.equal(checkRealisedPeriod(given, publishedOn), given);
  for (const [given, publishedOn] of [
    [soFar('2022-08-31'), '2022-08-14'],
    [period({ kind: 'window', start: '2022-01-01', end: '2022-09-30' }), '2022-09-29'],
    [year, '2021-12-31'],
    [{ ...year, inferred: ['end'] }, '2022-12-27'],
    [period({ kind: 'perYear', start: '2021-01-01', end: '2022-12-31', years: 2 }), '2022-12-27'],
  ] as const)
    t.throws(() => checkRealisedPeriod(given, publishedOn), {
      code: 'inconsistentPeriod',
      data: { field: 'end', found: given.end },
    });
});

test('what follows from the rest of a period is filled in, and nothing else', async (t) => {
  const filled: readonly (readonly [object, Partial<Period>])[] = [
    [
      { start: '2020-01-01', end: '2020-12-31' },
      { kind: 'year', start: '2020-01-01', end: '2020-12-31', years: 1 },
    ],
    [
      { start: '2020-01-01', end: '2025-12-31' },
      { kind: 'window', start: '2020-01-01', end: '2025-12-31', years: 6 },
    ],
    [
      { start: '2022-01-01', end: '2022-09-30' },
      { kind: 'window', start: '2022-01-01', end: '2022-09-30' },
    ],
    [
      { end: '2025-12-31', asStated: 'by 2025' },
      { kind: 'cumulativeTo', end: '2025-12-31', asStated: 'by 2025' },
    ],
    [{ years: 5 }, { kind: 'window', years: 5 }],
    [{ kind: 'perYear' }, { kind: 'perYear' }],
    [{ kind: 'unstated' }, { kind: 'unstated' }],
    [
      { kind: 'perYear', start: '2020-01-01', end: '2021-12-31' },
      { kind: 'perYear', start: '2020-01-01', end: '2021-12-31', years: 2 },
    ],
  ];
  for (const [given, expected] of filled) {
    t.strictSame(completePeriod(given), period(expected), JSON.stringify(given));
    t.doesNotThrow(() => checkPeriod(period(expected)), JSON.stringify(given));
  }
  const open: readonly object[] = [
    {},
    { asStated: 'in 2020' },
    { start: '2020-01-01' },
    { start: null, end: null, years: null },
    { kind: 'year', asStated: 'in 2020' },
    { kind: 'window' },
    { kind: 'cumulativeTo' },
  ];
  for (const given of open) t.equal(completePeriod(given), null, JSON.stringify(given));
});

test('whole months between two days, of which twelve are a year', async (t) => {
  t.equal(wholeMonths('2024-01-01', '2024-06-30'), 6);
  t.equal(wholeMonths('2024-01-01', '2024-03-31'), 3);
  t.equal(wholeMonths('2024-04-01', '2025-09-30'), 18);
  t.equal(wholeMonths('2024-02-15', '2024-03-14'), 1);
  t.equal(wholeMonths('2024-01-01', '2024-06-29'), null);
  t.equal(wholeMonths('2024-06-01', '2024-05-31'), null);
  t.equal(wholeYears('2024-04-01', '2025-09-30'), null);
  t.equal(wholeYears('2025-04-01', '2026-03-31'), 1);
});

test('fiscal years, halves and quarters are windows', async (t) => {
  for (const [start, end, years] of [
    ['2025-04-01', '2026-03-31', 1],
    ['2024-01-01', '2024-06-30', null],
    ['2024-07-01', '2024-09-30', null],
  ] as const)
    t.strictSame(completePeriod({ start, end }), period({ kind: 'window', start, end, years }));
});

test('an outcome of a fiscal year may be told before its last days, as one of a calendar year may', async (t) => {
  const fiscal = period({ kind: 'window', start: '2025-04-01', end: '2026-03-31', years: 1 });
  t.equal(checkRealisedPeriod(fiscal, '2026-03-20'), fiscal);
  t.throws(() => checkRealisedPeriod({ ...fiscal, inferred: ['start', 'end'] }, '2026-03-20'));
  t.throws(() => checkRealisedPeriod(fiscal, '2025-03-20'));
});
