import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { createKey } from '../src/ledger/keys/keys.ts';
import type { ImportJobAnswer } from '../src/transfer/imports/schemas.ts';
import { openLedger } from '../src/transfer/open-ledger.ts';
import { processorSeconds, residentBytes, startService } from './suite/processes.ts';

// How long a server takes to import 100,000 rows of NDJSON, from the first byte sent to the last one published, and how
// much memory its process ever has resident; how long reads take meanwhile. Beside it, in the same run, the same rows
// parsed and inserted as they are into one table without indexes: what better-sqlite3 alone needs.

const ROWS = Number(process.argv[2] ?? 100_000);

function row(number: number): object {
  const value = `${number}000000`;
  return {
    id: `bench-${number}`,
    collection: 'seed-documents',
    forecaster: 'haitong-securities',
    source: 'china-banking-news-2020-05-25',
    sector: 'new-infrastructure',
    region: 'CN',
    measure: 'directInvestment',
    scope: 'national',
    amount: {
      value,
      low: value,
      high: value,
      qualifier: 'exact',
      currency: 'CNY',
      asStated: `${number} million yuan`,
    },
    period: {
      start: '2020-01-01',
      end: '2020-12-31',
      kind: 'year',
      years: 1,
      asStated: 'in 2020',
      inferred: [],
    },
    evidence: { phrase: `will total ${number} million yuan in 2020` },
    confidence: 'medium',
    notes: `Row ${number} of a benchmark`,
  };
}

function* lines(): Generator<string> {
  for (let number = 1; number <= ROWS; number += 1) yield `${JSON.stringify(row(number))}\n`;
}

function residentMegabytes(field: 'VmHWM' | 'VmRSS'): number {
  return Math.round(residentBytes(server.pid, field) / 1_000_000);
}

function seconds(from: number): number {
  return (performance.now() - from) / 1000;
}

function bareInsert(file: string, database: string): number {
  const begun = performance.now();
  const sqlite = new BetterSqlite3(database);
  sqlite.pragma('journal_mode = WAL');
  sqlite.exec('create table bare (id text, content text) strict');
  const insert = sqlite.prepare('insert into bare values (?, ?)');
  sqlite.transaction(() => {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line !== '') insert.run((JSON.parse(line) as { id: string }).id, line);
    }
  })();
  sqlite.close();
  return seconds(begun);
}

const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-import-'));
const file = join(directory, 'rows.ndjson');
await pipeline(Readable.from(lines()), createWriteStream(file));
const { store } = await openLedger(directory);
const { text } = await store.write((transaction) =>
  createKey(transaction, { name: 'bench', scope: 'write', expiresAt: null }),
);
await store.close();
const server = await startService(directory, { LOG_LEVEL: 'warn' });
try {
  await fetch(`${server.url}/v1/forecasts`);
  console.log(`before: ${residentMegabytes('VmRSS')} MB resident`);
  const begun = performance.now();
  const spent = processorSeconds(server.pid);
  const sent = await fetch(`${server.url}/v1/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${text}`, 'content-type': 'application/x-ndjson' },
    body: Readable.toWeb(createReadStream(file)) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  const { data: accepted } = (await sent.json()) as ImportJobAnswer;
  console.log(`received after ${seconds(begun).toFixed(1)} s; ${residentMegabytes('VmRSS')} MB resident`);
  const reads: number[] = [];
  let publishing = 0;
  for (;;) {
    const asked = performance.now();
    await (await fetch(`${server.url}/v1/forecasts?limit=10`)).arrayBuffer();
    reads.push(performance.now() - asked);
    const { data } = (await (
      await fetch(`${server.url}/v1/imports/${accepted.id}`)
    ).json()) as ImportJobAnswer;
    if (data.status === 'publishing' && publishing === 0) {
      publishing = performance.now();
      console.log(
        `read and checked after ${seconds(begun).toFixed(1)} s; ${residentMegabytes('VmRSS')} MB resident`,
      );
    }
    if (data.finishedAt !== null) {
      const all = seconds(begun);
      console.log(
        `import: ${data.status}, ${data.result?.added} rows in ${all.toFixed(1)} s (${Math.round(ROWS / all)} rows/s), of which published in ${seconds(publishing).toFixed(1)} s; ${(processorSeconds(server.pid) - spent).toFixed(1)} s of processor time`,
      );
      break;
    }
    await sleep(200);
  }
  reads.sort((one, other) => one - other);
  const [median = 0, most = 0] = [reads[Math.floor(reads.length / 2)], reads.at(-1)];
  console.log(`peak: ${residentMegabytes('VmHWM')} MB resident`);
  console.log(
    `a list meanwhile: median ${median.toFixed(1)} ms, at most ${most.toFixed(0)} ms, ${reads.length} times`,
  );
  const bare = bareInsert(file, join(directory, 'bare.sqlite'));
  console.log(
    `bare better-sqlite3 loop (reference): ${bare.toFixed(1)} s (${Math.round(ROWS / bare)} rows/s)`,
  );
} finally {
  await server.stop();
  rmSync(directory, { recursive: true });
}
