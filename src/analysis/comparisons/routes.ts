import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Comparison as DomainComparison } from '../../domain/analysis/comparison.ts';
import type { Subject } from '../../domain/analysis/comparison-groups.ts';
import { forecastersIn, isWithin } from '../../domain/analysis/comparison-groups.ts';
import type { Steps } from '../../domain/steps.ts';
import { mapped } from '../../domain/steps.ts';
import type { StatTable } from '../../http/formats/json-stat.ts';
import { jsonStatCollection, jsonStatDataset } from '../../http/formats/json-stat.ts';
import type { Draw, Look } from '../../http/formats/pictures.ts';
import type { Table } from '../../http/formats/tables.ts';
import { registerTable } from '../../http/formats/tables.ts';
import { Problem } from '../../http/message/problem.ts';
import { addressWith } from '../../http/query/paging.ts';
import { requireKnownIds } from '../../ledger/catalogue/known-ids.ts';
import { namesIn } from '../../ledger/catalogue/repository.ts';
import type { ReadContext, RouteContext } from '../../ledger/context.ts';
import type { ForecastFilters } from '../../ledger/records/kinds.ts';
import { KINDS } from '../../ledger/records/kinds.ts';
import { forecastPages, forecastsToCompute } from '../figures.ts';
import { saidBy } from '../picture-content.ts';
import type { Names } from '../shared-schemas.ts';
import {
  namesOf,
  periodCells,
  periodLabel,
  scopeNameIn,
  statementCells,
  withScopeNames,
} from '../shared-schemas.ts';
import type { CountedGroup } from './comparer.ts';
import {
  besideIn,
  countedGroups,
  groupsOf,
  isWhole,
  openComparer,
  questionOf,
  wholeQuestion,
  windowOf,
  withScope,
} from './comparer.ts';
import type { AddressOf } from './hints.ts';
import { hintsOf } from './hints.ts';
import type { ComparisonPicture, PicturedGroup } from './picture.ts';
import { outcomesOver } from './picture.ts';
import {
  Comparison,
  ComparisonQuery,
  ComparisonTableRow,
  MOST_GROUPS,
  MOST_LINKS,
  MOST_ROWS,
  MOST_UNGROUPED,
} from './schemas.ts';

/** Forecasters side by side. */
export function registerComparisonRoutes(
  app: FastifyInstance,
  context: RouteContext,
  draw: Draw<ComparisonPicture>,
): void {
  registerTable(app, context, {
    path: '/v1/comparisons',
    nameOf: (request) => {
      const { sector, measure, periodFrom, periodTo } = request.query as ComparisonQuery;
      return ['comparison', ...sector.slice(0, 5), measure, periodFrom, periodTo].filter(Boolean).join('-');
    },
    operation: {
      operationId: 'getComparison',
      tag: 'Analysis',
      summary: 'Forecasters side by side: by sector, measure, region, scope and period',
      description:
        'Totals and figures a year, in one currency where `convertTo` is given. The spread is over the comparable rows only; every other row says why it is left out. A forecaster counts once, by its latest figure, and the same claim in several places once where all state it alike; bounds and ranges count with what they allow. Only `sector` must be named: of what else is left out, `groups` has a comparison for each that at least two forecasters speak of.',
      querystring: ComparisonQuery,
      response: Comparison,
      responseDescription: 'The rows and their spread, or groups of such.',
      example: {
        sector: 'new-infrastructure',
        measure: 'directInvestment',
        region: 'CN',
        periodFrom: '2020-01-01',
        periodTo: '2020-12-31',
        convertTo: 'USD',
        rateBasis: 'publication,periodAverage',
      },
      problems: ['tooManyRecords'],
    },
    row: ComparisonTableRow,
    draw,
    compute: (view, request) => {
      const addressOf: AddressOf = (changes) => addressWith(request, context.originOf(request), changes);
      return sideBySide(view, request.query as ComparisonQuery, addressOf);
    },
  });
}

async function sideBySide(
  view: ReadContext,
  given: ComparisonQuery,
  addressOf: AddressOf,
): Promise<Table<ComparisonPicture>> {
  const resolved = await requireKnownIds(view.read, KINDS.forecast.tables, given);
  const query = await withScope(view.read, given);
  const { sector, measure, region } = query;
  const question = questionOf(query);
  const window = windowOf(query) ?? null;
  const about = {
    sector: sector.length === 1 ? (sector[0] ?? null) : null,
    ...{ measure: measure ?? null, region: region ?? null, window },
  };
  const meta = { datasetVersion: view.read.version, ...resolved };
  const found = await forecastsToCompute(view, filtersOf(query)).catch((error: unknown) => {
    if (error instanceof Problem && error.code === 'tooManyRecords' && !isWhole(query)) return error;
    throw error;
  });
  if (found instanceof Problem) return linksAlone(view, query, found, { about, meta, addressOf });
  const forecasts = found.filter((forecast) => isWithin(forecast, question, besideIn(query)));
  const comparer = await openComparer(view, forecasts, query);
  const names = namesOf(forecasts, ['source', 'forecaster', 'sector', 'measure', 'region']);
  const { receipts } = comparer;
  const picture = async (
    compared: readonly Omit<PicturedGroup, 'outcomes'>[],
    { lang }: Look,
    beside: Pick<ComparisonPicture, 'links' | 'ungrouped'>,
  ): Promise<ComparisonPicture> => {
    const groups: PicturedGroup[] = [];
    for (const { subject, rows, currency, spread } of compared)
      groups.push({
        ...{ subject, rows, currency, spread },
        outcomes: await outcomesOver(view, subject, currency, query),
      });
    return {
      ...{ over: query.over, groups, ...beside, receipts, said: saidBy(forecasts, comparer.byId) },
      names: await namesIn(lang, view.read, names, forecasts),
      datasetVersion: view.read.version,
    };
  };
  const { scope } = question;
  if (isWhole(query) && scope !== undefined) {
    const subject: Subject = { ...(about as Omit<Subject, 'scope'>), scope };
    const comparison = await comparer.compare({ subject, figures: comparer.figures });
    const one = { subject, ...comparison, forecasters: forecastersIn(comparison) };
    const { rows: data, currency, spread, warnings, statements } = comparison;
    const hints = await hintsOf(comparer, { subject, figures: comparer.figures }, comparison, addressOf);
    const answer = { ...about, currency, data, spread, warnings, statements, hints, ...NO_GROUPS, receipts };
    return {
      answer: { ...answer, meta: { ...meta, names } },
      rows: () => rowsOf([one], withScopeNames(names, forecasts)),
      stat: () => jsonStatDataset(comparisonTable(one, names)),
      picture: (look) => picture([one], look, { links: 0, ungrouped: 0 }),
    };
  }
  const { groups, ungrouped } = await groupsOf(comparer, query);
  const shown = groups.length > MOST_GROUPS || rowCount(groups) > MOST_ROWS ? [] : groups;
  const links = shown.length === groups.length ? [] : groups;
  const shownGroups = [];
  for (const group of shown) {
    const { subject, forecasters, rows: data, currency, spread, warnings, statements } = group;
    const address: AddressOf = (changes) => addressOf({ ...wholeQuestion(subject, query), ...changes });
    const hints = await hintsOf(comparer, group, group, address);
    const href = address({});
    const found = { currency, data, spread, warnings, statements, hints };
    shownGroups.push({ ...subject, forecasters, href, ...found });
  }
  return {
    answer: {
      ...about,
      ...NO_COMPARISON,
      groups: shownGroups,
      links: links.map((group) => linkTo(group, query, addressOf)),
      ungrouped: ungrouped.length,
      ungroupedForecasts: ungrouped.slice(0, MOST_UNGROUPED),
      receipts,
      meta: { ...meta, names },
    },
    rows: () => rowsOf(groups, withScopeNames(names, forecasts)),
    stat: () =>
      jsonStatCollection(
        sector.map((id) => names[id] ?? id).join(', '),
        mapped(groups, (group) => comparisonTable(group, names)),
        { ungrouped: ungrouped.length },
      ),
    picture: (look) => picture(shown, look, { links: links.length, ungrouped: ungrouped.length }),
  };
}

const NO_GROUPS = { groups: [], links: [], ungrouped: 0, ungroupedForecasts: [] } as const;
const NO_COMPARISON = {
  ...{ currency: null, data: [], spread: null, warnings: [], hints: [] },
  statements: { stances: [], scenarios: [], prices: [] },
} as const;

/** Which forecasts a question is about: of a scope and window only where nothing may stand beside them. */
function filtersOf(query: ComparisonQuery): ForecastFilters {
  const { sector, measure, region, year, collection, stance, scenario, prices } = query;
  const { publishedFrom, publishedTo, publishedAsOf, knownAsOf } = query;
  const { scope, window, over } = questionOf(query);
  const beside = besideIn(query);
  const only = over === 'total' && !beside.includes('periods') ? window : undefined;
  return {
    ...{ sector, sectorOnly: true, year, collection, publishedFrom, publishedTo, publishedAsOf, knownAsOf },
    ...{ stance, scenario, prices },
    measure: measure === undefined ? undefined : [measure],
    region: region === undefined ? undefined : [region],
    scope: scope === undefined || beside.includes('scopes') ? undefined : [scope],
    periodFrom: only?.end,
    periodTo: only?.start ?? undefined,
  };
}

function linkTo({ subject, forecasters }: CountedGroup, query: ComparisonQuery, addressOf: AddressOf) {
  return { ...subject, forecasters, href: addressOf(wholeQuestion(subject, query)) };
}

/**
 * Names the groups of more forecasts than can be computed with, which have rows only one by one.
 * @throws Problem that there are too many, where rows are asked for or there are too many groups too
 */
async function linksAlone(
  view: ReadContext,
  query: ComparisonQuery,
  problem: Problem,
  said: { readonly about: object; readonly meta: object; readonly addressOf: AddressOf },
): Promise<Table<ComparisonPicture>> {
  const counted = await countedGroups(forecastPages(view, filtersOf(query)), query);
  if (counted === undefined || counted.groups.length > MOST_LINKS) throw problem;
  const { groups, ungrouped, names } = counted;
  const refuse = (): never => {
    throw problem;
  };
  return {
    answer: {
      ...said.about,
      ...NO_COMPARISON,
      ...NO_GROUPS,
      links: groups.map((group) => linkTo(group, query, said.addressOf)),
      ungrouped,
      receipts: query.convertTo === undefined ? null : {},
      meta: { ...said.meta, names },
    },
    rows: refuse,
    stat: refuse,
    picture: refuse,
  };
}

function rowCount(groups: readonly Pick<DomainComparison, 'rows'>[]): number {
  return groups.reduce((sum, { rows }) => sum + rows.length, 0);
}

/** A comparison beside what it is of. */
interface Compared extends DomainComparison {
  readonly subject: Subject;
}

function* rowsOf(comparisons: readonly Compared[], names: Names): Steps<readonly object[]> {
  const rows: object[] = [];
  for (const comparison of comparisons)
    rows.push(...(yield* mapped(comparison.rows, (row) => tableRow(row, comparison.subject, names))));
  return rows;
}

function tableRow(
  row: DomainComparison['rows'][number],
  { sector, measure, region, window }: Subject,
  names: Names,
): z.output<typeof ComparisonTableRow> {
  const { total, perYear } = row;
  const amount = total ?? perYear;
  return {
    forecast: row.forecast,
    forecaster: row.forecaster,
    source: row.source,
    scope: row.scope,
    publishedOn: row.publishedOn,
    ...periodCells(row.period),
    ...statementCells(row),
    totalValue: total?.value ?? null,
    totalLow: total?.low ?? null,
    totalHigh: total?.high ?? null,
    qualifier: amount?.qualifier ?? null,
    approximate: amount === null ? null : amount.qualifier === 'approximately',
    currency: amount?.currency ?? null,
    years: row.years,
    perYearValue: perYear?.value ?? null,
    perYearLow: perYear?.low ?? null,
    perYearHigh: perYear?.high ?? null,
    pointValue: row.pointValue,
    comparable: row.comparable,
    reason: row.reason,
    countsInstead: row.countsInstead,
    conversionReason: row.conversionReason,
    assumptions: row.assumptions.map((assumption) =>
      assumption.code === 'startAssumed' ? `startAssumed ${assumption.start}` : assumption.code,
    ),
    alsoStatedIn: row.alsoStatedIn.map(({ forecast }) => forecast),
    sector,
    measure,
    region,
    windowStart: window.start,
    windowEnd: window.end,
    names: {
      forecaster: row.forecaster === null ? null : (names[row.forecaster] ?? null),
      source: names[row.source] ?? null,
      sector: names[sector] ?? null,
      measure: names[measure] ?? null,
      region: names[region] ?? null,
      scope: scopeNameIn(names, row.scope),
    },
  };
}

const FIGURES = {
  totalValue: 'Total',
  totalLow: 'Total, lower bound',
  totalHigh: 'Total, upper bound',
  perYearValue: 'A year',
  perYearLow: 'A year, lower bound',
  perYearHigh: 'A year, upper bound',
  pointValue: 'Compared value',
} as const;

/** A comparison as a JSON-stat table: forecast by figure, and by currency where there are several. */
function comparisonTable(comparison: Compared, names: Names): StatTable {
  const { subject } = comparison;
  const { sector, measure, window } = subject;
  const rows = new Map(comparison.rows.map((row) => [row.forecast, tableRow(row, subject, names)]));
  const periods = new Map(comparison.rows.map(({ forecast, period }) => [forecast, periodLabel(period)]));
  const currencies = [...new Set([...rows.values()].flatMap(({ currency }) => currency ?? []))].sort();
  return {
    label: `${names[sector] ?? sector}, ${names[measure] ?? measure}, ${window.start === null ? 'by' : `${window.start} to`} ${window.end}`,
    source: [...new Set(comparison.rows.map(({ source }) => names[source] ?? source))].join('; '),
    updated: null,
    dimensions: [
      {
        id: 'forecast',
        label: 'Forecast',
        categories: [...rows].map(([id, row]) => ({
          id,
          label: row.names.forecaster ?? row.forecaster ?? id,
          further: [periods.get(id) ?? '', row.names.source ?? row.source],
        })),
      },
      ...(currencies.length > 1
        ? [{ id: 'currency', label: 'Currency', categories: currencies.map((id) => ({ id, label: id })) }]
        : []),
      {
        id: 'figure',
        label: 'Figure',
        categories: Object.entries(FIGURES).map(([id, label]) => ({ id, label })),
      },
    ],
    valueAt: ([forecast = '', ...others]) => {
      const row = rows.get(forecast);
      if (row === undefined || (others.length > 1 && row.currency !== others[0])) return null;
      return row[others.at(-1) as keyof typeof FIGURES];
    },
    extension: {
      ...subject,
      currency: comparison.currency,
      spread: comparison.spread,
      warnings: comparison.warnings,
      statements: comparison.statements,
      rows: comparison.rows,
      approximate: [...rows.values()].filter((row) => row.approximate).map(({ forecast }) => forecast),
      leftOut: comparison.rows.flatMap(({ forecast, reason }) =>
        reason === null ? [] : [{ forecast, reason }],
      ),
      notConverted: comparison.rows.flatMap(({ forecast, conversionReason }) =>
        conversionReason === null ? [] : [{ forecast, reason: conversionReason }],
      ),
    },
  };
}
