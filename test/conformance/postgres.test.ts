import pg from 'pg';
import { test } from 'tap';
import { attachStore } from '../../src/store/engine.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { NO_POSTGRES, seededDatabase } from '../helpers/postgres.ts';
import { conformance } from './conformance.ts';

test('PostgreSQL', { skip: NO_POSTGRES }, (t) =>
  conformance(t, {
    open: async (now = () => new Date()) => (await openLedger(await seededDatabase(t), { now })).store,
    again: async ({ location }, now) => attachStore(location, now === undefined ? {} : { now }),
    countVersionQueries: (t) => {
      let count = 0;
      const { query } = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
      t.intercept(pg.Client.prototype, 'query', {
        value(this: pg.Client, ...args: unknown[]) {
          if ((args[0] as { name?: string }).name === 'version') count += 1;
          return query.apply(this, args);
        },
      });
      return () => count;
    },
  }),
);
