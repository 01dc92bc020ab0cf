import { parse } from 'csv-parse/sync';
import { test } from 'tap';
import { matrixTable } from '../../../src/analysis/breakdowns/rows.ts';
import type { Breakdown } from '../../../src/domain/analysis/breakdown.ts';
import type { MatrixSeries } from '../../../src/domain/analysis/matrix.ts';
import { Decimal, formatDecimal, parseDecimal } from '../../../src/domain/money/decimal.ts';
import type { Period } from '../../../src/domain/period/period.ts';
import { finished } from '../../../src/domain/steps.ts';
import { jsonStatDataset } from '../../../src/http/formats/json-stat.ts';
import type { Entry } from '../../../src/ledger/catalogue/entries.ts';
import { FILE_ENTRIES } from '../../../src/ledger/catalogue/entries.ts';
import { newestEntries } from '../../../src/ledger/catalogue/entry-history.ts';
import { writeEntries } from '../../../src/ledger/catalogue/writes.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { advanceDatasetVersion } from '../../../src/store/ledger-state.ts';
import { build } from '../../helpers/build.ts';
import { RECORDED_AT } from '../../helpers/seeded.ts';

interface Breakdowns {
  readonly data: readonly Breakdown[];
  readonly receipts: Readonly<Record<string, unknown>> | null;
  readonly meta: { readonly names: Readonly<Record<string, string>> };
}

const SECTOR = '/v1/sectors/new-infrastructure/breakdown';

test("Industrial Securities' parts of 2022 make the stated total", async (t) => {
  const { get } = await build(t);
  const { data } = await get<Breakdowns>(`${SECTOR}?forecaster=industrial-securities`);
  t.equal(data.length, 1);
  const [breakdown] = data;
  t.match(breakdown, {
    status: 'complete',
    total: { amount: { value: '1740000000000', qualifier: 'approximately' } },
    sum: { value: '1740100000000', approximate: true },
    residual: { value: '-100000000' },
    uncoveredSectors: [],
  });
  t.same(breakdown?.parts.map(({ amount, share }) => [amount.value, share?.slice(0, 6)]).sort(), [
    ['143300000000', '0.0823'],
    ['30600000000', '0.0175'],
    ['455000000000', '0.2614'],
    ['459500000000', '0.2640'],
    ['651700000000', '0.3745'],
  ]);
});

test('what has a total and parts comes first, and the rest can be left out', async (t) => {
  const { get, request } = await build(t);
  const url = '/v1/sectors/new-infrastructure/breakdown';
  const contents = ({ data }: Breakdowns) =>
    data.map(({ total, parts }) => `${total === null ? '' : 'total'}${parts.length > 0 ? 'parts' : ''}`);
  const all = contents(await get<Breakdowns>(url));
  const order = ['totalparts', 'parts', 'total'];
  t.strictSame(
    all,
    all.toSorted((one, other) => order.indexOf(one) - order.indexOf(other)),
  );
  t.ok(all.includes('totalparts') && all.includes('total'));
  const having = async (what: string) => contents(await get<Breakdowns>(`${url}?having=${what}`));
  const whole = all.filter((one) => one === 'totalparts');
  t.strictSame(await having('total,parts'), whole);
  t.strictSame(
    await having('parts'),
    all.filter((one) => one !== 'total'),
  );
  t.strictSame(
    await having('total'),
    all.filter((one) => one !== 'parts'),
  );
  const csv = (await request(`${url.replace('breakdown', 'breakdown.csv')}?having=total,parts`)).body;
  t.ok(csv.trim().split('\n').length > whole.length);
  t.equal((await request(`${url}?having=part`)).statusCode, 400);
});

test('CCID leaves a large residual, and says which fields have no figure', async (t) => {
  const { get } = await build(t);
  const { data } = await get<Breakdowns>(`${SECTOR}?forecaster=ccid&measure=directInvestment`);
  t.equal(data.length, 1);
  t.match(data[0], {
    status: 'partial',
    parts: [
      { amount: { value: '2500000000000' } },
      { amount: { value: '220000000000' } },
      { amount: { value: '1500000000000' } },
    ],
    residual: {
      value: null,
      share: null,
      low: '5780000000000',
      high: null,
      qualifier: 'atLeast',
      approximate: true,
    },
    uncoveredSectors: ['charging-stations', 'industrial-internet', 'intercity-rail', 'uhv'],
  });
  const horizons = data[0]?.warnings.find(({ code }) => code === 'differentHorizons');
  t.same(horizons?.sectors, ['big-data-centres']);
});

test('nothing that does not add is added, in no breakdown of the whole catalogue', async (t) => {
  const { get } = await build(t);
  const forecasts = new Map(
    (await get<{ data: readonly Forecast[] }>('/v1/forecasts?limit=1000')).data.map((forecast) => [
      forecast.id,
      forecast,
    ]),
  );
  const { data: sectors } = await get<{ data: readonly { id: string; ancestors: readonly string[] }[] }>(
    '/v1/sectors?limit=1000',
  );
  const ancestors = new Map(sectors.map(({ id, ancestors: above }) => [id, above]));
  let parts = 0;
  for (const { id } of sectors) {
    for (const breakdown of (await get<Breakdowns>(`/v1/sectors/${id}/breakdown`)).data) {
      const used = [breakdown.total?.forecast, ...breakdown.parts.map(({ forecast }) => forecast)].flatMap(
        (forecast) => forecasts.get(forecast ?? '') ?? [],
      );
      for (const field of ['measure', 'forecaster', 'source', 'region', 'scope'] as const) {
        t.ok(new Set(used.map((forecast) => forecast[field])).size <= 1, `${id} mixes no ${field}`);
      }
      const ids = breakdown.parts.map(({ sector }) => sector);
      t.ok(
        ids.every((sector) => ids.every((other) => !ancestors.get(sector)?.includes(other))),
        'no sector beside its own child',
      );
      const face = (amount: { value: string | null }) =>
        amount.value === null ? null : parseDecimal(amount.value);
      const [total, residual] = [
        breakdown.total && face(breakdown.total.amount),
        breakdown.residual && face(breakdown.residual),
      ];
      const values = breakdown.parts.map(({ amount }) => face(amount));
      if (total && residual && values.every((value) => value !== null)) {
        const sum = values.reduce((whole, value) => whole.plus(value ?? 0), new Decimal(0));
        t.equal(
          formatDecimal(sum.plus(residual)),
          formatDecimal(total),
          `${id}: parts and residual are the total`,
        );
        const shares = [...breakdown.parts.map(({ share }) => share), breakdown.residual?.share ?? null];
        if (shares.every((share) => share !== null)) {
          t.equal(
            formatDecimal(
              shares.reduce((whole, share) => whole.plus(parseDecimal(share ?? '0')), new Decimal(0)),
            ),
            '1',
          );
        }
      }
      parts += ids.length;
    }
  }
  t.ok(parts > 10);
});

test('10 and 17.1 trillion are added nowhere', async (t) => {
  const { request } = await build(t);
  for (const url of [
    SECTOR,
    '/v1/breakdowns?forecaster=haitong-securities',
    '/v1/breakdowns?year=2020',
    '/v1/breakdowns?measure=inducedInvestment',
  ]) {
    t.notMatch((await request(url)).body, /"27[01]00000000000"/, url);
  }
});

test('in another currency every figure has its receipt', async (t) => {
  const { get } = await build(t);
  const query = 'forecaster=industrial-securities&convertTo=USD&rateBasis=publication,periodAverage';
  const { data, receipts } = await get<Breakdowns>(`${SECTOR}?${query}`);
  t.equal(data[0]?.currency, 'USD');
  t.equal(data[0]?.status, 'complete');
  for (const { forecast } of data[0]?.parts ?? []) t.ok(receipts?.[forecast]);
  t.equal((await get<Breakdowns>(`${SECTOR}?forecaster=industrial-securities`)).receipts, null);
  const undated = await get<Breakdowns & { notConverted: readonly { forecast: string; reason: string }[] }>(
    `${SECTOR}?forecaster=industrial-securities&convertTo=USD`,
  );
  t.same(undated.data, []);
  t.equal(undated.notConverted.length, 6, 'what cannot be converted is named');
  t.ok(undated.notConverted.every(({ reason }) => reason === 'publicationDateUnknown'));
});

test('a part that cannot be converted is not taken for what the document leaves over', async (t) => {
  const { get } = await build(t);
  const query = 'source=china-banking-news-2020-06-07-5g-consumption&measure=consumption';
  const { data: stated } = await get<Breakdowns>(`/v1/sectors/5g/breakdown?${query}`);
  t.match(stated, [
    { status: 'partial', parts: [{ sector: '5g-devices' }], residual: { value: '3900000000000' } },
  ]);
  const inDollars = `${query}&convertTo=USD&rateBasis=stated`;
  const { data } = await get<Breakdowns>(`/v1/sectors/5g/breakdown?${inDollars}`);
  t.match(data, [
    {
      total: { amount: { value: '1160000000000', currency: 'USD' } },
      parts: [],
      residual: null,
      status: 'undetermined',
      warnings: [{ code: 'notConverted', sectors: ['5g-devices'] }],
    },
  ]);
  const matrix = await get<{ data: readonly { leftOut: readonly object[] }[]; leftOut: readonly object[] }>(
    `/v1/breakdowns?${inDollars}`,
  );
  t.same(
    matrix.data.map(({ leftOut }) => leftOut),
    [[{ forecast: 'fc-caict-5g-device-consumption-2020-2025', reason: 'notConverted' }]],
    'the bar says that a part of it is missing',
  );
  t.same(matrix.leftOut, []);
});

test('at different rates there is no residual and no share, and at one rate they are those of the document', async (t) => {
  const { get } = await build(t);
  const query = 'source=china-banking-news-2020-06-07-5g-consumption&measure=consumption';
  const mixed = `${query}&convertTo=USD&rateBasis=stated,latest`;
  const { data } = await get<Breakdowns>(`/v1/sectors/5g/breakdown?${mixed}`);
  t.match(data, [
    {
      total: { amount: { currency: 'USD' } },
      parts: [{ share: null }],
      residual: null,
      status: 'undetermined',
      warnings: [
        {
          code: 'mixedRates',
          forecasts: ['fc-caict-5g-consumption-2020-2025', 'fc-caict-5g-device-consumption-2020-2025'],
        },
      ],
    },
  ]);
  t.match((await get<{ data: unknown }>(`/v1/breakdowns?${mixed}`)).data, [
    { warnings: [{ code: 'mixedRates', sectors: ['5g', '5g-devices'] }] },
  ]);
  const shares = async (conversion: string) =>
    (await get<Breakdowns>(`${SECTOR}?forecaster=ccid,industrial-securities${conversion}`)).data.map(
      ({ parts, residual, status }) => [status, residual?.share, ...parts.map(({ share }) => share)],
    );
  const stated = await shares('');
  for (const currency of ['USD', 'JPY', 'EUR'])
    t.same(await shares(`&convertTo=${currency}&rateBasis=latest`), stated, currency);
});

test('as CSV, NDJSON and JSON-stat, the same figures', async (t) => {
  const { request } = await build(t);
  const rows = parse((await request(`${SECTOR}.csv?forecaster=industrial-securities`)).body, {
    columns: true,
  }) as Record<string, string>[];
  t.same(
    rows.map(({ role }) => role),
    ['total', 'part', 'part', 'part', 'part', 'part', 'residual'],
  );
  t.equal(rows.at(-1)?.value, '-100000000', 'a negative number is no formula');
  const lines = (await request(`${SECTOR}?forecaster=industrial-securities&format=ndjson`)).body
    .trim()
    .split('\n');
  t.equal(JSON.parse(lines[0] ?? '').value, '1740000000000');
  const stat = (await request(`${SECTOR}?forecaster=industrial-securities&format=json-stat`)).json();
  const [dataset] = stat.link.item;
  t.match(dataset, { version: '2.0', class: 'dataset', id: ['part', 'figure'], size: [7, 4] });
  t.equal(dataset.value.length, 28);
  t.equal(dataset.value[0], 1.74e12);
});

test('a sector without data, a leaf, and what is unknown', async (t) => {
  const { get, request } = await build(t);
  t.same((await get<Breakdowns>('/v1/sectors/charging-stations/breakdown')).data, []);
  t.match((await get<Breakdowns>('/v1/sectors/uhv/breakdown?forecaster=askci')).data, [
    { parts: [], sum: null, status: 'noParts' },
  ]);
  const unknown: readonly (readonly [string, number])[] = [
    ['/v1/sectors/nope/breakdown', 404],
    [`${SECTOR}?measure=nope`, 400],
    [`${SECTOR}?convertTo=QQQ`, 400],
    [`${SECTOR}?sector=5g`, 400],
    ['/v1/breakdowns', 400],
    ['/v1/breakdowns?year=2020&measure=directInvestment', 400],
    ['/v1/breakdowns?year=20', 400],
    ['/v1/breakdowns?forecaster=nobody', 400],
  ];
  for (const [url, status] of unknown) t.equal((await request(url)).statusCode, status, url);
});

test('the matrix: sector by period, nothing stacked on its own parent', async (t) => {
  const { get } = await build(t);
  interface Matrix {
    readonly data: readonly {
      sectors: readonly string[];
      cells: readonly { sector: string }[];
      totals: readonly unknown[];
    }[];
  }
  const { data } = await get<Matrix>('/v1/breakdowns?forecaster=industrial-securities');
  t.equal(data.length, 1);
  t.equal(data[0]?.cells.length, 5);
  t.equal(data[0]?.totals.length, 1);
  t.notOk(
    data[0]?.cells.some(({ sector }) => sector === 'new-infrastructure'),
    'the whole is a total, not a cell',
  );
});

test('as of a past moment the taxonomy and the documents divide as they did then', async (t) => {
  const { get, store } = await build(t);
  const url = `/v1/sectors/new-infrastructure/breakdown?forecaster=ccid&knownAsOf=${RECORDED_AT.toISOString()}`;
  const facets = `/v1/facets?knownAsOf=${RECORDED_AT.toISOString()}`;
  const [then, counted] = [await get<{ data: unknown }>(url), await get<{ data: unknown }>(facets)];
  await store.write(async (transaction) => {
    const newest = await newestEntries(transaction, [
      { type: 'sector', row: { id: '5g' } },
      { type: 'source', row: { id: '51cto-ccid-new-infrastructure-white-paper' } },
    ]);
    const entries = [...newest.values()].map(({ type, content }) => {
      const change = type === 'sector' ? { parent: null } : { schemes: [] };
      return { type, row: FILE_ENTRIES[type].parse({ ...content, ...change }) } as Entry;
    });
    await writeEntries(transaction, entries, 'corrected', { author: 'test', reason: 'another taxonomy' });
    await advanceDatasetVersion(transaction, 'taxonomy');
  });
  t.strictSame((await get<{ data: unknown }>(url)).data, then.data);
  t.strictSame((await get<{ data: unknown }>(facets)).data, counted.data);
  const changed = await get<{ data: unknown }>('/v1/sectors/new-infrastructure/breakdown?forecaster=ccid');
  t.notSame(changed.data, then.data);
});

test('the matrix: the lines that are new infrastructure stand in a series of each tree, and beside no whole of theirs', async (t) => {
  const { get, request } = await build(t);
  const query = 'forecaster=state-grid';
  const { data } = await get<{
    data: readonly {
      root: string;
      sectors: readonly string[];
      cells: readonly { sector: string; period: { start: string | null; end: string | null } }[];
    }[];
  }>(`/v1/breakdowns?${query}`);
  const { data: sectors } = await get<{
    data: readonly { id: string; ancestors: readonly string[]; otherParents: readonly string[] }[];
  }>('/v1/sectors?limit=1000');
  const isOfTree = (id: string, root: string): boolean => {
    const sector = sectors.find((one) => one.id === id);
    return id === root || [...(sector?.ancestors ?? []), ...(sector?.otherParents ?? [])].includes(root);
  };
  const roots = data.map((series) => series.root);
  t.ok(roots.includes('power-grid') && roots.includes('new-infrastructure'));
  for (const { root, cells } of data) {
    t.ok(
      cells.every(({ sector }) => isOfTree(sector, root)),
      root,
    );
    const spans = Map.groupBy(cells, ({ period }) => `${period.start} ${period.end}`);
    for (const stacked of spans.values()) {
      const of = stacked.map(({ sector }) => sector);
      t.notOk(of.includes('power-grid') && of.includes('uhv'), root);
    }
  }
  for (const root of ['power-grid', 'new-infrastructure'])
    t.ok(data.some((series) => series.root === root && series.sectors.includes('uhv')));
  const rows = parse((await request(`/v1/breakdowns.csv?${query}`)).body, { columns: true }) as Record<
    string,
    string
  >[];
  t.ok(rows.length > 1 && rows.every((row) => isOfTree(row.sector ?? '', row.root ?? '')));
  const stat = (await request(`/v1/breakdowns?${query}&format=json-stat`)).json();
  t.same(
    stat.link.item.map((dataset: { extension: { root: string } }) => dataset.extension.root),
    roots,
  );
});

test('a figure for each year is not read as a total, in no table', async (t) => {
  const { request } = await build(t);
  const query = 'forecaster=morgan-stanley';
  for (const path of ['/v1/breakdowns', '/v1/sectors/six-new-infrastructure-segments/breakdown']) {
    const [row] = parse((await request(`${path}.csv?${query}`)).body, { columns: true }) as Record<
      string,
      string
    >[];
    t.match(row, { value: '180000000000', periodKind: 'perYear', periodYears: '11' }, path);
    const [line = ''] = (await request(`${path}.ndjson?${query}`)).body.split('\n');
    t.match(JSON.parse(line), { periodKind: 'perYear', periodYears: 11 }, path);
    const stat = (await request(`${path}?${query}&format=json-stat`)).json();
    t.match(JSON.stringify(stat), '2020-01-01 to 2030-12-31, for each year, 11 years', path);
  }
});

test('figures of periods of one span but different kinds or lengths have JSON-stat cells of their own', async (t) => {
  const { get } = await build(t);
  const { data } = await get<{ data: readonly MatrixSeries[] }>('/v1/breakdowns?forecaster=morgan-stanley');
  const [series] = data;
  const [cell] = series?.cells ?? [];
  if (series === undefined || cell === undefined) return t.fail();
  const undated = { ...cell.period, start: null, end: null, kind: 'window' } as const;
  const periods: readonly Period[] = [
    cell.period,
    { ...cell.period, kind: 'window' },
    { ...undated, years: 5 },
    { ...undated, years: 10 },
  ];
  const cells = periods.map((period, at) => ({
    ...cell,
    period,
    amount: { ...cell.amount, value: String(at) },
  }));
  const dataset = finished(jsonStatDataset(matrixTable({ ...series, periods, cells }, new Map(), {})));
  t.same(dataset.size, [1, 4]);
  t.same(dataset.value, [0, 1, 2, 3]);
  const { index, label } = (dataset.dimension as Record<'period', { category: Record<string, object> }>)
    .period.category as { index: readonly string[]; label: Record<string, string> };
  t.equal(new Set(index).size, 4);
  t.equal(new Set(Object.values(label)).size, 4);
});

test('what is left out of a table stands in it, with the reason', async (t) => {
  const { get, request } = await build(t);
  const rowsOf = async (url: string) =>
    parse((await request(url)).body, { columns: true }) as Record<string, string>[];
  const query = 'forecaster=ccid&measure=directInvestment&convertTo=USD';
  const { notConverted } = await get<{ notConverted: readonly { forecast: string; reason: string }[] }>(
    `${SECTOR}?${query}`,
  );
  t.equal(notConverted.length, 4);
  for (const path of [SECTOR, '/v1/breakdowns']) {
    const asked = path === SECTOR ? query : query.replace('&measure=directInvestment', '');
    const rows = await rowsOf(`${path}.csv?${asked}`);
    const lines = (await request(`${path}.ndjson?${asked}`)).body.trim().split('\n');
    t.equal(lines.length, rows.length);
    for (const { forecast, reason } of notConverted)
      t.match(
        rows.find((row) => row.forecast === forecast),
        { role: 'notConverted', reason, value: '', currency: '', approximate: '' },
        `${path} ${forecast}`,
      );
    t.match(JSON.parse(lines[0] ?? ''), { role: 'notConverted', names: { forecaster: 'CCID Think Tank' } });
    const stat = (await request(`${path}?${asked}&format=json-stat`)).json();
    t.same(
      stat.extension.notConverted.map(({ forecast }: { forecast: string }) => forecast).sort(),
      rows.map((row) => row.forecast).sort(),
      path,
    );
  }

  const [total, part] = await rowsOf(`${SECTOR}.csv?forecaster=ccid&measure=directInvestment`);
  const codes = 'differentHorizons; boundsOnly; mixedQualifiers; approximateFigures; sharesOfBound';
  t.match(total, { role: 'total', approximate: 'false', warnings: codes, reason: '' });
  t.match(part, { role: 'part', part: '5g', partName: /5G/ });
  const dataset = (
    await request(`${SECTOR}?forecaster=ccid&measure=directInvestment&format=json-stat`)
  ).json().link.item[0];
  t.match(dataset.extension, {
    approximate: ['artificial-intelligence', 'residual'],
    leftOut: [],
    notConverted: [],
  });

  const lost =
    'source=china-banking-news-2020-06-07-5g-consumption&measure=consumption&convertTo=USD&rateBasis=stated';
  const inBreakdown = await rowsOf(`/v1/sectors/5g/breakdown.csv?${lost}`);
  t.same(
    inBreakdown.map(({ role, reason, status }) => [role, reason, status]),
    [
      ['total', '', 'undetermined'],
      ['notConverted', 'noStatedConversion', 'undetermined'],
    ],
  );
  const stat = (await request(`/v1/breakdowns?${lost}&format=json-stat`)).json().link.item[0];
  t.match(stat.extension, {
    leftOut: [{ reason: 'notConverted' }],
    notConverted: [{ forecast: 'fc-caict-5g-device-consumption-2020-2025', reason: 'noStatedConversion' }],
  });

  const year = await rowsOf('/v1/breakdowns.csv?year=2020');
  const { data, leftOut } = await get<{
    data: readonly { leftOut: readonly { forecast: string }[] }[];
    leftOut: readonly { forecast: string }[];
  }>('/v1/breakdowns?year=2020');
  t.same(
    year.filter(({ role }) => role === 'leftOut').map(({ forecast }) => forecast),
    [...data.flatMap((series) => series.leftOut), ...leftOut].map(({ forecast }) => forecast),
  );
  t.ok(
    year
      .filter(({ role }) => role === 'leftOut')
      .every(({ reason, value }) => reason !== '' && value !== undefined),
  );
});

test('the matrix of a year leaves out by name what may be of the year, an end or none', async (t) => {
  const { get } = await build(t);
  interface Matrix {
    readonly data: readonly {
      cells: readonly { forecast: string }[];
      totals: readonly { forecast: string }[];
      leftOut: readonly { forecast: string; reason: string }[];
    }[];
    readonly leftOut: readonly { forecast: string; reason: string }[];
  }
  const { data: forecasts } = await get<{ data: readonly Forecast[] }>('/v1/forecasts?limit=1000');
  const open = forecasts.filter(({ period }) => period.end === null).map(({ id }) => id);
  t.ok(open.length >= 8);
  for (const conversion of ['', '&convertTo=USD']) {
    const { data, leftOut } = await get<Matrix>(`/v1/breakdowns?year=2020${conversion}`);
    const reasons = new Map(
      [...data.flatMap((series) => series.leftOut), ...leftOut].map(({ forecast, reason }) => [
        forecast,
        reason,
      ]),
    );
    t.same([...new Set(open.map((id) => reasons.get(id)))], ['differentPeriod'], conversion);
    const placed = new Set([
      ...reasons.keys(),
      ...data.flatMap(({ cells, totals }) => [...cells, ...totals].map(({ forecast }) => forecast)),
    ]);
    const expected = forecasts.filter(
      ({ period: { start, end } }) => (start ?? '0') <= '2020-12-31' && (end ?? '9') >= '2020-01-01',
    );
    t.same(
      [...placed].sort(),
      expected.map(({ id }) => id).sort(),
      'all that may be of the year, nothing else',
    );
  }
});

test('of a total that is not made up it is told which sectors have no figure, and whose sectors these are', async (t) => {
  const { get } = await build(t);
  interface Uncovered {
    readonly data: readonly {
      readonly status: string;
      readonly parts: readonly { readonly sector: string }[];
      readonly uncoveredSectors: readonly string[];
      readonly uncoveredOf: string;
      readonly period: { readonly start: string | null; readonly end: string | null };
    }[];
  }
  const { data } = await get<Uncovered>(SECTOR);
  const { data: sectors } = await get<{ data: { children: string[] } }>('/v1/sectors/new-infrastructure');
  const bare = data.filter(({ status }) => status === 'noParts');
  for (const { parts, status } of data) t.equal(status === 'noParts', parts.length === 0);
  t.ok(bare.length > 0);
  for (const { uncoveredSectors, uncoveredOf } of bare)
    if (uncoveredOf === 'taxonomy') t.same(uncoveredSectors, sectors.children.toSorted());
  t.ok(bare.some(({ uncoveredOf }) => uncoveredOf === 'taxonomy'));
  t.ok(data.some(({ uncoveredOf }) => uncoveredOf === 'scheme'));
  const in2022 = await get<Uncovered>(`${SECTOR}?year=2022`);
  t.ok(in2022.data.length > 0 && in2022.data.length < data.length);
  for (const { period } of in2022.data)
    t.ok((period.start ?? period.end ?? '') <= '2022-12-31' && (period.end ?? '') >= '2022-01-01');
});

test('tables take the members of regions on a day, as lists of records do', async (t) => {
  const { get, request } = await build(t);
  const regionsOf = async (path: string, query: string) => {
    const { data } = await get<{ data: readonly { region: string }[] }>(
      `${path}?${query}&collection=global-capital`,
    );
    return new Set(data.map(({ region }) => region));
  };
  for (const [path, more] of [
    ['/v1/sectors/all-sectors/breakdown', ''],
    ['/v1/sectors/infrastructure/breakdown', ''],
    ['/v1/breakdowns', 'measure=investmentNeed&'],
    ['/v1/series', 'sector=infrastructure&'],
  ] as const) {
    const all = [...(await regionsOf(path, more))].filter((region) => ['DE', 'FR', 'ES'].includes(region));
    const members = await regionsOf(path, `${more}region=EU&regionMembersOn=2025`);
    for (const region of all) t.ok(members.has(region), `${path} ${region}`);
    t.notOk(members.has('GB'), path);
    const alone = await request(`${path}?${more}regionMembersOn=2025`);
    t.match(alone.json(), { errors: [{ name: 'regionMembersOn', code: 'parameterRequired' }] }, path);
  }
  t.ok((await regionsOf('/v1/sectors/infrastructure/breakdown', 'region=EU&regionMembersOn=2025')).has('DE'));
});
