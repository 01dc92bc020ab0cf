import type { Test } from 'tap';
import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { records } from '../../../src/store/tables/schema.ts';
import { csv, forecastRow, importer, ndjson } from '../../helpers/imports.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { writeRecords } from '../../helpers/records.ts';
import { rowsOf } from '../../helpers/tables.ts';

const FORECAST = 'haitong-2020-new-infrastructure-2020';
const OUTCOME = 'oc-cloud-2022';

interface Shown {
  readonly data: Record<string, unknown> & { readonly relations: readonly { readonly kind: string }[] };
  readonly meta: { readonly revisionTag: string };
}

async function writingApp(t: Test) {
  const app = await buildForWriting(t);
  const refused = async (...args: Parameters<typeof app.send>): Promise<ProblemDocument> => {
    const response = await app.send(...args);
    t.equal(response.statusCode, 409, response.body);
    return response.json<ProblemDocument>();
  };
  return { ...app, refused };
}

test('the same claim under another id is refused, with the id of the first', async (t) => {
  const { send, get, refused, store } = await writingApp(t);
  const before = (await rowsOf(store, records)).length;
  for (const [kind, first] of [
    ['forecasts', FORECAST],
    ['outcomes', OUTCOME],
  ] as const) {
    const { data } = await get<Shown>(`/v1/${kind}/${first}`);
    const again = { ...data, id: 'again', relations: [] };
    for (const query of ['', '?dryRun=true']) {
      const problem = await refused('POST', `/v1/${kind}${query}`, again);
      t.match(problem, {
        code: 'duplicateClaim',
        errors: [{ in: 'body', name: 'id', code: 'duplicateClaim', suggestion: first }],
      });
      t.match(problem.detail, first);
    }
  }
  const { data } = await get<Shown>(`/v1/forecasts/${FORECAST}`);
  const words = { ...forecastBody('again'), evidence: { phrase: ' will total 3 trillion yuan in 2020 ' } };
  t.match(await refused('POST', '/v1/forecasts', words), { errors: [{ suggestion: FORECAST }] }, 'the words');
  const others: readonly [string, object][] = [
    ['another place and other words', forecastBody('other-1')],
    ['another amount', { ...data, ...trillions('4') }],
    ['another forecaster', { ...data, forecaster: 'caict' }],
    ['another measure', { ...data, measure: 'inducedInvestment' }],
    ['another sector', { ...data, sector: '5g' }],
    [
      'another period',
      { ...data, period: { ...forecastBody('x').period, end: '2021-12-31', years: 2, kind: 'window' } },
    ],
  ];
  for (const [difference, body] of others) {
    const changed = {
      ...body,
      id: `other-${others.findIndex(([name]) => name === difference)}`,
      relations: [],
    };
    const { names: _, statedConversions: __, ...rest } = changed as Record<string, unknown>;
    const response = await send('POST', '/v1/forecasts', rest);
    t.equal(response.statusCode, 201, `${difference}: ${response.body}`);
  }
  t.equal((await rowsOf(store, records)).length, before + others.length);
});

test('places that overlap are the same place, where the text is held', async (t) => {
  const { send, write, refused } = await writingApp(t);
  const phrase = 'will total 3 trillion yuan in 2020';
  const text = `They say that investment ${phrase}. Again: it ${phrase}.`;
  const source = {
    id: 'held',
    title: 'Held',
    publisher: 'Us',
    publishedOn: '2020-05-25',
    url: null,
    language: 'en',
    licence: null,
    attribution: 'Us',
    supplied: [],
    schemes: [],
    notes: null,
    text,
  };
  t.equal((await send('POST', '/v1/sources', source)).statusCode, 201);
  const at = (id: string, words: string, start: number) =>
    forecastBody(id, { source: 'held', evidence: { phrase: words, start, end: start + words.length } });
  const start = text.indexOf(phrase);
  await write('POST', '/v1/forecasts', at('first', phrase, start));
  const figure = '3 trillion yuan';
  const overlapping = at('overlapping', figure, text.indexOf(figure));
  t.match(await refused('POST', '/v1/forecasts', overlapping), { errors: [{ suggestion: 'first' }] });
  await write('POST', '/v1/forecasts', at('elsewhere', figure, text.lastIndexOf(figure)));
});

test('allowDuplicate records a claim again with its relation, and a revision into one is refused alike', async (t) => {
  const { write, get, refused, send } = await writingApp(t);
  const { data } = await get<Shown>(`/v1/forecasts/${FORECAST}`);
  await write('POST', '/v1/forecasts?allowDuplicate=true', { ...data, id: 'again', relations: [] });
  const again = await get<Shown>('/v1/forecasts/again');
  t.match(again.data.relations, [{ kind: 'alsoStatedIn', forecast: FORECAST }]);
  const related = (await get<Shown>(`/v1/forecasts/${FORECAST}`)).data.relations;
  t.ok(
    related.some(
      (relation) =>
        relation.kind === 'alsoStatedIn' && 'forecast' in relation && relation.forecast === 'again',
    ),
    'shown from the other side',
  );
  const noted = await write(
    'PUT',
    '/v1/forecasts/again?reason=note',
    { ...again.data, notes: 'Twice.' },
    { 'if-match': again.meta.revisionTag },
  );
  t.equal(noted.data.revision, 2, 'what is there twice can be corrected');
  const marked = {
    ...forecastBody('marked', { evidence: { phrase: 'will total 3 trillion yuan in 2020' } }),
    relations: [{ kind: 'alsoStatedIn', forecast: FORECAST }],
  };
  await refused('POST', '/v1/forecasts', { ...marked, id: 'unmarked', relations: [] });
  t.equal((await send('POST', '/v1/forecasts', marked)).statusCode, 201, 'who states the relation knows it');

  const { meta } = await write('POST', '/v1/forecasts', forecastBody('ours', trillions('5')));
  const tag = { 'if-match': String(meta.revisionTag) };
  const same = forecastBody('ours', { evidence: { phrase: 'will total 3 trillion yuan in 2020' } });
  const problem = await refused('PUT', '/v1/forecasts/ours?reason=same', same, tag);
  t.match(problem.errors, [{ code: 'duplicateClaim', suggestion: FORECAST }]);
  await write('PUT', '/v1/forecasts/ours?reason=same&allowDuplicate=true', same, tag);
  t.match((await get<Shown>('/v1/forecasts/ours')).data.relations, [
    { kind: 'alsoStatedIn', forecast: FORECAST },
  ]);
});

test('a row of an import whose claim the ledger or the file has is an error of its row', async (t) => {
  const app = await buildForWriting(t);
  const { bring } = await importer(app);
  const row = (id: string, more: object = {}) => forecastRow(id, 7, { ...more });
  const held = { ...forecastBody('again'), evidence: { phrase: 'will total 3 trillion yuan in 2020' } };
  const fillers = Array.from({ length: 600 }, (_, at) => forecastRow(`filler-${at}`, 100 + at));
  const file = [row('one'), held, row('two'), ...fillers, row('three')];
  for (const query of ['', '?dryRun=true']) {
    const job = await bring('ndjson', ndjson(file), query);
    t.equal(job.status, 'refused');
    t.equal(job.allowDuplicate, false);
    t.match(job.errors, [
      { row: 2, column: 'id', code: 'duplicateClaim', suggestion: FORECAST },
      { row: 3, column: 'id', code: 'duplicateClaim', suggestion: 'one' },
      { row: 604, column: 'id', code: 'duplicateClaim', suggestion: 'one', value: 'three' },
    ]);
    t.equal(job.errorCount, 3);
  }
  const skipped = await bring('ndjson', ndjson(file), '?onError=skip');
  t.match(skipped, { status: 'published', result: { added: 601 }, errorCount: 3 });
  t.match(await bring('csv', csv([{ id: 'flat-1' }, { id: 'flat-2' }])), {
    status: 'refused',
    errors: [{ row: 2, code: 'duplicateClaim', suggestion: 'flat-1' }],
  });

  const dry = await bring('ndjson', ndjson(file), '?allowDuplicate=true&dryRun=true');
  t.match(dry, { status: 'checked', allowDuplicate: true, result: { added: 3, unchanged: 601 } });
  const marked = await bring('ndjson', ndjson(file), '?allowDuplicate=true');
  t.match(
    marked,
    { status: 'published', result: { added: 3, unchanged: 601 } },
    JSON.stringify(marked.errors),
  );
  for (const [id, first] of [
    ['again', FORECAST],
    ['two', 'one'],
    ['three', 'one'],
  ])
    t.match((await app.get<Shown>(`/v1/forecasts/${id}`)).data.relations, [
      { kind: 'alsoStatedIn', forecast: first },
    ]);
  const twice = await bring('ndjson', ndjson(file), '?allowDuplicate=true');
  t.match(twice.result, { added: 0, revised: 0, unchanged: 604 }, 'the same file twice adds nothing');
});

test('what was written while a file was being checked is seen as it is published', async (t) => {
  const app = await buildForWriting(t);
  const { bring } = await importer(app);
  const [first, second] = await Promise.all([
    bring('ndjson', ndjson([forecastRow('racing-1', 5)])),
    bring('ndjson', ndjson([forecastRow('racing-2', 5)])),
  ]);
  t.strictSame([first.status, second.status].sort(), ['published', 'refused']);
});

test('claims that a ledger has twice already stay: they are corrected, exported, restored, and count once', async (t) => {
  const app = await buildForWriting(t);
  const { bring, headers } = await importer(app);
  const content = (id: string) => recordContent(id, '3000000000000');
  await writeRecords(app.store, content('twice-a'), content('twice-b'));
  const { data, meta } = await app.get<Shown>('/v1/forecasts/twice-b');
  t.strictSame(data.relations, []);
  const put = await app.send(
    'PUT',
    '/v1/forecasts/twice-b?reason=note',
    { ...data, notes: 'Kept.' },
    {
      'if-match': meta.revisionTag,
    },
  );
  t.equal(put.statusCode, 200, put.body);

  const { sector, measure, region, scope, period } = data as unknown as Forecast;
  const query = `sector=${sector}&measure=${measure}&region=${region}&scope=${scope}&periodFrom=${period.start}&periodTo=${period.end}`;
  const { data: rows } = await app.get<{
    data: { forecast: string; alsoStatedIn: { forecast: string }[] }[];
  }>(`/v1/comparisons?${query}`);
  const own = rows.filter((row) =>
    [row.forecast, ...row.alsoStatedIn.map(({ forecast }) => forecast)].some((id) => id.startsWith('twice-')),
  );
  t.match(own, [{ forecast: 'twice-a', alsoStatedIn: [{ forecast: 'twice-b' }] }]);
  t.equal(own.length, 1);

  const text = (await app.request('/v1/forecasts.ndjson')).body;
  const same = await bring('ndjson', text);
  t.match(same, { status: 'published', result: { added: 0 }, errorCount: 0 }, JSON.stringify(same.errors));
  const backup = (await app.request({ url: '/v1/export', headers })).body;
  const other = await buildForWriting(t, { SEEDS: 'false' });
  const restored = await (await importer(other)).bring('ndjson', backup, '?restore=true');
  t.equal(restored.status, 'published', JSON.stringify(restored.errors));
  t.equal((await other.request('/v1/forecasts/twice-b')).statusCode, 200);
});
