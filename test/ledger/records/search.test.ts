import fc from 'fast-check';
import { test } from 'tap';
import { searchTerms } from '../../../src/domain/text/search-text.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { bringIndexUpToDate } from '../../../src/ledger/records/search.ts';
import { build } from '../../helpers/build.ts';
import { buildForWriting } from '../../helpers/ledger.ts';
import { note } from '../../helpers/note.ts';
import { ONLY_SQLITE } from '../../helpers/postgres.ts';
import { execute, planOf, sqliteOf, watchStatements } from '../../helpers/statements.ts';

interface List {
  readonly data: readonly Forecast[];
  readonly page: { readonly nextUrl: string | null };
  readonly meta: { readonly count?: number };
}

const HAITONG_2020 = 'haitong-2020-new-infrastructure-2020';

function search(q: string, more = ''): string {
  return `/v1/forecasts?q=${encodeURIComponent(q)}${more}`;
}

function ids(list: List): readonly string[] {
  return list.data.map(({ id }) => id);
}

test('words of the phrase, the figure, the names, the document find a record', async (t) => {
  const { get } = await build(t);
  const scope = '&collection=seed-documents&limit=1000';
  for (const q of [
    'will total 3 trillion',
    '3 trillion yuan',
    'HAITONG securities',
    '海通',
    '海通证券',
    '基础设施',
    'direct invest',
    '新型基礎設施',
    '中国',
    'China Banking News',
    'Future Industrial Development',
  ]) {
    const list = await get<List>(search(q, scope));
    t.ok(ids(list).includes(HAITONG_2020), q);
    t.ok(
      list.data.every(({ highlights }) => (highlights ?? []).length > 0),
      q,
    );
  }
  for (const q of ['haitong nowhere', '通海'])
    t.strictSame(ids(await get<List>(search(q, '&count=exact'))), [], q);
});

test('a region is found by its names, under those of now once it is corrected', async (t) => {
  const { get, send } = await buildForWriting(t);
  const scope = '&collection=seed-documents&limit=1000';
  const found = async (q: string) => ids(await get<List>(search(q, scope))).toSorted();
  const all = ids(await get<List>(`/v1/forecasts?${scope}`)).toSorted();
  const [first] = (await get<List>(search('中國', scope))).data;
  t.ok(first?.highlights?.some(({ field, text }) => field === 'region.nameChinese' && text === '中国'));
  for (const q of ['China', '中国', '中國']) {
    t.strictSame(await found(q), all, q);
    t.match(await get(`/v1/facets?q=${encodeURIComponent(q)}${scope.replace('&limit=1000', '')}`), {
      meta: { count: all.length },
    });
  }
  t.strictSame(await found('Zhongguo'), []);
  const body = { name: 'Zhongguo', alpha3: 'CHN', nameChinese: '中国' };
  const corrected = await send('PUT', '/v1/regions/CN?reason=name', body, { 'if-match': '"CN-r1"' });
  t.equal(corrected.statusCode, 200, corrected.body);
  t.strictSame(await found('Zhongguo'), all);
});

test('a query without a word is refused in lists, facets and CSV alike', async (t) => {
  const { request } = await build(t);
  for (const path of ['/v1/forecasts', '/v1/facets', '/v1/forecasts.csv', '/v1/outcomes', '/v1/assessments'])
    for (const q of ['', ' ', '"*()', '\0', '😀']) {
      const response = await request(`${path}?q=${encodeURIComponent(q)}`);
      t.equal(response.statusCode, 400, `${path} ${q}`);
      t.match(response.json(), {
        errors: [{ in: 'query', name: 'q', code: 'invalidValue', message: /at least one word/ }],
      });
    }
});

test('a region of ISO 3166 without records is an empty list, one that is none is refused', async (t) => {
  const { get, request } = await build(t);
  for (const path of ['/v1/forecasts', '/v1/outcomes', '/v1/assessments', '/v1/track-records'])
    t.strictSame(ids(await get<List>(`${path}?region=NZ`)), [], path);
  t.match(await get('/v1/facets?region=NZ'), { meta: { count: 0 } });
  t.match(await get('/v1/regions/NZ'), {
    data: { alpha3: 'NZL', name: 'New Zealand', nameChinese: '新西兰' },
  });
  const refused = await request('/v1/forecasts?region=ZZ');
  t.equal(refused.statusCode, 400);
  const [fault] = refused.json().errors;
  t.match(fault, { name: 'region', code: 'unknownId' });
  t.notOk('suggestion' in fault);
});

test('words of two characters, and of one, find Chinese and Korean phrases', async (t) => {
  const { get } = await build(t);
  const all = await get<List>('/v1/forecasts?limit=1000');
  for (const q of ['投资', '万亿', '조', '억 위안', '위안', '신형', '兆元', '投資']) {
    const found = new Set(ids(await get<List>(search(q, '&limit=1000'))));
    const expected = all.data.filter(({ evidence, amount }) =>
      q.split(' ').every((word) => `${evidence.phrase} ${amount.asStated}`.includes(word)),
    );
    for (const { id } of expected) t.ok(found.has(id), `${q}: ${id}`);
  }
  const chinese = await get<List>(search('投资', '&limit=1000'));
  t.ok(chinese.data.length > 1);
});

test('highlights say where, in code points, and stand only where there is a search', async (t) => {
  const { get } = await build(t);
  const { data } = await get<List>(search('haitong infra', '&collection=seed-documents'));
  const [first] = data;
  t.strictSame(
    first?.highlights?.find(({ field }) => field === 'forecaster.name'),
    { field: 'forecaster.name', text: 'Haitong Securities', ranges: [{ start: 0, end: 7 }] },
  );
  for (const { highlights } of data)
    for (const { text, ranges } of highlights ?? [])
      for (const { start, end } of ranges)
        t.match([...text].slice(start, end).join('').toLowerCase(), /^(?:haitong|infra)/);
  t.ok((await get<List>('/v1/forecasts?limit=3')).data.every((forecast) => !('highlights' in forecast)));
});

test('a search is ordered by relevance; without one that is refused', async (t) => {
  const { get, request } = await build(t);
  const all = '&limit=1000';
  const best = ids(await get<List>(search('infrastructure', all)));
  t.ok(best.length > 5);
  t.strictSame(ids(await get<List>(search('infrastructure', `${all}&sort=relevance,-publishedOn,id`))), best);
  const worst = ids(await get<List>(search('infrastructure', `${all}&sort=-relevance,publishedOn,-id`)));
  t.strictSame([...worst].sort(), [...best].sort());
  t.not(worst[0], best[0]);
  t.strictSame(
    ids(await get<List>(search('infrastructure', `${all}&sort=id`))),
    [...best].sort((one, other) => (one < other ? -1 : 1)),
  );
  // A word in a name weighs more than one in a note.
  const [first] = (await get<List>(search('haitong'))).data;
  t.match(first?.names.forecaster, /Haitong/);

  const refused = await request('/v1/forecasts?sort=relevance');
  t.equal(refused.statusCode, 400);
  t.match(refused.json(), { errors: [{ name: 'sort', code: 'searchRequired' }] });
  t.strictSame(
    ids(await get<List>('/v1/forecasts?sort=relevance,-publishedOn,id')),
    ids(await get<List>('/v1/forecasts')),
  );
});

test('pages of a search hold every record once, in its order', async (t) => {
  const { get, request } = await build(t);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('infra', '投资', 'trillion', 'direct investment', '5g', 'nothingatall'),
      fc.constantFrom('', '&sort=relevance', '&sort=-relevance,id', '&sort=forecaster,relevance'),
      fc.constantFrom('', '&convertTo=USD&rateBasis=latest', '&currency=CNY&amountMin=1&convertTo=USD'),
      fc.integer({ min: 1, max: 40 }),
      async (q, sort, convert, limit) => {
        const base = search(q, sort + convert);
        const whole = ids(await get<List>(`${base}&limit=1000`));
        const paged: string[] = [];
        let url: string | null = `${base}&limit=${limit}&count=exact`;
        while (url !== null) {
          const page: List = (await request(url.replace(/^https?:\/\/[^/]+/, ''))).json();
          t.equal(page.meta.count, whole.length);
          paged.push(...ids(page));
          url = page.page.nextUrl;
        }
        t.strictSame(paged, whole);
      },
    ),
    { numRuns: 40 },
  );
});

test('filters leave of what a search finds those that they hold for', async (t) => {
  const { get } = await build(t);
  const of = {
    source: ({ source }: Forecast) => source,
    forecaster: ({ forecaster }: Forecast) => forecaster,
    collection: ({ collection }: Forecast) => collection,
    scope: ({ scope }: Forecast) => scope,
    region: ({ region }: Forecast) => region,
    measure: ({ measure }: Forecast) => measure,
    confidence: ({ confidence }: Forecast) => confidence,
  };
  const found = (await get<List>(search('investment', '&limit=1000'))).data;
  for (const [filter, shown] of Object.entries(of)) {
    const values = [...new Set(found.map(shown))].filter((value) => value !== null);
    t.ok(values.length > 0, filter);
    for (const value of values.slice(0, 5)) {
      const list = await get<List>(search('investment', `&limit=1000&count=exact&${filter}=${value}`));
      const expected = found.filter((forecast) => shown(forecast) === value).map(({ id }) => id);
      t.strictSame(ids(list), expected, `${filter}=${value}`);
      t.equal(list.meta.count, expected.length);
    }
  }
});

test('any text with a word is a valid query of up to 200 characters', async (t) => {
  const { request } = await build(t);
  const characters = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({
      unit: fc.constantFrom(...'"*()^+-:{}\\\0\'., ANDORNEARnotlike新基建データ데이터5Gé𠀀😀'),
      maxLength: 200,
    }),
    fc.constantFrom(
      'a '.repeat(100),
      '新'.repeat(200),
      '新 '.repeat(100),
      '1.'.repeat(100),
      '😀'.repeat(200),
    ),
  );
  await fc.assert(
    fc.asyncProperty(characters, async (q) => {
      const wanted = q.isWellFormed() ? q : q.toWellFormed();
      const response = await request(search(wanted, '&limit=2&count=exact'));
      const isValid = [...wanted].length <= 200 && searchTerms(wanted).length > 0;
      t.equal(response.statusCode, isValid ? 200 : 400, JSON.stringify(wanted));
    }),
    { numRuns: 200 },
  );
  const tooLong = await request(search('a'.repeat(201)));
  t.equal(tooLong.statusCode, 400);
  t.match(tooLong.json(), { errors: [{ name: 'q', code: 'invalidValue' }] });
});

test('what is found is the current revision, under the present names', async (t) => {
  const { get, store } = await build(t, { CACHE_BYTES: '0' });
  const find = async (q: string) => ids(await get<List>(search(q, '&limit=1000')));
  await note({ store }, 'Zirkumpolar');
  t.strictSame(await find('zirkum'), [HAITONG_2020]);

  await execute(store, "update organisations set name = 'Quokka Brothers' where id = 'haitong-securities'");
  t.strictSame(await find('quokka'), [], 'not before the next seeding or upgrade');
  await execute(store, "delete from ledger_state where key = 'fullTextVersion'");
  await bringIndexUpToDate(store);
  t.ok((await find('quokka')).includes(HAITONG_2020));
  t.equal((await find('haitong secur')).includes(HAITONG_2020), false);

  await execute(store, "delete from record_texts; delete from ledger_state where key = 'fullTextVersion'");
  t.strictSame(await find('quokka'), []);
  await bringIndexUpToDate(store);
  t.ok((await find('quokka')).includes(HAITONG_2020), 'a ledger from before the index');
  if (store.engine === 'sqlite')
    await execute(store, "insert into record_texts_index(record_texts_index) values ('integrity-check')");
});

test('every search asks the full-text index once, before the forecasts', { skip: ONLY_SQLITE }, async (t) => {
  const { get, store } = await build(t);
  const { ran } = watchStatements(t);
  for (const more of ['', '&sort=id', '&sector=5g&measure=directInvestment', '&forecaster=caict&count=exact'])
    await get(search('haitong 投资', more));
  await get('/v1/facets?q=haitong');
  const searches = [...ran.keys()].filter((source) => source.includes('record_texts_index'));
  t.ok(searches.length > 5);
  for (const source of searches) {
    const unbound = Array.from(source.matchAll(/\?/g), () => '"a"');
    const plan = planOf(sqliteOf(store), source, unbound);
    const asked = plan.filter((step) => step.includes('VIRTUAL TABLE'));
    t.strictSame(asked, ['SCAN record_texts_index VIRTUAL TABLE INDEX 0:M4'], plan.join('; '));
    const [first] = plan;
    if (source.includes('"found"')) t.equal(first, asked[0], plan.join('; '));
  }
});

test('spelling variants and the names of sectors in both languages find the same', async (t) => {
  const { get } = await build(t);
  for (const ways of [
    ['data center', 'data centre', 'Data Centers', 'datacenter', 'Datacentres', '数据中心'],
    ['artificial intelligence', '人工智能', 'AI'],
    ['UHV', '特高压', 'ultra-high voltage'],
  ]) {
    const found = await Promise.all(
      ways.map(async (q) => {
        const url = `/v1/forecasts?q=${encodeURIComponent(q)}&limit=1000&sort=id`;
        const { data } = await get<{ data: readonly { id: string; highlights: readonly object[] }[] }>(url);
        t.ok(
          data.every(({ highlights }) => highlights.length > 0),
          `${q}: shown where`,
        );
        return data.map(({ id }) => id);
      }),
    );
    t.ok(found[0]?.length, ways[0] ?? '');
    for (const [place, ids] of found.entries()) t.same(ids, found[0], ways[place] ?? '');
    const csv = await get<{ meta: { count: number } }>(
      `/v1/forecasts?q=${encodeURIComponent(ways[1] ?? '')}&limit=1&count=exact`,
    );
    t.equal(csv.meta.count, found[0]?.length);
  }
  const { data } = await get<{ data: readonly { id: string }[] }>('/v1/sectors?q=数据中心');
  t.same((await get<{ data: readonly { id: string }[] }>('/v1/sectors?q=data center')).data, data);
});
