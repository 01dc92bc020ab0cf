import { StorageError } from '../errors.ts';
import type { PreparedStore } from '../store.ts';
import { shownAddress } from './client.ts';
import type { PostgresStoreOptions } from './store.ts';
import { PostgresStore } from './store.ts';

/** Held while the database is migrated and seeded. */
const PREPARATION_LOCK = 'preparation';
const PREPARATION_TIMEOUT_MS = 120_000;

/**
 * Opens the ledger in a PostgreSQL database, brings it to the schema of this code and prepares it. Two nodes that start at
 * once take turns; one that dies half-way leaves a state from which the next start goes on.
 * @param prepare what else is done before anybody else gets it
 * @throws StorageError; a database that is foreign, newer or of an old server is left as it is
 */
export async function openPostgresStore<Result>(
  url: string,
  { mustExist = false, ...options }: PostgresStoreOptions & { readonly mustExist?: boolean | undefined },
  prepare: (store: PostgresStore) => Promise<Result>,
): Promise<PreparedStore<PostgresStore, Result>> {
  const store = new PostgresStore(url, options);
  try {
    return await store.exclusive(
      PREPARATION_LOCK,
      async () => {
        const isNew = await store.isEmpty();
        if (mustExist && isNew)
          throw new StorageError(
            'noLedger',
            `There is no ledger in ${shownAddress(url)}: the database is empty. Set DATABASE_URL to that of one; \`serve\` makes a new one, and \`import --restore --commit\` one from an export.`,
          );
        const migrated = await store.migrate();
        return { store, place: shownAddress(url), isNew, migrated, prepared: await prepare(store) };
      },
      { timeoutMs: PREPARATION_TIMEOUT_MS },
    );
  } catch (error) {
    await store.close();
    const failure = store.failureOf(error);
    if (failure === 'ledgerBusy')
      throw new StorageError('ledgerBusy', `Another node is preparing the ledger in ${shownAddress(url)}.`, {
        cause: error,
      });
    if (failure === 'clockBehindLedger' || error instanceof StorageError || !isOfDatabase(error)) throw error;
    throw new StorageError(
      'cannotOpen',
      `The ledger in ${shownAddress(url)} cannot be opened: ${reasonOf(error)}.`,
      { cause: error },
    );
  }
}

/** Whether it has a code of the database or of the system: anything else is a fault of this program. */
function isOfDatabase(error: unknown): error is Error {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (typeof (cause as { code?: unknown }).code === 'string') return true;
  return false;
}

/** The words of the innermost: drizzle's show the query. Where several addresses were tried, of the first. */
function reasonOf(error: Error): string {
  let innermost: unknown = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const { message } =
    innermost instanceof AggregateError ? (innermost.errors[0] as Error) : (innermost as Error);
  return message.replace(/\.$/, '');
}
