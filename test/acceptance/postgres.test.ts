import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { CHANGE_KINDS } from '../../src/ledger/changes/schemas.ts';
import { advanceDatasetVersion } from '../../src/store/ledger-state.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { forecastRow, ndjson } from '../helpers/imports.ts';
import { keyOnCommandLine } from '../helpers/keys.ts';
import { forecastBody } from '../helpers/ledger.ts';
import { note } from '../helpers/note.ts';
import { emptyDatabase, NO_POSTGRES, onPostgres, programs, seededDatabase } from '../helpers/postgres.ts';
import { makeServer } from '../helpers/postgres-cluster.ts';
import type { RunningServer } from '../helpers/process.ts';
import { ROOT, startProcess, temporaryDirectory, until, untilReady } from '../helpers/process.ts';
import { recordContent } from '../helpers/record-content.ts';
import { appendRecords, writeRecords } from '../helpers/records.ts';

const SECRET = 'a-word-that-nobody-is-shown';
const SERVER = [process.execPath, 'src/server.ts'] as const;

test('servers share an empty database from their start on, whichever of them is killed', {
  skip: NO_POSTGRES,
}, async (t) => {
  const DATABASE_URL = (await emptyDatabase(t)).replace('ledger@', `ledger:${SECRET}@`);
  const start = (): Promise<RunningServer> =>
    startProcess(t, SERVER, { DATABASE_URL, LOG_LEVEL: 'trace', CACHE_BYTES: '1000000' });
  const servers = await Promise.all([start(), start()]);
  const [one, other] = servers;
  await Promise.all(servers.map((server) => untilReady(server)));
  const said = (text: string): number => servers.filter(({ output }) => output().includes(text)).length;
  t.strictSame([said('applied migrations'), said('applied seed files')], [1, 1]);

  const authorization = `Bearer ${keyOnCommandLine(DATABASE_URL)}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const add = async ({ url }: RunningServer, id: string): Promise<number> => {
    const body = JSON.stringify(forecastBody(id));
    return (await fetch(`${url}/v1/forecasts`, { method: 'POST', headers, body })).status;
  };
  const has = async ({ url }: RunningServer, id: string): Promise<boolean> =>
    (await fetch(`${url}/v1/forecasts/${id}`)).status === 200;
  for (let turn = 0; turn < 10; turn += 1) {
    const [writing, reading] = turn % 2 === 0 ? [one, other] : [other, one];
    t.notOk(await has(reading, `shared-${turn}`));
    t.equal(await add(writing, `shared-${turn}`), 201);
    t.ok(await has(reading, `shared-${turn}`), 'a write is seen by the next read of the other');
  }

  const rows = Array.from({ length: 1500 }, (_, at) => forecastRow(`imported-${at}`, at + 1));
  const sent = await fetch(`${one.url}/v1/imports?dryRun=false&reason=test`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/x-ndjson' },
    body: ndjson(rows),
  });
  t.equal(sent.status, 202, sent.statusText);
  const { id } = ((await sent.json()) as { data: { id: string } }).data;
  await until(async () => {
    const job = (await (await fetch(`${other.url}/v1/imports/${id}`, { headers })).json()) as {
      data: { status: string };
    };
    if (/refused|failed/.test(job.data.status)) throw new Error(JSON.stringify(job));
    return job.data.status === 'published';
  }, 'the other has heard of the end of the import');
  t.ok(await has(other, 'imported-1499'));

  const answered: string[] = [];
  let isKilled = false;
  const writing = Promise.all(
    servers.map(async (server, number) => {
      for (let turn = 0; turn < 30; turn += 1) {
        const status = await add(server, `under-fire-${number}-${turn}`).catch(() => 0);
        if (status === 201) answered.push(`under-fire-${number}-${turn}`);
        if (number === 1 && turn === 5) {
          one.child.kill('SIGKILL');
          isKilled = true;
        }
        if (number === 0 && isKilled) return;
      }
    }),
  );
  await writing;
  t.equal(answered.filter((name) => name.startsWith('under-fire-1')).length, 30, 'the other goes on');
  for (const name of answered) t.ok(await has(other, name), 'nothing that was answered is lost');
  const positions: number[] = [];
  for (let since = 0; ; ) {
    const page = (await (
      await fetch(`${other.url}/v1/changes?since=${since}&limit=1000&kind=${CHANGE_KINDS.join()}`)
    ).json()) as {
      data: { position: number }[];
    };
    if (page.data.length === 0) break;
    positions.push(...page.data.map(({ position }) => position));
    since = positions.at(-1) ?? 0;
  }
  t.strictSame(
    positions,
    positions.map((_, place) => place + 1),
    'the feed has no gap',
  );

  const cli = (...args: string[]) =>
    spawnSync(process.execPath, ['src/cli.ts', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATABASE_URL },
      encoding: 'utf8',
    });
  t.match(cli('migrate'), { status: 0, stdout: /^0 migrations applied; seed files applied: none\./ });
  other.child.kill('SIGTERM');
  t.equal(await other.ended, 0);
  for (const { output } of servers) t.notMatch(output(), SECRET);
});

test('a database that is away for ten seconds is a 503 with Retry-After all the while, and nothing answered is lost', {
  skip: NO_POSTGRES,
}, async (t) => {
  const database = await makeServer(t);
  const server = await startProcess(t, SERVER, { DATABASE_URL: database.url });
  await untilReady(server);
  const authorization = `Bearer ${keyOnCommandLine(database.url)}`;
  const answered: string[] = [];
  const seen = { read: new Set<number>(), write: new Set<number>() };
  const isRefusal = async (answer: Response): Promise<void> => {
    t.equal(answer.status, 503, answer.url);
    t.match(Number(answer.headers.get('retry-after')), /^[1-9]/, answer.url);
    t.match(await answer.json(), { code: 'databaseUnreachable' }, answer.url);
  };
  let isOver = false;
  let number = 0;
  const write = async (): Promise<void> => {
    for (; !isOver; number += 1) {
      const id = `while-away-${number}`;
      const answer = await fetch(`${server.url}/v1/forecasts`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
        body: JSON.stringify(forecastBody(id)),
      });
      seen.write.add(answer.status);
      if (answer.status === 201) answered.push(id);
      else await isRefusal(answer);
      await sleep(50);
    }
  };
  const read = async (): Promise<void> => {
    for (let at = 0; !isOver; at += 1) {
      const answer = await fetch(`${server.url}/v1/forecasts?limit=${1 + (at % 50)}`);
      seen.read.add(answer.status);
      if (answer.status !== 200) await isRefusal(answer);
      await sleep(20);
    }
  };
  const clients = Promise.all([write(), read()]);
  await until(() => answered.length > 3, 'some are written');
  await database.kill();
  await sleep(10_000);
  await database.start();
  const before = answered.length;
  await until(() => answered.length > before + 3, 'writes are taken again');
  isOver = true;
  await clients;
  t.strictSame([seen.write.has(503), seen.read.has(503)], [true, true]);
  for (const id of answered) t.equal((await fetch(`${server.url}/v1/forecasts/${id}`)).status, 200, id);
  t.equal(server.child.exitCode, null, 'the same process');
});

test('a history goes from one engine to the other and back, byte for byte', {
  skip: NO_POSTGRES,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const { store } = await openLedger(directory);
  await writeRecords(store, recordContent('of-both-engines'), recordContent('of-both-engines-too'));
  await note({ store }, 'revised, 大数据');
  const related = {
    ...recordContent('related'),
    relations: [{ kind: 'drives' as const, record: 'of-both-engines' }],
  };
  await writeRecords(store, related);
  await store.write(async (transaction) => {
    await appendRecords(transaction, [], ['of-both-engines-too']);
    await advanceDatasetVersion(transaction, 'a tombstone');
  });
  await store.close();
  const cli = (ledger: Readonly<Record<string, string>>, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['src/cli.ts', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, ...ledger },
      encoding: 'utf8',
    });
    t.equal(status, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  /** Without the first line, which says when it was made, and of which version. */
  const exported = (ledger: Readonly<Record<string, string>>, file: string): string => {
    cli(ledger, 'export', file);
    return readFileSync(file, 'utf8').replace(/^.*\n/, '');
  };
  const [first, second] = [join(directory, 'first.ndjson'), join(directory, 'second.ndjson')];
  const DATABASE_URL = await emptyDatabase(t);
  const before = exported({ DATA_DIR: directory }, first);
  cli({ DATABASE_URL }, 'import', '--restore', '--commit', first);
  t.equal(exported({ DATABASE_URL }, second), before);
  const back = { DATA_DIR: temporaryDirectory(t) };
  cli(back, 'import', '--restore', '--commit', second);
  t.equal(exported(back, join(directory, 'third.ndjson')), before);
});

test('the commands that backup, restore and check name for PostgreSQL do what those do, and show no password', {
  skip: NO_POSTGRES,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const [from, to] = [await seededDatabase(t), await emptyDatabase(t)];
  const cli = (url: string, ...args: string[]) =>
    spawnSync(process.execPath, ['src/cli.ts', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATABASE_URL: url },
      encoding: 'utf8',
    });
  const follow = (url: string, ...args: string[]): void => {
    const { status, stdout, stderr } = cli(
      `${url.replace('@', `:${SECRET}@`)}?password=${SECRET}&sslmode=disable`,
      ...args,
    );
    const said = stdout + stderr;
    t.equal(status, args[0] === 'check' ? 0 : 1, said);
    t.notMatch(said, SECRET);
    const commands = said.split('\n').filter((line) => line.startsWith('  '));
    t.ok(commands.length, said);
    for (const command of commands) {
      const ran = spawnSync('sh', ['-c', command], {
        env: { PATH: `${programs()}${delimiter}${process.env.PATH}` },
        encoding: 'utf8',
      });
      t.equal(ran.status, 0, `${command}: ${ran.stderr}`);
    }
  };
  const exported = (url: string): string => {
    const { status, stdout, stderr } = cli(url, 'export');
    t.equal(status, 0, stderr);
    return stdout.replace(/"exportedAt":"[^"]*"/, '');
  };
  const before = exported(from);
  const file = join(directory, "it's a backup.dump");
  follow(from, 'backup', file);
  follow(to, 'restore', file);
  follow(to, 'check');
  t.equal(exported(to), before);
  await onPostgres(to, (client) =>
    client.query('delete from record_texts where sequence = (select min(sequence) from record_texts)'),
  );
  const damaged = cli(to, 'check');
  t.match(damaged, { status: 1, stderr: /1 revisions are missing from the full-text search/ });
  t.notMatch(damaged.stdout, 'is sound');
});

test('a database that cannot be used ends the start with a reason', { skip: NO_POSTGRES }, async (t) => {
  const DATABASE_URL = (await emptyDatabase(t)).replace(/\/[^/]*$/, '/nowhere').replace('@', `:${SECRET}@`);
  const server = await startProcess(t, SERVER, { DATABASE_URL });
  t.equal(await server.ended, 1);
  t.match(server.output(), /database "nowhere" does not exist/);
  t.notMatch(server.output(), SECRET);
  const wrong = await startProcess(t, SERVER, { DATABASE_URL: `mysql://u:${SECRET}@h/d` });
  t.equal(await wrong.ended, 1);
  t.match(wrong.output(), /DATABASE_URL: must be a URL such as/);
  t.notMatch(wrong.output(), SECRET);
});
