import { readDatasetVersion } from '../ledger-state.ts';
import type { ReadStorage } from './storage.ts';
import { openForReading } from './storage.ts';

/** The ledger as it stood when the snapshot was taken: what is written later is not in it. */
export interface Snapshot {
  readonly storage: Omit<ReadStorage, 'close'>;
  /** Lets go of it; nothing reads from it any more. To be called once. */
  release(): void;
}

export interface Snapshots {
  /** @throws StorageError `cannotOpen`, and what the database fails with */
  take(): Promise<Snapshot>;
  /** Closes the connections; those that are in use, once they are let go. */
  close(): void;
}

/** Connections that wait for the next snapshot, with their prepared statements. */
const MOST_IDLE = 2;

/**
 * Snapshots of a ledger, each a read transaction on a connection of its own. While one is held, what is written piles
 * up in the write-ahead log, so whoever takes one lets it go soon.
 */
export function snapshotsOf(file: string): Snapshots {
  const idle: ReadStorage[] = [];
  let isClosed = false;
  const letGo = (connection: ReadStorage): void => {
    const { sqlite } = connection;
    // What fails a read may have ended the transaction; such a connection is not used again.
    const isSound = sqlite.inTransaction;
    if (isSound) sqlite.exec('rollback');
    if (isClosed || !isSound || idle.length >= MOST_IDLE) connection.close();
    else idle.push(connection);
  };
  return {
    take: async () => {
      const connection = idle.pop() ?? openForReading(file);
      try {
        connection.sqlite.exec('begin');
        // The transaction begins to see with the first read, not with `begin`.
        await readDatasetVersion(connection.read);
      } catch (error) {
        connection.close();
        throw error;
      }
      return { storage: connection, release: () => letGo(connection) };
    },
    close: () => {
      isClosed = true;
      for (const connection of idle.splice(0)) connection.close();
    },
  };
}
