import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import { EMPTY_DATASET_VERSION, RECORDS_HISTORY } from '../../store/ledger-state.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import { CodedColumn, NO_RECORD } from './coded-column.ts';
import { periodYears } from './repository.ts';

/** The properties of forecasts that are kept in memory, and where they stand in `records`. */
const STORED = {
  sector: 'sector_id',
  forecaster: 'organisation_id',
  measure: 'measure_id',
  currency: 'amount_currency',
  qualifier: 'amount_qualifier',
  collection: 'collection_id',
  scope: 'scope_id',
  region: 'region_id',
  confidence: 'confidence',
  publishedOn: 'published_on',
  periodStart: 'period_start',
  periodEnd: 'period_end',
} as const;
type StoredName = keyof typeof STORED;
const STORED_NAMES = Object.keys(STORED) as readonly StoredName[];
const [PUBLISHED_ON, PERIOD_START, PERIOD_END] = ['publishedOn', 'periodStart', 'periodEnd'].map((name) =>
  STORED_NAMES.indexOf(name as StoredName),
) as [number, number, number];

/** `periodYears`: what `periodYears()` makes of the period's two days. */
export type ColumnName = StoredName | 'publishedYear' | 'periodYears';

/**
 * The current forecasts of a ledger. A forecast's slot is the `sequence` of its revision: SQL can name some of them by it.
 */
export interface ForecastColumns {
  readonly columns: Readonly<Record<ColumnName, CodedColumn>>;
  /** Slots from this one on hold nothing yet. */
  readonly slots: number;
  /** How many current forecasts there are. */
  readonly live: number;
  /** Of the ledger as it is held here. */
  readonly datasetVersion: string;
}

/** A ledger's forecasts in memory, kept in step with it. */
export interface ColumnStore {
  /**
   * Reads what was written since, by whichever process, and calls back inside the transaction that has read the last of
   * it: what the callback itself reads, synchronously, is of the same state. It is given null where the ledger cannot be
   * held in columns.
   */
  readonly use: <Result>(callback: (forecasts: ForecastColumns | null) => Result) => Promise<Result>;
  /** Reads the ledger ahead of the first use, until it is read or the signal says to stop. */
  readonly warmUp: (signal: AbortSignal) => Promise<void>;
}

/** About a millisecond of reading, after which other requests have their turn. */
const ROWS_AT_ONCE = 250;
/** As long as nobody waits for it, reading rests in between, so that it takes a small part of the processor. */
const REST_MS = 3;

/**
 * A ledger numbers its revisions without gaps; an export that somebody wrote by hand may bring any numbers. Columns with
 * more gaps than records, and more of them than this, are not made.
 */
const MOST_GAPS = 1_000_000;

interface LedgerState {
  readonly newest: number | null;
  readonly history: string | null;
  readonly datasetVersion: string | null;
}
type Row = [sequence: number, isLive: 0 | 1, id: string, revision: number, ...values: (string | null)[]];

/**
 * Keeps a ledger's current forecasts in columns, in which a million of them are counted in milliseconds. A revision takes
 * 28 bytes, two for each property; 30 with room to grow, which makes 30 MB for a million forecasts, and 34 MB with as many
 * former revisions as they usually have. The whole ledger is read at the first
 * use, later only what was written since.
 * @param rowsAtOnce after how many rows a long reading lets other requests have their turn
 */
export function createColumnStore(storage: Storage, rowsAtOnce = ROWS_AT_ONCE): ColumnStore {
  const { sqlite } = storage;
  const statements = prepareStatements(sqlite);
  let held = emptyColumns();
  let underway: Promise<void> | undefined;

  /** Reads some rows. Gives whether they were the last. Inside a transaction. */
  const readSome = (): boolean => {
    const { newest, history, datasetVersion } = statements.state.get() as LedgerState;
    if ((newest ?? 0) < held.last || history !== held.history) held = emptyColumns();
    held.history = history;
    held.datasetVersion = datasetVersion ?? EMPTY_DATASET_VERSION;
    if ((newest ?? 0) >= held.room) reserve(held, newest ?? 0, statements);
    if (held.isSparse) return true;
    const rows = statements.rowsAfter.all(held.last, rowsAtOnce);
    for (const row of rows) {
      const [sequence, isLive, id, revision] = row;
      // Looked up before anything is changed: where that fails, the row is read again as if nothing had happened.
      const before = revision > 1 ? statements.superseded.get(id, revision - 1) : undefined;
      if (before !== undefined) remove(held, before);
      if (isLive === 1) add(held, row);
      held.last = sequence;
    }
    return rows.length < rowsAtOnce;
  };

  let isAwaited = false;
  const readInTurns = async (signal?: AbortSignal): Promise<void> => {
    do await (isAwaited ? nextTurn() : sleep(REST_MS));
    while (signal?.aborted !== true && !sqlite.transaction(readSome)());
  };
  /** One reading serves all that wait for it. */
  const readOnce = (signal?: AbortSignal): Promise<void> => {
    underway ??= readInTurns(signal).finally(() => {
      underway = undefined;
    });
    return underway;
  };

  return {
    use: async (callback) => {
      const tryToUse = sqlite.transaction(() =>
        readSome() ? { result: callback(held.isSparse ? null : held) } : undefined,
      );
      for (;;) {
        const used = underway === undefined ? tryToUse() : undefined;
        if (used !== undefined) return used.result;
        isAwaited = true;
        await readOnce();
        isAwaited = false;
      }
    },
    warmUp: readOnce,
  };
}

function prepareStatements(sqlite: BetterSqlite3.Database) {
  return {
    state: sqlite.prepare<[], LedgerState>(
      `select (select max(sequence) from records) as newest,
         (select value from ledger_state where key = '${RECORDS_HISTORY}') as history,
         (select value from ledger_state where key = 'datasetVersion') as datasetVersion`,
    ),
    count: sqlite.prepare<[], number>('select count(*) from records').pluck(),
    rowsAfter: sqlite
      .prepare<[number, number], Row>(
        `select sequence, kind = 'forecast' and deleted = 0 and superseded_at is null, id, revision,
           ${Object.values(STORED).join(', ')}
         from records where sequence > ? order by sequence limit ?`,
      )
      .raw() as unknown as BetterSqlite3.Statement<[number, number], Row>,
    superseded: sqlite
      .prepare<[string, number], number>(
        'select sequence from records where id = ? and revision = ? and superseded_at is not null',
      )
      .pluck(),
  };
}

/** The columns while they are read. */
interface HeldColumns extends ForecastColumns {
  slots: number;
  live: number;
  datasetVersion: string;
  /** How many slots there is room for. */
  room: number;
  /** The newest sequence that was read. */
  last: number;
  /** The history of records that this is: a restore puts another one in its place. */
  history: string | null;
  /** Whether the ledger's numbers have too many gaps for columns. */
  isSparse: boolean;
}

function emptyColumns(): HeldColumns {
  const names: readonly ColumnName[] = [...STORED_NAMES, 'publishedYear', 'periodYears'];
  return {
    columns: Object.fromEntries(names.map((name) => [name, new CodedColumn()])) as HeldColumns['columns'],
    slots: 0,
    live: 0,
    datasetVersion: EMPTY_DATASET_VERSION,
    room: 0,
    last: 0,
    history: null,
    isSparse: false,
  };
}

/** Makes room for slots up to a sequence, and for some more, so that not every write copies the columns. */
function reserve(held: HeldColumns, newest: number, { count }: ReturnType<typeof prepareStatements>): void {
  held.isSparse = newest > MOST_GAPS && newest > 2 * (count.get() ?? 0);
  if (held.isSparse) return;
  const slots = newest + 1 + Math.max(LEAST_HEADROOM, newest >> 4);
  held.room = slots;
  for (const column of Object.values(held.columns)) column.reserve(slots);
}
const LEAST_HEADROOM = 1024;

function add(held: HeldColumns, [sequence, , , , ...values]: Row): void {
  STORED_NAMES.forEach((name, index) => {
    held.columns[name].put(sequence, values[index] ?? null);
  });
  const [day = null, start = null, end = null] = [
    values[PUBLISHED_ON],
    values[PERIOD_START],
    values[PERIOD_END],
  ];
  held.columns.publishedYear.put(sequence, day === null ? null : day.slice(0, 4));
  held.columns.periodYears.put(sequence, periodYears(start, end));
  held.live += 1;
  held.slots = sequence + 1;
}

function remove(held: HeldColumns, slot: number): void {
  if ((held.columns.sector.codes[slot] ?? NO_RECORD) === NO_RECORD) return;
  for (const column of Object.values(held.columns)) column.remove(slot);
  held.live -= 1;
}
