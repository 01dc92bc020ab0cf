import { test } from 'tap';
import type { DomainErrorCode } from '../../../src/domain/errors.ts';
import { DomainError } from '../../../src/domain/errors.ts';
import { describeDomainError } from '../../../src/http/message/domain-errors.ts';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';

const AUGUST = { now: () => new Date('2026-08-24T10:00:00Z') };
const RECORD = '/v1/forecasts/caict-2020-5g-network-to-2025';

test('a refusal says in sentences what was found and what would be right', async (t) => {
  const { request } = await build(t, {}, AUGUST);
  const convert = (query: string) => `/v1/convert?amount=1000&${query}`;
  const cases: readonly (readonly [string, string])[] = [
    [
      convert('from=RUB&to=USD&date=2023-05-25'),
      'The last rate that ecb set for RUB is of 2022-03-01; the day asked for is 2023-05-25. Right would be a day up to 2022-03-01.',
    ],
    [
      convert('from=ROL&to=USD&date=2023-05-25'),
      'The last rate that ecb set for ROL is of 2005-06-30; the day asked for is 2023-05-25. ROL ended on 2005-06-30; RON took its place. Right would be a day up to 2005-06-30.',
    ],
    [
      convert('from=ISK&to=USD&date=2012-05-25'),
      'From 2008-12-10 to 2018-01-31 ecb set no rates for ISK; the day asked for is 2012-05-25. Right would be a day before or after that gap.',
    ],
    [
      convert('from=CNY&to=USD&date=2004-05-25'),
      'The first rate that ecb set for CNY is of 2005-04-01; the day asked for is 2004-05-25. Right would be a day from 2005-04-01 on.',
    ],
    [
      convert('from=CNY&to=USD&date=2026-09-24'),
      '2026-09-24 is in the future: today is 2026-08-24, in Frankfurt. Right would be a day up to today.',
    ],
    [
      convert('from=CNY&to=USD&date=2020-05-28'),
      'The rate of CNY of 2020-05-28 was published by ecb, and is not held here. The command `rates sync` fetches it.',
    ],
    [
      `${RECORD}?convertTo=USD&rateBasis=stated,periodAverage`,
      'None of the rate bases gives a conversion. `stated` (noStatedConversion): The document states its amount in CNY only. Right would be another `rateBasis`, such as `publication`, `periodAverage` or `latest`. `periodAverage` (periodOpen): The period has the start null and the end 2025-12-31, and a mean needs both. Right would be a rate of one day: `publication`, `latest`, or `date` with a `rateDate`.',
    ],
  ];
  for (const [url, detail] of cases) {
    const response = await request(url);
    t.equal(response.statusCode, 422, url);
    t.equal(response.json<ProblemDocument>().detail, detail);
  }
});

/** Data of each code as the domain gives them, and what must be said of them. */
const SAID: Readonly<Record<DomainErrorCode, readonly [Readonly<Record<string, unknown>>, string]>> = {
  tooManyRecords: [
    { most: 100_000, counted: 'parts and figures left out' },
    'The answer would have more than 100000 parts and figures left out. Right would be filters that leave less.',
  ],
  malformedDecimal: [
    { text: '1e5', expected: 'a plain decimal such as 3000000000000 or 0.5' },
    '"1e5" is not a decimal that can be taken here. Right would be a plain decimal such as 3000000000000 or 0.5.',
  ],
  inconsistentAmount: [
    { field: 'low', qualifier: 'exact', found: null, expected: 'the value' },
    'The field `low` of an amount whose qualifier is `exact` is null. Right would be the value.',
  ],
  inconsistentPeriod: [
    { field: 'years', kind: 'window', found: 5, expected: '6' },
    'The field `years` of a period of the kind `window` is 5. Right would be 6.',
  ],
  inconsistentInterval: [
    { field: 'low', found: '3', expected: 'at most the value, 2' },
    'The field `low` of the interval is "3". Right would be at most the value, 2.',
  ],
  inconsistentPrices: [
    { field: 'year', kind: 'nominal', found: 2020, expected: 'null' },
    'The field `year` of prices of the kind `nominal` is 2020. Right would be null.',
  ],
  inconsistentEvidence: [
    { field: 'end', status: 'located', expected: '31', found: '30' },
    'The field `end` of the evidence does not fit its status `located`: found was 30. Right would be 31.',
  ],
  noPeriod: [
    { text: 'soon', expected: 'a year' },
    'No period can be read from "soon". Right would be a year.',
  ],
  severalPeriods: [
    { text: 'in 2019, by 2020', found: ['in 2019', 'by 2020'], expected: 'one period' },
    'More than one period can be read from "in 2019, by 2020": "in 2019", "by 2020". Right would be one period.',
  ],
  ambiguousPeriod: [
    { text: 'in FY2025', period: 'FY2025', open: 'on which day it begins', expected: 'its first day' },
    'The period "FY2025" leaves open on which day it begins. Right would be its first day.',
  ],
  noFigure: [
    {
      text: 'several yuan',
      expected: 'a number with a magnitude word or a currency, such as 3 trillion yuan',
    },
    'No amount can be read from "several yuan". Right would be a number with a magnitude word or a currency, such as 3 trillion yuan.',
  ],
  severalFigures: [
    {
      text: '3 trillion yuan in 2020, 4 trillion in 2021',
      found: ['3 trillion yuan', '4 trillion'],
      expected: 'one figure, or `asStated` with the words of one of them',
    },
    'More than one amount can be read from "3 trillion yuan in 2020, 4 trillion in 2021": "3 trillion yuan", "4 trillion". Right would be one figure, or `asStated` with the words of one of them.',
  ],
  ambiguousNumber: [
    {
      text: '5.000 yuan',
      figure: '5.000 yuan',
      readings: ['5', '5000'],
      expected: 'the language of the text, or a number without a mark',
    },
    'The number "5.000 yuan" reads otherwise in another language: 5 or 5000. Right would be the language of the text, or a number without a mark.',
  ],
  malformedFigure: [
    {
      text: 'half of 3 trillion yuan',
      figure: '3 trillion yuan',
      expected: 'a figure, not a part or a multiple of one',
    },
    'The figure "3 trillion yuan" in "half of 3 trillion yuan" cannot be read as an amount. Right would be a figure, not a part or a multiple of one.',
  ],
  changeOfSum: [
    { text: 'rise by $5bn', figure: '$5bn', expected: 'the sum itself, not what it changes by' },
    'The figure "$5bn" in "rise by $5bn" is what a sum changes by. Right would be the sum itself, not what it changes by.',
  ],
  unitPrice: [
    { text: '$5 per kWh', figure: '$5', expected: 'a sum in all, or a year' },
    'The figure "$5" in "$5 per kWh" is what one of many costs. Right would be a sum in all, or a year.',
  ],
  counterfactual: [
    { text: '5 would have', figure: '5', expected: 'what is expected to be' },
    'The figure "5" in "5 would have" is what was planned before, or would have been. Right would be what is expected to be.',
  ],
  negativeFigure: [{ text: '-3' }, 'The amount "-3" is negative. Right would be a sum of zero or more.'],
  reversedRange: [
    { low: '3000000000000', high: '2000000000000' },
    'The range runs backwards, from 3000000000000 to 2000000000000. Right would be low before high.',
  ],
  conflictingQualifiers: [
    {
      text: 'about ¥3 trillion',
      figure: '¥3 trillion',
      found: [
        { qualifier: 'atLeast', words: 'at least' },
        { qualifier: 'atMost', words: 'up to' },
      ],
      expected: 'a lower or an upper bound, not both',
    },
    'The words around the figure "¥3 trillion" in "about ¥3 trillion" contradict each other: "at least" (`atLeast`), "up to" (`atMost`). Right would be a lower or an upper bound, not both.',
  ],
  currencyOpen: [
    {
      text: 'about ¥3 trillion',
      figure: '¥3 trillion',
      candidates: ['CNY', 'JPY'],
      expected: '`currency` to say which it is',
    },
    'The currency of "¥3 trillion" in "about ¥3 trillion" is left open: it can be CNY, JPY. Right would be `currency` to say which it is.',
  ],
  currencyConflict: [
    {
      text: 'about ¥3 trillion',
      figure: '¥3 trillion',
      currency: 'USD',
      candidates: ['CNY', 'JPY'],
      expected: 'one of the currencies that the sign can mean',
    },
    'The sign of "¥3 trillion" in "about ¥3 trillion" can mean CNY, JPY, and does not mean USD. Right would be one of the currencies that the sign can mean.',
  ],
  malformedDate: [
    { text: '2020-02-30', expected: 'a calendar day such as 2020-05-25' },
    '"2020-02-30" is not a day of the calendar. Right would be a calendar day such as 2020-05-25.',
  ],
  currencyUnknown: [
    { currency: 'CNX' },
    'There is no currency "CNX". Right would be an ISO 4217 code; /v1/currencies lists them.',
  ],
  currencyWithoutRates: [
    { currency: 'XAU', provider: 'ecb' },
    'No provider sets rates for XAU. Right would be one of the currencies that /v1/currencies?provider=ecb lists.',
  ],
  currencyWithoutMinorUnits: [
    { currency: 'XAU' },
    'ISO 4217 gives XAU no minor unit to which an amount could be rounded. Right would be a currency that has `minorUnits` in /v1/currencies.',
  ],
  rateInFuture: [
    { requestedDate: '2026-09-24', today: '2026-08-24', place: 'Frankfurt' },
    '2026-09-24 is in the future: today is 2026-08-24, in Frankfurt. Right would be a day up to today.',
  ],
  rateBeforeSeries: [
    { currency: 'CNY', provider: 'ecb', requestedDate: '2004-05-25', firstDay: '2005-04-01' },
    'The first rate that ecb set for CNY is of 2005-04-01; the day asked for is 2004-05-25. Right would be a day from 2005-04-01 on.',
  ],
  rateAfterSeriesEnd: [
    {
      currency: 'HRK',
      provider: 'ecb',
      requestedDate: null,
      lastDay: '2022-12-30',
      endedOn: '2022-12-31',
      successor: 'EUR',
    },
    'The last rate that ecb set for HRK is of 2022-12-30. HRK ended on 2022-12-31; EUR took its place. Right would be a day up to 2022-12-30.',
  ],
  rateInSeriesGap: [
    {
      currency: 'ISK',
      provider: 'ecb',
      requestedDate: '2012-05-25',
      gap: { from: '2008-12-10', to: '2018-01-31' },
    },
    'From 2008-12-10 to 2018-01-31 ecb set no rates for ISK; the day asked for is 2012-05-25. Right would be a day before or after that gap.',
  ],
  rateNotHeld: [
    {
      currency: 'CNY',
      provider: 'ecb',
      base: 'EUR',
      date: '2020-05-29',
      requestedDate: '2020-05-30',
      command: 'rates sync',
    },
    'The rate of CNY of 2020-05-29 was published by ecb, and is not held here; the day asked for is 2020-05-30. The command `rates sync` fetches it.',
  ],
  rateBeyondCarryLimit: [
    { requestedDate: '1999-01-01', currencies: ['CNY', 'USD'], maxCarriedDays: 7 },
    'No rate of CNY, USD was published on 1999-01-01 or in the 7 days before it, and no older one is taken. Right would be a day at most 7 days after a rate.',
  ],
  publicationDateUnknown: [
    { from: 'CNY', to: 'USD' },
    "The document's publication date is not known, so no day gives a rate from CNY to USD. Right would be another `rateBasis`, such as `periodAverage`, `latest`, or `date` with a `rateDate`.",
  ],
  priceYearUnknown: [
    { from: 'CNY', to: 'USD', prices: 'nominal' },
    'The figure is in nominal prices, so no year gives a rate from CNY to USD. Right would be another `rateBasis`, such as `publication`, `periodAverage` or `latest`.',
  ],
  noStatedConversion: [
    { from: 'CNY', to: 'USD', reason: 'no figure in both' },
    "The document's own amounts in CNY and USD imply no rate: no figure in both. Right would be another `rateBasis`, such as `publication`, `periodAverage` or `latest`.",
  ],
  statedConversionOtherCurrency: [
    { from: 'CNY', to: 'EUR', currencies: ['USD', 'JPY'] },
    'The document converts its CNY into USD, JPY, not into EUR. Right would be one of those as the target, or another `rateBasis`, such as `publication`, `periodAverage` or `latest`.',
  ],
  statedConversionAmbiguous: [
    {
      from: 'CNY',
      to: 'USD',
      pairs: [
        { one: '2000', other: '280' },
        { one: '3000', other: '400' },
      ],
    },
    "The document's own conversion implies more than one rate: it gives 2000 CNY as 280 USD, and 3000 CNY as 400 USD. Right would be another `rateBasis`, such as `publication`, `periodAverage` or `latest`.",
  ],
  periodOpen: [
    { start: null, end: '2025-12-31' },
    'The period has the start null and the end 2025-12-31, and a mean needs both. Right would be a rate of one day: `publication`, `latest`, or `date` with a `rateDate`.',
  ],
  averageCoverageTooLow: [
    {
      currency: 'CNY',
      provider: 'ecb',
      start: '2020-01-01',
      end: '2024-12-31',
      observations: 12,
      targetDays: 1280,
      minimumPercent: 90,
    },
    'From 2020-01-01 to 2024-12-31, 12 of 1280 days have a rate of CNY by ecb. Right would be a period with at least 90 % of its days.',
  ],
  conversionNotPossible: [
    {
      reasons: [
        { basis: 'latest', code: 'currencyWithoutRates', data: { currency: 'XAU', provider: 'ecb' } },
      ],
    },
    'None of the rate bases gives a conversion. `latest` (currencyWithoutRates): No provider sets rates for XAU. Right would be one of the currencies that /v1/currencies?provider=ecb lists.',
  ],
};

test('every code has sentences of its own, with its values exactly as they were found', async (t) => {
  for (const [code, [data, said]] of Object.entries(SAID)) {
    const detail = describeDomainError(new DomainError(code as DomainErrorCode, data));
    t.equal(detail, said, code);
    t.notMatch(detail, /undefined|\[object|; \w+: |[{[]"/, code);
  }
});
