import ipaddr from 'ipaddr.js';
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Store } from '../store/store.ts';

interface Limit {
  /** As `RateLimit` names it. */
  readonly name: string;
  readonly most: number;
  readonly windowSeconds: number;
}

export const FAILED_KEYS: Limit = { name: 'failed-keys', most: 10, windowSeconds: 60 };

/**
 * Counts by client address what an address may have so many of in a window of time, with all processes where a store is
 * given that can. Each process counts in memory too: that is asked first, and is enough where the database is slow or fails.
 */
export class AddressLimit {
  readonly #limit: Limit;
  readonly #store: Pick<Store, 'count'>;
  #limiter: Promise<RateLimiterMemory> | undefined;

  constructor(limit: Limit, store: Pick<Store, 'count'> = {}) {
    this.#limit = limit;
    this.#store = store;
  }

  /**
   * How an address stands after a further one, with `RateLimit` headers (draft-ietf-httpapi-ratelimit-headers).
   * @param weight for how many it counts; with a store, for one
   */
  async count(address: string, weight = 1) {
    const { name, most, windowSeconds } = this.#limit;
    // Loaded when the first one comes: the library brings limiters for two dozen databases along.
    this.#limiter ??= import('rate-limiter-flexible').then(
      (library) => new library.RateLimiterMemory({ points: most, duration: windowSeconds }),
    );
    const limiter = await this.#limiter;
    const client = clientOf(address);
    let { consumedPoints, msBeforeNext } = await limiter.penalty(client, weight);
    if (consumedPoints <= most) {
      const all = await this.#store.count?.(`${name} ${client}`, windowSeconds * 1000).catch(() => undefined);
      if (all !== undefined) {
        if (all.count > ((await limiter.get(client))?.consumedPoints ?? 0))
          await limiter.set(client, all.count, Math.ceil(all.endsInMs / 1000));
        consumedPoints = Math.max(consumedPoints, all.count);
        msBeforeNext = all.endsInMs;
      }
    }
    const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    return {
      exceeded: consumedPoints > most,
      retryAfterSeconds: seconds,
      headers: {
        ratelimit: `"${name}";r=${Math.max(0, most - consumedPoints)};t=${seconds}`,
        'ratelimit-policy': `"${name}";q=${most};w=${windowSeconds}`,
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
