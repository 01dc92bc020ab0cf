import { setTimeout as sleep } from 'node:timers/promises';
import { storageFailureOf } from '../failures.ts';
import { readDatasetVersion } from '../ledger-state.ts';
import { recordingTime } from '../recording-time.ts';
import type { QueryWriter, Reader, Snapshot, Store, Transaction } from '../store.ts';
import { insertPrepared, preparedRows } from './prepared.ts';
import type { Snapshots } from './snapshots.ts';
import type { Storage } from './storage.ts';

type Connection = Omit<Storage, 'store'>;

/** The connection of a snapshot: a bridge for what reads by statements of its own. */
export const SNAPSHOT_CONNECTIONS = new WeakMap<Snapshot, Storage['sqlite']>();

const PAUSE_MS = 10;
const WRITE_TIMEOUT_MS = 20_000;

/** The port over an open database file: one connection writes, in a queue; others read. */
export function createSqliteStore(storage: Connection, snapshots: Snapshots, now: () => Date): Store {
  let lastWrite: Promise<unknown> = Promise.resolve();
  let asking: Promise<string> | undefined;

  const snapshot: Store['snapshot'] = async (use) => {
    const { storage: connection, release } = await snapshots.take();
    try {
      const read = snapshotOn(connection.read, await readDatasetVersion(connection.read));
      SNAPSHOT_CONNECTIONS.set(read, connection.sqlite);
      return await use(read);
    } finally {
      release();
    }
  };

  /** Begins an immediate transaction as soon as no other process writes. */
  const begin = async (timeoutMs: number): Promise<void> => {
    const { sqlite } = storage;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const usual = sqlite.pragma('busy_timeout', { simple: true });
      sqlite.pragma('busy_timeout = 0');
      try {
        sqlite.exec('begin immediate');
        return;
      } catch (error) {
        if (storageFailureOf(error) !== 'ledgerBusy' || performance.now() >= deadline) throw error;
      } finally {
        sqlite.pragma(`busy_timeout = ${usual}`);
      }
      // Not in step with other processes that wait.
      await sleep(PAUSE_MS * (1 + Math.random()));
    }
  };

  const writeNow = async <Result>(
    action: (transaction: Transaction) => Promise<Result>,
    timeoutMs: number,
  ): Promise<Result> => {
    const { sqlite } = storage;
    await begin(timeoutMs);
    try {
      const recordedAt = recordingTime(storage, now());
      const result = await action(
        Object.assign(snapshotOn(storage.read, await readDatasetVersion(storage.read)), {
          ...writerOn(storage),
          recordedAt,
        }),
      );
      sqlite.exec('commit');
      return result;
    } catch (error) {
      if (sqlite.inTransaction) sqlite.exec('rollback');
      throw error;
    }
  };

  return {
    engine: 'sqlite',
    snapshot,
    write: (action, { timeoutMs = WRITE_TIMEOUT_MS } = {}) => {
      const writing = lastWrite.then(() => writeNow(action, timeoutMs));
      lastWrite = writing.catch(() => undefined);
      return writing;
    },
    version: () => {
      asking ??= new Promise((resolve, reject) => {
        setImmediate(() => {
          asking = undefined;
          Promise.resolve(readDatasetVersion(storage.read)).then(resolve, reject);
        });
      });
      return asking;
    },
    onChange: () => () => undefined,
    exclusive: () => {
      throw new Error('not built yet');
    },
    failureOf: storageFailureOf,
    close: async () => {
      await lastWrite;
      storage.close();
    },
  };
}

export function snapshotOn(read: Reader, version: string): Snapshot {
  return {
    version,
    select: read.select.bind(read),
    selectDistinct: read.selectDistinct.bind(read),
    with: read.with.bind(read),
    $with: read.$with.bind(read),
    $count: read.$count.bind(read),
    rows: async (shape, build, bound) => preparedRows(read, shape, build, { ...bound }),
  };
}

function writerOn({ write }: Connection): QueryWriter & Pick<Transaction, 'insertRows'> {
  const writer = write as unknown as QueryWriter;
  return {
    insert: writer.insert.bind(writer),
    update: writer.update.bind(writer),
    delete: writer.delete.bind(writer),
    insertRows: async (table, rows) => insertPrepared(write, table, rows),
  };
}
