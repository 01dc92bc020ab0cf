import type { Assessment as DomainAssessment } from '../../domain/analysis/assessment.ts';
import { DomainError } from '../../domain/errors.ts';
import { numbersOf } from '../../domain/money/amount.ts';
import { inTurns, pause } from '../../http/turns.ts';
import type { ReadContext } from '../../ledger/context.ts';
import { recordFilters } from '../../ledger/records/kinds.ts';
import type { RecordSortKey } from '../../ledger/records/record.ts';
import type { PagesOfRecords } from '../../ledger/records/repository.ts';
import { pagesOfRecords } from '../../ledger/records/repository.ts';
import type { PageOf, PageRequest, SortTerm } from '../../store/keyset.ts';
import { pageOfRows } from '../../store/keyset.ts';
import type { Reader } from '../../store/store.ts';
import { organisations } from '../../store/tables/schema.ts';
import type { Judged } from './judgement.ts';
import { assessmentId, dayOfJudgement, judge, outcomesFor } from './judgement.ts';
import type { KeptOutcomes } from './kept-outcomes.ts';
import type { Assessment, AssessmentListQuery, AssessmentSortKey } from './schemas.ts';
import { assessmentUrl, percentOrder } from './schemas.ts';
import { statusFilter } from './statuses.ts';

/*
 * Pages of assessments. They have the order of their forecasts, so that a page judges few more than it shows; where they
 * are sorted by what is computed of them, all are judged for each page, and no more kept meanwhile than it shows.
 */

export type AssessmentRow = DomainAssessment & Omit<Assessment, keyof DomainAssessment>;

/** The order of forecasts that is that of their assessments; of the others there is none. */
const ORDER_OF_FORECASTS: Readonly<Partial<Record<AssessmentSortKey, RecordSortKey>>> = {
  id: 'id',
  forecast: 'id',
  forecaster: 'organisation',
  sector: 'sector',
  measure: 'measure',
  publishedOn: 'publishedOn',
  periodEnd: 'periodEnd',
};

/** So many outcomes may count in an answer: it holds what it says of each at once. */
const MOST_COUNTED = 100_000;

/**
 * A page of assessments; a forecast without any outcome that counts has one as well.
 * @throws DomainError `tooManyRecords` where too many outcomes count for the forecasts of a page
 */
export async function pageOfAssessments(
  view: ReadContext,
  kept: KeptOutcomes,
  query: AssessmentListQuery,
  page: PageRequest<AssessmentSortKey>,
  origin: string,
): Promise<PageOf<AssessmentRow>> {
  const rowsFrom = (from: Partial<PagesOfRecords>) => assessmentRows(view, kept, query, origin, from);
  const sort = orderOfForecasts(page.sort);
  const found = await (sort === null
    ? pageOfAll(rowsFrom({ sort: BY_ID }), page)
    : pageInOrder(rowsFrom, sort, page));
  let count: number | undefined;
  if (page.count) {
    count = 0;
    for await (const rows of rowsFrom({ sort: BY_ID })) count += rows.length;
  }
  return { ...found, records: await withNamesOfBodies(view.read, found.records), count };
}

const BY_ID = [{ key: 'id', direction: 'ascending' }] as const;

/** The order of forecasts in which their assessments are in order; null where only judging them tells it. */
export function orderOfForecasts(
  sort: readonly SortTerm<AssessmentSortKey>[],
): readonly SortTerm<RecordSortKey>[] | null {
  const last = sort.findIndex(({ key }) => key === 'id' || key === 'forecast');
  const terms = sort
    .slice(0, last + 1)
    .map(({ key, direction }) => ({ key: ORDER_OF_FORECASTS[key], direction }));
  const isKnown = terms.every((term): term is SortTerm<RecordSortKey> => term.key !== undefined);
  return isKnown ? terms : null;
}

/** A page in the order of the forecasts, from the forecast of its place on: that may have more assessments. */
async function pageInOrder(
  rowsFrom: (from: Partial<PagesOfRecords>) => AsyncGenerator<readonly AssessmentRow[]>,
  sort: readonly SortTerm<RecordSortKey>[],
  page: PageRequest<AssessmentSortKey>,
): Promise<PageOf<AssessmentRow>> {
  const { after, limit } = page;
  const place = after?.slice(0, sort.length) ?? null;
  const [begun = ''] = String(place?.at(-1) ?? '').split(' ');
  const from = place && [...place.slice(0, -1), idBefore(begun, sort.at(-1)?.direction)];
  const shown: AssessmentRow[] = [];
  let counting = 0;
  for await (const own of rowsFrom({ sort, after: from, limit: limit + 1 })) {
    const isBegun = after !== null && own[0]?.forecast === begun;
    const request = { ...page, after: isBegun ? after : null, limit: own.length, count: false };
    const { records } = await inTurns(pageOfRows(own, request, sortValueOf));
    for (const { outcomes } of records) counting += outcomes.length;
    if (counting > MOST_COUNTED)
      throw new DomainError('tooManyRecords', {
        most: MOST_COUNTED,
        counted: 'outcomes that count for the forecasts of a page',
      });
    shown.push(...records);
    if (shown.length > limit) break;
  }
  const records = shown.slice(0, limit);
  const last = shown.length > limit ? records.at(-1) : undefined;
  return { records, next: last === undefined ? null : page.sort.map(({ key }) => sortValueOf(last, key)) };
}

/**
 * What stands right before a forecast's id in an order, so that the forecast is the first after it: no id has a `~`, which
 * sorts after all that an id may have, nor a space, which sorts before that.
 */
function idBefore(id: string, direction: SortTerm['direction'] | undefined): string {
  if (direction === 'descending' || id === '') return `${id} `;
  return `${id.slice(0, -1)}${String.fromCharCode(id.charCodeAt(id.length - 1) - 1)}~`;
}

/** So many rows are sorted in before others are judged. */
const SORTED_AT_ONCE = 5000;
/** So many are sorted for a file that is to have all of them. */
const MOST_SORTED = 100_000;

/** A page in an order that all must be judged for. */
async function pageOfAll(
  rows: AsyncGenerator<readonly AssessmentRow[]>,
  page: PageRequest<AssessmentSortKey>,
): Promise<PageOf<AssessmentRow>> {
  let found: AssessmentRow[] = [];
  const limit = page.limit + 1;
  for await (const own of rows) {
    found.push(...own);
    if (found.length > MOST_SORTED + SORTED_AT_ONCE)
      throw new DomainError('tooManyRecords', {
        most: MOST_SORTED,
        counted: 'assessments sorted by what is computed of them',
      });
    if (found.length >= limit + SORTED_AT_ONCE)
      found = [...(await inTurns(pageOfRows(found, { ...page, limit, count: false }, sortValueOf))).records];
  }
  return inTurns(pageOfRows(found, { ...page, count: false }, sortValueOf));
}

/** The assessments of all forecasts that a query is of, or of those after a place, forecast by forecast. */
async function* assessmentRows(
  view: ReadContext,
  kept: KeptOutcomes,
  query: AssessmentListQuery,
  origin: string,
  from: Partial<PagesOfRecords>,
): AsyncGenerator<readonly AssessmentRow[]> {
  const { sort: _, status, reportedBy, outcomeVintage: __, ...filters } = query;
  const outcomesBeside = await outcomesFor(view, kept, query);
  const isShown = (row: AssessmentRow): boolean =>
    (status === undefined || status.includes(row.status)) &&
    (reportedBy === undefined ||
      [row.reportedBy, ...row.combinedBodies].some((body) => body !== null && reportedBy.includes(body)));
  const narrowed = statusFilter(status, dayOfJudgement(view, query), query.knownAsOf !== undefined);
  for await (const forecasts of pagesOfRecords(view.read, 'forecast', recordFilters('forecast', filters), {
    ...from,
    narrowed,
  }))
    for (const forecast of forecasts) {
      yield rowsOf(await judge(outcomesBeside, forecast), origin).filter(isShown);
      await pause();
    }
}

function sortValueOf(row: AssessmentRow, key: AssessmentSortKey): string | number | null {
  switch (key) {
    case 'id':
      // Those of one forecast stand together, whatever other ids begin with its id.
      return row.id.replace(':', ' ');
    case 'periodEnd':
      return row.period.end;
    case 'outcomeVsForecastPercent':
      return percentOrder(row[key]);
    default:
      return row[key];
  }
}

function rowsOf({ forecast, assessments, nearMisses }: Judged, origin: string): readonly AssessmentRow[] {
  const { id, organisation, sector, measure, region, scope, source, publishedOn, period, amount, names } =
    forecast;
  return assessments.map((assessment) => ({
    id: assessmentId(id, assessment),
    forecast: id,
    forecaster: organisation,
    sector,
    measure,
    region,
    scope,
    source,
    publishedOn,
    period,
    forecastAmount: numbersOf(amount),
    ...assessment,
    setAside: [...nearMisses],
    url: assessmentUrl(origin, id),
    names: {
      forecaster: names.organisation,
      sector: names.sector,
      measure: names.measure,
      region: names.region,
      scope: names.scope,
      source: names.source,
      reportedBy: null,
    },
  }));
}

/** Rows with the names of the bodies that report. */
async function withNamesOfBodies(
  read: Reader,
  rows: readonly AssessmentRow[],
): Promise<readonly AssessmentRow[]> {
  const bodies = [...new Set(rows.flatMap(({ reportedBy }) => reportedBy ?? []))];
  if (bodies.length === 0) return rows;
  const found = await read
    .select({ id: organisations.id, name: organisations.name })
    .from(organisations)
    .where(read.dialect.isListed(organisations.id, JSON.stringify(bodies)));
  const names = new Map(found.map(({ id, name }) => [id, name]));
  return rows.map((row) => ({
    ...row,
    names: { ...row.names, reportedBy: names.get(row.reportedBy ?? '') ?? null },
  }));
}
