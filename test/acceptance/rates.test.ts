import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { ROOT, startServer, temporaryDirectory } from '../helpers/process.ts';
import { HISTORY_CSV, historyZip, serve } from '../helpers/rate-source.ts';
import { collectedRates } from '../helpers/reference-rates.ts';

interface Ready {
  readonly rates: {
    newestDate: string;
    missingDays: number;
    failure: string | null;
    succeededAt: string | null;
  };
}

async function ready(url: string): Promise<Ready> {
  return (await (await fetch(`${url}/health/ready`)).json()) as Ready;
}

/** Runs the command line; its exit code and all that it wrote. */
async function cli(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

test('a server that starts with old rates fetches them, and serves throughout', async (t) => {
  const path = collectedRates('ecb-eurofxref-hist.csv');
  const zip = historyZip(path === null ? HISTORY_CSV : readFileSync(path, 'utf8'));
  const { url: RATES_HISTORY_URL } = await serve(t, (response) => {
    response.writeHead(200, { 'content-type': 'application/zip' }).end(zip);
  });
  const environment = {
    DATA_DIR: temporaryDirectory(t),
    RATES_SYNC: 'on',
    RATES_HISTORY_URL,
    RATES_SERIES_URL: RATES_HISTORY_URL,
  };
  const server = await startServer(t, environment);
  let slowest = 0;
  let answered = 0;
  const deadline = Date.now() + 60_000;
  while ((await ready(server.url)).rates.succeededAt === null && Date.now() < deadline) {
    const begun = performance.now();
    const { status } = await fetch(`${server.url}/v1/forecasts?limit=5`);
    if (status !== 200) t.fail(`answered ${status} while it fetched`);
    slowest = Math.max(slowest, performance.now() - begun);
    answered += 1;
  }
  const { rates } = await ready(server.url);
  t.match(rates, { succeededAt: String, failure: null });
  t.ok(answered > 0);
  t.comment(`${answered} requests answered meanwhile, the slowest in ${slowest.toFixed(0)} ms`);
  t.equal((await fetch(`${server.url}/v1/convert?amount=1&from=EUR&to=USD&date=2020-05-26`)).status, 200);
});

test('a server without a network serves what it has, and says how old that is', async (t) => {
  const nowhere = 'http://127.0.0.1:9/rates';
  const environment = {
    DATA_DIR: temporaryDirectory(t),
    RATES_SYNC: 'on',
    RATES_HISTORY_URL: nowhere,
    RATES_SERIES_URL: nowhere,
  };
  const server = await startServer(t, environment);
  await sleep(300);
  const { rates } = await ready(server.url);
  t.equal(rates.newestDate, '2026-08-21');
  t.ok(rates.missingDays > 0);
  server.child.kill('SIGTERM');
  t.equal(await server.ended, 0, 'a fetch that is being retried does not hold up the end');
});

test('the command line: status, a sync, a second one, and a failure', async (t) => {
  const { url } = await serve(t, (response) => {
    response
      .writeHead(200, { 'content-type': 'application/zip' })
      .end(historyZip('Date,USD,\n2020-05-28,1.1016,\n2020-05-29,0,\n'));
  });
  const environment = { DATA_DIR: temporaryDirectory(t), RATES_HISTORY_URL: url, RATES_SERIES_URL: url };
  await (await openLedger(environment.DATA_DIR)).store.close();
  t.match(await cli(['migrate'], environment), { code: 0, output: /0 migrations applied/ });
  t.match(await cli(['rates', 'status'], environment), { code: 0, output: /newestDate: 2026-08-21/ });
  t.match(await cli(['rates', 'sync'], environment), {
    code: 0,
    output: /history: 2 rates read, 1 added, 0 corrected, 1 newly kept out of service/,
  });
  t.match(await cli(['rates', 'sync'], environment), { code: 0, output: /0 added, 0 corrected, 0 newly/ });
  t.match(await cli(['rates', 'status'], environment), {
    output: /kept out: 2020-05-29 USD per EUR 0 \(notPositive/,
  });
  const { url: html } = await serve(t, (response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  });
  const failed = await cli(['rates', 'sync'], {
    ...environment,
    RATES_HISTORY_URL: html,
    RATES_SERIES_URL: html,
  });
  t.match(failed, { code: 1, output: /rateSourceNotData/ });
  t.notMatch(failed.output, /\n\s+at /);
  t.match(await cli(['rates', 'sink'], environment), { code: 1, output: /unknown command/ });
});
