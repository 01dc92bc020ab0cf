import { test } from 'tap';
import { attachStore } from '../../src/store/engine.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { countVersionQueries, NO_POSTGRES, seededDatabase } from '../helpers/postgres.ts';
import { conformance } from './conformance.ts';

test('PostgreSQL', { skip: NO_POSTGRES }, (t) =>
  conformance(t, {
    open: async (now = () => new Date()) => (await openLedger(await seededDatabase(t), { now })).store,
    again: async ({ location }, now) => attachStore(location, now === undefined ? {} : { now }),
    countVersionQueries,
  }),
);
