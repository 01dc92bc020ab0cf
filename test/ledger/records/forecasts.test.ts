import fc from 'fast-check';
import { test } from 'tap';
import { KINDS } from '../../../src/ledger/records/kinds.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { build } from '../../helpers/build.ts';
import { committedDocument } from '../../helpers/contract.ts';
import { RECORDED_AT } from '../../helpers/seeded.ts';

interface List {
  readonly data: readonly Forecast[];
  readonly page: { limit: number; nextCursor: string | null; nextUrl: string | null };
  readonly meta: { datasetVersion: string; count?: number };
}

const HAITONG_2020 = 'haitong-2020-new-infrastructure-2020';
const HAITONG_FIVE_YEARS = 'haitong-2020-new-infrastructure-five-years';
const HAITONG_INDUCED = 'haitong-2020-new-infrastructure-induced';
const CAICT_NETWORK = 'caict-2020-5g-network-to-2025';
const CAICT_OUTPUT = 'caict-2020-5g-economic-output';
const SEEDED = 'collection=seed-documents';

function ids(list: List): readonly string[] {
  return list.data.map(({ id }) => id);
}

test('the five forecasts of the first document', async (t) => {
  const { get } = await build(t);
  const list = await get<List>(`/v1/forecasts?${SEEDED}&sort=id`);
  const byId = new Map(list.data.map((forecast) => [forecast.id, forecast]));

  t.strictSame(
    Object.fromEntries(
      [...byId].map(([id, { amount }]) => [
        id,
        [amount.value, amount.low, amount.high, amount.qualifier, amount.currency],
      ]),
    ),
    {
      [CAICT_OUTPUT]: [null, '24000000000000', null, 'indefinite', 'CNY'],
      [CAICT_NETWORK]: ['1200000000000', '1200000000000', '1200000000000', 'exact', 'CNY'],
      [HAITONG_2020]: ['3000000000000', '3000000000000', '3000000000000', 'exact', 'CNY'],
      [HAITONG_FIVE_YEARS]: ['10000000000000', '10000000000000', '10000000000000', 'exact', 'CNY'],
      [HAITONG_INDUCED]: ['17100000000000', '17100000000000', '17100000000000', 'exact', 'CNY'],
    },
  );
  for (const { evidence, recordedAt, revision, publishedOn } of byId.values()) {
    t.equal(evidence.status, 'located');
    t.match(evidence.documentSha256, /^4c7a9795/);
    t.equal((evidence.end ?? 0) - (evidence.start ?? 0), [...evidence.phrase].length);
    t.equal(recordedAt, RECORDED_AT.toISOString());
    t.equal(revision, 1);
    t.equal(publishedOn, '2020-05-25');
  }
});

test('the stated conversion carries its implied rate', async (t) => {
  const { get } = await build(t);
  const { data } = await get<{ data: Forecast }>(`/v1/forecasts/${HAITONG_2020}`);
  const [stated] = data.statedConversions;
  t.match(stated, {
    amount: { value: '420000000000', low: null, high: null, qualifier: 'approximately', currency: 'USD' },
    impliedRate: { base: 'USD', quote: 'CNY', rate: '7.14285714286', approximate: true },
    evidence: { phrase: 'approx. USD$420 billion', status: 'located' },
  });
});

test('relations are seen from both sides, with the implied multiplier where both figures are single', async (t) => {
  const { get } = await build(t);
  const relations = async (id: string) =>
    (await get<{ data: Forecast }>(`/v1/forecasts/${id}`)).data.relations.filter(({ kind }) =>
      /^driv/.test(kind),
    );
  t.strictSame(await relations(HAITONG_FIVE_YEARS), [
    { kind: 'drives', forecast: HAITONG_INDUCED, impliedMultiplier: '1.71' },
  ]);
  t.strictSame(await relations(HAITONG_INDUCED), [
    { kind: 'drivenBy', forecast: HAITONG_FIVE_YEARS, impliedMultiplier: '1.71' },
  ]);
  t.strictSame(await relations(CAICT_NETWORK), [
    { kind: 'drives', forecast: CAICT_OUTPUT, impliedMultiplier: null },
  ]);
  t.strictSame(await relations(HAITONG_2020), []);
});

test('beneficiary sectors and periods', async (t) => {
  const { get } = await build(t);
  const output = (await get<{ data: Forecast }>(`/v1/forecasts/${CAICT_OUTPUT}`)).data;
  t.strictSame(output.beneficiarySectors, ['internet-economy', 'artificial-intelligence', 'digital-economy']);
  t.equal(output.period.kind, 'unstated');
  const fiveYears = (await get<{ data: Forecast }>(`/v1/forecasts/${HAITONG_FIVE_YEARS}`)).data;
  t.match(fiveYears.period, {
    start: '2020-01-01',
    end: '2024-12-31',
    kind: 'window',
    years: 5,
    inferred: ['start', 'end'],
  });
});

test('each filter keeps what it names', async (t) => {
  const { get } = await build(t);
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['sector=5g', [CAICT_OUTPUT, CAICT_NETWORK]],
    [
      'sector=new-infrastructure',
      [CAICT_OUTPUT, CAICT_NETWORK, HAITONG_2020, HAITONG_FIVE_YEARS, HAITONG_INDUCED],
    ],
    ['sector=new-infrastructure&sectorOnly=true', [HAITONG_2020, HAITONG_FIVE_YEARS, HAITONG_INDUCED]],
    ['sector=new-infrastructure&sectorOnly=false&forecaster=caict', [CAICT_OUTPUT, CAICT_NETWORK]],
    ['sector=blockchain', []],
    ['forecaster=caict', [CAICT_OUTPUT, CAICT_NETWORK]],
    [
      'forecaster=caict,haitong-securities&measure=inducedInvestment,economicOutput',
      [CAICT_OUTPUT, HAITONG_INDUCED],
    ],
    ['source=china-banking-news-2020-05-25&measure=inducedInvestment', [HAITONG_INDUCED]],
    ['region=CN&measure=economicOutput', [CAICT_OUTPUT]],
    ['currency=USD', []],
    ['scope=national&measure=economicOutput', [CAICT_OUTPUT]],
    ['confidence=high', []],
    ['confidence=high,medium&measure=economicOutput', [CAICT_OUTPUT]],
    ['publishedFrom=2020-05-26', []],
    ['publishedFrom=2020-05-25&publishedTo=2020-05-25&measure=economicOutput', [CAICT_OUTPUT]],
    ['publishedTo=2020-05-24', []],
    ['periodFrom=2025-01-01', [CAICT_NETWORK]],
    ['periodFrom=2021-01-01', [CAICT_NETWORK, HAITONG_FIVE_YEARS]],
    ['periodTo=2019-12-31', [CAICT_NETWORK]],
    ['periodFrom=2020-06-01&periodTo=2020-06-30', [CAICT_NETWORK, HAITONG_2020, HAITONG_FIVE_YEARS]],
    ['currency=CNY&amountMin=10000000000000', [CAICT_OUTPUT, HAITONG_FIVE_YEARS, HAITONG_INDUCED]],
    ['currency=CNY&amountMax=3000000000000', [CAICT_NETWORK, HAITONG_2020]],
    ['currency=CNY&amountMin=9000000000000&amountMax=17000000000000.5', [HAITONG_FIVE_YEARS]],
  ];
  for (const [query, expected] of cases) {
    const list = await get<List>(`/v1/forecasts?${SEEDED}&sort=id&count=exact&${query}`);
    t.strictSame(ids(list), expected, query);
    t.equal(list.meta.count, expected.length, `${query} counts what it gives`);
  }
});

test('amounts sort by value, missing values last either way', async (t) => {
  const { get } = await build(t);
  const ascending = await get<List>(`/v1/forecasts?${SEEDED}&currency=CNY&sort=amount`);
  t.strictSame(ids(ascending), [
    CAICT_NETWORK,
    HAITONG_2020,
    HAITONG_FIVE_YEARS,
    HAITONG_INDUCED,
    CAICT_OUTPUT,
  ]);
  for (const sort of ['periodStart,id', '-periodStart,id']) {
    const list = await get<List>(`/v1/forecasts?${SEEDED}&sort=${sort}`);
    const starts = list.data.map(({ period }) => period.start);
    t.ok(
      starts.slice(0, 2).every((start) => start !== null) && starts.slice(2).every((start) => start === null),
      sort,
    );
  }
});

test('a value that a filter names twice counts once', async (t) => {
  const { get } = await build(t);
  interface Ids {
    readonly data: readonly { readonly id: string }[];
  }
  for (const [twice, once] of [
    ['region=CN,CN', 'region=CN'],
    ['sector=5g,5g&sectorOnly=true', 'sector=5g&sectorOnly=true'],
    ['sector=new-infrastructure,5g', 'sector=new-infrastructure'],
    ['confidence=high,high,medium', 'confidence=high,medium'],
  ] as const) {
    const [one, other] = await Promise.all([
      get<Ids>(`/v1/forecasts?limit=1000&${twice}`),
      get<Ids>(`/v1/forecasts?limit=1000&${once}`),
    ]);
    t.ok(other.data.length > 0);
    t.strictSame(
      one.data.map(({ id }) => id),
      other.data.map(({ id }) => id),
      twice,
    );
  }
});

test('pages of any size in any order hold every record once, in that order', async (t) => {
  const { get, request } = await build(t);
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.constantFrom(...KINDS.forecast.sortKeys), { minLength: 1, maxLength: 4 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 6 }),
      async (keys, descending, limit) => {
        const sort = keys.map((key, position) => (descending[position] ? `-${key}` : key)).join(',');
        const base = `/v1/forecasts?${SEEDED}&currency=CNY&sort=${sort}`;
        const whole = ids(await get<List>(base));
        const paged: string[] = [];
        let url: string | null = `${base}&limit=${limit}`;
        while (url !== null) {
          const response = await request(url.replace(/^https?:\/\/[^/]+/, ''));
          const page = response.json<List>();
          t.ok(page.data.length <= limit);
          paged.push(...ids(page));
          const link = response.headers.link;
          t.equal(link, page.page.nextUrl === null ? undefined : `<${page.page.nextUrl}>; rel="next"`);
          url = page.page.nextUrl;
        }
        t.strictSame(paged, whole);
      },
    ),
    { numRuns: 40 },
  );
});

test('some fields of one record have a path of their own, beside the plain one', async (t) => {
  const { get, request } = await build(t);
  const path = `/v1/forecasts/${HAITONG_2020}`;
  const fields = 'fields=id,amount.value,convertible';
  t.equal((await request(`${path}.json?${fields}`)).statusCode, 400);
  const query = 'fields=id,amount.value';
  const parts = await get<{ data: object }>(`${path}.json?${query}`);
  t.strictSame(parts.data, { id: HAITONG_2020, amount: { value: '3000000000000' } });
  t.strictSame(parts, await get(`${path}?${query}`));
  t.strictSame(await get(`${path}.json`), await get(path));
  t.equal((await request(`${path}x.json`)).statusCode, 404);
  const [outcome] = (await get<List>('/v1/outcomes?limit=1')).data;
  t.strictSame((await get<{ data: object }>(`/v1/outcomes/${outcome?.id}.json?fields=id`)).data, {
    id: outcome?.id,
  });
  const { get: whole } = committedDocument.paths['/v1/forecasts/{id}'] ?? {};
  t.notOk(whole?.parameters?.some(({ name }) => name === 'fields'));
  t.match(whole?.responses['200']?.content, {
    'application/json': { schema: { $ref: '#/components/schemas/ForecastAnswer' } },
  });
  t.match(committedDocument.components.schemas.AmountParts, { type: 'object', required: undefined });
});

test('fields selects paths, also within lists', async (t) => {
  const { get } = await build(t);
  const list = await get<List>(
    `/v1/forecasts?${SEEDED}&forecaster=caict&sort=id&fields=id,amount.low,statedConversions.amount.value,period.end`,
  );
  t.strictSame(list.data, [
    { id: CAICT_OUTPUT, amount: { low: '24000000000000' }, statedConversions: [], period: { end: null } },
    {
      id: CAICT_NETWORK,
      amount: { low: '1200000000000' },
      statedConversions: [],
      period: { end: '2025-12-31' },
    },
  ]);
  const one = await get<{ data: unknown }>(
    `/v1/forecasts/${HAITONG_2020}?fields=amount.value,statedConversions.amount.currency`,
  );
  t.strictSame(one.data, {
    amount: { value: '3000000000000' },
    statedConversions: [{ amount: { currency: 'USD' } }],
  });
});

test('evidence is read again, and agrees', async (t) => {
  const { get } = await build(t);
  for (const id of [HAITONG_2020, HAITONG_FIVE_YEARS, HAITONG_INDUCED, CAICT_NETWORK, CAICT_OUTPUT]) {
    const { data } = await get<{ data: { supports: string; agrees: boolean }[] }>(
      `/v1/forecasts/${id}/evidence`,
    );
    t.strictSame(
      data.map(({ supports }) => supports),
      id === HAITONG_2020 ? ['amount', 'statedConversion'] : ['amount'],
    );
    t.ok(
      data.every(({ agrees }) => agrees),
      id,
    );
  }
});

test('a record that cannot be converted is refused without the tag of an answer', async (t) => {
  const { request } = await build(t);
  const refused = await request('/v1/forecasts/fc-caict-cloud-2022?convertTo=GBP');
  t.equal(refused.statusCode, 422);
  t.equal(refused.headers.etag, undefined);
  const shown = await request('/v1/forecasts/fc-caict-cloud-2022');
  t.match(String(shown.headers.etag), '"fc-caict-cloud-2022-r1');
});

interface Listed {
  readonly data: readonly Forecast[];
  readonly meta: { readonly count: number };
}

test('a year stands for all that touches it, as facets count it, and dates may be a month or a year', async (t) => {
  const { get, request } = await build(t);
  const counted = (query: string) =>
    get<Listed>(`/v1/forecasts?limit=1&count=exact&${query}`).then(({ meta }) => meta.count);
  const { data } = await get<{
    data: { year: { buckets: { value: string; count: number; url: string }[] } };
  }>('/v1/facets');
  t.ok(data.year.buckets.length > 5);
  interface Spans {
    readonly data: readonly {
      readonly period: { readonly start: string | null; readonly end: string | null };
    }[];
  }
  const all = await get<Spans>('/v1/forecasts?limit=1000');
  for (const { value, count, url } of data.year.buckets) {
    t.match(url, `year=${value}`);
    t.equal(await counted(`year=${value}`), count, value);
    const overlapping = await counted(`periodFrom=${value}&periodTo=${value}`);
    const open = all.data.filter(
      ({ period }) => period.start === null && (period.end ?? '') > `${value}-12-31`,
    );
    t.equal(
      overlapping - open.length,
      count,
      `${value}: with the days of the year, those by a later one too`,
    );
  }
  t.match(await get('/v1/facets?year=2020'), { meta: { count: await counted('year=2020') } });
  t.equal(
    await counted('publishedFrom=2020-05&publishedTo=2020-05'),
    await counted('publishedFrom=2020-05-01&publishedTo=2020-05-31'),
  );
  t.not(await counted('publishedFrom=2020-05&publishedTo=2020-05'), 0);
  t.equal(
    await counted('publishedFrom=2020-02&publishedTo=2020-02'),
    await counted('publishedFrom=2020-02-01&publishedTo=2020-02-29'),
  );
  for (const query of [
    'year=20',
    'year=2020-05',
    'periodTo=2025-13',
    'publishedFrom=1066',
    'publishedTo=2020-02-30',
  ])
    t.equal((await request(`/v1/forecasts?${query}`)).statusCode, 400, query);
});

test('records are found by how well they are evidenced, by their relations and by who forecasts', async (t) => {
  const { get } = await build(t);
  const all = (await get<Listed>('/v1/forecasts?limit=1000')).data;
  const found = async (query: string) =>
    (await get<Listed>(`/v1/forecasts?limit=1000&${query}`)).data.map(({ id }) => id).sort();
  const expected = (holds: (forecast: Forecast) => boolean) => {
    const ids = all
      .filter(holds)
      .map(({ id }) => id)
      .sort();
    t.ok(ids.length > 0 && ids.length < all.length);
    return ids;
  };
  for (const status of ['located', 'parsed'])
    t.strictSame(
      await found(`evidenceStatus=${status}`),
      expected(({ evidence }) => evidence.status === status),
    );
  for (const kind of ['conflictsWith', 'drives', 'drivenBy', 'alsoStatedIn'])
    t.strictSame(
      await found(`relation=${kind}`),
      expected(({ relations }) => relations.some((relation) => relation.kind === kind)),
      kind,
    );
  t.strictSame(
    await found(`relation=drives,drivenBy&knownAsOf=${new Date(Date.now() - 1).toISOString()}`),
    await found('relation=drives,drivenBy'),
  );
  t.strictSame(await found('relation=drives&knownAsOf=2000-01-01'), []);
  const banks = await get<{ data: { id: string }[] }>('/v1/forecasters?kind=bank&limit=1000');
  const ids = new Set(banks.data.map(({ id }) => id));
  t.strictSame(
    await found('forecasterKind=bank'),
    expected(({ forecaster }) => forecaster !== null && ids.has(forecaster)),
  );
  t.match(await get('/v1/facets?forecasterKind=bank&relation=conflictsWith&evidenceStatus=parsed'), {
    meta: { count: (await found('forecasterKind=bank&relation=conflictsWith&evidenceStatus=parsed')).length },
  });
});

test('ids are found whatever their case, in lists, facets, CSV and comparisons', async (t) => {
  const { get, request } = await build(t);
  const counted = (query: string) =>
    get<Listed>(`/v1/forecasts?limit=1&count=exact&${query}`).then(({ meta }) => meta.count);
  const count = await counted('sector=5g');
  t.ok(count > 0);
  t.equal(await counted('sector=5G'), count);
  t.equal(await counted('sector=5G,5g'), count);
  t.equal(
    await counted('measure=DIRECTINVESTMENT&region=cn'),
    await counted('measure=directInvestment&region=CN'),
  );
  t.match(await get('/v1/facets?sector=5G'), { meta: { count } });
  const [whole, other] = await Promise.all(
    ['5g', '5G'].map((sector) => request(`/v1/forecasts.csv?sector=${sector}&fields=id`)),
  );
  t.equal(other?.body, whole?.body);
  const window = 'measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2025-12-31';
  const sideBySide = await get<Listed>(`/v1/comparisons?sector=5G&${window}`);
  t.match(sideBySide, { sector: '5g' });
  t.ok(sideBySide.data.length > 0);
  const refused = await request('/v1/forecasts?sector=6G');
  t.equal(refused.statusCode, 400);
});

test('amounts in a currency in which none is stated lead to converted ones', async (t) => {
  const { get } = await build(t);
  type Hinting = {
    data: readonly unknown[];
    meta: { hints?: readonly { parameters: object; message: string; href: string }[] };
  };
  const none = await get<Hinting>(
    '/v1/forecasts?amountMin=400000000000&currency=USD&sector=new-infrastructure',
  );
  t.same(none.data, []);
  t.match(none.meta.hints, [
    { parameters: { convertTo: 'USD' }, message: /stated in USD; \d+ are stated in others/ },
  ]);
  const { pathname, search } = new URL(none.meta.hints?.[0]?.href ?? '');
  t.ok((await get<Hinting>(pathname + search)).data.length > 0);
  for (const query of [
    'currency=CNY&amountMin=1&forecaster=haitong-securities',
    'currency=EUR',
    'currency=USD&amountMin=1&region=NZ',
  ])
    t.notOk('hints' in (await get<Hinting>(`/v1/forecasts?${query}`)).meta, query);
});

interface Compared {
  readonly data: readonly (Shown & {
    amount: { currency: string };
    notConverted?: { code: string } | null;
  })[];
  readonly meta: {
    readonly count?: number;
    readonly notCompared?: { readonly count: number; readonly reasons: Readonly<Record<string, number>> };
    readonly hints?: readonly { parameters: object; message: string; href: string }[];
  };
}

test('what could not be compared in a currency is counted, with the reasons', async (t) => {
  const { get } = await build(t);
  const path = (url: string): string => new URL(url).pathname + new URL(url).search;
  for (const list of ['forecasts', 'outcomes']) {
    const all = await get<Compared>(`/v1/${list}?convertTo=USD&limit=1000`);
    const reasons: Record<string, number> = {};
    for (const { converted, notConverted, amount } of all.data)
      if (converted == null) reasons[notConverted?.code ?? ''] = (reasons[notConverted?.code ?? ''] ?? 0) + 1;
      else if ((amount.value ?? amount.low ?? amount.high) === null)
        reasons.indefinite = (reasons.indefinite ?? 0) + 1;
    const count = Object.values(reasons).reduce((sum, one) => sum + one, 0);
    t.ok(count > 0, list);
    for (const asked of ['amountMin=0', 'sort=-amount', 'amountMax=999999999999999999&limit=2']) {
      const { meta, data } = await get<Compared>(`/v1/${list}?convertTo=USD&${asked}`);
      t.same(meta.notCompared, { count, reasons }, `${list} ${asked}`);
      if (asked === 'amountMin=0') t.equal(data.length, all.data.length - count, list);
      const [hint] = meta.hints ?? [];
      t.match(hint, { parameters: { rateBasis: 'publication,latest' }, message: /of these \d+/ }, list);
      const followed = (await get<Compared>(path(hint?.href ?? ''))).meta.notCompared;
      t.ok((followed?.count ?? 0) < count, `${list} ${asked}`);
    }
    t.notOk('notCompared' in all.meta, list);
    t.notOk('notCompared' in (await get<Compared>(`/v1/${list}?currency=CNY`)).meta, list);
  }
});

test('amounts in one currency leave out those in others, and count them', async (t) => {
  const { get } = await build(t);
  const { data } = await get<Compared>('/v1/forecasts?limit=1000');
  for (const currency of ['CNY', 'USD']) {
    const differentCurrency = data.filter(({ amount }) => amount.currency !== currency).length;
    const indefinite = data.filter(
      ({ amount: { value, low, high, ...one } }) =>
        one.currency === currency && (value ?? low ?? high) === null,
    ).length;
    const reasons = { differentCurrency, ...(indefinite === 0 ? {} : { indefinite }) };
    for (const asked of ['amountMin=1000', 'amountMax=5', 'sort=amount']) {
      const { meta } = await get<Compared>(`/v1/forecasts?currency=${currency}&${asked}`);
      t.same(meta.notCompared, { count: differentCurrency + indefinite, reasons }, `${currency} ${asked}`);
      t.match(meta.hints, [{ parameters: { convertTo: currency } }]);
    }
  }
  const searched = await get<Compared>('/v1/forecasts?currency=USD&amountMin=1&q=5G');
  const found = await get<Compared>('/v1/forecasts?q=5G&limit=1000');
  t.equal(
    searched.meta.notCompared?.reasons.differentCurrency,
    found.data.filter(({ amount }) => amount.currency !== 'USD').length,
  );
});

test('facets count what could not be compared as the list does', async (t) => {
  const { get } = await build(t);
  for (const query of [
    'convertTo=USD&amountMin=1',
    'convertTo=USD&amountMin=1&sector=5g&region=CN',
    'currency=USD&amountMin=1',
    'currency=CNY&amountMax=1000000000000&measure=directInvestment',
  ]) {
    const list = await get<Compared>(`/v1/forecasts?${query}`);
    t.same((await get<Compared>(`/v1/facets?${query}`)).meta.notCompared, list.meta.notCompared, query);
  }
  t.notOk('notCompared' in (await get<Compared>('/v1/facets?currency=CNY')).meta);
});

test('what has no value comes last by amount, in either direction, stated or converted', async (t) => {
  const { get } = await build(t);
  for (const [query, hasValue] of [
    ['convertTo=USD', (one: Shown) => one.converted != null],
    ['currency=CNY', ({ amount: { value, low, high } }: Shown) => (value ?? low ?? high) !== null],
  ] as const)
    for (const sort of ['amount', '-amount']) {
      const { data } = await get<{ data: readonly Shown[] }>(
        `/v1/forecasts?${query}&sort=${sort}&limit=1000`,
      );
      const valued = data.map(hasValue);
      t.ok(valued[0] && valued.lastIndexOf(true) < data.length, query);
      t.equal(
        valued.indexOf(false) === -1 || valued.indexOf(false) > valued.lastIndexOf(true),
        true,
        `${query} ${sort}`,
      );
    }
});

interface Shown {
  readonly converted?: object | null;
  readonly amount: {
    readonly value: string | null;
    readonly low: string | null;
    readonly high: string | null;
  };
}
