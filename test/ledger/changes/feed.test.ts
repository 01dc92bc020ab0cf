import { parseAtomFeed, parseJsonFeed } from 'feedsmith';
import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';

const ATOM = '/v1/changes.atom';
const JSON_FEED = '/v1/changes.feed.json';
/** A feed as a reader takes it: it throws at XML that is not well formed. */
function readAtom(xml: string) {
  const { title, updated, entries = [] } = parseAtomFeed(xml);
  return {
    ...{ title: title?.value, updated },
    entries: entries.map((entry) => ({ ...entry, title: entry.title?.value, content: entry.content?.value })),
  };
}

const FIVE_G = { sector: '5g', measure: 'directInvestment' } as const;

test('a new forecast of 5G is in the feed of the sectors above it, and in no other', async (t) => {
  const { write, request, later } = await buildForWriting(t);
  const before = (await request(`${ATOM}?sector=new-infrastructure`)).body;
  later();
  await write('POST', '/v1/forecasts', forecastBody('ours', FIVE_G));
  for (const sector of ['5g', 'new-infrastructure', '5g,railway']) {
    const response = await request(`${ATOM}?sector=${sector}`);
    t.equal(response.headers['content-type'], 'application/atom+xml; charset=utf-8');
    const [first] = readAtom(response.body).entries;
    t.equal(
      first?.title,
      'New forecast: Haitong Securities: “3 trillion yuan” (Direct investment, 5G)',
      sector,
    );
  }
  const other = await request(`${ATOM}?sector=railway`);
  t.notMatch(other.body, '5G');
  t.notMatch(before, 'ours');
  for (const [query, isIn] of [
    ['forecaster=haitong-securities', true],
    ['forecaster=caict', false],
    ['q=will total 3 trillion', true],
    ['q=zebra', false],
    ['sector=new-infrastructure&sectorOnly=true', false],
    ['kind=outcome', false],
    ['reportedBy=caict', false],
    ['year=2020&measure=directInvestment&region=CN&collection=seed-documents', true],
    ['year=2031', false],
    ['publishedFrom=2020-05&publishedTo=2020-05', true],
    ['forecasterKind=securitiesFirm&confidence=medium&evidenceStatus=parsed', true],
  ] as const)
    t.equal((await request(`${ATOM}?${query}`)).body.includes('forecasts/ours?'), isIn, query);
});

test('an entry says what was written, in whose words, and where it stands for ever', async (t) => {
  const { write, request, later, get } = await buildForWriting(t);
  const match = { 'if-match': '*' };
  await write('POST', '/v1/forecasts', forecastBody('ours', { ...FIVE_G, notes: 'x' }));
  later();
  await write('PUT', '/v1/forecasts/ours?reason=Misread', forecastBody('ours', trillions('4')), match);
  later();
  await write('DELETE', '/v1/forecasts/ours?reason=Twice', undefined, match);
  const atom = readAtom((await request(`${ATOM}?limit=3`)).body);
  const json = parseJsonFeed((await request(`${JSON_FEED}?limit=3`)).body);
  const { data } = await get<{ data: { recordedAt: string }[] }>('/v1/forecasts/ours/revisions');
  const times = data.map(({ recordedAt }) => recordedAt).reverse();
  const titles = [
    'Deleted forecast: Haitong Securities: “4 trillion yuan” (Direct investment, New infrastructure)',
    'Corrected forecast: Haitong Securities: “4 trillion yuan” (Direct investment, New infrastructure)',
    'New forecast: Haitong Securities: “3 trillion yuan” (Direct investment, 5G)',
  ];
  t.strictSame(
    atom.entries.map(({ title }) => title),
    titles,
    'the newest first',
  );
  t.strictSame(
    atom.entries.map(({ updated }) => updated),
    times,
  );
  t.equal(atom.updated, times[0]);
  t.strictSame(
    atom.entries.map(({ id }) => id),
    [3, 2, 1].map((revision, at) => `tag:localhost,${times[at]?.slice(0, 10)}:forecast/ours/${revision}`),
  );
  const [deleted, , added] = atom.entries;
  t.match(added?.content, '<blockquote>will total 3 trillion yuan in 2020 (ours)</blockquote>');
  t.match(deleted?.content, 'Twice');
  t.match(added?.authors, [{ name: 'Haitong Securities' }]);
  t.strictSame(
    added?.categories?.map(({ term }) => term),
    ['5g', 'directInvestment', 'CN'],
  );
  t.strictSame(
    json.items?.map(({ id, title, url, date_modified: updated, content_html: html }) => [
      id,
      title,
      url?.replace(':80/', '/'),
      updated,
      html,
    ]),
    atom.entries.map(({ id, title, links, updated, content }) => [
      id,
      title,
      links?.[0]?.href,
      updated,
      content,
    ]),
  );
  // What an entry leads to is the revision that it tells of, whatever is written later.
  const addressOf = (at: number): string => {
    const { pathname, search } = new URL(atom.entries[at]?.links?.[0]?.href ?? '');
    return pathname + search;
  };
  t.match(await get(addressOf(2)), { data: { revision: 1, sector: '5g' } });
  t.match(await get(addressOf(1)), { data: { revision: 2, amount: { value: '4000000000000' } } });
  t.match(await get(addressOf(0)), {
    data: [{ revision: 1 }, { revision: 2 }, { revision: 3, deleted: true }],
  });
  t.match(
    readAtom((await request(`${ATOM}?q=will total 4 trillion`)).body).entries.map(({ title }) => title),
    titles.slice(0, 2),
    'a search finds what was deleted by what it said',
  );
});

test('a feed is bounded, has a tag, and is well formed whatever texts say', async (t) => {
  const { write, request } = await buildForWriting(t);
  const usual = await request(ATOM);
  t.equal(readAtom(usual.body).entries.length, 50);
  const again = await request({ url: ATOM, headers: { 'if-none-match': String(usual.headers.etag) } });
  t.equal(again.statusCode, 304);
  const name = 'A <b>"&amp;\u0001]]></b> & Sons';
  await write('POST', '/v1/forecasters', { id: 'odd', name, kind: 'company' });
  const phrase = 'will "total" 3 trillion yuan in 2020 <script>&\u0002]]>';
  const body = { forecaster: 'odd', evidence: { phrase }, ...FIVE_G };
  await write('POST', '/v1/forecasts', { ...forecastBody('odd-one'), ...body });
  t.notOk(
    (await request({ url: ATOM, headers: { 'if-none-match': String(usual.headers.etag) } })).statusCode ===
      304,
  );
  const url = `${ATOM}?forecaster=odd`;
  const { body: xml } = await request(url);
  t.notOk(['\u0001', '\u0002'].some((character) => xml.includes(character)));
  const { entries, title } = readAtom(xml);
  t.equal(title, 'Forecast Ledger: forecaster odd');
  t.match(entries[0]?.title, /^New forecast: A &lt;b&gt;/);
  t.match(entries[0]?.content, '&lt;script&gt;&amp;');
  const feed = parseJsonFeed((await request(`${JSON_FEED}?forecaster=odd`)).body);
  t.match(feed.items?.[0]?.title, /^New forecast: A <b>"/);
  const empty = await request(`${ATOM}?sector=railway&year=2150`);
  t.equal(empty.statusCode, 200);
  t.strictSame(readAtom(empty.body).entries, []);
});

test('wrong parameters of a feed are refused, and who looks for a feed is told where it is', async (t) => {
  const { request } = await build(t);
  for (const [query, name, code] of [
    ['limit=101', 'limit', 'invalidValue'],
    ['sector=5h', 'sector', 'unknownId'],
    ['sectr=5g', 'sectr', 'unknownParameter'],
    ['forecaster=caict&kind=outcome', 'kind', 'conflictingParameters'],
    ['publishedFrom=2021&publishedTo=2020', 'publishedTo', 'reversedRange'],
  ] as const) {
    const response = await request(`${ATOM}?${query}`);
    t.equal(response.statusCode, 400, query);
    t.match(response.json<ProblemDocument>().errors[0], { name, code });
  }
  for (const path of [
    '/feed',
    '/rss',
    '/rss.xml',
    '/feed.xml',
    '/v1/feed',
    '/v1/forecasts.atom',
    '/v1/forecasts.rss',
  ])
    t.match((await request(path)).json<ProblemDocument>().detail, 'Did you mean /v1/changes.atom?', path);
});
