import { setTimeout as sleep } from 'node:timers/promises';
import { createKey } from '../../src/ledger/keys/keys.ts';
import { attachStore } from '../../src/store/engine.ts';
import { isNull } from '../../src/store/query.ts';
import type { Store } from '../../src/store/store.ts';
import { imports, records } from '../../src/store/tables/schema.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import type { ClusterServer } from '../helpers/postgres-cluster.ts';
import { makeServer } from '../helpers/postgres-cluster.ts';
import type { RunningServer } from '../helpers/process.ts';
import { freePort, startServer, until } from '../helpers/process.ts';
import { randomFrom } from '../helpers/random.ts';
import type { Found } from './clients.ts';
import { Clients } from './clients.ts';

/*
 * Two servers of the service on a PostgreSQL primary and its replica. Each of the four is killed in turn while clients
 * write and import through both servers, read from both, and follow the changes; then the ledger is compared with what
 * the clients were told. The clients and the other servers go on meanwhile.
 */

export const TARGETS = ['node-1', 'node-2', 'replica', 'primary'] as const;
type Target = (typeof TARGETS)[number];

export interface ClusterPlan {
  /** Of each target in turn. */
  readonly kills: number;
  readonly seed: number;
  /** Clients that write; two more import, and two read. */
  readonly clients: number;
  readonly importRows: number;
  /** The longest that all live before a kill, in ms. */
  readonly longestLifeMs: number;
  readonly onKill?: (kill: ClusterReport) => void;
}

/** What was found after one kill. */
export interface ClusterReport extends Found {
  readonly number: number;
  readonly target: Target;
  readonly momentMs: number;
  /** How long the target stayed dead, in ms. */
  readonly deadMs: number;
  readonly answered: number;
  readonly importStatus: string | null;
  /** Answered by servers that live. */
  readonly reads: number;
  /** Of them those that the primary did not confirm. */
  readonly unconfirmed: number;
  readonly records: number;
  /** Everything that is not as it should be; empty where all is well. */
  readonly faults: readonly string[];
}

const LONGEST_DEATH_MS = 3000;
const LIFE_AFTERWARDS_MS = 1000;
const READER_RESTS_MS = 5;
const CHANGES_AT_ONCE = 1000;
const LONG_MS = 120_000;

interface Node {
  readonly url: string;
  readonly port: string;
  running: RunningServer | undefined;
}

interface Change {
  readonly position: number;
  readonly id: string;
  readonly revision: number;
}

/** Runs a plan and gives what was found after each kill. */
export async function runClusterCrashes(plan: ClusterPlan): Promise<readonly ClusterReport[]> {
  const ends: (() => unknown)[] = [];
  const until = { after: (end: () => unknown): void => void ends.push(end) };
  try {
    const cluster = await Cluster.begin(until as Parameters<typeof makeServer>[0], plan);
    const reports: ClusterReport[] = [];
    for (let number = 1; number <= plan.kills; number += 1) {
      const report = await cluster.liveAndDie(number);
      reports.push(report);
      plan.onKill?.(report);
    }
    return reports;
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

class Cluster {
  readonly #t: Parameters<typeof makeServer>[0];
  readonly #plan: ClusterPlan;
  readonly #random: () => number;
  readonly #primary: ClusterServer;
  readonly #replica: ClusterServer;
  readonly #nodes: readonly Node[];
  readonly #clients: Clients;
  readonly #store: Store;
  /** What a client that follows the changes has been given. */
  readonly #followed: Change[] = [];
  #isAlive = false;
  #reads = 0;
  #unconfirmed = 0;
  #readFaults: string[] = [];

  private constructor(
    t: Parameters<typeof makeServer>[0],
    plan: ClusterPlan,
    servers: { readonly primary: ClusterServer; readonly replica: ClusterServer },
    nodes: readonly Node[],
    key: string,
  ) {
    this.#t = t;
    this.#plan = plan;
    this.#random = randomFrom(plan.seed);
    this.#primary = servers.primary;
    this.#replica = servers.replica;
    this.#nodes = nodes;
    this.#store = attachStore(servers.primary.url);
    this.#clients = new Clients({
      urlOf: () => this.#someNode().url,
      key,
      random: this.#random,
      importRows: plan.importRows,
      outlivesServers: true,
    });
  }

  static async begin(t: Parameters<typeof makeServer>[0], plan: ClusterPlan): Promise<Cluster> {
    const primary = await makeServer(t);
    const { store } = await openLedger(primary.url);
    const { text } = await store.write((transaction) =>
      createKey(transaction, { name: 'crash', scope: 'write', expiresAt: null }),
    );
    await store.close();
    const replica = await primary.replica();
    await replica.start();
    const nodes: Node[] = [];
    for (const _ of [1, 2]) {
      const port = String(await freePort());
      nodes.push({ url: `http://127.0.0.1:${port}`, port, running: undefined });
    }
    const cluster = new Cluster(t, plan, { primary, replica }, nodes, text);
    t.after(() => cluster.#store.close());
    await Promise.all(nodes.map((node) => cluster.#start(node)));
    return cluster;
  }

  async liveAndDie(number: number): Promise<ClusterReport> {
    this.#isAlive = true;
    this.#reads = 0;
    this.#unconfirmed = 0;
    this.#readFaults = [];
    const { importRows, clients, longestLifeMs } = this.#plan;
    const working = [
      this.#clients.work(clients, importRows > 0 ? 2 : 0),
      ...this.#nodes.map((node) => this.#read(node)),
      this.#follow(),
    ];
    const target = TARGETS[(number - 1) % TARGETS.length] as Target;
    const momentMs = Math.round(200 + this.#random() * longestLifeMs);
    await sleep(momentMs);
    const importStatus = this.#clients.importStatus;
    const deadMs = Math.round(this.#random() * LONGEST_DEATH_MS);
    await this.#kill(target);
    await sleep(deadMs);
    await this.#startAgain(target);
    await sleep(LIFE_AFTERWARDS_MS);
    this.#isAlive = false;
    this.#clients.stop();
    await Promise.all(working);
    const faults = [...this.#readFaults];
    await this.#untilImportsHaveEnded();
    const found = await this.#store.snapshot(async (read) => ({
      ...(await this.#clients.compare(read, faults)),
      records: await read.$count(records, isNull(records.supersededAt)),
    }));
    faults.push(...(await this.#changeFaults()));
    const { answered } = this.#clients;
    const reads = { reads: this.#reads, unconfirmed: this.#unconfirmed };
    return { number, target, momentMs, deadMs, answered, importStatus, ...reads, ...found, faults };
  }

  /** One that lives. */
  #someNode(): Node {
    const living = this.#nodes.filter(({ running }) => running !== undefined);
    return living[Math.floor(this.#random() * living.length)] as Node;
  }

  async #start(node: Node): Promise<void> {
    node.running = await startServer(this.#t, {
      DATABASE_URL: this.#primary.url,
      DATABASE_READ_URLS: this.#replica.url,
      PORT: node.port,
      LOG_LEVEL: 'fatal',
    });
  }

  async #kill(target: Target): Promise<void> {
    if (target === 'replica') return this.#replica.kill();
    if (target === 'primary') return this.#primary.kill();
    const node = this.#nodes[TARGETS.indexOf(target)] as Node;
    const { running } = node;
    node.running = undefined;
    running?.child.kill('SIGKILL');
    await running?.ended;
  }

  async #startAgain(target: Target): Promise<void> {
    if (target === 'replica') return this.#replica.start();
    if (target === 'primary') return this.#primary.start();
    return this.#start(this.#nodes[TARGETS.indexOf(target)] as Node);
  }

  /** A client of one server: while that lives, and either database server does, each read is answered. */
  async #read(node: Node): Promise<void> {
    while (this.#isAlive) {
      const { running } = node;
      if (running === undefined) {
        await sleep(READER_RESTS_MS);
        continue;
      }
      try {
        const path = this.#random() < 0.5 ? '/v1/forecasts?limit=20' : `/v1/facets?collection=seed-documents`;
        const response = await fetch(node.url + path);
        await response.arrayBuffer();
        if (response.status !== 200) this.#readFaults.push(`GET ${path}: ${response.status}`);
        this.#reads += 1;
        if (response.headers.has('ledger-freshness')) this.#unconfirmed += 1;
      } catch (error) {
        if (node.running === running) this.#readFaults.push(`a server that lives did not answer: ${error}`);
      }
      await sleep(READER_RESTS_MS);
    }
  }

  /** A client that follows the changes, through whichever server. */
  async #follow(): Promise<void> {
    while (this.#isAlive) {
      await this.#followOnce();
      await sleep(READER_RESTS_MS);
    }
  }

  /** @returns how many changes there were */
  async #followOnce(): Promise<number> {
    const node = this.#someNode();
    const { running } = node;
    const since = this.#followed.at(-1)?.position ?? 0;
    try {
      const response = await fetch(`${node.url}/v1/changes?since=${since}&limit=${CHANGES_AT_ONCE}`);
      const { data } = (await response.json()) as { data?: readonly Change[] };
      // Without the primary, a replica may not have reached what was given before.
      if (response.status !== 200 && !response.headers.has('ledger-freshness'))
        this.#readFaults.push(`GET /v1/changes: ${response.status}`);
      this.#followed.push(...(data ?? []));
      return data?.length ?? 0;
    } catch (error) {
      if (node.running === running) this.#readFaults.push(`the changes were not given: ${error}`);
      return 0;
    }
  }

  /** Those whose servers died are taken over by the others. */
  async #untilImportsHaveEnded(): Promise<void> {
    const underWay = (): Promise<number> =>
      this.#store.snapshot((read) => read.$count(imports, isNull(imports.finishedAt)));
    await until(async () => (await underWay()) === 0, 'all imports have ended', LONG_MS);
  }

  /** The changes that were followed are all that there are, each once and in order, on both servers. */
  async #changeFaults(): Promise<readonly string[]> {
    while ((await this.#followOnce()) > 0);
    const all = await this.#store.snapshot((read) =>
      read
        .select({ position: records.sequence, id: records.id, revision: records.revision })
        .from(records)
        .orderBy(records.sequence),
    );
    const line = ({ position, id, revision }: Change): string => `${position} ${id} r${revision}`;
    const given = this.#followed.map(line);
    const kept = all.map(line);
    const place = kept.findIndex((change, at) => change !== given[at]);
    if (place >= 0) return [`after ${kept[place - 1]} comes ${kept[place]}, and ${given[place]} was given`];
    return given.length === kept.length ? [] : [`${given.length} changes were given of ${kept.length}`];
  }
}
