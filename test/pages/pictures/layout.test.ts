import { test } from 'tap';
import type { Statement } from '../../../src/domain/statement.ts';
import type { Look } from '../../../src/http/formats/pictures.ts';
import { drawAssessment } from '../../../src/pages/pictures/assessment.ts';
import { drawBreakdown } from '../../../src/pages/pictures/breakdown.ts';
import { drawComparison } from '../../../src/pages/pictures/comparison.ts';
import { drawConversions } from '../../../src/pages/pictures/conversions.ts';
import { drawMatrix } from '../../../src/pages/pictures/matrix.ts';
import { drawRecord } from '../../../src/pages/pictures/record.ts';
import { drawSeries } from '../../../src/pages/pictures/series.ts';
import type { Numbers } from '../../../src/pages/pictures/speech.ts';
import { drawTrackRecord } from '../../../src/pages/pictures/track-record.ts';
import { build } from '../../helpers/build.ts';
import {
  assessmentContent,
  breakdownContent,
  comparisonContent,
  comparisonRow,
  conversionsContent,
  matrixContent,
  periodOf,
  recordContent,
  recordOf,
  seriesContent,
  seriesItem,
  trackRecordContent,
} from '../../helpers/picture-contents.ts';
import { billions, misplaced, readPicture } from '../../helpers/pictures.ts';
import { randomFrom } from '../../helpers/random.ts';

/* No text of a picture lies on another one, and none leaves the frame. */

const URL =
  'https://ledger.example/v1/comparisons?sector=new-infrastructure&measure=directInvestment&region=CN';

const LOOKS: readonly Look[] = [320, 700, 2000].flatMap((width) =>
  (['en', 'zh'] as const).map((lang) => ({ width, lang, theme: 'light' as const })),
);

/** What is wrong in every look of a picture. */
function faults<Content>(
  about: string,
  draw: (content: Content, look: Look, url: string) => string,
  content: Content,
  looks = LOOKS,
): readonly string[] {
  return looks.flatMap((look) =>
    misplaced(readPicture(draw(content, look, URL))).map((fault) => `${about}, ${look.lang}: ${fault}`),
  );
}

/** What a name may be. */
const NAMES = [
  'Haitong',
  '海通证券股份有限公司',
  '上海證券報與國家發展和改革委員會',
  '三菱UFJモルガン・スタンレー証券株式会社',
  '한국산업은행 미래전략연구소',
  'משרד האוצר של מדינת ישראל',
  'وزارة المالية والاقتصاد الوطني',
  'a long name of words '.repeat(15).trim(),
  'W'.repeat(300),
  '国'.repeat(300),
  '<script>alert(1)</script>',
  'Ḉḗ̈̈̈̈̈̈̈ with m̂ânŷ marks',
];

const KINDS: readonly Numbers[] = [
  billions('exact', 500),
  billions('approximately', 400),
  billions('range', 200, 700),
  billions('atLeast', 600),
  billions('atMost', 300),
  billions('indefinite', 240),
  { ...billions('indefinite'), low: null },
];

/** Everything that may stand beside a figure. */
const PLANNED: Statement = {
  stance: 'commitment',
  scenario: { name: NAMES[7] ?? '', kind: 'high' },
  prices: { kind: 'ppp', year: 2018 },
  interval: { low: '1', high: '90000000000000000', percent: '99.95' },
};

const kindOf = (at: number): Numbers => KINDS[at % KINDS.length] ?? billions('exact', 1);
/** One huge beside small ones. */
const sizeOf = (at: number): Numbers => billions('exact', at === 0 ? 90_000_000 : at + 1);

test('a comparison of any number of rows, of any names and kinds of figures', async (t) => {
  const found: string[] = [];
  for (const count of [1, 2, 40])
    for (const amountOf of [kindOf, sizeOf]) {
      const rows = Array.from({ length: count }, (_, at) =>
        comparisonRow(`f${at}`, amountOf(at), {
          ...{ years: 5, publishedOn: at % 3 === 0 ? null : '2020-05-25' },
          forecaster: at % 5 === 4 ? null : `f${at}`,
          ...(at % 2 === 0 ? PLANNED : {}),
        }),
      );
      const names = Object.fromEntries(rows.map((_, at) => [`f${at}`, NAMES[at % NAMES.length] ?? '']));
      const interval = PLANNED.interval as NonNullable<Statement['interval']>;
      const given = comparisonContent(rows, { names }, { 'fc-f0': interval, 'fc-f2': interval });
      const outcomes = [450, 460, 70_000].map((figure, at) => ({
        ...{ id: `oc-${at}`, reportedBy: NAMES[at + 1] ?? null },
        amount: { ...billions('exact', figure), currency: 'CNY' },
      }));
      const groups = given.groups.map((group) => ({ ...group, outcomes }));
      found.push(...faults(`${count} ${amountOf.name}`, drawComparison, { ...given, groups }));
    }
  t.strictSame(found, []);
});

test('breakdowns and matrices of any number of parts, with negative residuals', async (t) => {
  const found: string[] = [];
  for (const count of [1, 2, 40])
    for (const amountOf of [kindOf, sizeOf]) {
      const parts = Object.fromEntries(Array.from({ length: count }, (_, at) => [`p${at}`, amountOf(at)]));
      const names = Object.fromEntries(NAMES.map((name, at) => [`p${at}`, name]));
      const residual = { ...billions('exact', -999_999), share: '-0.4' };
      for (const given of [
        { parts, total: billions('atLeast', 1000) },
        { parts, total: billions('exact', 1), residual, status: 'overallocated' as const },
        { parts, total: null, status: 'noTotal' as const },
      ]) {
        const content = breakdownContent(given, given);
        found.push(
          ...faults(`${count} ${amountOf.name}`, drawBreakdown, {
            ...content,
            names: { ...content.names, ...names },
          }),
        );
      }
      const bySector = Object.fromEntries(Object.entries(parts).map(([id, one]) => [id, [one, one, one]]));
      found.push(
        ...faults(`${count} ${amountOf.name}`, drawMatrix, matrixContent([bySector, bySector], names)),
      );
    }
  t.strictSame(found, []);
});

const outcome = (id: string, start: string | null, end: string, figure: number, name = 'A ministry') =>
  recordOf(id, billions('exact', figure), {
    ...{ kind: 'outcome', period: periodOf(start, end) },
    names: { organisation: name, source: name } as never,
  });

test('an assessment whose outcomes lie close to the forecast, to each other, or at an edge', async (t) => {
  const found: string[] = [];
  for (const [at, name] of NAMES.entries())
    for (const [kind, figure] of KINDS.entries()) {
      const forecast = recordOf('fc', figure, {
        ...(at % 2 === 0 ? PLANNED : {}),
        period: periodOf('2020-11-20', '2022-03-31'),
        names: { organisation: name, source: name } as never,
      });
      const near = [
        [outcome('a', '2020-11-20', '2020-12-31', 495, name)],
        [outcome('b', '2020-11-20', '2022-03-31', 502)],
        [outcome('c1', '2020-11-20', '2021-06-30', 250), outcome('c2', '2021-07-01', '2022-03-31', 251)],
        [outcome('d', '2022-03-01', '2022-03-31', 1)],
      ];
      const looks = at === 0 ? LOOKS : LOOKS.slice(0, 2);
      found.push(
        ...faults(
          `${kind} of ${name.slice(0, 20)}`,
          drawAssessment,
          assessmentContent(forecast, near),
          looks,
        ),
      );
    }
  found.push(
    ...faults(
      'nothing reported',
      drawAssessment,
      assessmentContent(recordOf('fc', billions('exact', 1)), []),
    ),
  );
  const huge = [[outcome('a', '2020-01-01', '2020-12-31', 90_000_000)]];
  found.push(
    ...faults('one huge', drawAssessment, assessmentContent(recordOf('fc', billions('atMost', 1)), huge)),
  );
  t.strictSame(found, []);
});

test('every body has its label, however close they lie', async (t) => {
  const bodies = [495, 500, 502, 505].map((figure, at) => [
    outcome(`oc-${at}`, '2020-01-01', '2020-12-31', figure, `House ${at}`),
  ]);
  const content = assessmentContent(recordOf('fc', billions('exact', 500)), bodies);
  for (const width of [320, 700]) {
    const { lines } = readPicture(drawAssessment(content, { width, lang: 'en', theme: 'light' }, URL));
    const seen = lines.map(({ words }) => words);
    for (const words of [
      'Forecast: CNY 500 billion',
      ...[0, 1, 2, 3].map((at) => `Reported by House ${at}:`),
    ])
      t.ok(
        seen.some((line) => line.startsWith(words)),
        `${width}: ${words}`,
      );
  }
});

test('assessments of any days and figures', async (t) => {
  const found: string[] = [];
  const random = randomFrom(16);
  const day = (from: number, days: number) =>
    new Date(Date.UTC(2015, 0, 1) + (from + Math.floor(random() * days)) * 86_400_000)
      .toISOString()
      .slice(0, 10);
  for (let turn = 0; turn < 150; turn += 1) {
    const period = periodOf(random() < 0.2 ? null : day(0, 1500), day(1500, 1500));
    const figure = kindOf(Math.floor(random() * KINDS.length));
    const bodies = Array.from({ length: Math.floor(random() * 6) }, (_, body) => {
      let from = Math.floor(random() * 1500);
      return Array.from({ length: 1 + Math.floor(random() * 4) }, (_, at) => {
        const start = day(from, 1);
        from += 30 + Math.floor(random() * 500);
        return outcome(`oc-${body}-${at}`, start, day(from, 1), 1 + random() * 10 ** Math.ceil(random() * 4));
      });
    });
    const look = { ...(LOOKS[turn % LOOKS.length] as Look), width: 320 + Math.floor(random() * 1000) };
    const content = assessmentContent(recordOf('fc', figure, { period }), bodies);
    found.push(...faults(`turn ${turn}`, drawAssessment, content, [look]));
  }
  t.strictSame(found, []);
});

test('cards, conversions and track records of any names and figures', async (t) => {
  const found: string[] = [];
  for (const [at, name] of NAMES.entries()) {
    const record = recordOf('fc', kindOf(at), {
      ...PLANNED,
      names: { organisation: name, source: name } as never,
    });
    const names = { '5g': name };
    found.push(...faults(name.slice(0, 20), drawRecord, recordContent(record, names)));
    found.push(...faults(name.slice(0, 20), drawConversions, conversionsContent(record, names)));
  }
  for (const count of [0, 1, 2, 40]) {
    const judged = Array.from({ length: count }, (_, at) => ({
      forecast: recordOf(`fc-${at}`, kindOf(at)),
      percent: at === 0 ? '98765.4321' : String(-at),
    }));
    found.push(
      ...faults(
        `${count} judgements`,
        drawTrackRecord,
        trackRecordContent(NAMES[count % NAMES.length] ?? '', judged),
      ),
    );
  }
  t.strictSame(found, []);
});

test('series of any number of documents, of any names and kinds of figures', async (t) => {
  const found: string[] = [];
  for (const count of [1, 2, 40])
    for (const amountOf of [kindOf, sizeOf]) {
      const items = Array.from({ length: count }, (_, at) =>
        seriesItem(`fc-${at}`, amountOf(at), at % 3 === 0 ? PLANNED : { publishedOn: null }, '-12345.678'),
      );
      const names = { f0: NAMES[count % NAMES.length] ?? '', f1: NAMES[8] ?? '', 'a-report': NAMES[9] ?? '' };
      const reported = [billions('exact', 450), billions('approximately', 460)];
      for (const all of [[items], [items, items]])
        found.push(...faults(`${count} ${amountOf.name}`, drawSeries, seriesContent(all, reported, names)));
    }
  t.strictSame(found, []);
});

test('every picture of what the seeds hold', async (t) => {
  const found: string[] = [];
  const { request, get } = await build(t);
  const { data } = await get<{ data: readonly { readonly id: string }[] }>(
    '/v1/forecasts?limit=1000&fields=id',
  );
  t.ok(data.length > 100);
  const sought = 'sector=new-infrastructure&sector=5g'.replace('&sector=', ',');
  const urls = [
    ...data.flatMap(({ id }) => [`/v1/forecasts/${id}.svg?`, `/v1/forecasts/${id}/assessment.svg?`]),
    ...[
      '/v1/forecasters/caict/track-record.svg?',
      `/v1/comparisons.svg?${sought}&convertTo=USD&rateBasis=latest&`,
    ],
    ...['/v1/series.svg?sector=ai-infrastructure&', '/v1/series.svg?forecaster=caict&'],
    ...['/v1/sectors/new-infrastructure/breakdown.svg?', '/v1/breakdowns.svg?forecaster=caict&'],
    ...data.slice(0, 10).map(({ id }) => `/v1/forecasts/${id}/conversions.svg?to=USD&`),
  ];
  for (const [at, url] of urls.entries()) {
    const look = `width=${[320, 480, 700][at % 3]}&lang=${at % 2 === 0 ? 'en' : 'zh'}`;
    const { body, statusCode } = await request(`${url}${look}`);
    if (statusCode !== 200) found.push(`${url}: ${statusCode}`);
    found.push(...misplaced(readPicture(body)).map((fault) => `${url}${look}: ${fault}`));
  }
  t.strictSame(found, []);
});
