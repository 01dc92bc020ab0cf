import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKey } from '../../src/ledger/keys/keys.ts';
import { attachStore } from '../../src/store/engine.ts';
import { isNull } from '../../src/store/query.ts';
import { ledgerFaults } from '../../src/store/sqlite/check.ts';
import { openSqlite } from '../../src/store/sqlite/database.ts';
import { ledgerFileOf, sizeOf } from '../../src/store/sqlite/files.ts';
import { records as recordsTable } from '../../src/store/tables/schema.ts';
import { unfinishedJobs } from '../../src/transfer/imports/job.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { freePort, ROOT, until } from '../helpers/process.ts';
import { randomFrom } from '../helpers/random.ts';
import type { Found } from './clients.ts';
import { Clients } from './clients.ts';

/*
 * Kills the server with SIGKILL while clients write and import, starts it again, and compares the ledger with what the
 * clients were told. A killed process loses what it had not handed to the system; a power cut is another matter, which
 * `synchronous = FULL` is there for and no program can try.
 */

export interface CrashPlan {
  readonly kills: number;
  /** Of the moments and of what the clients do. */
  readonly seed: number;
  readonly clients: number;
  /** Rows of each import; 0 for none. */
  readonly importRows: number;
  /** The longest that a server lives, in ms. */
  readonly longestLifeMs: number;
  /** Of each life, how many writes are answered before its end, however slow the machine is. */
  readonly leastAnswered?: number;
  readonly onKill?: (kill: KillReport) => void;
  /** Called between kill and start; for a test that damages what it must find damaged. */
  readonly whileDead?: (ledgerFile: string) => void;
}

/** What was found after one kill. */
export interface KillReport extends Found {
  readonly number: number;
  /** After how long, in ms since the server was ready. */
  readonly momentMs: number;
  /** Writes that were answered with success in this life. */
  readonly answered: number;
  /** What the import under way was doing, as its job said last. */
  readonly importStatus: string | null;
  /** After how long the start was killed as well, which has the log to read; null where it was not. */
  readonly startKilledMs: number | null;
  readonly restartMs: number;
  readonly records: number;
  readonly datasetVersion: string;
  /** Everything that is not as it should be; empty where all is well. */
  readonly faults: readonly string[];
}

const LONGEST_WAIT_FOR_ANSWERS_MS = 60_000;
const LONGEST_WAIT_FOR_IMPORTS_MS = 120_000;
/** A ledger above this is left for a new one: checking all of it after each kill would take most of the time. */
const LARGEST_LEDGER_BYTES = 250_000_000;
const READY_TIMEOUT_MS = 60_000;
const SHARE_OF_KILLED_STARTS = 0.25;
/** Of the kills under imports, how many wait for one to publish: a short part of its life, in which all is at stake. */
const SHARE_AIMED_AT_PUBLISHING = 0.2;
const LONGEST_WAIT_FOR_PUBLISHING_MS = 60_000;
const LONGEST_PUBLISHING_MS = 6000;
const LONGEST_KILLED_START_MS = 1000;

/** Runs a plan and gives what was found after each kill. */
export async function runCrashes(plan: CrashPlan): Promise<readonly KillReport[]> {
  const reports: KillReport[] = [];
  let trial: Trial | undefined;
  try {
    for (let number = 1; number <= plan.kills; number++) {
      if (trial === undefined || (sizeOf(ledgerFileOf(trial.directory)) ?? 0) > LARGEST_LEDGER_BYTES) {
        trial?.remove();
        trial = await Trial.begin(plan, plan.seed + number);
      }
      const report = await trial.liveAndDie(number);
      reports.push(report);
      plan.onKill?.(report);
    }
  } finally {
    await trial?.end();
    trial?.remove();
  }
  return reports;
}

/** One ledger, its server, and what the clients have been told of it. */
class Trial {
  readonly directory: string;
  private readonly plan: CrashPlan;
  private readonly random: () => number;
  private readonly clients: Clients;
  private server:
    | { readonly url: string; readonly child: ChildProcess; readonly ended: Promise<void> }
    | undefined;
  private output = '';

  private constructor(plan: CrashPlan, seed: number, directory: string, key: string) {
    this.plan = plan;
    this.random = randomFrom(seed);
    this.directory = directory;
    this.clients = new Clients({
      urlOf: () => this.url,
      key,
      random: this.random,
      importRows: plan.importRows,
      outlivesServers: false,
    });
  }

  static async begin(plan: CrashPlan, seed: number): Promise<Trial> {
    const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-crash-'));
    const { store } = await openLedger(directory);
    const { text } = await store.write((transaction) =>
      createKey(transaction, { name: 'crash', scope: 'write', expiresAt: null }),
    );
    await store.close();
    const trial = new Trial(plan, seed, directory, text);
    await trial.start();
    return trial;
  }

  /** Lets clients write until a random moment, kills the server, starts it again, and compares. */
  async liveAndDie(number: number): Promise<KillReport> {
    const { clients } = this;
    const importers = this.plan.importRows > 0 ? 1 : 0;
    const working = clients.work(this.plan.clients, importers);
    const began = performance.now();
    if (importers > 0 && this.random() < SHARE_AIMED_AT_PUBLISHING) {
      const deadline = began + LONGEST_WAIT_FOR_PUBLISHING_MS;
      while (clients.importStatus !== 'publishing' && performance.now() < deadline) await sleep(10);
      await sleep(this.random() * LONGEST_PUBLISHING_MS);
    } else await sleep(20 + this.random() * (this.plan.longestLifeMs - 20));
    const { leastAnswered = 0 } = this.plan;
    while (clients.answered < leastAnswered && performance.now() - began < LONGEST_WAIT_FOR_ANSWERS_MS)
      await sleep(10);
    const momentMs = Math.round(performance.now() - began);
    await this.end();
    await working;
    this.plan.whileDead?.(ledgerFileOf(this.directory));
    const startKilledMs = this.random() < SHARE_OF_KILLED_STARTS ? await this.killStart() : null;
    const restartMs = await this.start();
    const found = await this.compare();
    return {
      number,
      momentMs,
      answered: clients.answered,
      startKilledMs,
      restartMs: Math.round(restartMs),
      ...found,
    };
  }

  /** Kills the server and waits until it has ended. */
  async end(): Promise<void> {
    this.clients.stop();
    this.server?.child.kill('SIGKILL');
    await this.server?.ended;
    this.server = undefined;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get url(): string {
    return this.server?.url ?? '';
  }

  /** Starts the server and kills it before, or just after, it is ready. */
  private async killStart(): Promise<number> {
    const momentMs = Math.round(this.random() * LONGEST_KILLED_START_MS);
    await this.spawn();
    await sleep(momentMs);
    await this.end();
    return momentMs;
  }

  private async spawn(): Promise<ChildProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, ['src/server.ts'], {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        DATA_DIR: this.directory,
        HOST: '127.0.0.1',
        PORT: String(port),
        RATES_SYNC: 'off',
        LOG_LEVEL: 'error',
        BODY_LIMIT_BYTES: '536870912',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.output = '';
    const collect = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-4000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.server = { url: `http://127.0.0.1:${port}`, child, ended };
    return child;
  }

  /** Starts the server and waits until it is ready; gives how long that took, in ms. */
  private async start(): Promise<number> {
    const began = performance.now();
    const child = await this.spawn();
    for (;;) {
      try {
        if ((await fetch(`${this.url}/health/ready`)).status === 200) return performance.now() - began;
      } catch {
        // Not listening yet.
      }
      if (child.exitCode !== null) throw new Error(`the server does not start again: ${this.output}`);
      if (performance.now() - began > READY_TIMEOUT_MS)
        throw new Error(`the server does not become ready: ${this.output}`);
      await sleep(10);
    }
  }

  private async compare(): Promise<
    Omit<KillReport, 'number' | 'momentMs' | 'answered' | 'startKilledMs' | 'restartMs'>
  > {
    const store = attachStore(this.directory);
    try {
      // The new server goes on with what the killed one has left.
      const hasEnded = async () => (await store.snapshot(unfinishedJobs)).length === 0;
      await until(hasEnded, 'the imports that were left have ended', LONGEST_WAIT_FOR_IMPORTS_MS);
      const faults: string[] = [...faultsOf(this.directory)];
      return await store.snapshot(async (read) => ({
        ...(await this.clients.compare(read, faults)),
        importStatus: this.clients.importStatus,
        records: await read.$count(recordsTable, isNull(recordsTable.supersededAt)),
        datasetVersion: read.version,
        faults,
      }));
    } finally {
      await store.close();
    }
  }
}

/** integrity_check, foreign_key_check, the rules of revisions, and the full-text index's own integrity-check. */
function faultsOf(directory: string): readonly string[] {
  const sqlite = openSqlite(ledgerFileOf(directory));
  try {
    return ledgerFaults(sqlite, 0);
  } finally {
    sqlite.close();
  }
}
