import { test } from 'tap';
import { attachStore } from '../../src/store/engine.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { temporaryDirectory } from '../helpers/process.ts';
import { watchStatements } from '../helpers/statements.ts';
import { conformance } from './conformance.ts';

test('SQLite', (t) =>
  conformance(t, {
    open: async (now = () => new Date()) => (await openLedger(temporaryDirectory(t), { now })).store,
    again: async ({ location }, now) => attachStore(location, now === undefined ? {} : { now }),
    countVersionQueries: (t) => {
      const { runs } = watchStatements(t);
      return () => runs("select value from ledger_state where key = 'datasetVersion'");
    },
  }));
