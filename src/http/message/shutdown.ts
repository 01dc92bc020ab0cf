import { Server as NetServer } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Connections } from './connections.ts';

/** How long requests under way have to arrive whole once the service is stopping. */
export const ARRIVAL_GRACE_MS = 1000;
const SWEEP_MS = 100;

/**
 * Lets no connection hold up the end of the service but those on which a request is being answered: from
 * `ARRIVAL_GRACE_MS` after the end was asked for, one that has sent nothing is closed, and a request that has not
 * arrived whole is answered with `serviceUnavailable`. How long answers may take is the caller's to limit.
 */
export function registerShutdown(app: FastifyInstance, connections: Connections): void {
  const { server } = app;
  app.addHook('preClose', async () => {
    if (!server.listening) return;
    const since = Date.now();
    // Not the HTTP server's own `close`, which would cut off the answers that are being flushed.
    const ended = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
    const sweep = (): void => {
      if (connections.isFlushing()) return;
      server.closeIdleConnections();
      if (Date.now() - since >= ARRIVAL_GRACE_MS) connections.endHalfSent();
    };
    sweep();
    const sweeping = setInterval(sweep, SWEEP_MS);
    await ended;
    clearInterval(sweeping);
  });
}
