import { extname } from 'node:path';
import type { ResourceLimits } from 'node:worker_threads';

/**
 * Runs an exported function of a module on a thread of its own, so that the server goes on answering.
 * @param module without its extension: the same file with or without a build step
 * @param signal ends the thread, wherever it is
 * @throws what the function throws, without the properties of its class; an `AbortError` after the signal
 */
export async function runInThread<Order, Result>(
  module: URL,
  name: string,
  order: Order,
  signal: AbortSignal,
  resourceLimits: ResourceLimits = {},
): Promise<Result> {
  const { Piscina } = await import('piscina');
  const filename = `${module.href}${extname(import.meta.url)}`;
  const pool = new Piscina<Order, Result>({ filename, maxThreads: 1, resourceLimits });
  try {
    return await pool.run(order, { name, signal });
  } finally {
    await pool.destroy();
  }
}
