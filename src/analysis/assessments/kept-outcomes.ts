import { LRUCache } from 'lru-cache';
import type { PreparedOutcomes } from '../../domain/analysis/assessment.ts';
import { prepareOutcomes } from '../../domain/analysis/assessment.ts';
import type { OutcomeVintage, ReportedOutcome } from '../../domain/analysis/outcome-selection.ts';
import type { Amount } from '../../domain/money/amount.ts';
import type { Period } from '../../domain/period/period.ts';
import type { Statement } from '../../domain/statement.ts';
import { inTurns, pause } from '../../http/turns.ts';
import { momentOfReader, presentOf } from '../../ledger/catalogue/past.ts';
import { newestSequence, readRecordsHistory, versionNumber } from '../../store/ledger-state.ts';
import { alias, and, eq, gt, inArray, sql } from '../../store/query.ts';
import { heldAt, ofKind } from '../../store/revisions.ts';
import type { DatasetVersion, Reader, Snapshot } from '../../store/store.ts';
import { records } from '../../store/tables/schema.ts';

/*
 * Outcomes are few beside the forecasts that they judge: those of a sector are read together, prepared once, and kept
 * until one of them changes, so that a page of forecasts is judged without a question to the database.
 */

/** How outcomes are looked at. */
export interface OutcomeView {
  /** ISO date of judgement. */
  readonly asOf: string;
  /** ISO date: only outcomes that are known to have been published by then. */
  readonly publishedAsOf?: string | undefined;
  readonly outcomeVintage?: OutcomeVintage | undefined;
}

/** The outcomes beside which forecasts of a sector and measure are judged. */
export type OutcomesBeside = (sector: string, measure: string) => Promise<PreparedOutcomes>;

/** So many outcomes are kept, each some 2 KB with what is prepared of it. */
const MOST_KEPT = 30_000;
/** In so many ways those of a sector are kept prepared: as of today, and of the days that were asked for last. */
const MOST_VIEWS = 50;

/** The outcomes of one sector. */
interface OfSector {
  readonly byMeasure: ReadonlyMap<string, readonly ReportedOutcome[]>;
  readonly prepared: LRUCache<string, PreparedOutcomes>;
}

/** What is kept of one state of the ledger. */
interface Kept {
  readonly version: DatasetVersion;
  readonly history: string | null;
  /** The sequence up to which revisions are in it. */
  readonly last: number;
  readonly sectors: LRUCache<string, OfSector>;
}

export class KeptOutcomes {
  #kept: Kept | undefined;

  /** The outcomes of the state of the ledger that a snapshot shows, whichever process wrote them, or of its past. */
  async beside(read: Snapshot, view: OutcomeView): Promise<OutcomesBeside> {
    const asOf = momentOfReader(read);
    const sectors = asOf === undefined ? (await this.#at(read)).sectors : newSectors();
    return async (sector, measure) => {
      let own = sectors.get(sector);
      if (own === undefined) {
        own = await readSector(read, sector, asOf);
        sectors.set(sector, own);
      }
      const key = JSON.stringify([measure, view.asOf, view.publishedAsOf, view.outcomeVintage]);
      let prepared = own.prepared.get(key);
      if (prepared === undefined) {
        const { publishedAsOf } = view;
        const outcomes = (own.byMeasure.get(measure) ?? []).filter(
          ({ publishedOn }) =>
            publishedAsOf === undefined || (publishedOn !== null && publishedOn <= publishedAsOf),
        );
        prepared = await inTurns(prepareOutcomes(outcomes, view.asOf, view.outcomeVintage));
        own.prepared.set(key, prepared);
      }
      return prepared;
    };
  }

  /** What is kept of a snapshot's state; of one before it nothing is. A sector that was written to since is left out. */
  async #at(read: Snapshot): Promise<Kept> {
    const { version } = read;
    const before = this.#kept;
    if (before?.version === version) return before;
    const history = await readRecordsHistory(read);
    const kept: Kept = { version, history, last: await newestSequence(read), sectors: newSectors() };
    if (before !== undefined && versionNumber(version) < versionNumber(before.version)) return kept;
    if (before !== undefined && history === before.history) {
      const changed = await sectorsWrittenTo(read, before.last);
      kept.sectors.load(before.sectors.dump().filter(([sector]) => !changed.has(sector)));
    }
    // Another request may have come further meanwhile.
    if (this.#kept === before) this.#kept = kept;
    return kept;
  }
}

function newSectors(): LRUCache<string, OfSector> {
  return new LRUCache({
    maxSize: MOST_KEPT,
    sizeCalculation: ({ byMeasure }: OfSector) =>
      1 + [...byMeasure.values()].reduce((sum, outcomes) => sum + outcomes.length, 0),
  });
}

/** The sectors in which an outcome has been since a sequence, or was before it changed. */
async function sectorsWrittenTo(read: Reader, last: number): Promise<ReadonlySet<unknown>> {
  const rows = await read.rows(
    'sectors of new outcomes',
    () => {
      const written = alias(records, 'written');
      const since = read
        .select({ id: written.id })
        .from(written)
        .where(and(eq(written.kind, 'outcome'), gt(written.sequence, sql.placeholder('last'))));
      return read.select({ sector: records.sectorId }).from(records).where(inArray(records.id, since));
    },
    { last },
  );
  return new Set(rows.map(([sector]) => sector));
}

const AT_ONCE = 500;

/** All outcomes of a sector, in turns with other requests. */
async function readSector(read: Snapshot, sector: string, asOf: string | undefined): Promise<OfSector> {
  const present = presentOf(read);
  const rows = await present.rows(
    `outcomes of a sector ${asOf !== undefined}`,
    () =>
      present
        .select(SELECTED)
        .from(records)
        .where(
          and(
            ofKind('outcome'),
            heldAt(asOf === undefined ? null : sql.placeholder('asOf')),
            eq(records.sectorId, sql.placeholder('sector')),
          ),
        ),
    { sector, asOf },
  );
  const outcomes: ReportedOutcome[] = [];
  for (const row of rows) {
    outcomes.push(outcomeOf(row));
    if (outcomes.length % AT_ONCE === 0) await pause();
  }
  return {
    byMeasure: Map.groupBy(outcomes, ({ measure }) => measure),
    prepared: new LRUCache({ max: MOST_VIEWS }),
  };
}

/** What judging reads of an outcome. */
const SELECTED = {
  id: records.id,
  organisation: records.organisationId,
  sector: records.sectorId,
  measure: records.measureId,
  region: records.regionId,
  scope: records.scopeId,
  publishedOn: records.publishedOn,
  value: records.amountValue,
  low: records.amountLow,
  high: records.amountHigh,
  qualifier: records.amountQualifier,
  currency: records.amountCurrency,
  start: records.periodStart,
  end: records.periodEnd,
  periodKind: records.periodKind,
  years: records.periodYears,
  pricesKind: records.pricesKind,
  pricesYear: records.pricesYear,
};

type SelectedRow = [
  ...[id: string, organisation: string | null, sector: string, measure: string, region: string],
  ...[scope: string, publishedOn: string | null],
  ...[value: string | null, low: string | null, high: string | null],
  ...[qualifier: Amount['qualifier'], currency: string],
  ...[start: string | null, end: string | null, kind: Period['kind'], years: number | null],
  ...[pricesKind: Statement['prices']['kind'], pricesYear: number | null],
];

function outcomeOf(row: readonly unknown[]): ReportedOutcome {
  const [id, reportedBy, sector, measure, region, scope, publishedOn, ...figure] = row as SelectedRow;
  const [value, low, high, qualifier, currency, start, end, kind, years, pricesKind, year] = figure;
  return {
    ...{ id, reportedBy, sector, measure, region, scope, publishedOn },
    amount: { value, low, high, qualifier, currency },
    period: { start, end, kind, years, asStated: null, inferred: [] },
    prices: { kind: pricesKind, year },
  };
}
