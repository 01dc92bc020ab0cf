import { openLedger } from '../../src/transfer/open-ledger.ts';
import { recordContent } from './record-content.ts';
import { writeRecords } from './records.ts';

/*
 * A program of its own for tests: writes two records a transaction into the ledger in DATA_DIR until it is ended, and
 * says a line for each that is committed.
 */
const { store } = await openLedger(process.env.DATA_DIR ?? '');
for (let turn = 0; ; turn++) {
  await writeRecords(store, recordContent(`written-${turn}-a`), recordContent(`written-${turn}-b`));
  process.stdout.write(`${turn}\n`);
}
