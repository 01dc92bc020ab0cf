import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKey } from '../../src/ledger/keys/keys.ts';
import type { ImportJobAnswer } from '../../src/transfer/imports/schemas.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { forecastRow, ndjson } from '../../test/helpers/imports.ts';
import { processorSeconds, residentBytes, startService } from './processes.ts';

/** Writes so many rows of NDJSON to a file. */
export async function writeRows(file: string, rows: number): Promise<void> {
  function* lines(): Generator<string> {
    for (let number = 1; number <= rows; number += 1)
      yield ndjson([forecastRow(`bench-${number}`, number, { notes: `Row ${number} of a benchmark` })]);
  }
  await pipeline(Readable.from(lines()), createWriteStream(file));
}

/** How an import went: times in seconds from the first byte sent, memory in bytes. */
export interface Imported {
  readonly status: ImportJobAnswer['data']['status'];
  readonly added: number | undefined;
  readonly received: number;
  readonly checked: number;
  readonly finished: number;
  /** Of the service's process. */
  readonly processor: number;
  readonly residentBefore: number;
  readonly residentMost: number;
  /** Milliseconds that each of the reads beside it took. */
  readonly reads: readonly number[];
  /** Milliseconds that the first page took right after it. */
  readonly pageAfter: number;
}

const READ_EVERY_MS = 200;

/** Imports a file of NDJSON into the ledger of a location by HTTP, with a read now and then beside it. */
export async function measureImport(location: string, file: string): Promise<Imported> {
  const { store } = await openLedger(location);
  const { text } = await store.write((transaction) =>
    createKey(transaction, { name: 'bench', scope: 'write', expiresAt: null }),
  );
  await store.close();
  const server = await startService(location, { LOG_LEVEL: 'warn' });
  const page = async (limit: number): Promise<number> => {
    const asked = performance.now();
    await (await fetch(`${server.url}/v1/forecasts?limit=${limit}`)).arrayBuffer();
    return performance.now() - asked;
  };
  try {
    await page(100);
    const residentBefore = residentBytes(server.pid, 'VmRSS');
    const spent = processorSeconds(server.pid);
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1000;
    const sent = await fetch(`${server.url}/v1/imports`, {
      method: 'POST',
      headers: { authorization: `Bearer ${text}`, 'content-type': 'application/x-ndjson' },
      body: Readable.toWeb(createReadStream(file)) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    const { data: accepted } = (await sent.json()) as ImportJobAnswer;
    const received = seconds();
    const reads: number[] = [];
    let checked = 0;
    for (;;) {
      reads.push(await page(10));
      const answer = await fetch(`${server.url}/v1/imports/${accepted.id}`);
      const { data } = (await answer.json()) as ImportJobAnswer;
      if (data.status === 'publishing' && checked === 0) checked = seconds();
      if (data.finishedAt !== null) {
        return {
          status: data.status,
          added: data.result?.added,
          received,
          checked,
          finished: seconds(),
          processor: processorSeconds(server.pid) - spent,
          residentBefore,
          residentMost: residentBytes(server.pid, 'VmHWM'),
          reads,
          pageAfter: await page(100),
        };
      }
      await sleep(READ_EVERY_MS);
    }
  } finally {
    await server.stop();
  }
}
