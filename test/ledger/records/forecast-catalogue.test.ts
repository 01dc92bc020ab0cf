import { existsSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { findCycle } from '../../../src/domain/analysis/taxonomy.ts';
import { completeAmount } from '../../../src/domain/money/amount.ts';
import { phraseConfirms } from '../../../src/domain/phrase/evidence.ts';
import type { Sector, Source } from '../../../src/ledger/catalogue/schemas.ts';
import type { Forecast } from '../../../src/ledger/records/schemas.ts';
import { SubmittedForecast } from '../../../src/ledger/records/schemas.ts';
import { parseSeedFile } from '../../../src/transfer/seeds/seed-import.ts';
import { build } from '../../helpers/build.ts';

const COLLECTED = new URL('../../../../shared/data/catalogue/forecasts.json', import.meta.url);
const SEEDS = new URL('../../../seeds/', import.meta.url);
const FILES = ['china-new-infrastructure.json', 'seed-documents.json', 'vocabulary.json'];
const CATALOGUE = '/v1/forecasts?collection=china-new-infrastructure&limit=1000';

interface List<Row> {
  readonly data: readonly Row[];
  readonly meta: { readonly count?: number };
}

/** An address as a URI: characters beyond ASCII, of which one record's has some, percent-encoded. */
const asUri = (address: string): string => address.replace(/[^ -~]+/g, encodeURIComponent);

/** A record as the collector wrote it down. */
interface Collected {
  readonly id: string;
  readonly amount: string | null;
  readonly amountLow: string | null;
  readonly amountHigh: string | null;
  readonly currency: string;
  readonly qualifier: string;
  readonly publishedOn: string | null;
  readonly confidence: string;
  readonly phrase: string;
  readonly url: string;
  readonly publisher: string;
  readonly corroboration: readonly string[];
}

const QUALIFIERS: Readonly<Record<string, string>> = {
  exact: 'exact',
  approximately: 'approximately',
  'at-least': 'atLeast',
  'at-most': 'atMost',
  range: 'range',
};

/** Records whose words say another qualifier than the collector wrote down; each one's note says so. */
const READ_OTHERWISE = [
  'fc-caict-ii-network-upgrade-5y',
  'fc-jefferies-5g-capex-2025',
  'fc-stategrid-15fyp',
  'fc-stategrid-grid-2020',
  'fc-xu-total-2020-2025',
];

/** Records whose phrase does not read back to the amount; each one's note says why. */
const UNVERIFIED = [
  'fc-caict-cloud-2025',
  'fc-caict-total-14fyp-10t',
  'fc-ndrc-edwc-annual',
  'fc-sc-ai-core-2025',
];

const skip = existsSync(COLLECTED) ? false : "the collector's catalogue is not on this machine";

test('each collected record arrived, its amount and what it rests on unchanged', { skip }, async (t) => {
  const { get } = await build(t);
  const collected = JSON.parse(readFileSync(COLLECTED, 'utf8')) as readonly Collected[];
  const { data } = await get<List<Forecast>>(CATALOGUE);
  t.equal(collected.length, 77);
  t.strictSame(data.map(({ id }) => id).sort(), collected.map(({ id }) => id).sort());
  const sources = new Map(
    (await get<List<Source>>('/v1/sources?limit=1000')).data.map((row) => [row.id, row]),
  );
  const otherwise: string[] = [];
  for (const record of collected) {
    const stored = data.find(({ id }) => id === record.id);
    if (stored === undefined) continue;
    const { amount, evidence } = stored;
    const low = record.amountLow ?? record.amount;
    t.equal(amount.value, record.amount, `${record.id}: value`);
    if (amount.low !== null) t.equal(amount.low, low, `${record.id}: low`);
    if (amount.high !== null) t.equal(amount.high, record.amountHigh ?? record.amount, `${record.id}: high`);
    t.ok(amount.value !== null || amount.low !== null, `${record.id}: a figure`);
    if (record.amountHigh !== null && amount.high === null)
      t.match(stored.notes, record.amountHigh, `${record.id}: the figure left out is in the note`);
    t.strictSame(
      {
        currency: amount.currency,
        publishedOn: stored.publishedOn,
        confidence: stored.confidence,
        phrase: evidence.phrase,
        url: evidence.url,
        corroboration: stored.corroboration,
      },
      {
        currency: record.currency,
        publishedOn: record.publishedOn,
        confidence: record.confidence,
        phrase: record.phrase,
        url: asUri(record.url),
        corroboration: record.corroboration,
      },
      record.id,
    );
    t.match(
      sources.get(stored.source),
      { url: asUri(record.url), publisher: record.publisher, publishedOn: record.publishedOn },
      record.id,
    );
    if (amount.qualifier !== QUALIFIERS[record.qualifier]) {
      otherwise.push(record.id);
      t.match(stored.notes, 'The collector recorded', record.id);
    }
  }
  t.strictSame(otherwise.sort(), READ_OTHERWISE);
});

test('the default list shows both collections, the catalogue with its evidence', async (t) => {
  const { get } = await build(t);
  t.equal((await get<List<Forecast>>('/v1/forecasts?limit=1000&count=exact')).meta.count, 156);
  t.equal((await get<List<Forecast>>('/v1/forecasts?collection=seed-documents&count=exact')).meta.count, 5);
  const { data } = await get<List<Forecast>>(CATALOGUE);
  const byStatus = Object.groupBy(data, ({ evidence }) => evidence.status);
  t.equal(byStatus.parsed?.length, 73);
  t.strictSame(byStatus.unverified?.map(({ id }) => id).sort(), UNVERIFIED);
  for (const { id, notes } of byStatus.unverified ?? []) t.match(notes, 'Unverified: ', id);
});

test('every sector with a forecast, and every one that a document divides, has a definition', async (t) => {
  const { get } = await build(t);
  const { data: forecasts } = await get<List<Forecast>>('/v1/forecasts?limit=1000');
  const { data: sources } = await get<List<Source>>('/v1/sources?limit=1000');
  const { data: sectors } = await get<List<Sector>>('/v1/sectors?limit=1000');
  const defined = new Set(sectors.filter(({ definitions }) => definitions.length > 0).map(({ id }) => id));
  const used = new Set([
    ...forecasts.flatMap(({ sector, beneficiarySectors }) => [sector, ...beneficiarySectors]),
    ...sources.flatMap(({ schemes }) => schemes.flatMap(({ sector, parts }) => [sector, ...parts])),
  ]);
  t.strictSame(
    [...used].filter((id) => !defined.has(id)),
    [],
  );
  const parts = (id: string): number | undefined =>
    sources.find((source) => source.id === id)?.schemes[0]?.parts.length;
  t.equal(parts('51cto-ccid-new-infrastructure-white-paper'), 7);
  t.equal(parts('gelonghui-industrial-securities-new-infrastructure-2022'), 5);
});

const MIRROR: Readonly<Record<string, string>> = {
  drives: 'drivenBy',
  drivenBy: 'drives',
  alsoStatedIn: 'alsoStatedIn',
  conflictsWith: 'conflictsWith',
};

test('a relation is stated once and seen from both sides', async (t) => {
  const { get } = await build(t);
  const { data } = await get<List<Forecast>>('/v1/forecasts?limit=1000');
  const seen = new Set(
    data.flatMap(({ id, relations }) => relations.map(({ kind, forecast }) => `${id} ${kind} ${forecast}`)),
  );
  for (const relation of seen) {
    const [one, kind = '', other] = relation.split(' ');
    t.ok(seen.has(`${other} ${MIRROR[kind]} ${one}`), `the other side of ${relation}`);
  }
  for (const relation of [
    'haitong-2020-new-infrastructure-2020 alsoStatedIn fc-haitong-total-2020',
    'caict-2020-5g-network-to-2025 alsoStatedIn fc-caict-5g-network-2025-1.2t',
    'haitong-2020-new-infrastructure-five-years conflictsWith fc-ccid-total-direct-2025',
    'haitong-2020-new-infrastructure-induced conflictsWith fc-ccid-total-induced-2025',
    'fc-ccid-total-induced-2025 drivenBy fc-ccid-total-direct-2025',
  ])
    t.ok(seen.has(relation), relation);
});

test('the seed files: each phrase reads back as its status says, no id twice, a forest', (t) => {
  const seeds = FILES.map((file) => parseSeedFile(file, readFileSync(new URL(file, SEEDS), 'utf8')));
  const forecasts = seeds
    .filter(({ collection }) => collection?.id === 'china-new-infrastructure')
    .flatMap((file) =>
      // Why it was corrected is of its revision.
      file.forecasts.map(({ reason: _, ...forecast }) =>
        SubmittedForecast.parse({ collection: 'any', ...forecast }),
      ),
    );
  t.equal(forecasts.length, 77);
  for (const { id, amount, evidence, statedConversions } of forecasts) {
    const stated = completeAmount(amount ?? {});
    const confirmed = stated !== null && phraseConfirms(evidence.phrase, stated);
    t.equal(confirmed, evidence.status === 'parsed', String(id));
    for (const conversion of statedConversions) {
      t.equal(conversion.evidence.status, 'parsed', String(id));
      t.ok(
        evidence.phrase.includes(conversion.evidence.phrase),
        `${id}: the conversion stands in the phrase`,
      );
    }
  }
  for (const group of ['forecasts', 'sources', 'sectors', 'organisations', 'measures', 'scopes'] as const) {
    const ids = seeds.flatMap((file) => file[group].map(({ id }) => id));
    t.equal(new Set(ids).size, ids.length, group);
  }
  const parentOf = new Map(
    seeds.flatMap(({ sectors }) => sectors.map(({ id, parent }) => [id, parent as string | null] as const)),
  );
  t.equal(findCycle(parentOf), undefined);
  for (const root of ['new-infrastructure', 'power-grid', 'telecom', 'railway'])
    t.equal(parentOf.get(root), null, root);
  const urls = seeds.flatMap(({ sources }) => sources.map(({ url }) => url));
  t.equal(new Set(urls).size, urls.length, 'one source for each page');
  t.end();
});
