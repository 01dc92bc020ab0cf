import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { askForDrafts, askForEntries } from '../../../src/analysis/readings/accepting.ts';
import { describeReading } from '../../../src/analysis/readings/describe.ts';
import type { Reading } from '../../../src/analysis/readings/schemas.ts';
import { importRows } from '../../../src/transfer/imports/command.ts';
import { openLedger } from '../../../src/transfer/open-ledger.ts';
import { build } from '../../helpers/build.ts';
import { ROOT, temporaryDirectory } from '../../helpers/process.ts';

const TEXT =
  'Investment in the power grid in China will reach 700 billion yuan in 2022 (about US$105 billion), driving further investment of 1.2 trillion yuan. Sales of chargers were 4 billion pesos.';

/** Marks what is painted, so that it can be seen. */
const marked = (style: unknown, text: string): string => `<${[style].flat().join(' ')}|${text}>`;

async function readHere(app: Awaited<ReturnType<typeof build>>): Promise<Reading> {
  const payload = { text: TEXT, language: 'en', publishedOn: '2021-09-01' };
  return (await app.request({ method: 'POST', url: '/v1/readings', payload })).json<Reading>();
}

test('figures are shown in their sentences, and beneath what they say', async (t) => {
  const shown = describeReading(await readHere(await build(t)), marked);
  t.match(
    shown,
    'will reach <bold green|700 billion yuan> in 2022 (about <cyan|US$105 billion>), driving further investment of <bold green|1.2 trillion yuan>.',
  );
  t.match(shown, 'Sales of chargers were <red|4 billion pesos>.');
  for (const line of [
    'exact: 700000000000 CNY',
    'drives 1.2 trillion yuan',
    'converts 700 billion yuan',
    'period: in 2022',
    'sector: power-grid',
    '<yellow|missing: forecaster, source, collection>',
    'The currency of "4 billion pesos" is left open',
    '4 figures.',
  ])
    t.match(shown, line);
});

test('drafts are asked for one by one, completed by answers, and written', async (t) => {
  const app = await build(t);
  const reading = await readHere(app);
  const asked: string[] = [];
  const told: string[] = [];
  const answering = (...answers: string[]) => ({
    ask: async (question: string) => {
      asked.push(question);
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`asked once more: ${question}`);
      return answer;
    },
    say: (text: string): void => void told.push(text),
    paint: marked,
    isKnown: (kind: string, id: string) => kind === 'forecaster' && id === 'haitong-securities',
  });
  const into = { source: 'pasted', collection: 'desk', text: TEXT };
  const means = answering('y', 'haitong', 'haitong-securities', 'yes', '', 'by twenty', 'by 2025');
  const drafts = await askForDrafts(reading, into, means);
  t.match(drafts, [
    { forecaster: 'haitong-securities', sector: 'power-grid', period: { kind: 'year' }, source: 'pasted' },
    { forecaster: null, measure: 'inducedInvestment', period: { kind: 'cumulativeTo', end: '2025-12-31' } },
  ]);
  t.ok(told.includes('There is no forecaster "haitong".'));
  t.ok(told.some((text) => text.startsWith('No period can be read from "by twenty"')));
  t.notOk(
    asked.some((question) => question.includes('US$105')),
    'a conversion is part of its figure',
  );

  const entries = await app.store.snapshot((read) =>
    askForEntries(read, reading, into, answering('Our desk', '', 'Pasted', 'Publisher').ask),
  );
  const { report, isWritten } = await importRows(app.store, [...entries, ...drafts], 'read from a text');
  t.ok(isWritten, report);
  t.match(report, '2 records added');
  const { data } = await app.get<{
    data: { evidence: { status: string }; collection: string; relations: { kind: string }[] }[];
  }>('/v1/forecasts?source=pasted');
  t.equal(data.length, 2);
  t.match(data, [
    { collection: 'desk', evidence: { status: 'located' } },
    { evidence: { status: 'located' } },
  ]);
  t.match(
    data.flatMap(({ relations }) => relations.map(({ kind }) => kind)).toSorted(),
    ['drivenBy', 'drives'],
    'what the words relate is related on record',
  );

  const none = await askForDrafts(reading, into, answering('n', 'q'));
  t.strictSame(none, []);
});

test('the command reads a file or the standard input, and says what it cannot do', {
  timeout: 300_000,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'article.txt');
  writeFileSync(file, TEXT);
  await (await openLedger(join(directory, 'data'))).store.close();
  const read = (args: readonly string[], input?: string | Buffer) =>
    spawnSync(process.execPath, ['src/cli.ts', 'read', ...args], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, DATA_DIR: join(directory, 'data') },
      encoding: 'utf8',
      input: input ?? '',
    });
  const shown = read([file, '--language', 'en']);
  t.equal(shown.status, 0, shown.stderr);
  t.match(
    shown.stdout,
    /^Investment in the power grid .*\n {2}700 billion yuan\n {4}exact: 700000000000 CNY\n/,
  );
  const json = read(['-', '--json', '--currency', 'MXN'], TEXT);
  t.match(JSON.parse(json.stdout), { data: { length: 4, 3: { amount: { value: '4000000000' } } } });
  for (const [args, input, message] of [
    [[file, '--import', 'desk', '--source', 'pasted'], undefined, /needs a terminal/],
    [[file, '--language', 'english!'], undefined, /language: a BCP 47 language tag/],
    [['-'], Buffer.from([0xff, 0xfe]), /not UTF-8/],
  ] as const) {
    const refused = read(args, input);
    t.equal(refused.status, 1);
    t.match(refused.stderr, message);
  }
});
