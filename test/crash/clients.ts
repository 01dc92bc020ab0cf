import { setTimeout as sleep } from 'node:timers/promises';
import { like } from '../../src/store/query.ts';
import type { Snapshot } from '../../src/store/store.ts';
import { records as recordsTable } from '../../src/store/tables/schema.ts';
import { importRows, startImport } from './imports.ts';
import { submission } from './submission.ts';

/*
 * Clients that write and import while servers are killed, what they were told, and how the ledger differs from it.
 */

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

/** What was under way when a server died, as it was found afterwards. */
export interface Found {
  /** Writes: how many of them are there, and how many are not. */
  readonly underWay: { readonly written: number; readonly unwritten: number };
  /** Imports: how many of them are there whole, and how many not at all. */
  readonly imports: { readonly answered: number; readonly whole: number; readonly absent: number };
}

export interface ClientsOptions {
  /** Where the next request goes. */
  readonly urlOf: () => string;
  readonly key: string;
  readonly random: () => number;
  /** Rows of each import. */
  readonly importRows: number;
  /** Whether clients go on where an answer is lost, because others answer. */
  readonly outlivesServers: boolean;
}

const CLIENT_RESTS_MS = 3;
const LOST_IMPORT_RESTS_MS = 200;

export class Clients {
  answered = 0;
  importsAnswered = 0;
  /** What the import under way said last of how far it is. */
  importStatus: string | null = null;
  /** Answers that are neither success nor expected. */
  refusals: string[] = [];
  private readonly options: ClientsOptions;
  private readonly known = new Map<string, Known>();
  private readonly publishedImports = new Map<number, number>();
  private attempts: Attempt[] = [];
  private importAttempts: ImportAttempt[] = [];
  private nextRecord = 0;
  private nextKey = 0;
  private nextImport = 0;
  private newestVersion = 0;
  private alive = false;

  constructor(options: ClientsOptions) {
    this.options = options;
  }

  /** Begins to count anew, and lets clients work until `stop`. @returns when all have ended */
  async work(writers: number, importers: number): Promise<void> {
    this.answered = 0;
    this.importsAnswered = 0;
    this.attempts = [];
    this.importAttempts = [];
    this.refusals = [];
    this.importStatus = null;
    this.alive = true;
    await Promise.all([
      ...Array.from({ length: writers }, () => this.write()),
      ...Array.from({ length: importers }, () => this.import()),
    ]);
  }

  /** Lets each client end with the request that it has sent. */
  stop(): void {
    this.alive = false;
  }

  /**
   * Compares what the ledger holds with what the clients were told, and repeats additions whose answers were lost.
   * @param faults told of everything that is not as it should be
   */
  async compare(read: Snapshot, faults: string[]): Promise<Found> {
    faults.push(...this.refusals);
    const known = await knownRecords(read);
    const { posts, ...underWay } = this.settleAttempts(known, faults);
    this.compareKnown(known, faults);
    const imports = this.settleImports(await idsOf(read), faults);
    const version = Number(read.version.split('-', 1)[0]);
    if (version < this.newestVersion)
      faults.push(`datasetVersion went back from ${this.newestVersion} to ${version}`);
    this.newestVersion = version;
    faults.push(...(await this.repeatLost(posts)));
    return { underWay, imports: { answered: this.importsAnswered, ...imports } };
  }

  /** One client: adds, corrects and deletes records of its own, one after the other, as long as the server lives. */
  private async write(): Promise<void> {
    const own: string[] = [];
    while (this.alive) {
      const attempt = this.nextAttempt(own);
      this.attempts.push(attempt);
      const done = await this.send(attempt);
      if (done === 'lost') {
        if (!this.options.outlivesServers) return;
        if (own.includes(attempt.id)) own.splice(own.indexOf(attempt.id), 1);
        await sleep(CLIENT_RESTS_MS);
        continue;
      }
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
    const notes = `note ${Math.floor(this.options.random() * 1e9)}`;
    // Never the same twice in a run: a random number would be, sooner or later.
    const idempotencyKey = `crash-${++this.nextKey}`;
    const choice = this.options.random();
    const changed = own[Math.floor(this.options.random() * own.length)];
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
        method === 'POST'
          ? `${this.options.urlOf()}/v1/forecasts`
          : `${this.options.urlOf()}/v1/forecasts/${id}?reason=crash`,
        {
          method,
          headers: {
            authorization: `Bearer ${this.options.key}`,
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
    // It may have been done, says the answer.
    if (text.includes('"databaseUnreachable"')) return 'lost';
    // Another writer, the import, may be longer at it than a client is made to wait.
    if (!text.includes('"ledgerBusy"'))
      this.refusals.push(`${method} ${id}: ${status} ${text.slice(0, 300)}`);
    return 'refused';
  }

  private async import(): Promise<void> {
    while (this.alive) {
      const attempt = { number: ++this.nextImport, rows: this.options.importRows };
      this.importAttempts.push(attempt);
      const done = await startImport(
        this.options.urlOf,
        this.options.key,
        importRows(attempt.number, attempt.rows),
        (status) => {
          this.importStatus = status;
        },
        this.options.outlivesServers,
      );
      if (done === 'lost' || (this.options.outlivesServers && done.startsWith('503'))) {
        if (!this.options.outlivesServers) return;
        await sleep(LOST_IMPORT_RESTS_MS);
        continue;
      }
      this.importAttempts.splice(this.importAttempts.indexOf(attempt), 1);
      if (done !== 'published') {
        this.refusals.push(`import ${attempt.number}: ${done}`);
        return;
      }
      this.publishedImports.set(attempt.number, attempt.rows);
      this.importsAnswered++;
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
      const response = await fetch(
        `${this.options.urlOf()}/v1/forecasts/${attempt.id}?fields=revision,notes`,
      );
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

function isSame(one: Known | null, other: Known | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function show(known: Known | null): string {
  if (known === null) return 'absent';
  return `revision ${known.revision}${known.deleted ? ', deleted' : ''} (${known.notes})`;
}
