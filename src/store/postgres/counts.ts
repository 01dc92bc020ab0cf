import type { Counted } from '../store.ts';
import { connect } from './client.ts';
import type { CompiledQueries } from './connection.ts';
import { Link } from './link.ts';

/** Whoever waits for a count has something else to go by. */
const SLOW_MS = 1000;
const CLEARED_EVERY_MS = 60_000;
const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint';
const COUNT = `with at as materialized (select ${NOW} as now)
  insert into rate_limits as counted (key, points, expire) select $1, 1, now + $2::bigint from at
  on conflict (key) do update set
    points = case when counted.expire <= excluded.expire - $2::bigint then 1 else counted.points + 1 end,
    expire = case when counted.expire <= excluded.expire - $2::bigint then excluded.expire else counted.expire end
  returning points, expire - (select now from at)`;
const CLEAR = `delete from rate_limits where key in
  (select key from rate_limits where expire <= ${NOW} for update skip locked)`;

/** Counts under the database's clock, in a table that does not outlast a crash of its server, on a connection of its own. */
export class Counts {
  readonly #link: Link;
  #clearedAt = Number.NEGATIVE_INFINITY;

  constructor(url: string, compiled: CompiledQueries) {
    this.#link = new Link(() => connect(url, SLOW_MS), compiled);
  }

  /** @throws what the database fails with; Error where it takes longer than a second */
  async count(name: string, spanMs: number): Promise<Counted> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new Error('the database takes too long to count'));
      // What waits on this connection would wait as long.
      this.#link.drop();
    }, SLOW_MS);
    try {
      const [row] = await Promise.race([this.#rows(COUNT, [name, spanMs]), late]);
      this.#clear();
      return { count: Number(row?.[0]), endsInMs: Number(row?.[1]) };
    } finally {
      clearTimeout(timer);
    }
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #clear(): void {
    if (performance.now() - this.#clearedAt < CLEARED_EVERY_MS) return;
    this.#clearedAt = performance.now();
    this.#rows(CLEAR, []).catch(() => undefined);
  }

  #rows(text: string, values: unknown[]): Promise<unknown[][]> {
    return this.#link.use((connection) => connection.rows(text, values));
  }
}
