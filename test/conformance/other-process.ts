import { eq } from '../../src/store/query.ts';
import type { Reader, Transaction } from '../../src/store/store.ts';
import { seedFiles } from '../../src/store/tables/schema.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';

/*
 * A program of its own, that works on the ledger at a location beside the test: it says `ready` when it has begun.
 */

const [location = '', task = '', name = ''] = process.argv.slice(2);
const { store } = await openLedger(location);

/** Adds one to a number that is kept as text: two that did so at once would lose one. */
async function addOne(transaction: Transaction): Promise<void> {
  const sha256 = String((await countIn(transaction)) + 1);
  await transaction
    .insert(seedFiles)
    .values({ name: 'count', sha256, appliedAt: '' })
    .onConflictDoUpdate({ target: seedFiles.name, set: { sha256 } });
}

async function countIn(read: Reader): Promise<number> {
  const [row] = await read.select().from(seedFiles).where(eq(seedFiles.name, 'count'));
  return Number(row?.sha256 ?? 0);
}

function forEver(): Promise<never> {
  process.stdout.write('ready\n');
  return new Promise(() => setInterval(() => undefined, 60_000));
}

switch (task) {
  case 'count':
    process.stdout.write('ready\n');
    for (let turn = 0; turn < 50; turn += 1) await store.write(addOne);
    break;
  case 'write':
    await store.write(async (transaction) => {
      await addOne(transaction);
      await forEver();
    });
    break;
  case 'times':
    for (let turn = 0; turn < 20; turn += 1) {
      const { place, at } = await store.write(async (transaction) => {
        await addOne(transaction);
        return { place: await countIn(transaction), at: transaction.recordedAt };
      });
      process.stdout.write(`${JSON.stringify({ place, at, clock: new Date() })}\n`);
    }
    break;
  case 'lock':
    await store.exclusive(name, forEver);
    break;
  default:
    throw new Error(`no task ${task}`);
}
await store.close();
