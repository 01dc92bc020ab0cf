import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createKey } from '../src/ledger/keys/keys.ts';
import { countRecords } from '../src/ledger/records/repository.ts';
import { openLedger } from '../src/transfer/open-ledger.ts';
import { committedDocument } from '../test/helpers/contract.ts';
import { writeLargeLedger } from '../test/helpers/large-ledger.ts';
import type { FuzzReport } from './fuzz/run.ts';
import { fuzz } from './fuzz/run.ts';
import { processorSeconds, startService } from './suite/processes.ts';

/*
 * `npm run fuzz [-- --requests 20000 --seed 1 --forecasts 5000 --outcomes 5000 --most-ms 2000]`: sends requests drawn from
 * the OpenAPI document to a service of its own, on a ledger of so many records, and says what no answer may be, with a
 * line of curl that shows it. `--url http://… --key fl_…` sends them to another service, with an admin key: on a ledger
 * that is no loss. Ends with 1 where anything was not as it should be.
 */
const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    forecasts: { type: 'string', default: '0' },
    outcomes: { type: 'string', default: '0' },
    'most-ms': { type: 'string', default: '2000' },
    url: { type: 'string' },
    key: { type: 'string' },
  },
});

/** The run adds some records, and analyses refuse more than 5,000: so many fewer are there before. */
const ADDED = 100;

const SHOWN = 40;

/** Makes a ledger of so many records, those of the seeds among them; gives an admin key. */
async function makeLedger(directory: string): Promise<string> {
  const { store } = await openLedger(directory);
  try {
    const [forecasts, outcomes] = await store.snapshot(async (read) => [
      await countRecords(read, 'forecast', {}),
      await countRecords(read, 'outcome', {}),
    ]);
    const missing = (wanted: string, held = 0): number => Math.max(0, Number(wanted) - ADDED - held);
    await writeLargeLedger(store, missing(values.forecasts, forecasts), missing(values.outcomes, outcomes));
    const { text } = await store.write((transaction) =>
      createKey(transaction, { name: 'fuzz', scope: 'admin', expiresAt: null }),
    );
    return text;
  } finally {
    await store.close();
  }
}

function show({ sent, statuses, slowest, faults }: FuzzReport): void {
  const counts = [...statuses]
    .sort(([one], [other]) => one - other)
    .map(([status, count]) => `${status}: ${count}`);
  console.log(
    `${sent} requests, seed ${values.seed}. Answers by status: ${counts.join(', ')}.\n\nThe slowest:`,
  );
  for (const { ms, busyMs, line } of slowest.slice(0, 10))
    console.log(`${ms.toFixed(0).padStart(6)} ms (busy ${busyMs.toFixed(0)})  ${line.slice(0, 400)}`);
  console.log(`\n${faults.length} kinds of faults.`);
  for (const { fault, count, line } of faults.slice(0, SHOWN))
    console.log(`\n${count} times: ${fault.slice(0, 1500)}\n${line}`);
}

const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-fuzz-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
const own = values.url === undefined ? await makeLedger(directory) : undefined;
const service = own === undefined ? undefined : await startService(directory, { LOG_LEVEL: 'warn' });
const report = await fuzz({
  origin: service?.url ?? String(values.url),
  document: committedDocument,
  key: own ?? String(values.key),
  requests: Number(values.requests),
  seed: Number(values.seed),
  tag: own === undefined ? Date.now().toString(36) : 'own',
  mostMs: Number(values['most-ms']),
  ...(service === undefined ? {} : { processorMs: () => processorSeconds(service.pid) * 1000 }),
  onThousand: ({ sent, faults }) => console.error(`${sent} requests, ${faults.length} kinds of faults`),
});
await service?.stop();
show(report);
process.exit(report.faults.length > 0 ? 1 : 0);
