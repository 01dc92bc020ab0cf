import { setTimeout as sleep } from 'node:timers/promises';
import { EMPTY_DATASET_VERSION, versionNumber } from '../ledger-state.ts';
import { SharedQuestion } from '../shared-question.ts';
import type { DatasetVersion, ServerState } from '../store.ts';
import type { Connection } from './connection.ts';
import { lost } from './failures.ts';
import type { Begun } from './read-pool.ts';
import type { Server } from './server.ts';

const WATCHED_EVERY_MS = 1000;
/** How long a client that must see a version waits for a replica that has it, before the primary is asked. */
const REPLICA_WAIT_MS = 100;
const REPLICA_ASKED_EVERY_MS = 10;
/** How long a primary that was lost is waited for: one that refuses does so at once, one that has vanished says nothing. */
const TRIED_FOR_MS = 50;
/** An hour of writing: what a replica lacks for longer is told by the oldest of it. */
const MOST_SEEN = 3600;

export interface FreshnessOptions {
  /** How old what a replica says may be without the primary being asked, in milliseconds; 0 asks it for each read. */
  readonly stalenessMs: number;
  /** By how much a replica may lag before it is left out, in milliseconds. */
  readonly lagLimitMs: number;
}

/** A version that the primary was seen to have, and when it was first seen. */
interface Seen {
  readonly number: number;
  /** In the milliseconds of `performance.now()`. */
  readonly at: number;
}

/**
 * The primary and its replicas: which of them is read from. A replica is known to lag by the versions that it lacks, so
 * that no server's clock counts.
 */
export class Servers {
  readonly #primary: Server;
  readonly #replicas: readonly Server[];
  readonly #options: FreshnessOptions;
  readonly #question = new SharedQuestion(() => this.#askVersion());
  /** The newest that this process was told of, has answered or has written. */
  #newest: DatasetVersion = EMPTY_DATASET_VERSION;
  #newestAsAnswer: Promise<DatasetVersion> = Promise.resolve(EMPTY_DATASET_VERSION);
  /** When the primary was last asked for the version that it then told. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  /** The oldest first, a second apart: those that a replica lacks. */
  readonly #seen: Seen[] = [];
  #turn = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(primary: Server, replicas: readonly Server[], options: FreshnessOptions) {
    this.#primary = primary;
    this.#replicas = replicas;
    this.#options = options;
  }

  /**
   * The version of now, of the primary; where it cannot be reached, the newest that a replica has. With a staleness, what
   * was known within it, and what this process has answered and written.
   * @param atLeast number of a version: where an older one is known, it is looked for
   */
  version(atLeast: number): Promise<DatasetVersion> {
    this.#beginToWatch();
    const { stalenessMs } = this.#options;
    if (stalenessMs === 0) return this.#question.ask();
    const isRecent = performance.now() - this.#confirmedAt < stalenessMs && !this.#isPrimaryLost;
    if (isRecent && versionNumber(this.#newest) >= atLeast) return this.#newestAsAnswer;
    return isRecent ? this.#awaited(atLeast) : this.#question.ask();
  }

  /**
   * Begins to read a state of at least a version: on a replica that has it, otherwise on the primary.
   * @param atLeast without it, the state of now
   * @throws what `postgresFailureOf` names
   */
  async begin(atLeast: DatasetVersion | undefined): Promise<Begun> {
    const least = atLeast === undefined ? undefined : versionNumber(atLeast);
    for (const replica of least === undefined ? [] : this.#inTurn(least)) {
      const begun = await replica.begin().catch(() => undefined);
      if (begun === undefined) continue;
      if (versionNumber(begun.version) >= (least ?? 0)) return this.#told(begun);
      begun.end();
      if (!this.#isPrimaryLost) break;
    }
    await this.#requirePrimary();
    return this.#told(await this.#primary.begin());
  }

  /** Notes what this process has written, or was told by the primary. */
  note(version: DatasetVersion): void {
    const number = versionNumber(version);
    if (number <= versionNumber(this.#newest)) return;
    this.#newest = version;
    this.#newestAsAnswer = Promise.resolve(version);
  }

  states(): readonly ServerState[] {
    this.#beginToWatch();
    return [this.#primary, ...this.#replicas].map((server) => {
      const { role, name, connections } = server;
      const lagMs = role === 'primary' ? null : this.#lagMsOf(server);
      return {
        role,
        name,
        state: server.isFailing ? 'failing' : this.#isLagging(server) ? 'lagging' : 'ready',
        lagSeconds: lagMs === null ? null : Math.round(lagMs / 1000),
        connections,
      };
    });
  }

  /** Asks the primary something else. */
  async ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    await this.#requirePrimary();
    return this.#primary.ask(question);
  }

  async #requirePrimary(): Promise<void> {
    if (!this.#isPrimaryLost) return;
    this.#beginToWatch();
    await this.#triedPrimary();
    if (this.#isPrimaryLost) throw lost('the primary cannot be reached');
  }

  /** Where there are replicas to go on with. */
  get #isPrimaryLost(): boolean {
    return this.#replicas.length > 0 && this.#primary.isFailing;
  }

  async #askVersion(): Promise<DatasetVersion> {
    const told = this.#isPrimaryLost
      ? await this.#triedPrimary()
      : await this.#askPrimary().catch((error) => {
          if (!this.#isPrimaryLost) throw error;
        });
    if (told !== undefined) return told;
    const version = await this.#versionOfReplicas();
    // Where it has come back meanwhile, nobody is told of an older version as if it were its own.
    return this.#isPrimaryLost ? version : this.#askVersion();
  }

  /** The version of a primary that was lost, if it is back: it need not be waited for. */
  #triedPrimary(): Promise<DatasetVersion | undefined> {
    const tried = sleep(TRIED_FOR_MS, undefined, { ref: false });
    return Promise.race([this.#askPrimary().catch(() => undefined), tried]);
  }

  async #askPrimary(): Promise<DatasetVersion> {
    const askedAt = performance.now();
    const version = await this.#primary.version();
    this.#confirmedAt = askedAt;
    this.note(version);
    return version;
  }

  async #versionOfReplicas(): Promise<DatasetVersion> {
    const asked = this.#replicas.filter(({ isFailing }) => !isFailing).map((replica) => replica.version());
    const told = (await Promise.allSettled(asked))
      .filter((answer) => answer.status === 'fulfilled')
      .map(({ value }) => value)
      .sort((one, other) => versionNumber(other) - versionNumber(one));
    if (told[0] === undefined) throw lost('neither the primary nor a replica can be reached');
    return told[0];
  }

  /** A version that some replica has soon, or that the primary has. */
  async #awaited(atLeast: number): Promise<DatasetVersion> {
    const deadline = performance.now() + REPLICA_WAIT_MS;
    while (performance.now() < deadline) {
      const [replica] = this.#inTurn(atLeast);
      if (replica === undefined) break;
      const version = await replica.version().catch(() => EMPTY_DATASET_VERSION);
      this.note(version);
      if (versionNumber(version) >= atLeast) return version;
      await sleep(REPLICA_ASKED_EVERY_MS);
    }
    return this.#question.ask();
  }

  #told(begun: Begun): Begun {
    this.note(begun.version);
    return begun;
  }

  /** Replicas in the order in which they are tried: those that are known to have a version first, each in its turn. */
  #inTurn(least: number): readonly Server[] {
    this.#turn += 1;
    const sound = this.#replicas.filter((replica) => !replica.isFailing);
    const ready = sound.filter((replica) => !this.#isLagging(replica));
    const place = ready.length === 0 ? 0 : this.#turn % ready.length;
    const rotated = [...ready.slice(place), ...ready.slice(0, place)];
    const has = ({ number = 0 }: Server): boolean => number >= least;
    return [
      ...rotated.filter(has),
      ...rotated.filter((replica) => !has(replica)),
      // Better than none.
      ...(this.#isPrimaryLost ? sound.filter((replica) => this.#isLagging(replica)) : []),
    ];
  }

  #isLagging(server: Server): boolean {
    return server.role === 'replica' && (this.#lagMsOf(server) ?? 0) > this.#options.lagLimitMs;
  }

  /** For how long it has lacked what the primary has; null before it has answered. */
  #lagMsOf({ number }: Server): number | null {
    if (number === undefined) return null;
    const isMissing = (seen: Seen | undefined): boolean => seen !== undefined && seen.number > number;
    if (!isMissing(this.#seen.at(-1))) return 0;
    return performance.now() - (this.#seen.find(isMissing)?.at ?? 0);
  }

  /** Asks each server for its version, from time to time: one that has failed or lags is known to be back by it. */
  #beginToWatch(): void {
    if (this.#replicas.length === 0 || this.#watch !== undefined) return;
    const look = (): void => {
      void this.#askPrimary().then(
        (version) => this.#see(versionNumber(version)),
        () => undefined,
      );
      for (const replica of this.#replicas) void replica.version().catch(() => undefined);
    };
    this.#watch = setInterval(look, WATCHED_EVERY_MS).unref();
    look();
  }

  #see(number: number): void {
    const least = Math.min(...this.#replicas.map((replica) => replica.number ?? 0));
    while (this.#seen[0] !== undefined && this.#seen[0].number <= least) this.#seen.shift();
    if (number > (this.#seen.at(-1)?.number ?? least)) this.#seen.push({ number, at: performance.now() });
    if (this.#seen.length > MOST_SEEN) this.#seen.splice(1, 1);
  }

  async close(): Promise<void> {
    clearInterval(this.#watch);
    await Promise.all([this.#primary, ...this.#replicas].map((server) => server.close()));
  }
}
