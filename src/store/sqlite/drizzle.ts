import { createRequire } from 'node:module';
import type * as BetterSqlite3Driver from 'drizzle-orm/better-sqlite3';

const require = createRequire(import.meta.url);

/** The query builder on a connection; loaded as `store/query.ts` loads the rest. */
export const { drizzle } = require('drizzle-orm/better-sqlite3') as typeof BetterSqlite3Driver;
