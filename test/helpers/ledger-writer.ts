import { writeRevision } from '../../src/ledger/records/sync-writes.ts';
import { advanceDatasetVersionNow } from '../../src/store/ledger-state.ts';
import { recordingTime } from '../../src/store/recording-time.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { recordContent } from './record-content.ts';

/*
 * A program of its own for tests: writes two records a transaction into the ledger in DATA_DIR until it is ended, and
 * says a line for each that is committed.
 */
const { storage } = await openLedger(process.env.DATA_DIR ?? '');
for (let turn = 0; ; turn++) {
  storage.write.transaction(
    (write) => {
      for (const half of ['a', 'b']) {
        const recordedAt = recordingTime(storage, new Date());
        writeRevision(storage, undefined, recordContent(`written-${turn}-${half}`), {
          author: 'writer',
          reason: 'test',
          recordedAt,
        });
      }
      advanceDatasetVersionNow(write, `turn ${turn}`);
    },
    { behavior: 'immediate' },
  );
  process.stdout.write(`${turn}\n`);
}
