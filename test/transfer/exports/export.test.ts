import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { test } from 'tap';
import { buildApp } from '../../../src/app.ts';
import { parseConfig } from '../../../src/config.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  catalogueNames,
  collections,
  entryRevisions,
  measures,
  organisations,
  recordRelations,
  records,
  recordTexts,
  regions,
  scopes,
  sectorDefinitions,
  sectors,
  sources,
  sourceTexts,
} from '../../../src/store/tables/schema.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import type { TestApp } from '../../helpers/build.ts';
import { build } from '../../helpers/build.ts';
import { checkResponse } from '../../helpers/contract.ts';
import { forecastRow, importer, ndjson } from '../../helpers/imports.ts';
import { makeKey } from '../../helpers/keys.ts';
import { rowsOf } from '../../helpers/tables.ts';

/** What an export holds, table by table; of the full-text index, what it finds. */
const TABLES = {
  regions,
  organisations,
  measures,
  scopes,
  collections,
  sources,
  sourceTexts,
  sectors,
  sectorDefinitions,
  entryRevisions,
  records,
  recordRelations,
  recordTexts,
  catalogueNames,
} as const;

async function contentOf(store: Store): Promise<Record<string, readonly string[]>> {
  const content: Record<string, readonly string[]> = {};
  for (const [name, table] of Object.entries(TABLES))
    content[name] = (await rowsOf(store, table)).map((row) => JSON.stringify(row)).sort();
  return content;
}

/** The service on a ledger that no seed file has been applied to. */
async function buildEmpty(t: Test): Promise<Pick<TestApp, 'request' | 'store'>> {
  const seeds = mkdtempSync(join(tmpdir(), 'no-seeds-'));
  const { store } = await openLedger(null, { seedsFolder: seeds });
  const app = await buildApp({ config: parseConfig({}), store });
  t.after(async () => {
    await app.close();
    await store.close();
    rmSync(seeds, { recursive: true });
  });
  return {
    store,
    request: async (options) => {
      const sent = typeof options === 'string' ? { url: options } : options;
      const response = await app.inject(sent);
      checkResponse(sent, response);
      return response;
    },
  };
}

/** A ledger with revisions, a tombstone, a text, relations and a catalogue of its own. */
async function buildWritten(t: Test): Promise<TestApp> {
  const app = await build(t);
  const { bring, headers } = await importer(app);
  const source = {
    type: 'source',
    id: 'a-paper',
    title: '“纸”, with a\nline break',
    aliases: ['The paper', '那份文件'],
    publisher: 'A',
    publishedOn: null,
    url: null,
    language: 'zh',
    documentSha256: null,
    licence: null,
    attribution: 'A',
    supplied: [],
    schemes: [],
    notes: null,
    text: 'Investment will total 9 million yuan in 2020.',
  };
  const rows = [
    source,
    { type: 'collection', id: 'ours', name: 'Ours', aliases: ['Team'], description: 'Our own.' },
    forecastRow('nine', 9, { source: 'a-paper', collection: 'ours' }),
    forecastRow('one', 1, { relations: [{ kind: 'drives', forecast: 'nine' }] }),
    forecastRow('gone', 2),
  ];
  const job = await bring('ndjson', ndjson(rows), '?reason=First');
  t.equal(job.status, 'published', JSON.stringify(job.errors));
  await bring('ndjson', ndjson([forecastRow('one', 1, { notes: 'Corrected' })]), '?reason=Corrected');
  const dated = { ...source, revision: 1, publishedOn: '2020-01-01' };
  const corrected = await bring('ndjson', ndjson([dated]), '?reason=Dated');
  t.match(corrected, { result: { catalogueRevised: 1 } }, JSON.stringify(corrected.errors));
  const tag = String((await app.request('/v1/forecasts/gone')).headers.etag);
  const deleted = await app.request({
    method: 'DELETE',
    url: '/v1/forecasts/gone?reason=Mistaken',
    headers: { ...headers, 'if-match': tag },
  });
  t.equal(deleted.statusCode, 200);
  return app;
}

test('an empty ledger that imports an export is equal to the one that was exported', async (t) => {
  const written = await buildWritten(t);
  const { headers } = await makeKey(written, 'admin', { name: 'exporter' });
  const exported = await written.request({ url: '/v1/export?texts=true', headers });
  t.equal(exported.statusCode, 200);
  const lines = exported.body.trimEnd().split('\n');
  t.match(JSON.parse(lines.at(-1) ?? ''), { type: 'end', lines: lines.length });
  const history = lines.filter((line) => line.startsWith('{"type":"revision"'));
  t.equal(history.length, (await contentOf(written.store)).records?.length);

  const empty = await buildEmpty(t);
  const restored = await (await importer(empty)).bring('ndjson', exported.body, '?restore=true');
  t.match(
    restored,
    { status: 'published', result: { revisionsRestored: history.length } },
    JSON.stringify(restored.errors),
  );
  const [one, other] = [await contentOf(written.store), await contentOf(empty.store)];
  for (const table of Object.keys(TABLES)) {
    t.ok(one[table]?.length, `${table} holds something`);
    t.strictSame(other[table], one[table], table);
  }
  for (const path of [
    '/v1/forecasts.ndjson',
    '/v1/forecasts/one/revisions',
    '/v1/sources/a-paper/revisions',
    '/v1/forecasts/nine/revisions',
    '/v1/forecasts.ndjson?knownAsOf=2026-01-03',
    '/v1/forecasts.ndjson?q=corrected',
  ]) {
    const bodies = await Promise.all([written, empty].map(async ({ request }) => (await request(path)).body));
    const [before, after] = bodies.map((body) => body.replaceAll(/"datasetVersion":"[^"]*"/g, ''));
    t.equal(after, before, path);
  }

  const seeded = await build(t);
  t.equal(
    (await (await importer(seeded)).bring('ndjson', exported.body, '?restore=true')).status,
    'published',
  );
  t.strictSame(
    (await contentOf(seeded.store)).records,
    one.records,
    'a ledger with nothing but its seeds takes it too',
  );
});

test('without a key an export has no texts', async (t) => {
  const written = await buildWritten(t);
  const { statusCode, body } = await written.request('/v1/export');
  t.equal(statusCode, 200);
  t.ok(body.includes('"id":"a-paper"'));
  t.notOk(body.includes('"text":"Investment will total'));
  t.match((await written.request('/v1/export?texts=true')).json(), { status: 401, code: 'keyRequired' });
  const { headers } = await makeKey(written, 'write');
  t.match((await written.request({ url: '/v1/export?texts=true', headers })).json(), {
    status: 403,
    code: 'keyScopeTooNarrow',
  });
});

test('a history is put back only where nobody has written, and only whole', async (t) => {
  const written = await buildWritten(t);
  const { body } = await written.request('/v1/export');
  const { bring } = await importer(written, 'restorer');
  t.match(await bring('ndjson', body, '?restore=true'), {
    status: 'refused',
    errors: [{ row: null, code: 'ledgerNotEmpty' }],
  });
  t.match(await bring('ndjson', body, '?onError=skip'), {
    status: 'refused',
    errors: [{ row: 1, code: 'historyNeedsRestore' }],
  });
  const empty = await buildEmpty(t);
  const before = await contentOf(empty.store);
  const lines = body.trimEnd().split('\n');
  const { bring: restore } = await importer(empty);
  const altered = (change: (line: Record<string, unknown>) => object): string =>
    lines
      .map((line) => {
        const value = JSON.parse(line) as Record<string, unknown>;
        return JSON.stringify(value.type === 'revision' && value.id === 'nine' ? change(value) : value);
      })
      .join('\n');
  const cases: readonly (readonly [string, object])[] = [
    [lines.slice(0, -1).join('\n'), { code: 'exportCutOff' }],
    [[...lines.slice(0, 40), ...lines.slice(41)].join('\n'), {}],
    [altered((line) => ({ ...line, sectorId: 'nowhere' })), { column: 'sectorId', code: 'unknownId' }],
    [altered((line) => ({ ...line, amountLow: '1' })), { code: 'inconsistentAmount' }],
    [
      altered((line) => ({ ...line, revision: Number(line.revision) + 1 })),
      { code: 'brokenHistory', message: /nine/ },
    ],
    [altered((line) => ({ ...line, colour: 'red' })), { column: 'colour', code: 'unknownColumn' }],
    [ndjson([forecastRow('one', 1)]), { code: 'noHistory' }],
    [body.replace('"version":3', '"version":9'), { code: 'exportVersion' }],
  ];
  for (const [text, error] of cases) {
    const job = await restore('ndjson', text, '?restore=true');
    t.match(
      job,
      { status: 'refused', result: null, errors: [error] },
      JSON.stringify(job.errors.slice(0, 3)),
    );
    t.strictSame(await contentOf(empty.store), before, 'nothing is written');
  }
});
