import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'tap';
import { CHANGE_KINDS } from '../../src/ledger/changes/schemas.ts';
import type { RecordReceipt } from '../../src/ledger/records/schemas.ts';
import { keyOnCommandLine } from '../helpers/keys.ts';
import { forecastBody, trillions } from '../helpers/ledger.ts';
import { startServer, temporaryDirectory } from '../helpers/process.ts';

type Send = (
  url: string,
  method: string,
  body: object,
  ifMatch?: string,
) => Promise<{ status: number; receipt: RecordReceipt }>;

function sender(key: string): Send {
  return async (url, method, body, ifMatch) => {
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, receipt: (await response.json()) as RecordReceipt };
  };
}

const CLIENTS = 16;
const CORRECTIONS = 6;

interface Shown {
  readonly id: string;
  readonly revision: number;
  readonly notes: string | null;
  readonly amount: { readonly value: string };
  readonly evidence: { readonly phrase: string };
  readonly relations: readonly { readonly kind: string }[];
}

/** An amount in words of the client's own: the same would be the same claim. */
function inWordsOf(client: number, step: number) {
  const { amount, evidence } = trillions(String(step));
  const word = 'abcdefghijklmnop'.charAt(client);
  return { amount, evidence: { phrase: `${evidence.phrase} (${word})` } };
}

/** Correction `step` of a client's record: amount, words, notes and relation all say which it is. */
const bodyOf = (client: number, step: number) =>
  forecastBody(`client-${client}`, {
    ...inWordsOf(client, step),
    notes: `step ${step}`,
    relations: [
      {
        kind: step % 2 === 0 ? 'alsoStatedIn' : 'conflictsWith',
        forecast: 'haitong-2020-new-infrastructure-induced',
      },
    ],
  });

/** Whether what is shown of a record is one of its revisions, and not parts of two. */
function isWhole({ revision, notes, amount, evidence, relations }: Shown): boolean {
  return (
    notes === `step ${revision}` &&
    amount.value === `${revision}000000000000` &&
    evidence.phrase.includes(` ${revision} trillion`) &&
    relations.length === 1 &&
    relations[0]?.kind === (revision % 2 === 0 ? 'alsoStatedIn' : 'conflictsWith')
  );
}

test('16 clients that write at once lose nothing and read nothing half-written', async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  const { url } = await startServer(t, { DATA_DIR });
  const send = sender(keyOnCommandLine(DATA_DIR));
  const answered: string[] = [];
  const client = async (number: number): Promise<void> => {
    const path = `${url}/v1/forecasts`;
    const added = await send(path, 'POST', bodyOf(number, 1));
    if (added.status !== 201) throw new Error(JSON.stringify(added));
    answered.push(`client-${number} 1`);
    let tag = added.receipt.meta.revisionTag;
    for (let step = 2; step <= CORRECTIONS + 1; step += 1) {
      const { status, receipt } = await send(
        `${path}/client-${number}?reason=step`,
        'PUT',
        bodyOf(number, step),
        String(tag),
      );
      if (status !== 200) throw new Error(JSON.stringify(receipt));
      answered.push(`client-${number} ${step}`);
      tag = receipt.meta.revisionTag;
    }
  };
  let writing = true;
  let read = 0;
  const torn: Shown[] = [];
  const reader = async (): Promise<void> => {
    while (writing) {
      const response = await fetch(`${url}/v1/forecasts?q=step&sort=id&limit=1000`);
      const { data } = (await response.json()) as { data: Shown[] };
      const own = data.filter(({ id }) => id.startsWith('client-'));
      read += own.length;
      torn.push(...own.filter((record) => !isWhole(record)));
      await sleep(1);
    }
  };
  const readers = [reader(), reader()];
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  writing = false;
  await Promise.all(readers);
  t.ok(read > CLIENTS, `${read} records were read meanwhile`);
  t.strictSame(torn.slice(0, 3), [], 'none half-written');

  const feed: { position: number; id: string; revision: number; recordedAt: string }[] = [];
  for (let since = 0, more = true; more; since = feed.length) {
    const page = await fetch(`${url}/v1/changes?since=${since}&limit=1000&kind=${CHANGE_KINDS.join()}`);
    const { data } = (await page.json()) as { data: typeof feed };
    feed.push(...data);
    more = data.length > 0;
  }
  const written = feed
    .filter(({ id }) => id.startsWith('client-'))
    .map(({ id, revision }) => `${id} ${revision}`);
  t.equal(written.length, CLIENTS * (CORRECTIONS + 1));
  t.strictSame([...written].sort(), [...answered].sort(), 'what was answered is there, once');
  t.strictSame(
    feed.map(({ position }) => position),
    feed.map((_, index) => index + 1),
    'the order has no gap',
  );
  const times = feed.map(({ recordedAt }) => recordedAt);
  t.strictSame(times, [...times].sort(), 'and goes with the time');
});

test('of clients that correct the same revision at once, in two processes, one wins', async (t) => {
  const DATA_DIR = temporaryDirectory(t);
  const one = await startServer(t, { DATA_DIR });
  const other = await startServer(t, { DATA_DIR });
  const send = sender(keyOnCommandLine(DATA_DIR));
  const added = await send(`${one.url}/v1/forecasts`, 'POST', bodyOf(0, 1));
  t.equal(added.status, 201);
  let tag = String(added.receipt.meta.revisionTag);
  for (let round = 2; round <= 7; round += 1) {
    const answers = await Promise.all(
      [one, other, one, other].map(({ url }, number) =>
        send(
          `${url}/v1/forecasts/client-0?reason=round`,
          'PUT',
          forecastBody('client-0', { ...trillions(`${round}00`), notes: `by ${number}` }),
          tag,
        ),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    t.strictSame(statuses, [200, 412, 412, 412], `round ${round}`);
    const winner = answers.findIndex(({ status }) => status === 200);
    for (const { url } of [one, other]) {
      const { data } = (await (await fetch(`${url}/v1/forecasts/client-0`)).json()) as { data: Shown };
      t.match(data, { revision: round, notes: `by ${winner}` });
    }
    tag = String(answers[winner]?.receipt.meta.revisionTag);
  }
  const removals = await Promise.all(
    [one, other].map(({ url }) => send(`${url}/v1/forecasts/client-0?reason=end`, 'DELETE', {}, tag)),
  );
  t.strictSame(removals.map(({ status }) => status).sort(), [200, 410], 'deleted once');
  const twins = await Promise.all(
    [one, other].map(({ url }) => send(`${url}/v1/forecasts`, 'POST', bodyOf(1, 1))),
  );
  t.strictSame(twins.map(({ status }) => status).sort(), [201, 409], 'an id is given once');
});
