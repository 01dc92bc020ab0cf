import { spawnSync } from 'node:child_process';
import { test } from 'tap';
import type { ProblemDocument } from '../../src/http/message/problem.ts';
import type { RecordReceipt } from '../../src/ledger/records/schemas.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { keyOnCommandLine } from '../helpers/keys.ts';
import { forecastBody } from '../helpers/ledger.ts';
import { ROOT, startServer, temporaryDirectory } from '../helpers/process.ts';
import { recordContent } from '../helpers/record-content.ts';
import { writeRecords } from '../helpers/records.ts';

const DAY_MS = 86_400_000;

test('after a clock that jumped ahead nothing is recorded in the future until an operator says so', {
  timeout: 120_000,
}, async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['src/cli.ts', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR },
      encoding: 'utf8',
    });
  await (await openLedger(DATA_DIR)).store.close();
  const key = keyOnCommandLine(DATA_DIR);
  const spare = keyOnCommandLine(DATA_DIR, 'Spare');
  const refused = run('clock', 'accept', '--reason', 'none');
  t.equal(refused.status, 1);
  t.match(refused.stderr, 'There is nothing to accept');

  const jumped = new Date(Date.now() + 1500 * DAY_MS);
  const { store } = await openLedger(DATA_DIR, { now: () => jumped });
  await writeRecords(store, recordContent('in-the-future'));
  await store.close();

  const { url, output } = await startServer(t, { DATA_DIR });
  t.match(output(), /"level":40,.*"msg":"The clock says /, 'the start warns');
  const post = async (id: string) => {
    const response = await fetch(`${url}/v1/forecasts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(forecastBody(id)),
    });
    return { status: response.status, body: (await response.json()) as ProblemDocument | RecordReceipt };
  };
  const { status, body } = await post('refused');
  t.equal(status, 503);
  t.match(body, { code: 'clockBehindLedger' });
  const told = new RegExp(
    `^The clock says \\S+Z, and the newest time recorded in this ledger is ${jumped.toISOString()}\\. Nothing can be recorded until .*clock accept`,
    'm',
  );
  t.match((body as ProblemDocument).detail, told);
  t.equal((await fetch(`${url}/v1/forecasts/in-the-future`)).status, 200, 'reading goes on');
  t.equal(run('keys', 'revoke', 'Spare').status, 0, 'a key can be ended all the while');
  const withSpare = await fetch(`${url}/v1/forecasts`, { headers: { authorization: `Bearer ${spare}` } });
  t.equal(withSpare.status, 401);
  const check = run('check');
  t.equal(check.status, 0, 'nothing is damaged');
  t.match(check.stdout, told);

  const accepted = run('clock', 'accept', '--reason', 'a wrong time server');
  t.equal(accepted.status, 0, accepted.stderr);
  const noted = /At \S+ a clock behind \S+ was accepted: a wrong time server/;
  t.match(accepted.stdout, noted);
  const times: string[] = [];
  for (const id of ['first', 'second']) {
    const { status, body } = await post(id);
    t.equal(status, 201, 'at once, while the server runs');
    times.push((body as RecordReceipt).data.recordedAt);
  }
  t.strictSame(
    times,
    [1, 2].map((after) => new Date(jumped.getTime() + after).toISOString()),
  );
  t.match(run('check').stdout, noted);
});
