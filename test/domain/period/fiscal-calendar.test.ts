import { test } from 'tap';
import { DomainError, unlessRefused } from '../../../src/domain/errors.ts';
import { daysBetween } from '../../../src/domain/period/calendar.ts';
import { fiscalCalendarOf, fiscalMonths } from '../../../src/domain/period/fiscal-calendar.ts';
import { checkPeriod, wholeMonths, wholeYears } from '../../../src/domain/period/period.ts';
import { parsePeriodPhrase } from '../../../src/domain/phrase/period-phrase.ts';

/** What words say where a government of a country speaks, in a line; of a refusal what is open. */
function read(region: string, text: string, speaker: string | null = 'government'): string {
  const fiscalCalendar = fiscalCalendarOf(region, speaker);
  const reading = unlessRefused(() => parsePeriodPhrase(text, { fiscalCalendar }));
  if (reading instanceof DomainError) return `${reading.code}: ${reading.data.open}`;
  const { kind, start, end, years, inferred } = checkPeriod(reading);
  return [kind, start ?? '-', end, years ?? '-', inferred.join('+')].join(' ');
}

const BOTH = 'start+end';
const OPEN = 'ambiguousPeriod: on which day the fiscal year begins';

test('fiscal years of a government are read by its calendar, and say that their days are inferred', (t) => {
  for (const [region, text, expected] of [
    ['IN', 'FY2025/26', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['IN', 'in 2025-26', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['IN', 'FY26', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['IN', 'fiscal year 1999-2000', `window 1999-04-01 2000-03-31 1 ${BOTH}`],
    ['IN', 'वित्त वर्ष 2025-26', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['IN', 'H1 FY26', `window 2025-04-01 2025-09-30 - ${BOTH}`],
    ['IN', 'H2 FY2025-26', `window 2025-10-01 2026-03-31 - ${BOTH}`],
    ['IN', 'Q4 FY26', `window 2026-01-01 2026-03-31 - ${BOTH}`],
    ['IN', 'by FY2029/30', 'cumulativeTo - 2030-03-31 - end'],
    ['IN', 'from FY2020/21 to FY2024/25', `window 2020-04-01 2025-03-31 5 ${BOTH}`],
    ['JP', '2025年度', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['JP', '令和7年度', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['JP', '令和元年度', `window 2019-04-01 2020-03-31 1 ${BOTH}`],
    ['JP', '平成30年度', `window 2018-04-01 2019-03-31 1 ${BOTH}`],
    ['JP', 'FY2025', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['JP', '2025年度上期', `window 2025-04-01 2025-09-30 - ${BOTH}`],
    ['JP', '2025年度下半期', `window 2025-10-01 2026-03-31 - ${BOTH}`],
    ['JP', '令和7年度第3四半期', `window 2025-10-01 2025-12-31 - ${BOTH}`],
    ['US', 'FY2025', `window 2024-10-01 2025-09-30 1 ${BOTH}`],
    ['US', 'in fiscal year 2025', `window 2024-10-01 2025-09-30 1 ${BOTH}`],
    ['US', 'first quarter of fiscal 2025', `window 2024-10-01 2024-12-31 - ${BOTH}`],
    ['US', 'fiscal Q3 2025', `window 2025-04-01 2025-06-30 - ${BOTH}`],
    ['AU', '2024-25', `window 2024-07-01 2025-06-30 1 ${BOTH}`],
    ['AU', 'financial year 2025', `window 2024-07-01 2025-06-30 1 ${BOTH}`],
    ['GB', '2025-26', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['GB', 'FY 2025/26', `window 2025-04-01 2026-03-31 1 ${BOTH}`],
    ['CN', '2025年度', `year 2025-01-01 2025-12-31 1 ${BOTH}`],
    ['CN', '2025财年上半年', `window 2025-01-01 2025-06-30 - ${BOTH}`],
    ['KR', '2025 회계연도', `year 2025-01-01 2025-12-31 1 ${BOTH}`],
  ] as const)
    t.equal(read(region, text), expected, `${region} ${text}`);
  t.end();
});

test('what a calendar leaves open is refused', (t) => {
  for (const [region, text, open] of [
    ['GB', 'FY2025', 'whether it begins or ends in the year named'],
    ['IN', 'FY2025-27', 'which fiscal year is meant'],
    ['CN', '2025/26财年', 'which fiscal year is meant'],
    ['US', '2024-25', 'whether a fiscal year, a month or calendar years are meant'],
    ['IN', '2011-12', 'whether a fiscal year, a month or calendar years are meant'],
    ['GB', 'tax year 2025/26', 'on which day the tax year begins'],
    ['JP', '2025年の上期', 'which part of the year is meant'],
    ['DE', 'FY2025', 'on which day the fiscal year begins'],
    ['JP', '今年度', 'which fiscal year is meant'],
  ] as const)
    t.equal(read(region, text), `ambiguousPeriod: ${open}`, `${region} ${text}`);
  t.end();
});

test('a company may have fiscal years of its own', (t) => {
  for (const speaker of ['company', 'securitiesFirm', 'bank', null])
    t.equal(read('US', 'FY2025', speaker), OPEN, `US ${speaker}`);
  t.equal(read('JP', 'FY2025', 'company'), OPEN);
  t.equal(read('JP', '2025年度', 'researchInstitute'), read('JP', '2025年度'));
  t.equal(read('IN', 'FY2025/26', 'company'), read('IN', 'FY2025/26'), 'by the Companies Act');
  t.end();
});

test('halves and quarters of a fiscal year make it up, without a gap', (t) => {
  for (const region of ['AU', 'CN', 'GB', 'IN', 'JP', 'KR', 'US']) {
    const calendar = fiscalCalendarOf(region, 'government');
    if (calendar === null) return t.fail(region);
    const whole = fiscalMonths(calendar, 2023, 1, 12);
    t.equal(wholeYears(whole.start, whole.end), 1);
    for (const months of [6, 3, 1]) {
      const parts = Array.from({ length: 12 / months }, (_, at) =>
        fiscalMonths(calendar, 2023, at * months + 1, (at + 1) * months),
      );
      t.equal(parts[0]?.start, whole.start);
      t.equal(parts.at(-1)?.end, whole.end);
      for (const [at, part] of parts.entries()) {
        t.equal(wholeMonths(part.start, part.end), months);
        const next = parts[at + 1];
        if (next !== undefined) t.equal(daysBetween(part.end, next.start), 1);
      }
    }
  }
  t.end();
});
