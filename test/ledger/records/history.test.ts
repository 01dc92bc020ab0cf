import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';
import { buildForWriting, forecastBody, phraseOf, trillions } from '../../helpers/ledger.ts';

interface Revisions {
  readonly data: readonly {
    readonly revision: number;
    readonly supersededAt: string | null;
    readonly deleted: boolean;
    readonly changes: readonly { field: string; from: unknown; to: unknown }[];
  }[];
}

test('every revision says what it changed, by whom, when and why', async (t) => {
  const { write, get, request, later } = await buildForWriting(t);
  const match = { 'if-match': '*' };
  await write('POST', '/v1/forecasts?reason=first', forecastBody('ours'));
  const first = later();
  const corrected = forecastBody('ours', {
    ...trillions('4'),
    notes: 'Misread.',
    relations: [{ kind: 'drives', forecast: 'haitong-2020-new-infrastructure-induced' }],
    beneficiarySectors: ['5g'],
  });
  await write('PUT', '/v1/forecasts/ours?reason=misread', corrected, match);
  later();
  await write('PUT', '/v1/forecasts/ours?reason=nothing', corrected, match);
  const deletedAt = '2026-06-01T00:02:00.000Z';
  await write('DELETE', '/v1/forecasts/ours?reason=twice', undefined, match);
  const { data } = await get<Revisions>('/v1/forecasts/ours/revisions');
  t.match(data, [
    {
      revision: 1,
      recordedAt: '2026-06-01T00:00:00.000Z',
      supersededAt: '2026-06-01T00:01:00.000Z',
      author: 'write key',
      reason: 'first',
      deleted: false,
      changes: [],
    },
    { revision: 2, supersededAt: deletedAt, reason: 'misread', deleted: false },
    {
      revision: 3,
      recordedAt: deletedAt,
      supersededAt: deletedAt,
      reason: 'twice',
      deleted: true,
      changes: [],
    },
  ]);
  t.equal(data.length, 3, 'a correction that changes nothing is none');
  t.strictSame(data[1]?.changes, [
    { field: 'beneficiarySectors', from: [], to: ['5g'] },
    { field: 'amount.value', from: '3000000000000', to: '4000000000000' },
    { field: 'amount.low', from: '3000000000000', to: '4000000000000' },
    { field: 'amount.high', from: '3000000000000', to: '4000000000000' },
    { field: 'amount.asStated', from: '3 trillion yuan', to: '4 trillion yuan' },
    {
      field: 'evidence.phrase',
      from: phraseOf('ours'),
      to: 'will total 4 trillion yuan in 2020',
    },
    {
      field: 'relations',
      from: [],
      to: [{ kind: 'drives', forecast: 'haitong-2020-new-infrastructure-induced' }],
    },
    { field: 'notes', from: null, to: 'Misread.' },
  ]);
  const then = await get<Revisions>(`/v1/forecasts/ours/revisions?knownAsOf=${first}`);
  t.match(then.data, [{ revision: 1, supersededAt: null }]);
  t.equal(then.data.length, 1);
  const newest = await get<Revisions>('/v1/forecasts/ours/revisions?sort=-revision&limit=1&fields=revision');
  t.strictSame(newest.data, [{ revision: 3 }]);
  const csv = await request('/v1/forecasts/ours/revisions.csv');
  t.match(csv.body, /^revision,recordedAt,supersededAt,author,reason,deleted,changes\r\n1,/);
  t.equal((await request('/v1/forecasts/ours/revisions.ndjson')).body.trim().split('\n').length, 3);
  const missing = await request('/v1/forecasts/our/revisions');
  t.equal(missing.statusCode, 404);
  t.not(missing.json<ProblemDocument>().errors[0]?.suggestion, 'ours', 'only what is current is near');
  t.equal((await request('/v1/forecasts/ours/revisions?knownAsOf=2026-05-01')).statusCode, 404);
  t.equal(
    (await request('/v1/forecasts/oc-cloud-2022/revisions')).statusCode,
    404,
    'an outcome is no forecast',
  );
  t.equal(
    (await request('/v1/forecasts/b%C3%A4d/revisions.csv')).statusCode,
    400,
    'the id of a suffixed path is checked',
  );
});

test('an outcome has its own names in its history', async (t) => {
  const { write, get } = await buildForWriting(t);
  const { forecaster, beneficiarySectors: _, ...shared } = forecastBody('ours');
  const body = { ...shared, reportedBy: forecaster };
  await write('POST', '/v1/outcomes', body);
  const changed = { ...body, reportedBy: null, via: 'A newspaper' };
  await write('PUT', '/v1/outcomes/ours?reason=via', changed, { 'if-match': '*' });
  const { data } = await get<Revisions>('/v1/outcomes/ours/revisions');
  t.strictSame(data[1]?.changes.map(({ field }) => field).sort(), ['reportedBy', 'via']);
});

interface Changes {
  readonly data: readonly {
    position: number;
    id: string;
    revision: number;
    deleted: boolean;
    path: string;
  }[];
  readonly meta: { readonly next: number; readonly nextUrl: string };
  readonly page: { readonly nextCursor: string | null };
}

test('the changes feed gives everything once, in the order of writing', async (t) => {
  const { write, get, request, send } = await buildForWriting(t);
  const seen: string[] = [];
  let url = '/v1/changes?since=0&limit=30';
  const follow = async (): Promise<number> => {
    const { data, meta } = await get<Changes>(url.replace(/^https?:\/\/[^/]+/, ''));
    seen.push(...data.map(({ id, revision, deleted }) => `${id} ${revision}${deleted ? ' deleted' : ''}`));
    url = meta.nextUrl;
    return data.length;
  };
  while ((await follow()) > 0);
  const seeds = seen.length;
  const { data: all } = await get<Changes>('/v1/changes?limit=1000');
  t.equal(all.length, seeds);
  t.strictSame(
    all.map(({ position }) => position),
    [...all.map(({ position }) => position)].sort((a, b) => a - b),
  );
  t.equal(await follow(), 0, 'nothing new');
  const match = { 'if-match': '*' };
  await write('POST', '/v1/forecasts', forecastBody('ours'));
  t.equal((await send('POST', '/v1/collections', { id: 'own', name: 'Own' })).statusCode, 201);
  await write('PUT', '/v1/forecasts/ours?reason=x', forecastBody('ours', trillions('4')), match);
  await follow();
  await write('POST', '/v1/forecasts', forecastBody('in-own', { collection: 'own' }));
  await write('DELETE', '/v1/forecasts/ours?reason=x', undefined, match);
  await follow();
  t.strictSame(seen.slice(seeds), ['ours 1', 'ours 2', 'in-own 1', 'ours 3 deleted']);
  t.equal(new Set(seen).size, seen.length, 'none twice');

  const own = await get<Changes>('/v1/changes?collection=own');
  t.match(own.data, [{ id: 'in-own', path: '/v1/forecasts/in-own' }]);
  const { next } = own.meta;
  const newest = (await get<Changes>('/v1/changes?limit=1000')).meta.next;
  t.equal(next, newest, 'what does not fit the filter is passed over');
  t.strictSame((await get<Changes>(`/v1/changes?collection=own&since=${next}`)).data, []);
  const outcomes = await get<Changes>('/v1/changes?kind=outcome&limit=2');
  t.equal(outcomes.meta.next, outcomes.data.at(-1)?.position);
  const second = await get<Changes>(`/v1/changes?kind=outcome&limit=2&cursor=${outcomes.page.nextCursor}`);
  t.strictSame(
    second.data,
    (await get<Changes>(`/v1/changes?kind=outcome&limit=2&since=${outcomes.meta.next}`)).data,
  );
  t.equal((await request('/v1/changes.ndjson')).body.trim().split('\n').length, seen.length);
  t.match(
    (await request('/v1/changes.csv?limit=1')).body,
    /^position,kind,id,revision,deleted,collection,recordedAt,author,reason,path\r\n\d+,/,
  );
  const ahead = await request(`/v1/changes?since=${newest + 1}`);
  t.equal(ahead.statusCode, 400);
  t.match(ahead.json<ProblemDocument>().errors, [{ name: 'since', code: 'positionNotReached' }]);
  t.equal((await request('/v1/changes?since=-1')).statusCode, 400);
  t.equal((await request('/v1/changes?collection=owm')).json<ProblemDocument>().errors[0]?.suggestion, 'own');
});

test('changes are narrowed as lists are, each by what its revision says', async (t) => {
  const { write, get, request } = await buildForWriting(t);
  const match = { 'if-match': '*' };
  const { meta } = await get<Changes>('/v1/changes?limit=1000');
  const draft = { sector: '5g', measure: 'directInvestment', notes: 'Aardvark' };
  await write('POST', '/v1/forecasts', forecastBody('ours', draft));
  await write('PUT', '/v1/forecasts/ours?reason=x', forecastBody('ours', { sector: 'railway' }), match);
  await write('DELETE', '/v1/forecasts/ours?reason=x', undefined, match);
  const told = async (query: string): Promise<readonly number[]> => {
    const { data } = await get<Changes>(`/v1/changes?since=${meta.next}&${query}`);
    return data.map(({ revision }) => revision);
  };
  for (const [query, revisions] of [
    ['sector=new-infrastructure', [1]],
    ['sector=railway', [2, 3]],
    ['sector=new-infrastructure&sectorOnly=true', []],
    ['q=aardvark', [1, 3]],
    ['forecaster=haitong-securities&confidence=medium', [1, 2, 3]],
    ['forecaster=Haitong Securities', [1, 2, 3]],
    ['forecaster=caict&kind=forecast', []],
    ['forecaster=caict&reportedBy=caict', []],
    ['reportedBy=caict', []],
    ['kind=forecast', [1, 2, 3]],
    ['year=2020&currency=CNY&relation=drives', []],
  ] as const)
    t.strictSame(await told(query), revisions, query);
  const counted = await get<{ data: object[]; meta: { count: number } }>(
    '/v1/changes?sector=railway&count=exact&limit=1000',
  );
  t.equal(counted.meta.count, counted.data.length);
  // The sum of what each kind has under a filter is all that there is under it.
  const lengthOf = async (query: string): Promise<number> =>
    (await get<Changes>(`/v1/changes?limit=1000&${query}`)).data.length;
  t.equal(
    (await lengthOf('region=CN&kind=forecast')) + (await lengthOf('region=CN&kind=outcome')),
    await lengthOf('region=CN'),
  );
  t.equal((await request('/v1/changes?forecaster=caict&kind=outcome')).statusCode, 400);
});

test('changes since a day are those that were written on it or later', async (t) => {
  const { get, request } = await build(t);
  const all = await get<{ data: { position: number; recordedAt: string }[] }>('/v1/changes?limit=1000');
  const [first] = all.data;
  const day = first?.recordedAt.slice(0, 10);
  t.strictSame((await get<typeof all>(`/v1/changes?since=${day}&limit=1000`)).data, all.data);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  t.match((await request(`/v1/changes?since=${tomorrow}`)).json(), {
    errors: [{ name: 'since', code: 'timeInFuture' }],
  });
  t.match((await request('/v1/changes?since=2026-11')).json(), {
    errors: [{ name: 'since', message: /a day such as .*; the first day of that month is 2026-11-01/ }],
  });
  t.equal((await request('/v1/changes?since=yesterday')).statusCode, 400);
});

test('changes since a time are those that were written at it or later', async (t) => {
  const { write, get, later, request } = await buildForWriting(t);
  await write('POST', '/v1/forecasts', forecastBody('one'));
  later();
  const { data: written } = await write('POST', '/v1/forecasts', forecastBody('two'));
  const { recordedAt } = written;
  const told = async (time: string): Promise<readonly string[]> =>
    (await get<Changes>(`/v1/changes?since=${encodeURIComponent(time)}`)).data.map(({ id }) => id);
  t.strictSame(await told(recordedAt), ['two']);
  t.strictSame(await told(recordedAt.replace('.000Z', 'Z')), ['two']);
  const inShanghai = new Date(Date.parse(recordedAt) + 8 * 3_600_000).toISOString().replace('Z', '+08:00');
  t.strictSame(await told(inShanghai), ['two']);
  t.strictSame(await told(new Date(Date.parse(recordedAt) + 1).toISOString()), []);
  t.strictSame(await told(new Date(Date.parse(recordedAt) - 1).toISOString()), ['two']);
  t.equal((await request('/v1/changes?since=2026-11-28T25:00:00Z')).statusCode, 400);
});
