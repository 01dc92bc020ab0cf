import ipaddr from 'ipaddr.js';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Store } from '../store/store.ts';

export const FAILED_KEYS_LIMIT = 10;
export const FAILED_KEYS_WINDOW_SECONDS = 60;
const POLICY = `"failed-keys";q=${FAILED_KEYS_LIMIT};w=${FAILED_KEYS_WINDOW_SECONDS}`;

/**
 * Counts wrong keys by client address, with all processes where the store can: at most ten in a minute are answered as
 * such. Each process counts in memory too: that is asked first, and is enough where the database is slow or fails.
 */
export class FailedKeys {
  readonly #store: Pick<Store, 'count'>;
  #limiter: Promise<RateLimiterMemory> | undefined;

  constructor(store: Pick<Store, 'count'>) {
    this.#store = store;
  }

  /** How an address stands after a further failure, with `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers). */
  async count(address: string) {
    // Loaded when the first wrong key comes: the library brings limiters for two dozen databases along.
    this.#limiter ??= import('rate-limiter-flexible').then(
      (library) =>
        new library.RateLimiterMemory({ points: FAILED_KEYS_LIMIT, duration: FAILED_KEYS_WINDOW_SECONDS }),
    );
    const limiter = await this.#limiter;
    const client = clientOf(address);
    let { consumedPoints, msBeforeNext } = await limiter.penalty(client);
    if (consumedPoints <= FAILED_KEYS_LIMIT) {
      const all = await this.#store
        .count?.(`failed-keys ${client}`, FAILED_KEYS_WINDOW_SECONDS * 1000)
        .catch(() => undefined);
      if (all !== undefined) {
        if (all.count > ((await limiter.get(client))?.consumedPoints ?? 0))
          await limiter.set(client, all.count, Math.ceil(all.endsInMs / 1000));
        consumedPoints = Math.max(consumedPoints, all.count);
        msBeforeNext = all.endsInMs;
      }
    }
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return {
      exceeded: consumedPoints > FAILED_KEYS_LIMIT,
      retryAfterSeconds: seconds,
      headers: {
        ratelimit: `"failed-keys";r=${Math.max(0, FAILED_KEYS_LIMIT - consumedPoints)};t=${seconds}`,
        'ratelimit-policy': POLICY,
      },
    };
  }
}

/** Who an address is: itself, or of IPv6 its /64 network, which one client has to itself as a rule. */
export function clientOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const network = parsed.parts.slice(0, 4).map((part) => part.toString(16));
  return `${network.join(':')}::/64`;
}
