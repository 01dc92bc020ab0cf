import { deepStrictEqual as deepEqual, ok } from 'node:assert/strict';
import { test } from 'tap';
import {
  assessAmong,
  assess as assessInSteps,
  prepareOutcomes,
} from '../../../src/domain/analysis/assessment.ts';
import type { AssessedForecast, ReportedOutcome } from '../../../src/domain/analysis/outcome-selection.ts';
import type { FigureAmount, Qualifier } from '../../../src/domain/money/amount.ts';
import { Decimal } from '../../../src/domain/money/decimal.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { checkPeriod, wholeYears } from '../../../src/domain/period/period.ts';
import { finished } from '../../../src/domain/steps.ts';

/** As a forecast is judged alone; among many it must be judged alike. */
function assess(...[forecast, outcomes, asOf]: Parameters<typeof assessInSteps>) {
  const result = finished(assessInSteps(forecast, outcomes, asOf));
  const amongMany = finished(assessAmong(finished(prepareOutcomes(outcomes, asOf)), forecast));
  deepEqual(amongMany.assessments, result.assessments);
  for (const missed of amongMany.nearMisses)
    ok(result.setAside.some(({ outcome, reason }) => outcome === missed.outcome && reason === missed.reason));
  return result;
}

const TODAY = '2026-11-25';

/** "2020", "2020-01-01/2020-09-30", "to 2025-12-31", "a year 2021-01-01/2025-12-31", "a year", "unstated". */
function period(text: string): Period {
  const common = { asStated: null, inferred: [] } as const;
  const [start = null, end = null] = /(\d{4}-\d\d-\d\d)\/(\d{4}-\d\d-\d\d)/.exec(text)?.slice(1) ?? [];
  const years = start === null || end === null ? null : wholeYears(start, end);
  const by = /^to (.+)$/.exec(text)?.[1];
  if (/^\d{4}$/.test(text))
    return checkPeriod({
      start: `${text}-01-01`,
      end: `${text}-12-31`,
      kind: 'year',
      years: 1,
      ...common,
    });
  if (by !== undefined)
    return checkPeriod({ start: null, end: by, kind: 'cumulativeTo', years: null, ...common });
  if (text.startsWith('a year')) return checkPeriod({ start, end, kind: 'perYear', years, ...common });
  if (text === 'unstated') return checkPeriod({ start, end, kind: 'unstated', years, ...common });
  return checkPeriod({ start, end, kind: 'window', years, ...common });
}

/** Billions: "2-3" is a range. */
function amount(text: string, qualifier: Qualifier = 'exact', currency = 'CNY'): FigureAmount {
  const [one = '0', other = one] = text.split('-').map((part) => new Decimal(part).times('1e9').toFixed());
  const nulls = { value: null, low: null, high: null, qualifier, currency };
  switch (qualifier) {
    case 'exact':
      return { ...nulls, value: one, low: one, high: one };
    case 'approximately':
      return { ...nulls, value: one };
    case 'atLeast':
      return { ...nulls, value: one, low: one };
    case 'atMost':
      return { ...nulls, value: one, high: one };
    case 'range':
      return { ...nulls, low: one, high: other };
    case 'indefinite':
      return { ...nulls, low: one };
  }
}

const NO_FIGURE: FigureAmount = {
  value: null,
  low: null,
  high: null,
  qualifier: 'indefinite',
  currency: 'CNY',
};

const subject = {
  sector: '5g',
  measure: 'directInvestment',
  region: 'CN',
  scope: 'national',
  publishedOn: null,
};

function forecast(of: FigureAmount, when: string, over: Partial<AssessedForecast> = {}): AssessedForecast {
  return {
    id: 'forecast',
    forecaster: 'caict',
    ...subject,
    amount: of,
    period: period(when),
    sameClaimAs: [],
    ...over,
  };
}

function outcome(
  id: string,
  of: FigureAmount,
  when: string,
  over: Partial<ReportedOutcome> = {},
): ReportedOutcome {
  return { id, reportedBy: 'miit', ...subject, amount: of, period: period(when), ...over };
}

/** Reasons by outcome. */
function reasons(result: ReturnType<typeof assess>): Readonly<Record<string, string>> {
  return Object.fromEntries(result.setAside.map(({ outcome: id, reason }) => [id, reason]));
}

test('core AI industry in 2025: "over 400 billion" was forecast, "over 1 trillion" reported', async (t) => {
  const core = { sector: 'artificial-intelligence', measure: 'industryScale' };
  const target = forecast(amount('400', 'atLeast'), '2025', {
    id: 'fc-sc-ai-core-2025',
    forecaster: 'state-council',
    publishedOn: '2017-07-21',
    ...core,
  });
  const reported = outcome('oc-ai-core-2025', amount('1000', 'atLeast'), '2025', {
    publishedOn: '2025-12-27',
    ...core,
  });
  t.strictSame(assess(target, [reported], TODAY), {
    assessments: [
      {
        judgedAs: 'accuracy',
        // Published four days before the year was over.
        status: 'preliminary',
        reason: 'publishedBeforeEnd',
        reportedBy: 'miit',
        combinedBodies: [],
        afterTheFact: false,
        notCounted: null,
        outcomes: ['oc-ai-core-2025'],
        outcomeAmount: {
          value: '1000000000000',
          low: '1000000000000',
          high: null,
          qualifier: 'atLeast',
          currency: 'CNY',
        },
        comparedAmount: {
          value: '400000000000',
          low: '400000000000',
          high: null,
          qualifier: 'atLeast',
          currency: 'CNY',
          timesYears: null,
        },
        approximate: false,
        outcomeVsForecastPercent: null,
        errorPercentOfOutcome: null,
        logRatio: null,
        percentAgainst: null,
        percentReason: 'insideBounds',
        insideBounds: true,
        insideInterval: null,
        intervalScore: null,
        naiveOutcome: null,
        naiveLogRatio: null,
        naiveInsideBounds: null,
        elapsedShare: null,
        reachedPercent: null,
        coveredFrom: '2025-01-01',
        coveredTo: '2025-12-31',
        judgedAsOf: TODAY,
      },
    ],
    setAside: [],
  });
  const early = assess(target, [reported], '2025-12-30');
  t.hasStrict(early.assessments, [{ status: 'pending', reason: 'periodNotOver' }]);
  t.strictSame(reasons(early), { 'oc-ai-core-2025': 'periodNotOver' });
});

test('the cloud market of 2022: 173.1 billion was forecast, 455 billion reported', async (t) => {
  const market = { sector: 'cloud-computing', measure: 'marketSize' };
  const { assessments, setAside } = assess(
    forecast(amount('173.1'), '2022', { id: 'fc-caict-cloud-2022', ...market }),
    [
      outcome('oc-cloud-2022', amount('455'), '2022', { reportedBy: 'caict', ...market }),
      outcome('oc-cloud-2018', amount('96.28'), '2018', { reportedBy: 'caict', ...market }),
    ],
    TODAY,
  );
  t.hasStrict(assessments, [
    {
      status: 'realised',
      reportedBy: 'caict',
      outcomes: ['oc-cloud-2022'],
      approximate: false,
      outcomeVsForecastPercent: '162.85384171',
      percentAgainst: 'value',
      percentReason: null,
      insideBounds: null,
    },
  ]);
  t.equal(assessments.length, 1);
  t.strictSame(setAside, [{ outcome: 'oc-cloud-2018', reason: 'outsidePeriod' }]);
});

test('direct output of 5G in 2020-2025: two years of six are reported, and five that begin before', async (t) => {
  const direct = { measure: 'directEconomicOutput', reportedBy: 'caict' };
  const result = assess(
    forecast(amount('10600'), '2020-01-01/2025-12-31', { measure: 'directEconomicOutput' }),
    [
      outcome('oc-5g-output-direct-2021', amount('1300'), '2021', direct),
      outcome('oc-5g-output-direct-2020', amount('810.9'), '2020', direct),
      outcome('oc-5g-output-direct-5y', amount('5600', 'approximately'), '2019-06-06/2024-06-06', direct),
      outcome('oc-5g-output-indirect-2020', amount('2100', 'approximately'), '2020', {
        ...direct,
        measure: 'indirectEconomicOutput',
      }),
      outcome('oc-5g-output-cumulative-2022', amount('8560', 'approximately'), 'to 2022-08-31', direct),
    ],
    TODAY,
  );
  t.hasStrict(result.assessments, [
    {
      status: 'partial',
      reason: 'restNotReported',
      reportedBy: 'caict',
      outcomes: ['oc-5g-output-direct-2020', 'oc-5g-output-direct-2021'],
      outcomeAmount: { value: '2110900000000', qualifier: 'exact' },
      approximate: false,
      outcomeVsForecastPercent: null,
      percentReason: 'partial',
      insideBounds: null,
      // 731 of 2192 days; 2.1109 of 10.6 trillion.
      elapsedShare: '0.33348540146',
      reachedPercent: '19.9141509434',
      coveredFrom: '2020-01-01',
      coveredTo: '2021-12-31',
    },
  ]);
  t.equal(result.assessments.length, 1);
  t.strictSame(reasons(result), {
    'oc-5g-output-cumulative-2022': 'outcomeStartUnknown',
    'oc-5g-output-direct-5y': 'beginsBefore',
    'oc-5g-output-indirect-2020': 'otherMeasure',
  });
});

test('each outcome that does not match says what of it does not', async (t) => {
  const given = forecast(amount('100'), '2021-01-01/2022-12-31');
  const figure = amount('10');
  const result = assess(
    given,
    [
      outcome('sector', figure, '2021', { sector: 'telecom' }),
      outcome('measure', figure, '2021', { measure: 'inducedInvestment' }),
      outcome('scope', figure, '2021', { scope: 'three-operators' }),
      outcome('region', figure, '2021', { region: 'DE' }),
      outcome('currency', amount('10', 'exact', 'USD'), '2021'),
      outcome('figure', NO_FIGURE, '2021'),
      outcome('unstated', figure, 'unstated'),
      outcome('per-year', figure, 'a year'),
      outcome('odd-years', figure, 'a year 2021-01-01/2021-09-30'),
      outcome('cumulative', figure, 'to 2022-12-31'),
      outcome('day-before', figure, '2020-01-01/2020-12-31'),
      outcome('day-after', figure, '2023'),
      outcome('wider', figure, '2020-01-01/2023-12-31'),
      outcome('same-start', figure, '2021-01-01/2023-12-31'),
      outcome('same-end', figure, '2020-01-01/2022-12-31'),
      outcome('before', figure, '2020-07-01/2021-06-30'),
      outcome('after', figure, '2022-07-01/2023-06-30'),
      outcome('later', figure, '2021', { publishedOn: '2026-11-26' }),
      outcome('gap', figure, '2022'),
    ],
    TODAY,
  );
  t.hasStrict(result.assessments, [
    { status: 'noOutcome', reason: 'outcomesSetAside', reportedBy: null, percentReason: 'notRealised' },
  ]);
  t.strictSame(reasons(result), {
    sector: 'otherSector',
    measure: 'otherMeasure',
    scope: 'otherScope',
    region: 'otherRegion',
    currency: 'otherCurrency',
    figure: 'noFigure',
    unstated: 'periodUnknown',
    'per-year': 'periodUnknown',
    'odd-years': 'yearsUnknown',
    cumulative: 'outcomeStartUnknown',
    'day-before': 'outsidePeriod',
    'day-after': 'outsidePeriod',
    wider: 'widerThanPeriod',
    'same-start': 'widerThanPeriod',
    'same-end': 'widerThanPeriod',
    before: 'beginsBefore',
    after: 'endsAfter',
    later: 'publishedLater',
    gap: 'gapBefore',
  });
  t.strictSame(
    result.setAside.map((one) => one.outcome),
    result.setAside.map((one) => one.outcome).toSorted(),
  );
});

test("what the forecast's own words leave open is not compared", async (t) => {
  const cases: readonly [AssessedForecast, string][] = [
    [forecast(NO_FIGURE, '2021'), 'noFigure'],
    [forecast(amount('400'), 'unstated'), 'periodUnknown'],
    [forecast(amount('400'), 'a year'), 'periodUnknown'],
    [
      forecast(amount('400'), '2021', { period: { ...period('unstated'), kind: 'window', years: 5 } }),
      'periodUnknown',
    ],
    [forecast(amount('400'), 'a year 2021-01-01/2022-06-30'), 'yearsUnknown'],
  ];
  for (const [given, reason] of cases) {
    const result = assess(
      given,
      [outcome('one', amount('1'), '2021'), outcome('other', amount('1'), '2021', { sector: 'telecom' })],
      TODAY,
    );
    t.hasStrict(result.assessments, [
      { status: 'notComparable', reason, comparedAmount: null, outcomes: [], percentReason: 'notRealised' },
    ]);
    t.strictSame(reasons(result), { one: 'forecastNotComparable', other: 'otherSector' });
  }
});

test('without outcomes a forecast is pending before its last day is past, and has none after', async (t) => {
  const given = forecast(amount('100', 'approximately'), '2025');
  for (const [asOf, status, reason] of [
    ['2025-12-30', 'pending', 'periodNotOver'],
    ['2025-12-31', 'noOutcome', 'noOutcomeReported'],
  ] as const) {
    t.hasStrict(assess(given, [], asOf), {
      assessments: [
        {
          status,
          reason,
          comparedAmount: { value: '100000000000' },
          approximate: true,
          coveredTo: null,
          judgedAsOf: asOf,
        },
      ],
      setAside: [],
    });
  }
  t.throws(() => assess(given, [], '2025-02-30'), { code: 'malformedDate' });
});

test("one body's outcomes that follow each other make up the period, bounds and all", async (t) => {
  const [first, second] = ['2021-01-01/2021-12-31', '2022'];
  const sum = (one: FigureAmount, other: FigureAmount, of = amount('20')) =>
    assess(
      forecast(of, '2021-01-01/2022-12-31'),
      [outcome('b', one, first), outcome('a', other, second)],
      TODAY,
    ).assessments;
  t.hasStrict(sum(amount('10'), amount('12')), [
    {
      status: 'realised',
      reason: null,
      outcomes: ['b', 'a'],
      outcomeAmount: { value: '22000000000', low: '22000000000', high: '22000000000', qualifier: 'exact' },
      approximate: false,
      outcomeVsForecastPercent: '10',
      coveredFrom: '2021-01-01',
      coveredTo: '2022-12-31',
    },
  ]);
  t.hasStrict(sum(amount('10', 'approximately'), amount('12')), [
    {
      outcomeAmount: { value: '22000000000', low: null, high: null, qualifier: 'approximately' },
      approximate: true,
      outcomeVsForecastPercent: '10',
    },
  ]);
  t.hasStrict(sum(amount('10', 'atLeast'), amount('12', 'approximately'), amount('20', 'atLeast')), [
    {
      outcomeAmount: { low: '22000000000', high: null, qualifier: 'atLeast' },
      approximate: true,
      outcomeVsForecastPercent: null,
      insideBounds: true,
    },
  ]);
  t.hasStrict(sum(amount('10', 'atLeast'), amount('12', 'atMost'), amount('20', 'atLeast')), [
    {
      outcomeAmount: { low: null, high: null, qualifier: 'indefinite' },
      percentReason: 'outcomeIsBound',
      insideBounds: null,
    },
  ]);
});

test('bodies are not averaged, and outcomes of nobody in particular are not added', async (t) => {
  const { assessments, setAside } = assess(
    forecast(amount('200'), '2021-01-01/2022-12-31'),
    [
      outcome('miit-2022', amount('100'), '2022'),
      outcome('caict-all', amount('180'), '2021-01-01/2022-12-31', { reportedBy: 'caict' }),
      outcome('miit-2021', amount('120'), '2021'),
      outcome('nobody-2022', amount('1'), '2022', { reportedBy: null }),
      outcome('nobody-2021', amount('1'), '2021', { reportedBy: null }),
      outcome('nobody-else-2021', amount('2'), '2021', { reportedBy: null }),
    ],
    TODAY,
  );
  t.strictSame(
    assessments.map((one) => [
      one.reportedBy,
      one.status,
      one.outcomes.join(),
      one.outcomeVsForecastPercent,
      one.reachedPercent,
    ]),
    [
      [null, 'partial', 'nobody-2021', null, '0.5'],
      [null, 'partial', 'nobody-else-2021', null, '1'],
      ['caict', 'realised', 'caict-all', '-10', null],
      ['miit', 'realised', 'miit-2021,miit-2022', '10', null],
    ],
  );
  t.strictSame(setAside, [{ outcome: 'nobody-2022', reason: 'gapBefore' }]);
});

test('outcomes of several bodies are combined where they reach further than those of any one', async (t) => {
  const given = forecast(amount('2800'), '2020-01-01/2030-12-31');
  const of2020 = outcome('caict-2020', amount('147.3'), '2020', { reportedBy: 'caict' });
  const of2021 = outcome('miit-2021', amount('184.9'), '2021');
  const of2022 = outcome('miit-2022', amount('180.3'), '2022');
  const rows = (outcomes: readonly ReportedOutcome[]) =>
    assess(given, outcomes, TODAY).assessments.map((one) => [
      one.reportedBy,
      one.combinedBodies.join(),
      one.outcomes.join(),
      one.reachedPercent,
      one.elapsedShare,
    ]);
  // 512.5 of 2,800 billion in 1,096 of 4,018 days.
  const together = [null, 'caict,miit', 'caict-2020,miit-2021,miit-2022', '18.3035714286', '0.272772523644'];
  t.strictSame(rows([of2020, of2021, of2022]), [together]);
  t.strictSame(assess(given, [of2020, of2021, of2022], TODAY).setAside, []);

  // Two bodies agree on a year: it stands once, and each keeps what is its own.
  const agreeing = outcome('zhou-2020', amount('147.3'), '2020', { reportedBy: 'zhou' });
  t.strictSame(rows([agreeing, of2020, of2021, of2022]), [
    together,
    ['zhou', '', 'zhou-2020', '5.26071428571', '0.091090094574'],
  ]);
  // They disagree on it: none of the two is taken for the other's years.
  const other = outcome('zhou-2020', amount('150'), '2020', { reportedBy: 'zhou' });
  t.strictSame(
    rows([other, of2020, of2021, of2022]).map(([reportedBy, , outcomes]) => [reportedBy, outcomes]),
    [
      ['caict', 'caict-2020'],
      ['zhou', 'zhou-2020'],
    ],
  );
  // One body reaches as far alone.
  const alone = outcome('miit-2020', amount('140'), '2020-01-01/2022-12-31');
  t.strictSame(
    rows([of2020, alone]).map(([reportedBy, , outcomes]) => [reportedBy, outcomes]),
    [
      ['caict', 'caict-2020'],
      ['miit', 'miit-2020'],
    ],
  );
});

test('what was published before its last day is preliminary', async (t) => {
  const given = forecast(amount('200'), '2021-01-01/2022-12-31', { publishedOn: '2020-05-25' });
  const first = outcome('first', amount('100'), '2021', { publishedOn: '2022-01-20' });
  const statusOf = (publishedOn: string | null) =>
    assess(given, [first, outcome('second', amount('120'), '2022', { publishedOn })], TODAY).assessments.map(
      ({ status, reason, outcomeVsForecastPercent }) => [status, reason, outcomeVsForecastPercent],
    );
  t.strictSame(statusOf('2022-12-30'), [['preliminary', 'publishedBeforeEnd', '10']]);
  t.strictSame(statusOf('2022-12-31'), [['realised', null, '10']]);
  t.strictSame(statusOf(null), [['realised', null, '10']], 'not known');
});

test('what was published after its period, or after what came of it, foretold nothing', async (t) => {
  const came = outcome('came', amount('120'), '2021', { publishedOn: '2022-02-01' });
  const late = (publishedOn: string | null, outcomes: readonly ReportedOutcome[], when = '2021') =>
    assess(forecast(amount('100'), when, { publishedOn }), outcomes, TODAY).assessments.map(
      ({ afterTheFact }) => afterTheFact,
    );
  t.strictSame(late('2021-12-31', [came]), [false]);
  t.strictSame(late('2022-01-01', [came]), [true]);
  t.strictSame(late('2022-01-01', []), [true]);
  t.strictSame(late(null, [came]), [false]);
  // Reported before the year was over, and "forecast" a week later.
  const early = outcome('early', amount('120'), '2021', { publishedOn: '2021-12-20' });
  t.strictSame(late('2021-12-27', [early]), [true]);
  t.strictSame(late('2021-12-20', [early]), [false]);
  // The first of two years is reported: what is said of both still foretells the second.
  t.strictSame(late('2022-03-01', [came], '2021-01-01/2022-12-31'), [false]);
  // And still does when the second is reported too.
  const second = outcome('second', amount('130'), '2022', { publishedOn: '2023-02-01' });
  t.strictSame(late('2022-03-01', [came, second], '2021-01-01/2022-12-31'), [false]);
  const secondEarly = { ...second, publishedOn: '2022-12-10' };
  t.strictSame(late('2022-12-20', [came, secondEarly], '2021-01-01/2022-12-31'), [true]);
});

test('of a period that is over without an outcome those are named that come near', async (t) => {
  const given = forecast(amount('100'), '2021');
  const near = [
    outcome('dollars', amount('15', 'exact', 'USD'), '2021'),
    outcome('grid', amount('40'), '2021', { scope: 'state-grid' }),
    outcome('since', amount('300'), 'to 2021-08-31'),
    outcome('wider', amount('300'), '2020-01-01/2021-12-31'),
  ];
  const far = [
    outcome('before', amount('90'), '2020'),
    outcome('after', amount('90'), '2022'),
    outcome('other', amount('90'), '2021', { measure: 'revenue' }),
    outcome('later', amount('90'), '2021', { publishedOn: '2026-12-01' }),
  ];
  const among = finished(assessAmong(finished(prepareOutcomes([...far, ...near], TODAY)), given));
  t.hasStrict(among.assessments, [{ status: 'noOutcome', reason: 'outcomesSetAside', outcomes: [] }]);
  t.strictSame(Object.fromEntries(among.nearMisses.map(({ outcome: id, reason }) => [id, reason])), {
    dollars: 'otherCurrency',
    grid: 'otherScope',
    since: 'outcomeStartUnknown',
    wider: 'widerThanPeriod',
  });
  t.hasStrict(assess(given, far, TODAY).assessments, [{ status: 'noOutcome', reason: 'noOutcomeReported' }]);
  const many = Array.from({ length: 30 }, (_, at) => outcome(`o${at}`, amount('1', 'exact', 'USD'), '2021'));
  t.equal(finished(assessAmong(finished(prepareOutcomes(many, TODAY)), given)).nearMisses.length, 10);
});

test('of several ways to make up a period that counts which covers most, of the fewest, of the smallest ids', async (t) => {
  const given = forecast(amount('100'), '2021-01-01/2022-12-31');
  const one = amount('1');
  const used = (...outcomes: readonly ReportedOutcome[]) => {
    const result = assess(given, outcomes, TODAY);
    return [result.assessments.map(({ outcomes: ids }) => ids), reasons(result)];
  };
  t.strictSame(
    used(
      outcome('all', one, '2021-01-01/2022-12-31'),
      outcome('2021', one, '2021'),
      outcome('2022', one, '2022'),
    ),
    [[['all']], { 2021: 'coveredByUsed', 2022: 'coveredByUsed' }],
    'an equal period comes first',
  );
  t.strictSame(
    used(
      outcome('15 months', one, '2021-01-01/2022-03-31'),
      outcome('year', one, '2021'),
      outcome('half', one, '2022-01-01/2022-06-30'),
      outcome('last', one, '2022-10-01/2022-12-31'),
    ),
    [[['year', 'half']], { '15 months': 'coveredByUsed', last: 'gapBefore' }],
    'then what reaches furthest',
  );
  t.strictSame(
    used(
      outcome('a', one, '2021-01-01/2021-06-30'),
      outcome('b', one, '2021-07-01/2021-12-31'),
      outcome('z', one, '2021'),
      outcome('y', one, '2021-10-01/2022-03-31'),
    ),
    [[['z']], { a: 'coveredByUsed', b: 'coveredByUsed', y: 'overlapsUsed' }],
    'then the fewest',
  );
  t.strictSame(
    used(
      outcome('b', one, '2021-01-01/2021-06-30'),
      outcome('a', one, '2021-07-01/2021-12-31'),
      outcome('d', one, '2021-01-01/2021-03-31'),
      outcome('c', one, '2021-04-01/2021-12-31'),
    ),
    [[['b', 'a']], { c: 'coveredByUsed', d: 'coveredByUsed' }],
    'then the smallest ids, the first of them first',
  );
});

test('of two figures of one body for one period the later counts', async (t) => {
  const given = forecast(amount('100'), '2021');
  const on = (id: string, figure: string, publishedOn: string | null) =>
    outcome(id, amount(figure), '2021', { publishedOn });
  const used = (asOf: string, ...outcomes: readonly ReportedOutcome[]) => {
    const result = assess(given, outcomes, asOf);
    const [first] = result.assessments;
    return [first?.status, first?.reason, first?.outcomes, reasons(result)];
  };
  t.strictSame(used(TODAY, on('b', '90', null), on('a', '90', '2022-02-01')), [
    'realised',
    null,
    ['a'],
    { b: 'sameFigure' },
  ]);
  const revised = [on('a', '90', '2022-02-01'), on('b', '95', '2022-08-01')];
  t.strictSame(used(TODAY, ...revised), ['realised', null, ['b'], { a: 'revisedLater' }]);
  t.strictSame(
    used('2022-07-31', ...revised),
    ['realised', null, ['a'], { b: 'publishedLater' }],
    'before the revision the earlier one counts',
  );
  t.strictSame(
    used(TODAY, ...revised, on('c', '95', null), on('d', '90', null)),
    [
      'notComparable',
      'contradictoryOutcomes',
      [],
      { a: 'contradictory', b: 'contradictory', c: 'contradictory', d: 'contradictory' },
    ],
    'what was published on an unknown day may be the last word',
  );
  t.strictSame(used(TODAY, ...revised, on('c', '95', null)), [
    'realised',
    null,
    ['b'],
    { a: 'revisedLater', c: 'sameFigure' },
  ]);
  t.strictSame(used(TODAY, on('a', '90', '2022-02-01'), on('b', '95', '2022-02-01')), [
    'notComparable',
    'contradictoryOutcomes',
    [],
    { a: 'contradictory', b: 'contradictory' },
  ]);
  const apart = assess(given, [on('a', '90', null), { ...on('b', '95', null), reportedBy: 'caict' }], TODAY);
  t.strictSame(
    [apart.assessments.map(({ reportedBy }) => reportedBy), apart.setAside],
    [['caict', 'miit'], []],
    'two bodies may differ',
  );
  const unfinished = assess(
    forecast(amount('100'), '2021-01-01/2030-12-31'),
    [on('a', '90', null), on('b', '95', null)],
    TODAY,
  );
  t.hasStrict(unfinished.assessments, [{ status: 'pending', reason: 'periodNotOver' }]);
});

test('"by 2025" compares only with what accumulates likewise, and the latest counts', async (t) => {
  const given = forecast(amount('1200'), 'to 2025-12-31', { id: 'fc-caict-5g-network-2025-1.2t' });
  const result = assess(
    given,
    [
      outcome('oc-5g-cumulative-2022-08', amount('401.6'), 'to 2022-08-31'),
      outcome('2021', amount('300'), 'to 2021-12-31'),
      outcome('oc-5g-investment-2021', amount('184.9'), '2021'),
      outcome('oc-5g-three-operators-3y', amount('477.2'), '2019-06-06/2022-06-06'),
      outcome('2026', amount('2000'), 'to 2026-06-30'),
    ],
    TODAY,
  );
  t.hasStrict(result.assessments, [
    {
      status: 'partial',
      reason: 'restNotReported',
      outcomes: ['oc-5g-cumulative-2022-08'],
      elapsedShare: null,
      reachedPercent: '33.4666666667',
      coveredFrom: null,
      coveredTo: '2022-08-31',
    },
  ]);
  t.strictSame(reasons(result), {
    2021: 'coveredByUsed',
    2026: 'endsAfter',
    'oc-5g-investment-2021': 'forecastStartUnknown',
    'oc-5g-three-operators-3y': 'forecastStartUnknown',
  });
  t.hasStrict(
    assess(
      given,
      [outcome('end', amount('1500'), 'to 2025-12-31'), outcome('earlier', amount('401.6'), 'to 2022-08-31')],
      TODAY,
    ),
    {
      assessments: [
        { status: 'realised', outcomes: ['end'], outcomeVsForecastPercent: '25', elapsedShare: null },
      ],
      setAside: [{ outcome: 'earlier', reason: 'coveredByUsed' }],
    },
  );
  t.hasStrict(assess(given, [outcome('now', amount('300'), 'to 2021-12-31')], '2022-01-01').assessments, [
    { status: 'partial', reason: 'periodNotOver', reachedPercent: '25' },
  ]);
});

test('a figure for each year is compared as that times its years', async (t) => {
  const given = forecast(amount('400'), 'a year 2021-01-01/2025-12-31');
  const [realised] = assess(
    given,
    [outcome('all', amount('2500'), '2021-01-01/2025-12-31')],
    TODAY,
  ).assessments;
  t.hasStrict(realised, {
    status: 'realised',
    comparedAmount: {
      value: '2000000000000',
      low: '2000000000000',
      high: '2000000000000',
      qualifier: 'exact',
      timesYears: 5,
    },
    outcomeAmount: { value: '2500000000000' },
    outcomeVsForecastPercent: '25',
  });
  const [partial] = assess(given, [outcome('first', amount('500'), '2021')], TODAY).assessments;
  t.hasStrict(partial, { status: 'partial', reachedPercent: '25', elapsedShare: '0.199890470975' });
  const [likewise] = assess(
    given,
    [outcome('each', amount('300', 'atLeast'), 'a year 2021-01-01/2025-12-31')],
    TODAY,
  ).assessments;
  t.hasStrict(likewise, {
    status: 'realised',
    outcomeAmount: { value: '1500000000000', low: '1500000000000', qualifier: 'atLeast' },
    percentReason: 'outcomeIsBound',
  });
});

test('a percentage stands only against what was said, and only where it was missed or precise', async (t) => {
  const forecasts = {
    exact: amount('400'),
    about: amount('400', 'approximately'),
    least: amount('400', 'atLeast'),
    open: { ...amount('400', 'atLeast'), value: null },
    most: amount('400', 'atMost'),
    range: amount('300-500', 'range'),
    several: amount('400', 'indefinite'),
    zero: amount('0'),
    'at most zero': amount('0', 'atMost'),
  };
  const outcomes = {
    300: amount('300'),
    400: amount('400'),
    'about 600': amount('600', 'approximately'),
    'over 600': amount('600', 'atLeast'),
    'up to 200': amount('200', 'atMost'),
    '350-450': amount('350-450', 'range'),
    '450-550': amount('450-550', 'range'),
  };
  const table = Object.entries(forecasts).map(([name, of]) => [
    name,
    ...Object.values(outcomes).map((reported) => {
      const [one] = assess(forecast(of, '2021'), [outcome('it', reported, '2021')], TODAY).assessments;
      const inside = one?.insideBounds === true ? 'in' : one?.insideBounds === false ? 'out' : '-';
      return `${inside} ${one?.outcomeVsForecastPercent ?? one?.percentReason} ${one?.percentAgainst ?? ''}`.trim();
    }),
  ]);
  const bound = '- outcomeIsBound';
  const kept = 'in insideBounds';
  const out = 'out outcomeIsBound';
  const least = ['out -25 low', kept, kept, kept, out, bound, kept];
  t.strictSame(table, [
    ['exact', '- -25 value', '- 0 value', '- 50 value', bound, bound, bound, bound],
    ['about', '- -25 value', '- 0 value', '- 50 value', bound, bound, bound, bound],
    ['least', ...least],
    ['open', ...least],
    ['most', kept, kept, 'out 50 high', out, kept, bound, out],
    ['range', kept, kept, 'out 20 high', out, out, kept, bound],
    ['several', ...least],
    ['zero', '- forecastIsZero', '- forecastIsZero', '- forecastIsZero', bound, bound, bound, bound],
    ['at most zero', 'out forecastIsZero', 'out forecastIsZero', 'out forecastIsZero', out, bound, out, out],
  ]);
});

test('how far a part of the period goes is said of point values only', async (t) => {
  const reached = (of: FigureAmount, reported: FigureAmount) => {
    const [one] = assess(
      forecast(of, '2021-01-01/2030-12-31'),
      [outcome('it', reported, '2021')],
      TODAY,
    ).assessments;
    return [one?.reachedPercent, one?.approximate, one?.percentReason, one?.insideBounds];
  };
  t.strictSame(reached(amount('400', 'approximately'), amount('40')), ['10', true, 'partial', null]);
  t.strictSame(reached(amount('400'), amount('40', 'approximately')), ['10', true, 'partial', null]);
  t.strictSame(reached(amount('400'), amount('40', 'atLeast')), [null, false, 'partial', null]);
  t.strictSame(reached(amount('400', 'atLeast'), amount('500')), [null, false, 'partial', null]);
  t.strictSame(reached(amount('400-400', 'range'), amount('40')), [null, false, 'partial', null]);
  t.strictSame(reached(amount('0'), amount('40')), [null, false, 'partial', null]);
});

test('percentages have 12 significant digits, half-even', async (t) => {
  const percent = (of: string, reported: string) =>
    assess(forecast(amount(of), '2021'), [outcome('it', amount(reported), '2021')], TODAY).assessments[0]
      ?.outcomeVsForecastPercent;
  t.equal(percent('3', '4'), '33.3333333333');
  t.equal(percent('1', '1.0000000000025'), '0.00000000025');
  // 200.0000000005 and 200.0000000015 lie in the middle.
  t.equal(percent('1', '3.000000000005'), '200');
  t.equal(percent('1', '3.000000000015'), '200.000000002');
  t.equal(percent('3', '3'), '0');
});

test('outcomes that cannot count for a forecast are not looked at, however many there are', async (t) => {
  const many = 1000;
  const on = (at: number): Period => {
    const date = (day: number) => new Date(Date.UTC(2000, 0, 1 + day)).toISOString().slice(0, 10);
    return { ...forecast(amount('1'), '2021').period, start: date(at), end: date(at + 30), kind: 'window' };
  };
  let looks = 0;
  const outcomes = Array.from({ length: many }, (_, at) => {
    const stated = { ...outcome(`outcome-${at}`, amount('1'), '2021'), period: on(at) };
    return Object.defineProperty({ ...stated }, 'amount', {
      get: () => {
        looks += 1;
        return stated.amount;
      },
    });
  });
  const forecasts = Array.from({ length: many }, (_, at) => ({
    ...forecast(amount('1'), '2021'),
    id: `forecast-${at}`,
    period: on(at),
  }));
  const prepared = finished(prepareOutcomes(outcomes, TODAY));
  const all = forecasts.map((one) => finished(assessAmong(prepared, one)));
  t.ok(
    all.every(
      ({ assessments: [one] }, at) => one?.status === 'realised' && one.outcomes[0] === `outcome-${at}`,
    ),
  );
  t.ok(looks < many * 5, `${looks} looks at ${many} outcomes`);
});

test('quarters and halves of a fiscal year make it up; a calendar year overlaps it', async (t) => {
  const fiscal = forecast(amount('100'), '2023-04-01/2024-03-31');
  const quarters = [
    outcome('q1', amount('20'), '2023-04-01/2023-06-30'),
    outcome('q2', amount('25'), '2023-07-01/2023-09-30'),
    outcome('h2', amount('60'), '2023-10-01/2024-03-31'),
  ];
  t.match(assess(fiscal, quarters, TODAY).assessments, [
    { status: 'realised', outcomes: ['q1', 'q2', 'h2'], outcomeAmount: { value: '105000000000' } },
  ]);
  t.match(assess(fiscal, quarters.slice(0, 2), TODAY).assessments, [
    { status: 'partial', outcomes: ['q1', 'q2'], outcomeAmount: { value: '45000000000' } },
  ]);
  const calendar = assess(fiscal, [outcome('calendar', amount('90'), '2023')], TODAY);
  t.match(calendar.assessments, [{ status: 'noOutcome' }]);
  t.strictSame(reasons(calendar), { calendar: 'beginsBefore' });
  t.match(assess(fiscal, [outcome('same', amount('90'), '2023-04-01/2024-03-31')], TODAY).assessments, [
    { status: 'realised' },
  ]);
});

test('the naive forecast is what the same body last reported of an earlier span as long', async (t) => {
  const given = forecast(amount('120'), '2022', { publishedOn: '2021-06-01' });
  const reported = (id: string, figure: string, when: string, publishedOn: string, reportedBy = 'miit') => ({
    ...outcome(id, amount(figure), when, { publishedOn }),
    reportedBy,
  });
  const outcomes = [
    reported('came', '150', '2022', '2023-03-01'),
    reported('y2019', '80', '2019', '2020-03-01'),
    reported('y2020', '100', '2020', '2021-03-01'),
    // Not known when the forecast was published, of another length, of another body.
    reported('y2021', '130', '2021', '2022-03-01'),
    reported('half', '70', '2020-07-01/2020-12-31', '2021-03-01'),
    reported('other', '90', '2020', '2021-04-01', 'caict'),
  ];
  const [judged] = assess(given, outcomes, TODAY).assessments;
  // ln(150 / 100) beside ln(150 / 120).
  t.match(judged, {
    naiveOutcome: 'y2020',
    naiveLogRatio: '0.405465108108',
    logRatio: '0.223143551314',
    naiveInsideBounds: null,
  });
  const over = assess({ ...given, amount: amount('110', 'atLeast') }, outcomes, TODAY).assessments[0];
  t.match(over, { insideBounds: true, naiveOutcome: 'y2020', naiveInsideBounds: false });
  const undated = assess({ ...given, publishedOn: null }, outcomes, TODAY).assessments[0];
  t.match(undated, { status: 'realised', naiveOutcome: null, naiveLogRatio: null });
});

test('an interval covers what came or not, and is scored alike in every currency', async (t) => {
  const interval = { low: '80000000000', high: '125000000000', percent: '80' };
  const given = forecast(amount('100'), '2022', { interval });
  const scored = (figure: string, of = given) =>
    assess(of, [outcome('o', amount(figure), '2022')], TODAY).assessments[0];
  // ln(125 / 80), and beyond the bounds 2 / 0.2 times ln(150 / 125) more.
  t.match(scored('110'), { insideInterval: true, intervalScore: '0.446287102628' });
  t.match(scored('125'), { insideInterval: true, intervalScore: '0.446287102628' });
  t.match(scored('150'), { insideInterval: false, intervalScore: '2.26950267057' });
  t.match(scored('0'), { insideInterval: false, intervalScore: null });
  const range = forecast(amount('100'), '2022', { interval: { ...interval, percent: null } });
  t.match(scored('110', range), { insideInterval: true, intervalScore: null });
  const inOthers = assess(
    {
      ...forecast(amount('14', 'exact', 'USD'), '2022'),
      interval: { low: '11200000000', high: '17500000000', percent: '80' },
    },
    [outcome('o', amount('21', 'exact', 'USD'), '2022')],
    TODAY,
  ).assessments[0];
  t.match(inOthers, { insideInterval: false, intervalScore: '2.26950267057' });
  const bound = assess(given, [outcome('o', amount('90', 'atLeast'), '2022')], TODAY).assessments[0];
  t.match(bound, { insideInterval: null, intervalScore: null });
});

test('what is no projection is judged as fulfilment, and other prices never compare', async (t) => {
  const came = outcome('o', amount('90'), '2022');
  for (const stance of ['plan', 'target', 'budget', 'commitment'] as const)
    t.match(assess(forecast(amount('100'), '2022', { stance }), [came], TODAY).assessments[0], {
      judgedAs: 'fulfilment',
      outcomeVsForecastPercent: '-10',
    });
  const estimate = assess(forecast(amount('100'), '2022', { stance: 'estimate' }), [came], TODAY);
  t.match(estimate.assessments[0], {
    ...{ judgedAs: 'neither', status: 'realised', outcomeVsForecastPercent: '-10', notCounted: 'estimate' },
  });
  const notCounted = (more: object) => {
    return assess(forecast(amount('100'), '2022', more), [came], TODAY).assessments[0]?.notCounted;
  };
  for (const kind of ['low', 'high', 'other'] as const)
    t.equal(notCounted({ scenario: { name: kind, kind } }), 'otherScenario');
  t.equal(notCounted({ scenario: { name: 'base', kind: 'base' } }), null);
  t.equal(notCounted({ stance: 'need' }), 'need');
  t.equal(notCounted({ publishedOn: '2024-01-01' }), 'afterTheFact');
  const prices = { kind: 'constant', year: 2020 } as const;
  const real = forecast(amount('100'), '2022', { prices });
  t.match(assess(real, [came], TODAY), {
    assessments: [{ status: 'noOutcome', reason: 'outcomesSetAside' }],
    setAside: [{ outcome: 'o', reason: 'otherPrices' }],
  });
  t.match(assess(real, [{ ...came, prices }], TODAY).assessments[0], { status: 'realised' });
  const nominal = { ...came, prices: { kind: 'nominal', year: null } as const };
  t.match(assess(forecast(amount('100'), '2022'), [nominal], TODAY).assessments[0], { status: 'realised' });
  const unknown = { kind: 'constant', year: null } as const;
  t.match(assess({ ...real, prices: unknown }, [{ ...came, prices: unknown }], TODAY).setAside, [
    { reason: 'otherPrices' },
  ]);
});

test('of what a body revised, the latest figure counts, or the first where it is asked for', async (t) => {
  const given = forecast(amount('100'), '2022', { publishedOn: '2021-06-01' });
  const first = outcome('first', amount('110'), '2022', { publishedOn: '2023-03-01' });
  const later = outcome('later', amount('125'), '2022', { publishedOn: '2024-03-01' });
  const of = (vintage?: 'latest' | 'first') => {
    const result = finished(assessInSteps(given, [later, first], TODAY, vintage));
    return [result.assessments[0]?.outcomeVsForecastPercent, result.setAside];
  };
  t.strictSame(of(), ['25', [{ outcome: 'first', reason: 'revisedLater' }]]);
  t.strictSame(of('latest'), of());
  t.strictSame(of('first'), ['10', [{ outcome: 'later', reason: 'laterRevision' }]]);
});

test('a need is judged by neither, and what was reported stays in the list', (t) => {
  const need = forecast(amount('100'), '2022', { stance: 'need' });
  t.match(assess(need, [outcome('o', amount('90'), '2022')], TODAY), {
    assessments: [
      {
        judgedAs: 'neither',
        status: 'notComparable',
        reason: 'needNotJudged',
        outcomeVsForecastPercent: null,
      },
    ],
    setAside: [{ outcome: 'o', reason: 'forecastNotComparable' }],
  });
  t.end();
});

test('the first outcome is none that was published before its last day, where another was after it', (t) => {
  const given = forecast(amount('100'), '2022', { publishedOn: '2021-06-01' });
  const early = outcome('early', amount('105'), '2022', { publishedOn: '2022-12-10' });
  const first = outcome('first', amount('110'), '2022', { publishedOn: '2023-03-01' });
  const later = outcome('later', amount('125'), '2022', { publishedOn: '2024-03-01' });
  const of = (outcomes: readonly ReportedOutcome[]) => {
    const { assessments, setAside } = finished(assessInSteps(given, outcomes, TODAY, 'first'));
    return [assessments[0]?.status, assessments[0]?.outcomeVsForecastPercent, setAside];
  };
  t.strictSame(of([later, first, early]), [
    'realised',
    '10',
    [
      { outcome: 'early', reason: 'revisedLater' },
      { outcome: 'later', reason: 'laterRevision' },
    ],
  ]);
  t.strictSame(of([early]), ['preliminary', '5', []]);
  t.end();
});

test('the naive forecast repeats what had been reported when the forecast was published', (t) => {
  const given = forecast(amount('120'), '2022', { publishedOn: '2021-06-01' });
  const reported = [
    outcome('before', amount('60'), '2019', { publishedOn: '2020-03-01' }),
    outcome('first', amount('100'), '2020', { publishedOn: '2021-03-01' }),
    outcome('corrected', amount('105'), '2020', { publishedOn: '2021-05-01' }),
    outcome('since', amount('150'), '2020', { publishedOn: '2022-03-01' }),
    outcome('came', amount('210'), '2022', { publishedOn: '2023-03-01' }),
  ];
  for (const vintage of ['latest', 'first'] as const) {
    const [one] = finished(assessInSteps(given, reported, TODAY, vintage)).assessments;
    // ln(210 / 105) = ln 2
    t.match(one, { naiveOutcome: 'corrected', naiveLogRatio: '0.69314718056' }, vintage);
  }
  const twice = outcome('twice', amount('95'), '2020', { publishedOn: '2021-05-01' });
  const [unclear] = assess(given, [...reported, twice], TODAY).assessments;
  t.match(unclear, { naiveOutcome: 'before' }, 'two figures of one day: which of them is not known');
  t.end();
});
