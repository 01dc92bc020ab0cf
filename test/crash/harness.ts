import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKey } from '../../src/ledger/keys/keys.ts';
import { attachStore } from '../../src/store/engine.ts';
import { isNull, like } from '../../src/store/query.ts';
import { ledgerFaults } from '../../src/store/sqlite/check.ts';
import { openSqlite } from '../../src/store/sqlite/database.ts';
import { ledgerFileOf, sizeOf } from '../../src/store/sqlite/files.ts';
import type { Snapshot } from '../../src/store/store.ts';
import { records as recordsTable } from '../../src/store/tables/schema.ts';
import { unfinishedJobs } from '../../src/transfer/imports/job.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { freePort, ROOT, until } from '../helpers/process.ts';
import { randomFrom } from '../helpers/random.ts';
import { importRows, importsAreServed, startImport } from './imports.ts';
import { submission } from './submission.ts';

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
export interface KillReport {
  readonly number: number;
  /** After how long, in ms since the server was ready. */
  readonly momentMs: number;
  /** Writes that were answered with success in this life. */
  readonly answered: number;
  /** Writes that were under way: how many of them are there, and how many are not. */
  readonly underWay: { readonly written: number; readonly unwritten: number };
  /** Imports that were under way: how many of them are there whole, and how many not at all. */
  readonly imports: { readonly answered: number; readonly whole: number; readonly absent: number };
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

/** A record as a client knows it. */
interface Known {
  readonly revision: number;
  readonly deleted: boolean;
  readonly notes: string;
}

interface Attempt {
  readonly id: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** What the record is if it was not written: null if there is none. */
  readonly before: Known | null;
  readonly after: Known;
  readonly idempotencyKey: string;
  readonly body: object | null;
}

interface ImportAttempt {
  readonly number: number;
  readonly rows: number;
}

const LONGEST_WAIT_FOR_ANSWERS_MS = 60_000;
const LONGEST_WAIT_FOR_IMPORTS_MS = 120_000;
/** A ledger above this is left for a new one: checking all of it after each kill would take most of the time. */
const LARGEST_LEDGER_BYTES = 250_000_000;
const READY_TIMEOUT_MS = 60_000;
const CLIENT_RESTS_MS = 3;
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
  private readonly key: string;
  private readonly known = new Map<string, Known>();
  private readonly publishedImports = new Map<number, number>();
  private server:
    | { readonly url: string; readonly child: ChildProcess; readonly ended: Promise<void> }
    | undefined;
  private output = '';
  private attempts: Attempt[] = [];
  private importAttempts: ImportAttempt[] = [];
  private refusals: string[] = [];
  private answered = 0;
  private importsAnswered = 0;
  private nextRecord = 0;
  private nextKey = 0;
  private nextImport = 0;
  private newestVersion = 0;
  private alive = false;
  private importing = false;
  /** What the import under way said last of how far it is. */
  private importStatus: string | null = null;

  private constructor(plan: CrashPlan, seed: number, directory: string, key: string) {
    this.plan = plan;
    this.random = randomFrom(seed);
    this.directory = directory;
    this.key = key;
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
    trial.importing = plan.importRows > 0 && (await importsAreServed(trial.url));
    return trial;
  }

  /** Lets clients write until a random moment, kills the server, starts it again, and compares. */
  async liveAndDie(number: number): Promise<KillReport> {
    this.answered = 0;
    this.importsAnswered = 0;
    this.attempts = [];
    this.importAttempts = [];
    this.refusals = [];
    this.importStatus = null;
    this.alive = true;
    const clients = Array.from({ length: this.plan.clients }, () => this.write());
    if (this.importing) clients.push(this.import());
    const began = performance.now();
    if (this.importing && this.random() < SHARE_AIMED_AT_PUBLISHING) {
      const deadline = began + LONGEST_WAIT_FOR_PUBLISHING_MS;
      while (this.importStatus !== 'publishing' && performance.now() < deadline) await sleep(10);
      await sleep(this.random() * LONGEST_PUBLISHING_MS);
    } else await sleep(20 + this.random() * (this.plan.longestLifeMs - 20));
    const { leastAnswered = 0 } = this.plan;
    while (this.answered < leastAnswered && performance.now() - began < LONGEST_WAIT_FOR_ANSWERS_MS)
      await sleep(10);
    const momentMs = Math.round(performance.now() - began);
    await this.end();
    await Promise.all(clients);
    this.plan.whileDead?.(ledgerFileOf(this.directory));
    const startKilledMs = this.random() < SHARE_OF_KILLED_STARTS ? await this.killStart() : null;
    const restartMs = await this.start();
    const found = await this.compare();
    return {
      number,
      momentMs,
      answered: this.answered,
      startKilledMs,
      restartMs: Math.round(restartMs),
      ...found,
    };
  }

  /** Kills the server and waits until it has ended. */
  async end(): Promise<void> {
    this.alive = false;
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

  /** One client: adds, corrects and deletes records of its own, one after the other, as long as the server lives. */
  private async write(): Promise<void> {
    const own: string[] = [];
    while (this.alive) {
      const attempt = this.nextAttempt(own);
      this.attempts.push(attempt);
      const done = await this.send(attempt);
      if (done === 'lost') return;
      this.attempts.splice(this.attempts.indexOf(attempt), 1);
      if (done === 'written') {
        this.known.set(attempt.id, attempt.after);
        this.answered++;
        if (attempt.method === 'POST') own.push(attempt.id);
      }
      await sleep(CLIENT_RESTS_MS);
    }
  }

  private nextAttempt(own: readonly string[]): Attempt {
    const notes = `note ${Math.floor(this.random() * 1e9)}`;
    // Never the same twice in a run: a random number would be, sooner or later.
    const idempotencyKey = `crash-${++this.nextKey}`;
    const choice = this.random();
    const changed = own[Math.floor(this.random() * own.length)];
    const before = changed === undefined ? undefined : this.known.get(changed);
    if (changed !== undefined && before !== undefined && !before.deleted && choice > 0.5) {
      const revision = before.revision + 1;
      return choice > 0.85
        ? {
            id: changed,
            method: 'DELETE',
            before,
            after: { revision, deleted: true, notes: before.notes },
            idempotencyKey,
            body: null,
          }
        : {
            id: changed,
            method: 'PUT',
            before,
            after: { revision, deleted: false, notes },
            idempotencyKey,
            body: submission(changed, notes),
          };
    }
    const id = `crash-${++this.nextRecord}`;
    return {
      id,
      method: 'POST',
      before: null,
      after: { revision: 1, deleted: false, notes },
      idempotencyKey,
      body: submission(id, notes),
    };
  }

  /** Sends a write. `lost` where no answer came: nobody knows whether it was done. */
  private async send({
    id,
    method,
    before,
    idempotencyKey,
    body,
  }: Attempt): Promise<'written' | 'refused' | 'lost'> {
    let status: number;
    let text = '';
    try {
      const response = await fetch(
        method === 'POST' ? `${this.url}/v1/forecasts` : `${this.url}/v1/forecasts/${id}?reason=crash`,
        {
          method,
          headers: {
            authorization: `Bearer ${this.key}`,
            'idempotency-key': idempotencyKey,
            ...(before === null ? {} : { 'if-match': `"${id}-r${before.revision}"` }),
            ...(body === null ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === null ? {} : { body: JSON.stringify(body) }),
        },
      );
      status = response.status;
      // The status line is a success already, whether or not the rest arrives.
      text = await response.text().catch(() => '');
    } catch {
      return 'lost';
    }
    if (status >= 200 && status < 300) {
      const version = /"datasetVersion":"(\d+)-/.exec(text)?.[1];
      if (version !== undefined) this.newestVersion = Math.max(this.newestVersion, Number(version));
      return 'written';
    }
    // Another writer, the import, may be longer at it than a client is made to wait.
    if (!text.includes('"ledgerBusy"'))
      this.refusals.push(`${method} ${id}: ${status} ${text.slice(0, 300)}`);
    return 'refused';
  }

  private async import(): Promise<void> {
    while (this.alive) {
      const attempt = { number: ++this.nextImport, rows: this.plan.importRows };
      this.importAttempts.push(attempt);
      const done = await startImport(
        this.url,
        this.key,
        importRows(attempt.number, attempt.rows),
        (status) => {
          this.importStatus = status;
        },
      );
      if (done === 'lost') return;
      this.importAttempts.splice(this.importAttempts.indexOf(attempt), 1);
      if (done !== 'published') {
        this.refusals.push(`import ${attempt.number}: ${done}`);
        return;
      }
      this.publishedImports.set(attempt.number, attempt.rows);
      this.importsAnswered++;
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
      const faults: string[] = [...this.refusals];
      faults.push(...faultsOf(this.directory));
      const [ids, known] = await store.snapshot(
        async (read) => [await idsOf(read), await knownRecords(read)] as const,
      );
      const underWay = this.settleAttempts(known, faults);
      this.compareKnown(known, faults);
      const imports = this.settleImports(ids, faults);
      const datasetVersion = await store.version();
      const version = Number(datasetVersion.split('-', 1)[0]);
      if (version < this.newestVersion)
        faults.push(`datasetVersion went back from ${this.newestVersion} to ${version}`);
      this.newestVersion = version;
      const records = await store.snapshot((read) =>
        read.$count(recordsTable, isNull(recordsTable.supersededAt)),
      );
      faults.push(...(await this.repeatLost(underWay.posts)));
      return {
        underWay: { written: underWay.written, unwritten: underWay.unwritten },
        imports: { answered: this.importsAnswered, ...imports },
        importStatus: this.importStatus,
        records,
        datasetVersion,
        faults,
      };
    } finally {
      await store.close();
    }
  }

  /** What was under way must be there whole, or not at all; from now on it is known. */
  private settleAttempts(
    records: KnownRecords,
    faults: string[],
  ): { written: number; unwritten: number; posts: readonly Attempt[] } {
    let written = 0;
    let unwritten = 0;
    for (const { id, before, after } of this.attempts) {
      const now = records.get(id) ?? null;
      if (isSame(now, after)) {
        written++;
        this.known.set(id, after);
      } else if (isSame(now, before)) unwritten++;
      else faults.push(`${id} is ${show(now)}: neither ${show(before)} nor ${show(after)}`);
    }
    return { written, unwritten, posts: this.attempts.filter(({ method }) => method === 'POST') };
  }

  private compareKnown(records: KnownRecords, faults: string[]): void {
    for (const [id, known] of this.known) {
      const now = records.get(id) ?? null;
      if (!isSame(now, known)) faults.push(`${id} was answered as ${show(known)} and is ${show(now)}`);
    }
    const others = [...records.keys()].filter((id) => !this.known.has(id));
    if (others.length > 0) faults.push(`nobody knows of ${others.slice(0, 3).join(', ')}`);
  }

  /** An import is there whole or not at all, and whole where it was answered so. */
  private settleImports(ids: readonly string[], faults: string[]): { whole: number; absent: number } {
    const heldOf = (number: number): number => ids.filter((id) => id.startsWith(`import-${number}-`)).length;
    for (const [number, rows] of this.publishedImports) {
      const held = heldOf(number);
      if (held !== rows)
        faults.push(`import ${number} was answered as published and has ${held} of ${rows} rows`);
    }
    let whole = 0;
    let absent = 0;
    for (const { number, rows } of this.importAttempts) {
      const held = heldOf(number);
      if (held === rows) {
        whole++;
        this.publishedImports.set(number, rows);
      } else if (held === 0) absent++;
      else faults.push(`import ${number} is half in: ${held} of ${rows} rows`);
    }
    return { whole, absent };
  }

  /** A client that got no answer sends its addition again, under the same Idempotency-Key: it is done once. */
  private async repeatLost(posts: readonly Attempt[]): Promise<readonly string[]> {
    const faults: string[] = [];
    for (const attempt of posts) {
      const done = await this.send(attempt);
      const response = await fetch(`${this.url}/v1/forecasts/${attempt.id}?fields=revision,notes`);
      const { data } = (await response.json()) as { data?: { revision: number; notes: string } };
      if (done !== 'written' || data?.revision !== 1 || data.notes !== attempt.after.notes)
        faults.push(`${attempt.id}, sent again: ${done}, then ${JSON.stringify(data)}`);
      else this.known.set(attempt.id, attempt.after);
    }
    return faults;
  }
}

/** The records that the clients wrote, as they are now. */
type KnownRecords = ReadonlyMap<string, Known>;

async function knownRecords(read: Snapshot): Promise<KnownRecords> {
  const { id, revision, deleted, notes } = recordsTable;
  const rows = await read
    .select({ id, revision, deleted, notes })
    .from(recordsTable)
    .where(like(id, 'crash-%'))
    .orderBy(id, revision);
  return new Map(
    rows.map((row) => [
      row.id,
      { revision: row.revision, deleted: row.deleted === 1, notes: row.notes ?? '' },
    ]),
  );
}

/** The ids of all revisions that imports brought. */
async function idsOf(read: Snapshot): Promise<readonly string[]> {
  const rows = await read
    .select({ id: recordsTable.id })
    .from(recordsTable)
    .where(like(recordsTable.id, 'import-%'));
  return rows.map(({ id }) => id);
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

function isSame(one: Known | null, other: Known | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function show(known: Known | null): string {
  if (known === null) return 'absent';
  return `revision ${known.revision}${known.deleted ? ', deleted' : ''} (${known.notes})`;
}
