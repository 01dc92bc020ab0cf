import type { Tool as McpTool } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Assessment, ForecastAssessment, TrackRecordAnswer } from '../analysis/assessments/schemas.ts';
import { AssessmentListQuery } from '../analysis/assessments/schemas.ts';
import type { BreakdownList } from '../analysis/breakdowns/schemas.ts';
import { BreakdownQuery } from '../analysis/breakdowns/schemas.ts';
import type { Comparison, ComparisonRow } from '../analysis/comparisons/schemas.ts';
import { ComparisonQuery } from '../analysis/comparisons/schemas.ts';
import { didYouMean } from '../http/message/suggestion.ts';
import { describedQuery } from '../http/openapi/parameters.ts';
import type { Hint, ListMeta } from '../http/query/paging.ts';
import { withoutNulls } from '../http/query/paging.ts';
import { entryName, identifier } from '../http/query/shared-schemas.ts';
import type { ConvertAnswer } from '../ledger/rates/schemas.ts';
import { ConvertQuery, RecordConversionsQuery } from '../ledger/rates/schemas.ts';
import { KINDS } from '../ledger/records/kinds.ts';
import type { Forecast, Outcome } from '../ledger/records/schemas.ts';
import type { Asking, Parameters } from './asking.ts';
import { Refusal } from './asking.ts';
import { figureOf, namedFigure, shortAmount } from './figures.ts';
import { fitting } from './replies.ts';

/** What a tool replies, and how to go on where not all of it has room. */
type Reply = Readonly<Record<string, unknown>>;

interface Tool {
  readonly title: string;
  readonly description: string;
  /** The parameters of the API that it takes, under the same names, and a few of its own. */
  readonly parameters: z.ZodObject;
  readonly reply: (asking: Asking, given: Parameters) => Promise<Reply>;
}

const cursor = z.string().optional().meta({ description: 'As `next` of the reply before says.' });
const skip = z.int().min(0).max(5000).optional().meta({
  description: 'How many rows to pass over, as `next` of the reply before says.',
});
const FORMS = ['fields', 'format', 'shape', 'labels', 'compact', 'excel', 'delimiter', 'count', 'limit'];

/** Some parameters of a query of the API. */
function some(query: z.ZodObject, ...names: readonly string[]): z.ZodObject {
  const { shape } = describedQuery(query, FORMS);
  return z.strictObject(Object.fromEntries(names.map((name) => [name, shape[name] as z.ZodType])));
}

const { listQuery, itemQuery } = KINDS.forecast;
const VINTAGE = ['publishedAsOf', 'knownAsOf'];
const CONVERSION = ['convertTo', 'rateBasis', 'rateDate'];
const forecastId = identifier.meta({ description: 'Id of a forecast.' });

/** How many rows are asked for at most; more have no room in a reply. */
const MOST_ROWS = 12;

export const TOOLS = {
  search_forecasts: {
    title: 'Search forecasts',
    description:
      'Finds forecasts of investment: who expects how much, in which sector, over which period. Each with the words that state it. Read the vocabulary resource for ids.',
    parameters: z.strictObject({
      ...some(
        listQuery,
        ...['q', 'sector', 'measure', 'forecaster', 'region', 'source', 'scope', 'currency', 'year'],
        ...['stance', 'scenario', 'prices', 'publishedFrom', 'publishedTo', 'amountMin', 'amountMax', 'sort'],
        ...[...CONVERSION, ...VINTAGE],
      ).shape,
      cursor,
    }),
    reply: (asking, given) =>
      rowsFromCursor<Forecast>(asking, 'search_forecasts', '/v1/forecasts', given, {}, (record) =>
        figureOf('forecast', record, asking, conversionIn(given)),
      ),
  },

  get_forecast: {
    title: 'One forecast',
    description:
      'One forecast whole: the figure, the words that state it and where they stand, its conversions, notes, and related forecasts.',
    parameters: z.strictObject({
      forecast: forecastId,
      ...some(itemQuery, ...CONVERSION, ...VINTAGE).shape,
    }),
    reply: async (asking, { forecast: id = '', ...given }) => {
      const path = `/v1/forecasts/${encodeURIComponent(id)}`;
      const { data } = await asking.get<{ data: Forecast }>(path, given);
      const { notes, confidence, revision, recordedAt, relations, corroboration, statedConversions } = data;
      const { interpretation } = data.amount;
      const stated = figureOf('forecast', data, asking, conversionIn(given));
      const figure = {
        ...stated,
        documentSha256: data.evidence.documentSha256,
        beneficiarySectors: data.beneficiarySectors.slice(0, 20),
        revises: data.revises,
        revisedBy: data.revisedBy.slice(0, 20),
        confidence,
        revision,
        recordedAt,
        names: data.names,
      };
      const parts = [
        ...(interpretation === null ? [] : [{ interpretation }]),
        ...statedConversions.map(({ amount, impliedRate, evidence }) => ({
          statedConversion: withoutNulls({ amount, impliedRate, quote: evidence.phrase }),
        })),
        ...relations.map((relation) => ({ relation: withoutNulls(relation) })),
        ...corroboration.map((page) => ({ alsoStatedAt: page })),
        ...(notes === null ? [] : [{ notes }]),
      ];
      const shown = await fitting(figure, parts, (part) => part);
      return {
        ...(withoutNulls(figure) as object),
        count: { parts: parts.length, shown: shown.length },
        parts: shown,
        ...(shown.length < parts.length ? { next: `The others are at ${stated.address}` } : {}),
      };
    },
  },

  compare_forecasts: {
    title: 'Compare forecasters',
    description:
      'Forecasters side by side, with the spread over those that compare: of one sector, measure, region and window, or of a sector alone in groups of these. Each row says its assumptions, or why it is left out of the spread.',
    parameters: z.strictObject({
      ...some(
        ComparisonQuery,
        ...['sector', 'measure', 'region', 'periodFrom', 'periodTo', 'scope', 'over', 'assumeStart'],
        ...['perForecaster', 'collection', 'stance', ...CONVERSION, ...VINTAGE],
      ).shape,
      skip,
    }),
    reply: async (asking, { skip: passed = '0', ...given }) => {
      const path = '/v1/comparisons';
      const answer = await asking.get<z.output<typeof Comparison>>(path, given);
      const { data, groups, links, receipts, currency, spread, warnings, hints, window, ungrouped, meta } =
        answer;
      const rest = {
        address: asking.permanent(path, given),
        knownAsOf: asking.knownAsOf,
        ...(data.length > 0 ? { window, currency, spread, warnings } : { ungrouped }),
        ...saidIn({ ...meta, hints }),
      };
      const rowsOf = (rows: readonly z.output<typeof ComparisonRow>[]) => rows.map((row) => ({ row }));
      const items = [
        ...rowsOf(data),
        ...groups.flatMap(({ data: rows, href: _, hints: own, ...group }) => [
          { shown: { group, hints: hintsOf(own) } },
          ...rowsOf(rows),
        ]),
        ...links.map(({ href: _, ...group }) => ({ shown: { comparison: group } })),
      ];
      return rowsFrom(asking, 'compare_forecasts', { ...given, skip: passed }, rest, items, async (item) => {
        if ('shown' in item) return item.shown;
        const { row } = item;
        return {
          ...(await namedFigure(
            'forecast',
            row.forecast,
            asking,
            conversionOf(row.forecast, receipts, given),
          )),
          compared: row.total && shortAmount(row.total),
          perYear: row.perYear && shortAmount(row.perYear),
          receipt: receipts?.[row.forecast],
          comparable: row.comparable,
          reason: row.conversionReason ?? row.reason,
          assumptions: row.assumptions,
          alsoStatedIn: row.alsoStatedIn.slice(0, 10).map(({ forecast }) => forecast),
        };
      });
    },
  },

  break_down_sector: {
    title: 'What a sector is made of',
    description:
      'The figures of a sector and of what is below it, document by document: the stated total, the parts with their shares, and what is left. Figures of different documents are never added.',
    parameters: z.strictObject({
      ...some(
        BreakdownQuery,
        ...['measure', 'forecaster', 'source', 'region', 'scope', 'year', ...CONVERSION, ...VINTAGE],
      ).shape,
      sector: entryName.meta({ description: 'One sector.' }),
      skip,
    }),
    reply: async (asking, { sector = '', skip: passed = '0', ...given }) => {
      const path = `/v1/sectors/${encodeURIComponent(sector)}/breakdown`;
      const { data, receipts, meta } = await asking.get<z.output<typeof BreakdownList>>(path, given);
      const rest = {
        address: asking.permanent(path, given),
        knownAsOf: asking.knownAsOf,
        documents: data.length,
        ...saidIn(meta),
      };
      const rows = data.flatMap((breakdown) => {
        const { total, parts, sum, residual, status, uncoveredSectors, warnings, leftOut } = breakdown;
        const summary = {
          breakdown: {
            ...{ source: breakdown.source, forecaster: breakdown.forecaster, measure: breakdown.measure },
            ...{ region: breakdown.region, scope: breakdown.scope, currency: breakdown.currency },
            ...{
              status,
              parts: parts.length,
              sum,
              residual,
              uncoveredSectors: uncoveredSectors.slice(0, 20),
            },
            warnings: warnings.map(({ code }) => code),
            leftOut: leftOut.length,
          },
        };
        return [
          { summary, total },
          ...parts.map(({ share, ...part }) => ({ summary: { share }, total: part })),
        ];
      });
      return rowsFrom(
        asking,
        'break_down_sector',
        { sector, ...given, skip: passed },
        rest,
        rows,
        async (row) => {
          if (row.total === null) return row.summary;
          const { forecast, amount } = row.total;
          const figure = await namedFigure(
            'forecast',
            forecast,
            asking,
            conversionOf(forecast, receipts, given),
          );
          return { ...row.summary, ...figure, counted: shortAmount(amount), receipt: receipts?.[forecast] };
        },
      );
    },
  },

  convert_amount: {
    title: 'Convert an amount',
    description:
      'An amount, or the figure of a forecast, in another currency, with the receipt from which anybody can repeat it. Give `forecast` and `to` (every basis side by side), or `amount`, `from` and `to`.',
    parameters: z.strictObject({
      forecast: forecastId.optional(),
      ...some(RecordConversionsQuery, 'rateDate', 'rateProvider').shape,
      ...some(ConvertQuery, 'to', 'date', 'periodFrom', 'periodTo', ...VINTAGE).shape,
      ...some(ConvertQuery, 'amount', 'from').partial().shape,
    }),
    reply: async (asking, { forecast, ...given }) => {
      const knownAsOf = asking.knownAsOf;
      if (forecast === undefined) {
        const { data } = await asking.get<z.output<typeof ConvertAnswer>>('/v1/convert', given);
        const quote = 'None: the amount is yours. The rates are as their provider published them.';
        const { converted, ...stated } = data;
        return {
          address: asking.permanent('/v1/convert', given),
          knownAsOf,
          quote,
          ...stated,
          converted: withoutNulls(converted),
        };
      }
      const path = `/v1/forecasts/${encodeURIComponent(forecast)}/conversions`;
      const { data } = await asking.get<{ data: readonly object[] }>(path, given);
      const figure = await namedFigure('forecast', forecast, asking);
      return { conversions: asking.permanent(path, given), knownAsOf, ...figure, data: withoutNulls(data) };
    },
  },

  judge_forecasts: {
    title: 'Who was right',
    description:
      'Forecasts beside what was reported as realised. Give `forecast` for one, with the outcomes that count; else filters give a list. One `forecaster` adds its track record.',
    parameters: z.strictObject({
      forecast: forecastId.optional(),
      ...some(
        AssessmentListQuery,
        ...['status', 'sector', 'measure', 'forecaster', 'region', 'scope', 'sort', ...VINTAGE],
      ).shape,
      cursor,
    }),
    reply: async (asking, { forecast, ...given }) =>
      forecast === undefined ? judgements(asking, given) : judgement(asking, forecast, given),
  },
} as const satisfies Readonly<Record<string, Tool>>;

/** Questions that would give more, as arguments of the same tool. */
function hintsOf(hints: readonly Hint[] | undefined) {
  if (hints === undefined || hints.length === 0) return undefined;
  return hints.map(({ parameters, message }) => ({ parameters, message }));
}

/** What an answer says beside its rows, in the words of the API. */
function saidIn({ hints, notCompared, resolvedIds }: Omit<z.output<typeof ListMeta>, 'datasetVersion'>) {
  return defined({ resolvedIds, notCompared, hints: hintsOf(hints) });
}

/** What of a call an address must say to show a figure converted alike. */
function conversionIn(given: Parameters): Parameters {
  return Object.fromEntries(Object.entries(given).filter(([name]) => CONVERSION.includes(name)));
}

/** The same of a figure of a computed answer: nothing where it has no receipt, for then it was not converted. */
function conversionOf(forecast: string, receipts: object | null, given: Parameters): Parameters {
  return receipts !== null && Object.hasOwn(receipts, forecast) ? conversionIn(given) : {};
}

/** Rows of a list of the API, from a cursor on: as many as have room, and the call that gives the next. */
async function rowsFromCursor<Row>(
  asking: Asking,
  tool: string,
  path: string,
  given: Parameters,
  about: object,
  shownOf: (row: Row) => object | Promise<object>,
): Promise<Reply> {
  interface Page {
    readonly data: Row[];
    readonly page: { readonly nextCursor: string | null };
    readonly meta: z.output<typeof ListMeta>;
  }
  const ask = (limit: number) => asking.get<Page>(path, { ...given, limit: String(limit), count: 'exact' });
  const { cursor: _, ...filters } = given;
  const { data, page, meta } = await ask(MOST_ROWS);
  const address = asking.permanent(path, filters);
  const rest = { address, knownAsOf: asking.knownAsOf, ...about, ...saidIn(meta) };
  const rows = await fitting(rest, data, async (row) => withoutNulls(await shownOf(row)) as object, 1);
  // A cursor goes on behind the last row that is asked for.
  const { nextCursor } = rows.length < data.length ? (await ask(rows.length)).page : page;
  return {
    ...rest,
    count: { found: meta.count, shown: rows.length },
    rows,
    ...(nextCursor === null ? {} : { next: { [tool]: { ...given, ...asking.vintage, cursor: nextCursor } } }),
  };
}

/** Rows of a computed answer, from one on: as many as have room, and the call that gives the next. */
async function rowsFrom<Row>(
  asking: Asking,
  tool: string,
  { skip: passed = '0', ...given }: Parameters,
  rest: object,
  all: readonly Row[],
  shownOf: (row: Row) => Promise<object>,
): Promise<Reply> {
  const from = Number(passed);
  const items = all.slice(from, from + MOST_ROWS);
  const rows = await fitting(rest, items, async (row) => withoutNulls(await shownOf(row)) as object, 1);
  const to = from + rows.length;
  return {
    ...(withoutNulls(rest) as object),
    count: { found: all.length, from, shown: rows.length },
    rows,
    ...(to < all.length ? { next: { [tool]: { ...given, ...asking.vintage, skip: to } } } : {}),
  };
}

type Judged = Pick<
  Assessment,
  | 'status'
  | 'reason'
  | 'reportedBy'
  | 'outcomes'
  | 'outcomeVsForecastPercent'
  | 'percentAgainst'
  | 'percentReason'
  | 'insideBounds'
  | 'elapsedShare'
  | 'reachedPercent'
  | 'judgedAsOf'
>;

function verdictOf(judged: Judged) {
  const { status, reason, reportedBy, outcomes, outcomeVsForecastPercent, percentAgainst } = judged;
  const { percentReason, insideBounds, elapsedShare, reachedPercent, judgedAsOf } = judged;
  return {
    verdict: { status, reason, reportedBy, outcomeVsForecastPercent, percentAgainst, percentReason },
    ...{ insideBounds, elapsedShare, reachedPercent, judgedAsOf },
    outcomes: outcomes.length,
  };
}

/** So many outcomes of an assessment are shown in a row of a list. */
const MOST_OUTCOMES = 3;

async function judgements(asking: Asking, given: Parameters): Promise<Reply> {
  const { cursor: _, status: __, sort: ___, ...filters } = given;
  const about = await trackRecordIn(asking, filters);
  return rowsFromCursor<Assessment>(
    asking,
    'judge_forecasts',
    '/v1/assessments',
    given,
    about,
    async (row) => {
      const reported = [];
      for (const id of row.outcomes.slice(0, MOST_OUTCOMES))
        reported.push(await namedFigure('outcome', id, asking));
      return { ...verdictOf(row), forecast: await namedFigure('forecast', row.forecast, asking), reported };
    },
  );
}

async function trackRecordIn(asking: Asking, given: Parameters): Promise<object> {
  const { forecaster, sector, measure, region, scope, publishedAsOf } = given;
  if (forecaster === undefined || forecaster.includes(',')) return {};
  const path = `/v1/forecasters/${encodeURIComponent(forecaster)}/track-record`;
  const filters = defined({ sector, measure, region, scope, publishedAsOf });
  const { data } = await asking.get<z.output<typeof TrackRecordAnswer>>(path, filters);
  const { byMeasure, byHorizon, percentageErrorRows, shareInsideBoundsRows, names, ...figures } = data;
  return { trackRecord: withoutNulls({ ...figures, address: asking.permanent(path, filters) }) };
}

async function judgement(asking: Asking, id: string, given: Parameters): Promise<Reply> {
  const { publishedAsOf, ...others } = given;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new Refusal(`"${other}" has no meaning with "forecast", which names the one to judge.`);
  const path = `/v1/forecasts/${encodeURIComponent(id)}/assessment`;
  const vintage = defined({ publishedAsOf });
  const { data, setAside, outcomes } = await asking.get<z.output<typeof ForecastAssessment>>(path, vintage);
  const rest = {
    address: asking.permanent(path, vintage),
    knownAsOf: asking.knownAsOf,
    forecast: await namedFigure('forecast', id, asking),
    setAside: { count: setAside.length, first: setAside.slice(0, 10) },
  };
  const counting = new Map<string, Outcome>(outcomes.map((outcome) => [outcome.id, outcome]));
  const parts = data.flatMap((judged) => [
    withoutNulls(verdictOf({ ...judged })) as object,
    ...judged.outcomes.flatMap((outcome) => {
      const record = counting.get(outcome);
      return record === undefined ? [] : [figureOf('outcome', record, asking)];
    }),
  ]);
  const rows = await fitting(rest, parts, (part) => part);
  return {
    ...rest,
    count: { found: parts.length, shown: rows.length },
    rows,
    ...(rows.length < parts.length ? { next: `The others are at ${rest.address}` } : {}),
  };
}

function defined<Value>(
  values: Readonly<Record<string, Value | undefined>>,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * The arguments of a call as parameters of an address.
 * @throws Refusal for an argument that the tool has not, or that is no text, number, truth value or list of these
 */
export function parametersOf(tool: Tool, given: unknown): Parameters {
  const names = Object.keys(tool.parameters.shape);
  const own = (given ?? {}) as Readonly<Record<string, unknown>>;
  const missing = Object.entries<z.ZodType>(tool.parameters.shape).find(
    ([name, schema]) => own[name] === undefined && schema._zod.optin === undefined,
  );
  if (missing !== undefined) throw new Refusal(`"${missing[0]}" is required.`);
  const parameters = Object.entries(own).map(([name, value]): [string, string] => {
    if (!names.includes(name)) {
      const meant = didYouMean(name, names);
      const hint = meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean "${meant}"?`;
      throw new Refusal(`There is no parameter ${JSON.stringify(name.slice(0, 80))}. ${hint}`);
    }
    const values = [value].flat();
    if (values.length === 0 || !values.every((one) => ['string', 'number', 'boolean'].includes(typeof one)))
      throw new Refusal(`"${name}" must be a text, a number, true or false, or a list of texts.`);
    return [name, values.join(',')];
  });
  return Object.fromEntries(parameters);
}

/** The tools as clients list them. */
export function describedTools() {
  return Object.entries<Tool>(TOOLS).map(([name, { title, description, parameters }]) => ({
    name,
    title,
    description,
    inputSchema: inputSchemaOf(parameters),
    annotations: { title, readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  }));
}

/**
 * What schemas of tools do not say: alternatives, which many clients do not take (a day and a time are both texts), and
 * what the API says itself of an argument that breaks it.
 */
const NOT_SAID = ['anyOf', 'examples', 'pattern', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

function inputSchemaOf(parameters: z.ZodObject) {
  const { $schema, ...schema } = z.toJSONSchema(parameters, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      for (const keyword of NOT_SAID) delete jsonSchema[keyword];
    },
  });
  return { ...schema, type: 'object' } as McpTool['inputSchema'];
}
