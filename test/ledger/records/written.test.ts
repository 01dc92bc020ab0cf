import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'tap';
import { KINDS } from '../../../src/ledger/records/kinds.ts';
import { relationsOf } from '../../../src/ledger/records/relations.ts';
import { recordOfRow, rowsOfSequences, valueIn } from '../../../src/ledger/records/rows.ts';
import { JSON_FORM, writeMissingJson } from '../../../src/ledger/records/written.ts';
import { asc, eq } from '../../../src/store/query.ts';
import type { Store } from '../../../src/store/store.ts';
import { recordJson, records } from '../../../src/store/tables/schema.ts';
import { anyText } from '../../helpers/any-text.ts';
import { buildForWriting, forecastBody } from '../../helpers/ledger.ts';
import { recordContent } from '../../helpers/record-content.ts';
import { execute } from '../../helpers/statements.ts';

const MATCH = { 'if-match': '*' };
const UNCACHED = { CACHE_BYTES: '0' };

const FORMS = [
  '?limit=1000',
  '?limit=7&currency=CNY&sort=-amount,id&count=exact',
  '?limit=1000&q=5G',
  '?limit=1000&q=5G&convertTo=EUR',
  '?limit=1000&convertTo=USD',
  '?limit=1000&convertTo=USD&rateBasis=stated,latest&sort=-amount',
  '?limit=1000&convertTo=USD&amountMin=1000000',
  '?limit=1000&compact=true',
  '.json?limit=1000&shape=flat&labels=both',
  '.json?limit=1000&fields=id,names.source,relations,amount.value',
  '.ndjson',
  '.ndjson?shape=flat&convertTo=EUR',
  '.csv',
  '.csv?limit=3&sort=-recordedAt',
];
const ITEM_FORMS = ['', '?convertTo=USD&rateBasis=latest', '.json?fields=id,relations,names'];
const PATHS = Object.values(KINDS).flatMap(({ path, examples }) => [
  ...FORMS.map((form) => `${path}${form}`),
  ...ITEM_FORMS.map((form) => `${path}/${examples.convertedId}${form}`),
]);

async function formsOf(store: Store): Promise<readonly unknown[]> {
  return store.snapshot((read) => read.select().from(recordJson).orderBy(asc(recordJson.sequence)));
}

test('answers are the same bytes with what was written and without it, and the rest is written in service', async (t) => {
  const { request, store, later, write } = await buildForWriting(t, UNCACHED);
  await write(
    'POST',
    '/v1/forecasts',
    forecastBody('conflicting', {
      relations: [{ kind: 'conflictsWith', forecast: 'haitong-2020-new-infrastructure-2020' }],
    }),
  );
  const then = later();
  const { data } = (await request('/v1/measures/directInvestment')).json<{ data: object }>();
  await write(
    'PUT',
    '/v1/measures/directInvestment?reason=x',
    { ...data, name: 'Investment of "today"' },
    MATCH,
  );
  const paths = [
    ...PATHS,
    ...FORMS.map((form) => `/v1/forecasts${form}${form.includes('?') ? '&' : '?'}knownAsOf=${then}`),
  ];
  const answers = async (): Promise<readonly string[]> => {
    const bodies: string[] = [];
    for (const path of paths) {
      const { statusCode, body } = await request(path);
      t.equal(statusCode, 200, path);
      bodies.push(body);
    }
    return bodies;
  };
  const whole = await answers();
  t.match(whole[0], 'Investment of \\"today\\"');
  t.notMatch(whole.at(-1), 'Investment of ""today""', 'the past has its names');
  const written = await formsOf(store);
  await execute(store, 'delete from record_json where sequence % 2 = 0');
  await execute(store, `update record_json set form = ${JSON_FORM - 1}, json = '{}' where sequence % 3 = 0`);
  t.same(await answers(), whole);
  await execute(store, "delete from ledger_state where key = 'jsonForm'");
  const version = await store.version();
  await writeMissingJson(store, AbortSignal.abort());
  t.notSame(await formsOf(store), written, 'a stop is heard');
  await writeMissingJson(store, new AbortController().signal);
  t.same(await formsOf(store), written);
  t.equal(await store.version(), version);
  await execute(store, 'delete from record_json');
  await writeMissingJson(store, new AbortController().signal);
  t.same(await formsOf(store), [], 'what is done is not looked for again');
});

test('a record is shown as its revision, its relations and its names say, whatever its texts', async (t) => {
  const { request, store, send, write } = await buildForWriting(t, UNCACHED);
  const shownByRows = (): Promise<readonly string[]> =>
    store.snapshot(async (read) => {
      const sequences = await read
        .select({ sequence: records.sequence })
        .from(records)
        .where(eq(records.collectionId, 'own'))
        .orderBy(asc(records.id), asc(records.revision));
      const rows = await rowsOfSequences(
        read,
        sequences.map(({ sequence }) => sequence),
      );
      const counting = rows.filter((row) => valueIn(row, 'supersededAt') === null);
      const relations = await relationsOf(
        read,
        counting.map((row) => valueIn(row, 'id')),
        null,
      );
      return counting.map((row, place) =>
        JSON.stringify(KINDS.forecast.toWire(recordOfRow(row, relations[place] ?? []))),
      );
    });
  await write('POST', '/v1/collections', { id: 'own', name: 'Own' });
  await write('POST', '/v1/forecasts', forecastBody('p0', { collection: 'own' }));
  const text = fc.oneof(
    fc.constantFrom('"relations":[],"revises":null,"revisedBy":[]', '","relations":[],"x":"', '\u2028\\"}'),
    anyText,
  );
  const change = fc.record({
    id: fc.constantFrom('p0', 'p1', 'p2'),
    notes: text.map((one) => one.replaceAll('\0', '') || 'none'),
    kinds: fc.uniqueArray(fc.constantFrom('conflictsWith', 'alsoStatedIn', 'drives'), { maxLength: 2 }),
    revises: fc.boolean(),
  });
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(change, async ({ id, notes, kinds, revises }) => {
      const others = id === 'p0' ? [] : kinds.map((kind) => ({ kind, forecast: 'p0' }));
      const body = {
        ...forecastBody(id, { collection: 'own', notes, relations: others as never }),
        ...(revises && id !== 'p0' ? { revises: 'p0' } : {}),
      };
      const added = await send('POST', '/v1/forecasts?allowDuplicate=true', body);
      const { statusCode } =
        added.statusCode === 409
          ? await send('PUT', `/v1/forecasts/${id}?reason=x&allowDuplicate=true`, body, MATCH)
          : added;
      if (statusCode < 300) accepted += 1;
      const shown = await shownByRows();
      const { body: lines } = await request('/v1/forecasts.ndjson?collection=own&sort=id');
      t.equal(lines, shown.map((line) => `${line}\n`).join(''));
      const { body: page } = await request('/v1/forecasts?collection=own&sort=id');
      t.ok(page.startsWith(`{"data":[${shown.join(',')}],"page":`), 'the page joins them');
    }),
    { numRuns: 30 },
  );
  t.ok(accepted > 5, `${accepted} were accepted`);
});

test('the form has a version, to be counted up with what it shows', (t) => {
  const { beneficiarySectors, statedConversions, period, corroboration, ...content } = recordContent('one');
  const record = {
    ...content,
    beneficiarySectors: [...beneficiarySectors],
    statedConversions: [],
    period: { ...period, inferred: [...period.inferred] },
    corroboration: [...corroboration],
    revision: 1,
    recordedAt: '2026-01-02T03:04:05.678Z',
    relations: [],
    names: { organisation: 'A', source: 'B', sector: 'C', region: 'D', measure: 'E', scope: 'F' },
  };
  const shown = Object.values(KINDS).map(({ toWire }) => JSON.stringify(toWire(record)));
  const digest = createHash('sha256').update(shown.join('\n')).digest('hex').slice(0, 16);
  t.same({ form: JSON_FORM, digest }, { form: 1, digest: 'cd9d90ac3492ac56' });
  for (const { kind, toWire, ofShown } of Object.values(KINDS)) {
    const again = ofShown(JSON.parse(JSON.stringify(toWire({ ...record, kind }))) as never, []);
    t.same(again, { ...record, kind }, `${kind}: the record is read from it again`);
  }
  t.end();
});
