import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { DefaultSettings, ResultUtils, TaskUtils } from '@microsoft/powerquery-parser';
import * as Plot from '@observablehq/plot';
import { parse as parseCsv } from 'csv-parse/sync';
import jsonata from 'jsonata';
import { parseHTML } from 'linkedom';
import type { Test } from 'tap';
import { test } from 'tap';
import * as vega from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { compile } from 'vega-lite';
import type { TestApp } from '../helpers/build.ts';
import { build } from '../helpers/build.ts';
import { buildForWriting } from '../helpers/ledger.ts';
import { ROOT } from '../helpers/process.ts';

/** The chart of the page, a module of a site of its own. */
const { comparisonChart } = await import(`${pathToFileURL(join(ROOT, 'dashboards/observable/chart.js'))}`);

const read = (name: string): string => readFileSync(join(ROOT, 'dashboards', name), 'utf8');
/** Where dashboards take the ledger to be as they are imported. */
const LEDGER = 'http://localhost:3000';
const PICTURES = join(ROOT, '.tap', 'screenshots');

function keepPicture(name: string, svg: string): void {
  mkdirSync(PICTURES, { recursive: true });
  writeFileSync(join(PICTURES, name), svg);
}

type Row = Readonly<Record<string, string>>;
const rowsIn = (csv: string): Row[] => parseCsv(csv, { columns: true }) as Row[];

interface Query {
  readonly url: string;
  readonly root_selector: string;
  readonly columns: readonly { readonly selector: string; readonly text: string; readonly type: string }[];
  readonly parser: string;
  readonly pagination_mode: string;
  readonly datasource: { readonly uid: string };
}

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly Query[];
    readonly transformations?: readonly { readonly options: unknown }[];
    readonly options: { readonly xField?: string };
    readonly fieldConfig: {
      readonly overrides: readonly { readonly matcher: { id: string; options: string } }[];
    };
  }[];
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly type: string;
      readonly query: string | { readonly infinityQuery: Query };
      readonly current: { readonly value?: string };
    }[];
  };
}

const grafana = JSON.parse(read('grafana.json')) as Dashboard;
const chosen = new Map(grafana.templating.list.map(({ name, current }) => [name, current.value]));

/** A text with the variables of the dashboard as they are at first. */
function filled(t: Test, text: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = chosen.get(name);
    t.ok(value, `the variable ${name}`);
    return value ?? '';
  });
}

/** The rows of a query, as the backend parser of Infinity finds them: with JSONata, for the root and for each column. */
async function rowsOf(
  t: Test,
  { get }: TestApp,
  query: Query,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const url = filled(t, query.url);
  t.ok(url.startsWith(`${LEDGER}/`), url);
  const answer = await get<object>(url.slice(LEDGER.length));
  const found = (await jsonata(query.root_selector).evaluate(answer)) as unknown;
  const rows: unknown[] = Array.isArray(found) ? [...found] : [found];
  t.ok(rows.length > 0 && rows.every((row) => typeof row === 'object' && row !== null), `${url}: rows`);
  return Promise.all(
    rows.map(async (row) =>
      Object.fromEntries(
        await Promise.all(
          query.columns.map(
            async ({ selector, text }) => [text, await jsonata(selector).evaluate(row)] as const,
          ),
        ),
      ),
    ),
  );
}

const IS_OF: Readonly<Record<string, (value: unknown) => boolean>> = {
  number: (value) => Number.isFinite(Number(value)) && typeof value !== 'boolean',
  string: (value) => ['string', 'boolean'].includes(typeof value),
  timestamp: (value) => !Number.isNaN(Date.parse(String(value))),
};

test('Grafana: every query of the dashboard is answered, and its root and columns are there', async (t) => {
  const service = await build(t);
  const queries = [
    ...grafana.panels.flatMap(({ title, targets }) => targets.map((query) => ({ title, query }))),
    ...grafana.templating.list.flatMap(({ name, query }) =>
      typeof query === 'string' ? [] : [{ title: name, query: query.infinityQuery }],
    ),
  ];
  t.ok(queries.length >= 10, `${queries.length} queries`);
  for (const { title, query } of queries) {
    t.equal(query.datasource.uid, `\${datasource}`, 'of the data source that is chosen');
    t.equal(query.parser, 'backend');
    const rows = await rowsOf(t, service, query);
    for (const { text, type } of query.columns) {
      const values = rows.map((row) => row[text]);
      t.notOk(values.includes(undefined), `${title}: ${text} is in every row`);
      const given = values.filter((value) => value !== null);
      t.ok(given.length > 0, `${title}: ${text} has values`);
      t.ok(
        given.every((value) => IS_OF[type]?.(value)),
        `${title}: ${text} is ${type}: ${given.slice(0, 3)}`,
      );
    }
  }
});

test('Grafana: what panels and variables name is there', async (t) => {
  const service = await build(t);
  for (const { title, targets, transformations = [], options, fieldConfig } of grafana.panels) {
    const columns = targets.flatMap(({ columns }) => columns.map(({ text }) => text));
    const named = [
      ...[
        ...JSON.stringify(transformations).matchAll(
          /"(?:fieldName|columnField|rowField|valueField)":"([^"]+)"/g,
        ),
      ].map(([, name]) => name),
      ...(options.xField === undefined ? [] : [options.xField]),
      ...fieldConfig.overrides.flatMap(({ matcher }) => (matcher.id === 'byName' ? [matcher.options] : [])),
    ];
    for (const name of named) t.ok(columns.includes(name ?? ''), `${title}: ${name}`);
  }
  for (const { name, query, current } of grafana.templating.list) {
    if (typeof query === 'string') continue;
    const rows = await rowsOf(t, service, query.infinityQuery);
    t.ok(
      rows.some((row) => row.__value === current.value),
      `${name}: ${current.value} can be chosen`,
    );
  }
});

test('Grafana: the breakdown has cells of the measure that is chosen, one a sector and day', async (t) => {
  const service = await build(t);
  const panel = grafana.panels.find(({ targets }) => targets[0]?.url.includes('/v1/breakdowns'));
  const [query] = panel?.targets ?? [];
  if (query === undefined) throw new Error('there is no breakdown');
  const rows = await rowsOf(t, service, query);
  const cells = rows.filter((row) => row.Role === 'cell' && row.Measure === chosen.get('measure'));
  t.ok(new Set(cells.map((row) => row.Sector)).size > 1, 'several sectors');
  t.ok(new Set(cells.map((row) => row['Period to'])).size > 1, 'over time');
});

test('Grafana: a page of a list without a next one has its cursor, as null, and no query needs a second page', async (t) => {
  const { get } = await build(t);
  for (const { targets } of grafana.panels)
    for (const { url, pagination_mode } of targets) {
      t.equal(pagination_mode, 'none');
      const answer = await get<object>(filled(t, url).slice(LEDGER.length));
      if (!('page' in answer)) continue;
      t.match(url, /limit=1000/);
      t.equal(await jsonata('page.nextCursor').evaluate(answer), null, 'there, and null');
      t.equal(await jsonata('page.nextUrl').evaluate(answer), null);
    }
  // Infinity stops after five pages: the table of all records would end without a word.
  const five = await get<{ data: object[] }>('/v1/forecasts?limit=1000');
  t.ok(five.data.length > 5 * 10, 'more than five pages of ten come as one');
});

/** A query of the `Web.Contents` of a Power Query script. */
function webContentsOf(script: string): { base: string; path: string; query: Record<string, string> } {
  const [, base = '', path = '', fields = ''] =
    /Web\.Contents\(\s*"([^"]+)",\s*\[\s*RelativePath = "([^"]+)",\s*Query = \[([^\]]*)\]\s*\]\s*\)/.exec(
      script,
    ) ?? [];
  const query = Object.fromEntries(
    [...fields.matchAll(/(\w+) = "([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
  return { base, path, query };
}

test('Power Query: the script is valid, its address constant, and its columns are there', async (t) => {
  const script = read('forecasts.pq');
  const parsed = await TaskUtils.tryLexParse(DefaultSettings, script);
  t.ok(TaskUtils.isParseStageOk(parsed), 'it parses');
  t.notOk(ResultUtils.isError(parsed as never));
  t.equal(script.match(/Web\.Contents/g)?.length, 1);
  const { base, path, query } = webContentsOf(script);
  t.equal(base, LEDGER, 'a constant, without a path and a query, as a refresh by a service needs');
  t.ok(Object.keys(query).length > 3);
  const { request } = await build(t);
  const { statusCode, body } = await request(`/${path}?${new URLSearchParams(query)}`);
  t.equal(statusCode, 200, body.slice(0, 300));
  const rows = rowsIn(body);
  t.ok(rows.length > 50);
  const typed = [...script.matchAll(/\{"(\w+)", type (number|date)\}/g)];
  t.ok(typed.length >= 6);
  for (const [, column = '', type] of typed) {
    const cells = rows.map((row) => row[column]);
    t.notOk(cells.includes(undefined), column);
    const pattern = type === 'date' ? /^(?:\d{4}-\d{2}-\d{2})?$/ : /^(?:\d+(?:\.\d+)?)?$/;
    t.ok(
      cells.every((cell) => pattern.test(cell ?? '')),
      `${column} is ${type}`,
    );
  }
});

test('Vega-Lite: the spec compiles without a warning, its fields are there, and it draws each figure', async (t) => {
  const spec = JSON.parse(read('vega-lite.json')) as { data: { url: string; format: object } } & TopLevelSpec;
  const { request } = await build(t);
  const { statusCode, body } = await request(spec.data.url.slice(LEDGER.length));
  t.equal(statusCode, 200, body.slice(0, 300));
  const rows = rowsIn(body);
  const columns = Object.keys(rows[0] ?? {});
  const made = ['who', 'value', 'low', 'high', 'order'];
  const text = JSON.stringify(spec);
  const fields = [...text.matchAll(/"field":"(\w+)"/g), ...text.matchAll(/datum\.(\w+)/g)].map(
    ([, name = '']) => name,
  );
  for (const field of new Set(fields)) t.ok([...columns, ...made].includes(field), field);
  const warnings: string[] = [];
  const note = (...words: readonly unknown[]) => {
    warnings.push(words.join(' '));
    return logger;
  };
  const logger = {
    level: () => logger,
    error: note,
    warn: note,
    info: () => logger,
    debug: () => logger,
  } as never;
  const compiled = compile(spec, { logger }).spec;
  t.strictSame(warnings, []);
  const loader = vega.loader();
  loader.load = async (uri: string) => {
    t.equal(uri, spec.data.url, 'it loads the ledger alone');
    return body;
  };
  const svg = await new vega.View(vega.parse(compiled), { renderer: 'none', loader }).toSVG();
  keepPicture('vega-lite.svg', svg);
  const shown = rows.filter(
    ({ periodStart, windowStart, periodEnd, windowEnd }) =>
      periodStart === windowStart && periodEnd === windowEnd,
  );
  t.ok(shown.length >= 6, `${shown.length} figures`);
  for (const { forecasterName } of shown) t.match(svg, `${forecasterName}`);
  t.equal(svg.match(/fill="white"[^>]*stroke="#31688e"/g)?.length, 1, 'one hollow dot');
  t.equal(svg.match(/<path aria-label="[^>]*fill="#31688e"/g)?.length, 4, 'three dots and an arrow');
  t.notMatch(svg, /\de\+\d/, 'numbers in full');
});

const run = promisify(execFile);

test('Observable: the loader asks as of one moment, and gives the same for ever', async (t) => {
  const service = await buildForWriting(t);
  await service.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = service.app.server.address() as AddressInfo;
  const pinned = service.later();
  const load = async (asOf: string): Promise<string> => {
    const { stdout } = await run(
      process.execPath,
      [join(ROOT, 'dashboards/observable/loaders/comparison.csv.js')],
      {
        env: { ...process.env, LEDGER_URL: `http://127.0.0.1:${port}`, KNOWN_AS_OF: asOf },
      },
    );
    return stdout;
  };
  service.later();
  const before = await load(pinned);
  t.ok(rowsIn(before).length > 10);
  const path = '/v1/forecasts/haitong-2020-new-infrastructure-2020';
  await service.write('DELETE', `${path}?reason=an%20example`, undefined, { 'if-match': '*' });
  const now = service.later();
  t.equal(await load(pinned), before, 'whatever was written since');
  t.not(await load(now), before, 'without the pin it would be another');
  await t.rejects(load('2999-01-01'), /in the future/, 'what is refused fails the build');
});

test('Observable: the chart draws each figure as what it is', async (t) => {
  const { request } = await build(t);
  const { body } = await request(
    '/v1/comparisons.csv?sector=new-infrastructure&measure=directInvestment&region=CN&periodFrom=2020-01-01&periodTo=2020-12-31&convertTo=USD&rateBasis=publication,latest',
  );
  const { document } = parseHTML('<html><body></body></html>');
  const chart = comparisonChart(Plot, rowsIn(body), { document }) as { outerHTML: string };
  const svg = chart.outerHTML;
  keepPicture('observable.svg', svg);
  t.match(svg, /Haitong Securities/);
  t.match(svg, /Lanshi Asset Management/);
  t.match(svg, /CITIC Securities/);
  t.notMatch(svg, /Xu Xianping/, 'of another period');
  t.equal(svg.match(/<circle/g)?.length, 4, 'four points');
  t.equal(svg.match(/fill="white"/g)?.length, 1, 'one of them hollow');
  t.equal(svg.match(/▶/g)?.length, 1, 'a lower bound');
  for (const words of ['at least 298', '282 to 423', 'about 140', '420']) t.match(svg, words);
  const page = read('observable/index.md');
  for (const [, name = ''] of page.matchAll(/FileAttachment\('([^']+)'\)/g))
    t.ok(read(`observable/${name}.js`), name);
  for (const column of page.match(/columns: \[([^\]]+)\]/)?.[1]?.match(/\w+/g) ?? [])
    t.ok(column in (rowsIn(body)[0] ?? {}), column);
});
