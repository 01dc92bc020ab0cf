import { buildApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { writeMissingJson } from '../src/ledger/records/written.ts';
import { openLedger } from '../src/transfer/open-ledger.ts';
import { sqliteOf } from '../test/helpers/statements.ts';

// What conversion adds to a page of 100 records: the same page with and without it, in turn, in one process.

const ROUNDS = 400;
const { store } = await openLedger(null);
const sqlite = sqliteOf(store);
const days = sqlite.prepare<[], string>('select distinct date from rates order by date').pluck().all();
const CHANGED: Readonly<Record<string, string>> = {
  id: "id || '-' || ?",
  sequence: '(select max(sequence) + 1 from records)',
  published_on: '?',
};
const columns = sqlite.pragma('table_info(records)') as { name: string }[];
const copied = columns.map(({ name }) => CHANGED[name] ?? name).join(', ');
const copy = sqlite.prepare(
  `insert into records select ${copied} from records where id = 'haitong-2020-new-infrastructure-2020'`,
);
for (let n = 0; n < 100; n += 1) {
  // The order of the parameters is that of the columns, of which the id comes first.
  copy.run(String(n), days[n % days.length]);
}
await writeMissingJson(store, new AbortController().signal);
const app = await buildApp({ config: parseConfig({ CACHE_BYTES: '0' }), store });
const PAGE = '/v1/forecasts?limit=100&sort=id';
const CASES = {
  'without conversion (reference)': PAGE,
  publication: `${PAGE}&convertTo=USD`,
  stated: `${PAGE}&convertTo=USD&rateBasis=stated`,
  periodAverage: `${PAGE}&convertTo=USD&rateBasis=periodAverage`,
};

const times = new Map<string, number[]>(Object.keys(CASES).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, url] of Object.entries(CASES)) {
    const begun = performance.now();
    const { statusCode } = await app.inject({ url });
    if (statusCode !== 200) throw new Error(`${url}: ${statusCode}`);
    if (round >= ROUNDS / 10) times.get(name)?.push(performance.now() - begun);
  }
}
let reference: number | undefined;
for (const [name, measured] of times) {
  const median = measured.sort((a, b) => a - b)[Math.floor(measured.length / 2)] ?? 0;
  reference ??= median;
  console.log(`${name}: median ${median.toFixed(2)} ms, ${(median / reference).toFixed(2)} of the reference`);
}
await app.close();
await store.close();
