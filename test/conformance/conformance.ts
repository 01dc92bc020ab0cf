import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Test } from 'tap';
import { matchingRanges, searchTerms, searchTokens } from '../../src/domain/text/search-text.ts';
import { listChanges } from '../../src/ledger/changes/repository.ts';
import { appendRevisions, newestRevisions } from '../../src/ledger/records/writes.ts';
import { CHUNK_BYTES } from '../../src/store/file-bytes.ts';
import type { SortTerm } from '../../src/store/keyset.ts';
import { keysetPage } from '../../src/store/keyset.ts';
import { advanceDatasetVersion } from '../../src/store/ledger-state.ts';
import { and, eq, getTableColumns, sql } from '../../src/store/query.ts';
import { heldAt } from '../../src/store/revisions.ts';
import type { Snapshot, Store, StoreEvents, Transaction } from '../../src/store/store.ts';
import { collections, records, recordTexts, seedFiles } from '../../src/store/tables/schema.ts';
import { until } from '../helpers/process.ts';
import { recordContent } from '../helpers/record-content.ts';

type Use = StoreEvents['used'];

/** An engine under test. */
export interface Engine {
  /** A ledger of its own, migrated and seeded. The test closes it. */
  open(now?: () => Date): Promise<Store>;
  /** Opens the same ledger once more, with connections of its own. The test closes it. */
  again(store: Store, now?: () => Date): Promise<Store>;
  /** Begins to count how often the database is asked for the version. */
  countVersionQueries(t: Test): () => number;
}

const PROCESS = fileURLToPath(new URL('./other-process.ts', import.meta.url));
/** Longer than anything here takes, however busy the machine is. */
const LONG_MS = 60_000;

/** What any engine must do, as its users see it through the port. */
export async function conformance(t: Test, engine: Engine): Promise<void> {
  const opened: Store[] = [];
  const open = async (...args: Parameters<Engine['open']>): Promise<Store> => {
    const store = await engine.open(...args);
    opened.push(store);
    return store;
  };
  const again = async (...args: Parameters<Engine['again']>): Promise<Store> => {
    const store = await engine.again(...args);
    opened.push(store);
    return store;
  };
  t.teardown(async () => {
    for (const store of opened.reverse()) await store.close();
  });
  const store = await open();

  await t.test('what is committed is seen, with a new version', async (t) => {
    const versions = [await store.version()];
    for (const what of ['one', 'two', 'three']) {
      let given = '';
      await store.write(async (transaction) => {
        t.equal(transaction.version, versions.at(-1), 'a write begins after those before it');
        await put(transaction, 'committed', what);
        t.equal(await get(transaction, 'committed'), what, 'it sees what it has written');
        given = await advanceDatasetVersion(transaction, what);
      });
      t.equal(await store.version(), given);
      t.strictSame(await store.snapshot(async (read) => [read.version, await get(read, 'committed')]), [
        given,
        what,
      ]);
      versions.push(given);
    }
    t.equal(new Set(versions).size, 4);
    await store.write((transaction) => put(transaction, 'committed', 'four'));
    t.equal(await store.version(), versions.at(-1), 'what no client sees makes no version');
  });

  await t.test('a snapshot stays what it was, data and version of one moment', async (t) => {
    await store.write((transaction) => putWithVersion(transaction, 'begin'));
    await store.snapshot(async (read) => {
      const before = [read.version, await get(read, 'version')];
      await store.write((transaction) => putWithVersion(transaction, 'meanwhile'));
      t.strictSame([read.version, await get(read, 'version')], before);
      t.equal(before[0], before[1]);
    });
    const other = await again(store);
    let writing = true;
    const writes = (async () => {
      for (let turn = 0; turn < 20; turn += 1)
        await [store, other][turn % 2]?.write((transaction) => putWithVersion(transaction, `turn ${turn}`));
      writing = false;
    })();
    let snapshots = 0;
    while (writing) {
      await store.snapshot(async (read) => {
        await turns(1);
        if ((await get(read, 'version')) !== read.version) t.fail('data of another version');
        snapshots += 1;
      });
    }
    await writes;
    t.ok(snapshots > 0);
  });

  await t.test('a snapshot that has ended is read no more', async (t) => {
    const kept = await store.snapshot(async (read) => read);
    t.throws(() => kept.select());
    const written = await store.write(async (transaction) => transaction);
    t.throws(() => written.select());
  });

  await t.test('a write holds up no read, and nobody sees what it has not committed', async (t) => {
    const version = await store.version();
    await store.write(async (transaction) => {
      await put(transaction, 'dirty', 'yes');
      await advanceDatasetVersion(transaction, 'dirty');
      t.equal(await store.version(), version);
      t.equal(await store.snapshot((read) => get(read, 'dirty')), undefined);
      t.equal(await store.snapshot(async (read) => read.version), version);
    });
    t.equal(await store.snapshot((read) => get(read, 'dirty')), 'yes');
  });

  await t.test('writes take turns: in a process, between connections, between processes', async (t) => {
    const other = await again(store);
    const order: string[] = [];
    await Promise.all(
      [store, store, other, store, other].map((writer, number) =>
        writer.write(async () => {
          order.push(`begins ${number}`);
          await turns(3);
          order.push(`ends ${number}`);
        }),
      ),
    );
    for (let place = 0; place < order.length; place += 2)
      t.equal(order[place + 1], order[place]?.replace('begins', 'ends'));
    const { child } = await startTask(t, store, 'count');
    const ended = once(child, 'exit');
    await Promise.all(
      Array.from({ length: 50 }, (_, turn) => (turn % 2 === 0 ? store : other).write(addOne)),
    );
    t.equal((await ended)[0], 0);
    t.equal(await store.snapshot((read) => get(read, 'count')), '100');
  });

  await t.test('in the order in which they ask', async (t) => {
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4, 5].map((number) =>
        store.write(async () => {
          order.push(number);
        }),
      ),
    );
    t.strictSame(order, [1, 2, 3, 4, 5]);
  });

  await t.test('a write that fails leaves nothing, and the next one goes on', async (t) => {
    const version = await store.version();
    const failure = new Error('no');
    await t.rejects(
      store.write(async (transaction) => {
        await put(transaction, 'failed', 'yes');
        await advanceDatasetVersion(transaction, 'failed');
        throw failure;
      }),
      failure,
    );
    await t.rejects(
      store.write(async (transaction) => {
        await put(transaction, 'failed', 'yes');
        await transaction.insert(seedFiles).values({ name: 'failed', sha256: '', appliedAt: '' });
      }),
      'two rows of one key',
    );
    t.equal(await store.version(), version);
    t.equal(await store.snapshot((read) => get(read, 'failed')), undefined);
    await store.write((transaction) => put(transaction, 'failed', 'no more'));
    t.equal(store.failureOf(failure), null);
  });

  await t.test('of a process that dies in a write nothing is left, and nobody waits for it', async (t) => {
    const before = await store.snapshot((read) => get(read, 'count'));
    const { child } = await startTask(t, store, 'write');
    await t.rejects(store.write(addOne, { timeoutMs: 50 }), 'it is writing');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    t.equal(await store.snapshot((read) => get(read, 'count')), before);
    await store.write(addOne, { timeoutMs: 5000 });
    t.equal(await store.snapshot((read) => get(read, 'count')), String(Number(before) + 1));
  });

  await t.test('who waits too long for its turn is told so', async (t) => {
    const other = await again(store);
    await store.write(async () => {
      for (const writer of [store, other]) {
        const began = performance.now();
        const error = await writer
          .write(async () => t.fail('it is not its turn'), { timeoutMs: 100 })
          .catch((thrown: unknown) => thrown);
        t.equal(writer.failureOf(error), 'ledgerBusy');
        t.ok(performance.now() - began >= 99);
      }
    });
    await Promise.all([store.write(addOne), other.write(addOne)]);
  });

  await t.test('the feed of changes has no gap that fills later, whoever writes', async (t) => {
    const writers = [store, await again(store), await again(store)];
    const since = await store.snapshot(newest);
    const read: number[] = [];
    let writing = true;
    const reading = (async () => {
      for (let last = false; !last; ) {
        last = !writing;
        const after = read.at(-1) ?? since;
        const page = await store.snapshot((snapshot) =>
          listChanges(
            snapshot,
            { since: after, kind: undefined, collection: undefined },
            { sort: [], after: null, limit: 1000, count: false },
          ),
        );
        read.push(...page.records.map(({ position }) => position));
        await turns(1);
      }
    })();
    const given = await Promise.all(
      writers.map(async (writer, number) => {
        const own: number[] = [];
        for (let turn = 0; turn < 10; turn += 1)
          own.push(
            ...(await writer.write((transaction) => addRecords(transaction, `w${number}-${turn}`, 2))),
          );
        return own;
      }),
    );
    writing = false;
    await reading;
    const written = given.flat().sort((one, other) => one - other);
    t.strictSame(read, written);
    t.strictSame(
      written,
      Array.from({ length: 60 }, (_, place) => since + 1 + place),
      'one after the other',
    );
  });

  await t.test('recorded times never go back, though clocks do', async (t) => {
    let clock = '2030-01-01T00:00:00.000Z';
    const now = (): Date => new Date(clock);
    const late = await open(now);
    const early = await again(late, () => new Date('2029-12-31T23:55:00.000Z'));
    const timeOf = (writer: Store): Promise<string> => writer.write(async ({ recordedAt }) => recordedAt);
    t.equal(await timeOf(late), clock);
    t.equal(await timeOf(early), clock);
    clock = '2030-01-01T00:00:00.001Z';
    t.equal(await timeOf(late), clock);
    clock = '2029-12-31T23:55:00.001Z';
    t.equal(await timeOf(late), '2030-01-01T00:00:00.001Z');
    await late.write(async (transaction) => {
      t.equal(transaction.recordedAt, '2030-01-01T00:00:00.001Z');
      clock = '2031-01-01T00:00:00.000Z';
      t.equal(transaction.recordedAt, '2030-01-01T00:00:00.001Z', 'one write has one time');
    });
  });

  await t.test(
    'a clock that jumped does not set the times of what follows, until that is accepted',
    async (t) => {
      const right = '2026-06-01T00:00:00.000Z';
      const jumped = '2030-07-10T00:00:00.000Z';
      let clock = right;
      const writer = await open(() => new Date(clock));
      const other = await again(writer, () => new Date(clock));
      const timeOf = (store: Store): Promise<string> => store.write(async ({ recordedAt }) => recordedAt);
      await t.rejects(writer.acceptClock('nothing'), { code: 'clockNotBehind' });
      clock = jumped;
      t.equal(await timeOf(writer), jumped);
      clock = right;
      const behind = { now: right, newest: jumped, state: 'behind', acceptances: [] };
      for (const store of [writer, other]) {
        const error = await timeOf(store).catch((thrown: unknown) => thrown);
        t.equal(store.failureOf(error), 'clockBehindLedger');
        t.match(error, { message: `${right}, and the newest time recorded in this ledger is ${jumped}` });
        t.strictSame(await store.clock(), behind);
      }
      t.equal(
        await writer.write(async ({ version }) => version),
        await writer.version(),
        'no time, no refusal',
      );

      await other.acceptClock('a wrong time server');
      const accepted = [{ at: right, newest: jumped, reason: 'a wrong time server' }];
      await t.rejects(other.acceptClock('again'), { code: 'clockNotBehind' });
      t.equal(await timeOf(writer), '2030-07-10T00:00:00.001Z', 'times run on');
      clock = '2026-06-02T00:00:00.000Z';
      t.equal(await timeOf(other), '2030-07-10T00:00:00.002Z');
      t.match(await writer.clock(), { state: 'accepted', acceptances: accepted });
      clock = '2031-01-01T00:00:00.000Z';
      t.equal(await timeOf(writer), clock, 'the clock has caught up');
      t.match(await writer.clock(), { state: 'right', acceptances: accepted });
      clock = right;
      await t.rejects(timeOf(writer), { code: 'clockBehindLedger' }, 'a further jump is another one');
    },
  );

  await t.test('missing values come last, texts by code point', async (t) => {
    const names = ['', ' ', 'A', 'Z', 'a', 'aa', 'z', 'é', '中', '\u{ffee}', '\u{10000}', '\u{20000}'];
    await store.write((transaction) =>
      transaction.insertRows(
        collections,
        names.flatMap((name, place) => [
          { id: `with-${place}`, name, description: 'order', recordedAt: `2026-01-${10 + place}` },
          { id: `without-${place}`, name, description: 'order', recordedAt: null },
        ]),
      ),
    );
    for (const direction of ['ascending', 'descending'] as const) {
      const ids = await idsInOrder(store, [
        { key: 'recordedAt', direction },
        { key: 'name', direction },
      ]);
      const places = [...names.keys()];
      if (direction === 'descending') places.reverse();
      t.strictSame(ids, [
        ...places.map((place) => `with-${place}`),
        ...places.map((place) => `without-${place}`),
      ]);
    }
  });

  await t.test('rows, lists and values that no index is taken for', async (t) => {
    const { dialect } = store;
    const ask = (list: readonly string[], name: string): Promise<unknown[][]> =>
      store.snapshot((read) =>
        read.rows(
          'conformance',
          () =>
            read
              .select({ id: collections.id, recordedAt: collections.recordedAt })
              .from(collections)
              .where(
                and(
                  dialect.isListed(collections.id, sql.placeholder('ids')),
                  sql`${dialect.withoutIndex(collections.name)} = ${sql.placeholder('name')}`,
                ),
              ),
          { ids: JSON.stringify(list), name },
        ),
      );
    t.strictSame(await ask(['with-8', 'without-8', 'with-9', 'nowhere'], '中'), [
      ['with-8', '2026-01-18'],
      ['without-8', null],
    ]);
    t.strictSame(await ask([], '中'), []);
    t.strictSame(await ask(['"', "'", '\\', 'with-3'], 'Z'), [['with-3', '2026-01-13']]);
  });

  await t.test('a search finds by every word, whatever the words are', async (t) => {
    const words = fc.string({
      unit: fc.constantFrom(...'新基建大数据データ데이터 5Gé17.1a-bOR"*(\u{20000}'),
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(words, { minLength: 1, maxLength: 5 }), words, async (texts, query) => {
        await t.rejects(
          store.write(async (transaction) => {
            const sequences = await addRecords(transaction, 'searched', texts.length, true);
            await transaction.insertRows(
              recordTexts,
              sequences.map((sequence, place) => {
                const notes = searchTokens(texts[place] ?? '');
                return { sequence, statement: '', names: '', document: '', notes };
              }),
            );
            const terms = searchTerms(query);
            const expected = sequences.filter((_, place) => {
              const text = texts[place] ?? '';
              return terms.length > 0 && terms.every((term) => matchingRanges(text, [term]).length > 0);
            });
            const { search } = transaction;
            const found = await transaction
              .select({ sequence: records.sequence })
              .from(records)
              .where(search.holds(query));
            const all = [found.map(({ sequence }) => sequence), await search.sequences(transaction, query)];
            const own = all.map((list) =>
              list.filter((sequence) => sequences.includes(sequence)).sort(byNumber),
            );
            t.strictSame(own, [expected, expected], JSON.stringify({ texts, query }));
            throw new Error('put back');
          }),
          { message: 'put back' },
        );
      }),
      { numRuns: 100 },
    );
  });

  await t.test('a search is counted, put in order and narrowed', async (t) => {
    const texts = ['zebra', 'zebra zebra zebra lion', 'lion', 'zebra lion'];
    const sequences = await store.write(async (transaction) => {
      const added = await addRecords(transaction, 'found', texts.length);
      await transaction.delete(recordTexts).where(sql`${recordTexts.sequence} >= ${added[0]}`);
      await transaction.insertRows(
        recordTexts,
        added.map((sequence, place) => {
          return { sequence, statement: '', names: '', document: '', notes: texts[place] ?? '' };
        }),
      );
      return added;
    });
    await store.snapshot(async (read) => {
      const search = { query: 'zebra', where: heldAt(null), isBrief: true, few: undefined };
      t.equal(await read.search.count(read, search), 3);
      t.equal(await read.search.count(read, { ...search, query: 'zebra li' }), 2);
      t.equal(await read.search.count(read, { ...search, query: '()' }), 0);
      const { relevance } = read.search;
      const ranked = await read.search.find(read, search, {
        isRanked: true,
        order: [sql`${relevance} asc`, sql`${records.id} asc`],
        limit: 2,
      });
      t.equal(ranked[0]?.sequence, sequences[1], 'the one that says it most often');
      t.ok(ranked.every((found) => Number.isInteger(found.relevance)));
      const where = eq(records.id, 'found-3');
      for (const few of [undefined, where]) {
        const narrowed = await read.search.find(
          read,
          { ...search, isBrief: false, where, few },
          { isRanked: false, order: [sql`${records.id} desc`], limit: 10 },
        );
        t.strictSame(narrowed, [{ sequence: sequences[3], relevance: null }]);
      }
    });
  });

  await t.test('U+0000 is stored nowhere', async (t) => {
    const row = { name: 'a\0b', sha256: '', appliedAt: '' };
    await t.rejects(store.write((transaction) => put(transaction, 'nul', 'a\0b')));
    await t.rejects(store.write((transaction) => transaction.insertRows(seedFiles, [row])));
    await t.rejects(
      store.write(async (transaction) => {
        await transaction.update(seedFiles).set({ sha256: '\0' });
      }),
    );
    t.equal(await store.snapshot((read) => get(read, 'nul')), undefined);
  });

  await t.test('an action of one name is done by one at a time, in all processes', async (t) => {
    const other = await again(store);
    const order: string[] = [];
    const act = (who: Store, number: number): Promise<void> =>
      who.exclusive('act', async () => {
        order.push(`begins ${number}`);
        await sleep(5);
        order.push(`ends ${number}`);
      });
    await Promise.all([act(store, 1), act(store, 2), act(other, 3)]);
    for (let place = 0; place < order.length; place += 2)
      t.equal(order[place + 1], order[place]?.replace('begins', 'ends'));

    t.notOk(await store.isUnderWay('long'));
    await store.exclusive('long', async () => {
      for (const who of [store, other]) {
        t.ok(await who.isUnderWay('long'));
        const error = await who
          .exclusive('long', async () => t.fail('it is taken'), { timeoutMs: 0 })
          .catch((thrown: unknown) => thrown);
        t.equal(who.failureOf(error), 'ledgerBusy');
        await who.exclusive('other', async () => undefined, { timeoutMs: 0 });
      }
      await store.write(addOne);
    });
    t.notOk(await store.isUnderWay('long'));
    await t.rejects(
      store.exclusive('long', async () => {
        throw new Error('no');
      }),
      { message: 'no' },
    );

    const { child } = await startTask(t, store, 'lock', 'long');
    t.ok(await store.isUnderWay('long'));
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await until(async () => !(await store.isUnderWay('long')), 'it has ended with its process', LONG_MS);
    await store.exclusive('long', async () => undefined, { timeoutMs: LONG_MS });
  });

  await t.test('files are kept for all processes, as they were written', async (t) => {
    const other = await again(store);
    t.strictSame(await store.scratch.names(), []);
    const part = 262_144;
    const files = new Map(
      [0, 1, part - 1, part, 2 * part + 1].map((bytes) => [
        `file-${bytes}`,
        Buffer.from(Uint8Array.from({ length: bytes }, (_, at) => at % 251)),
      ]),
    );
    await Promise.all(
      [...files].map(([name, bytes]) =>
        store.scratch.write(
          name,
          Readable.from([bytes.subarray(0, 100_000), Buffer.alloc(0), bytes.subarray(100_000)]),
        ),
      ),
    );
    t.strictSame(new Set(await other.scratch.names()), new Set(files.keys()));
    for (const [name, bytes] of files) {
      const chunks: Buffer[] = [];
      for await (const chunk of other.scratch.read(name)) {
        t.ok(chunk.byteLength <= CHUNK_BYTES);
        chunks.push(Buffer.from(chunk));
      }
      t.ok(Buffer.concat(chunks).equals(bytes), name);
      await other.scratch.remove(name);
      await other.scratch.remove(name);
    }
    t.strictSame(await store.scratch.names(), []);
    const broken = store.scratch.write(
      'broken',
      (async function* () {
        yield Buffer.alloc(3 * part);
        throw new Error('the client has left');
      })(),
    );
    await t.rejects(broken, { message: 'the client has left' });
    t.strictSame(await store.scratch.names(), ['broken'], 'what was begun is there until it is removed');
    await store.scratch.remove('broken');
  });

  await t.test('the version is asked for once by all who wait in one turn', async (t) => {
    await store.version();
    const queries = engine.countVersionQueries(t);
    const versions = await Promise.all(Array.from({ length: 50 }, () => store.version()));
    t.equal(new Set(versions).size, 1);
    t.equal(queries(), 1);
    await store.version();
    t.equal(queries(), 2);
  });

  await t.test('it tells how long reads and writes waited, and how long they took', async (t) => {
    const told: StoreEvents['used'][] = [];
    const hear = (...use: StoreEvents['used']): void => void told.push(use);
    store.events.on('used', hear);
    await store.snapshot(() => sleep(30));
    await t.rejects(store.snapshot(() => Promise.reject(new Error('no'))));
    const { promise: busy, resolve: end } = Promise.withResolvers<void>();
    const first = store.write(() => busy);
    const second = store.write(() => sleep(30));
    await t.rejects(store.write(async () => undefined, { timeoutMs: 20 }));
    end();
    await Promise.all([first, second]);
    store.events.off('used', hear);
    await store.write(async () => undefined);
    t.strictSame(
      told.map(([name]) => name),
      ['snapshot', 'snapshot', 'write', 'write', 'write'],
    );
    const [slow, , refused, before, after] = told as [Use, Use, Use, Use, Use];
    t.ok(Number(slow[2]) >= 25, 'what was done in it');
    t.equal(refused[2], null, 'it never began');
    t.ok(Number(before[2]) >= 15 && after[1] >= 15, 'one waited while the other was held');
    t.ok(Number(after[2]) >= 25);
  });

  await t.test('a snapshot is of the version that is asked for, or a later one', async (t) => {
    const other = await again(store);
    for (let turn = 0; turn < 20; turn += 1) {
      const atLeast = await store.write((transaction) => advanceDatasetVersion(transaction, 'at least'));
      t.equal(await other.snapshot(async (read) => read.version, { atLeast }), atLeast);
    }
  });

  await t.test('it closes when its writes are done', async (t) => {
    const closing = await again(store);
    const done: string[] = [];
    const write = closing.write(async (transaction) => {
      await turns(5);
      await put(transaction, 'closing', 'yes');
      done.push('written');
    });
    await closing.close();
    done.push('closed');
    await write;
    t.strictSame(done, ['written', 'closed']);
    t.equal(await store.snapshot((read) => get(read, 'closing')), 'yes');
    await closing.close();
    await t.rejects(closing.snapshot(async () => t.fail('it is closed')));
    await t.rejects(closing.write(async () => t.fail('it is closed')));
    await t.rejects(closing.version());
  });
}

async function get(read: Snapshot, name: string): Promise<string | undefined> {
  const [row] = await read.select().from(seedFiles).where(eq(seedFiles.name, name));
  return row?.sha256;
}

async function put(transaction: Transaction, name: string, sha256: string): Promise<void> {
  await transaction
    .insert(seedFiles)
    .values({ name, sha256, appliedAt: '' })
    .onConflictDoUpdate({ target: seedFiles.name, set: { sha256 } });
}

async function putWithVersion(transaction: Transaction, what: string): Promise<void> {
  await put(transaction, 'version', await advanceDatasetVersion(transaction, what));
}

async function addOne(transaction: Transaction): Promise<void> {
  const count = Number((await get(transaction, 'count')) ?? 0);
  await turns(1);
  await put(transaction, 'count', String(count + 1));
}

async function turns(number: number): Promise<void> {
  for (let turn = 0; turn < number; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const byNumber = (one: number, other: number): number => one - other;

async function newest(read: Snapshot): Promise<number> {
  const [row] = await read.select({ newest: sql<number>`max(${records.sequence})` }).from(records);
  return row?.newest ?? 0;
}

/** Adds records; tombstones at once where they shall have no texts. @returns their sequences */
async function addRecords(
  transaction: Transaction,
  name: string,
  number: number,
  deleted = false,
): Promise<readonly number[]> {
  const ids = Array.from({ length: number }, (_, place) => `${name}-${place}`);
  const newestOnes = await newestRevisions(transaction, ids);
  return appendRevisions(
    transaction,
    ids.map((id) => ({
      newest: newestOnes.get(id),
      content: recordContent(id),
      deleted,
      author: 'test',
      reason: 'test',
    })),
  );
}

type OrderKey = 'recordedAt' | 'name';

/** The ids of the collections that are made for their order, page by page. */
async function idsInOrder(store: Store, sort: readonly SortTerm<OrderKey>[]): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: readonly (string | number | null)[] | null = null;
  do {
    const request = { sort, after, limit: 5, count: true };
    const page: Awaited<ReturnType<typeof keysetPage<typeof collections.$inferSelect, OrderKey>>> =
      await store.snapshot((read) =>
        keysetPage<typeof collections.$inferSelect, OrderKey>(
          read,
          {
            table: collections,
            select: getTableColumns(collections),
            where: eq(collections.description, 'order'),
            columns: { recordedAt: collections.recordedAt, name: collections.name },
            valueOf: (row, key) => row[key],
            complete: async (rows) => rows as (typeof collections.$inferSelect)[],
          },
          request,
        ),
      );
    ids.push(...page.records.map(({ id }) => id));
    after = page.next;
  } while (after !== null);
  return ids;
}

/** Starts a process that works on the same ledger, and waits until it has begun. */
async function startTask(
  t: Test,
  { location }: Store,
  ...task: readonly string[]
): Promise<{ readonly child: ChildProcess }> {
  const child = spawn(process.execPath, [PROCESS, location, ...task], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child };
}
