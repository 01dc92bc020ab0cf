import { BroadcastChannel } from 'node:worker_threads';
import { attachStore } from '../../store/engine.ts';
import type { ImportOrder } from './job.ts';
import { importLock } from './job.ts';
import { bytesOfFile } from './read.ts';
import { runImport } from './run.ts';

export interface WorkerImport {
  readonly location: string;
  readonly clockToleranceMs: number;
  readonly input: string;
  readonly order: ImportOrder;
}

/** What the thread runs. How far it is, it says on a channel of the lock's name. */
export async function importInThread({
  location,
  clockToleranceMs,
  input,
  order,
}: WorkerImport): Promise<void> {
  const store = attachStore(location, { clockToleranceMs });
  const channel = new BroadcastChannel(importLock(order.id));
  try {
    await runImport(store, order, bytesOfFile(input), {
      now: () => new Date(),
      onProgress: (progress) => channel.postMessage(progress),
    });
  } finally {
    channel.close();
    await store.close();
  }
}
