import { html } from 'ghtml';
import type { z } from 'zod';
import type { TrackRecord } from '../../analysis/assessments/schemas.ts';
import type { Breakdown, BreakdownList } from '../../analysis/breakdowns/schemas.ts';
import type { Forecaster, Sector, SectorTree, Source } from '../../ledger/catalogue/schemas.ts';
import type { Forecast } from '../../ledger/records/schemas.ts';
import { addressOf, Refused, unlessRefused } from './asking.ts';
import { comparisonTables, subjectFields } from './compare.ts';
import { currencyForm, forecastTable, withValue } from './explore.ts';
import { percent } from './figures.ts';
import { safeAddress } from './forecast.ts';
import type { Markup, Page, PageContext } from './layout.ts';
import {
  codeInWords,
  figure,
  languageName,
  link,
  linkTo,
  named,
  otherForms,
  period,
  picture,
  table,
} from './layout.ts';
import { refusal } from './problem-page.ts';

/** Breakdowns shown with a picture each. */
const SHOWN_BREAKDOWNS = 6;
const LIST_LENGTH = '100';
const SHOWN_ENTRIES = '50';

type Answer<Data> = { readonly data: Data; readonly meta: { readonly datasetVersion: string } };

/** `/sectors`: the forest of sectors. */
export async function sectors(context: PageContext): Promise<Page> {
  const { ask, query, texts } = context;
  const { data, meta } = await ask<Answer<SectorTree[]>>('/v1/sectors/tree', query);
  const branch = (trees: readonly SectorTree[]): Markup =>
    html`<ul>!${trees.map((tree) => html`<li>!${linkTo(context, 'sectors', tree.id, named(context, tree.id, tree.name))}!${tree.children.length === 0 ? '' : branch(tree.children)}</li>`)}</ul>`;
  return {
    title: texts.sectors,
    json: '/v1/sectors/tree',
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${texts.sectors}</h1><nav class="tree" aria-label="${texts.tree}">!${branch(data)}</nav>`,
  };
}

/** `/sectors/{id}`: what it is, what it is made of, and who said how much. Its parameters are those of its breakdown. */
export async function sector(context: PageContext): Promise<Page> {
  const { ask, ids, query, texts, base } = context;
  const id = ids.id ?? '';
  const path = `/v1/sectors/${encodeURIComponent(id)}`;
  const { data, meta } = await ask<Answer<Sector>>(path);
  const { data: all } = await ask<Answer<Pick<Sector, 'id' | 'name'>[]>>('/v1/sectors', {
    fields: 'id,name',
    limit: '1000',
  });
  const nameOf = new Map(all.map((one) => [one.id, one.name]));
  const links = (ids: readonly string[]): Markup =>
    html`<ul class="inline">!${ids.map((one) => html`<li>!${linkTo(context, 'sectors', one, named(context, one, nameOf.get(one)))}</li>`)}</ul>`;
  const ofBreakdown = new URLSearchParams([['having', 'parts'], ...query]);
  const ofComparison = new URLSearchParams([['sector', id], ...query]);
  ofComparison.delete('having');
  const [breakdowns, comparisons] = await Promise.all([
    unlessRefused(ask<z.output<typeof BreakdownList>>(`${path}/breakdown`, ofBreakdown)),
    unlessRefused(comparisonTables(context, ofComparison)),
  ]);
  const name = named(context, id, data.name);
  return {
    title: name,
    description: data.definitions[0]?.text ?? texts.tagline,
    picture: `${path}/breakdown.png?${ofBreakdown}`,
    json: path,
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${name}</h1>
<p class="quiet">${[data.name, data.nameChinese, ...data.aliases].filter((other) => other != null && other !== name).join(' · ')}</p>
!${data.ancestors.length === 0 ? '' : html`<p class="quiet">${texts.above}</p>!${links(data.ancestors)}`}
!${data.children.length === 0 ? '' : html`<p class="quiet">${texts.below}</p>!${links(data.children)}`}
!${data.definitions.length === 0 ? '' : html`<h2>${texts.definitions}</h2><ul>!${data.definitions.map(({ text, definedBy, source: of }) => html`<li>${text} <span class="quiet">${texts.definedBy} !${linkTo(context, 'forecasters', definedBy, definedBy)}, !${linkTo(context, 'sources', of, of)}</span></li>`)}</ul>`}
<form class="ask" action="${base}/sectors/${id}">
!${await subjectFields(context)}
!${currencyForm(context)}
<button>${texts.apply}</button>
</form>
<h2>${texts.breakdown}</h2>
!${breakdowns instanceof Refused ? refusal(context, breakdowns) : breakdownTables(context, path, breakdowns)}
!${otherForms(context, `${path}/breakdown`, { picturePath: `${path}/breakdown.svg` })}
<h2>${texts.comparison}</h2>
!${comparisons instanceof Refused ? refusal(context, comparisons) : comparisons.markup}
<p>!${link(context, '/explore', `${texts.allForecasts}: ${name}`, { sector: id })}</p>`,
  };
}

function breakdownTables(
  context: PageContext,
  path: string,
  { data, meta }: z.output<typeof BreakdownList>,
): Markup {
  const { texts } = context;
  if (data.length === 0) return html`<p>${texts.breakdownNone}</p>`;
  const name = (id: string): string => named(context, id, meta.names[id]);
  return html`!${data.slice(0, SHOWN_BREAKDOWNS).map((breakdown) => breakdownTable(context, path, breakdown, name))}`;
}

function breakdownTable(
  context: PageContext,
  path: string,
  breakdown: z.output<typeof Breakdown>,
  name: (id: string) => string,
): Markup {
  const { texts, query } = context;
  const { total, parts, residual, currency, source: of, forecaster: who, measure, region } = breakdown;
  const title = `${who === null ? name(of) : name(who)}: ${name(measure)}, ${name(region)}`;
  const own = new URLSearchParams([
    ['having', 'parts'],
    ['source', of],
    ...(who === null ? [] : [['forecaster', who]]),
    ['measure', measure],
    ['region', region],
    ...[...query].filter(([key]) => !['having', 'source', 'forecaster', 'measure', 'region'].includes(key)),
  ] as [string, string][]);
  const rows = [
    ...(total === null
      ? []
      : [
          [
            html`<strong>${texts.total}</strong>`,
            html`<a href="${context.base}/forecasts/${total.forecast}">!${figure(context, total.amount)}</a>`,
            '',
            period(context, breakdown.period),
          ],
        ]),
    ...parts.map((part) => [
      linkTo(context, 'sectors', part.sector, name(part.sector)),
      html`<a href="${context.base}/forecasts/${part.forecast}">!${figure(context, part.amount)}</a>`,
      html`${part.share === null ? '' : percent(part.share)}`,
      period(context, part.period),
    ]),
    ...(residual === null
      ? []
      : [
          [
            html`<em>${texts.residual}</em>`,
            figure(context, { ...residual, currency }),
            html`${residual.share === null ? '' : percent(residual.share)}`,
            '',
          ],
        ]),
  ];
  return html`<section><h3>!${linkTo(context, 'sources', of, title)} <span class="quiet">${codeInWords(context, breakdown.status)}</span></h3>
!${picture(context, `${path}/breakdown.svg`, own, title)}
!${table(title, [texts.part, texts.figure, texts.share, texts.period], rows)}
!${breakdown.uncoveredSectors.length === 0 ? '' : html`<p class="quiet">${texts.uncovered}: ${breakdown.uncoveredSectors.map(name).join(', ')}</p>`}
!${breakdown.leftOut.length === 0 ? '' : html`<p class="quiet">${texts.leftOut}: ${breakdown.leftOut.map(({ sector: left, reason }) => `${name(left)} (${codeInWords(context, reason)})`).join(', ')}</p>`}
!${breakdown.warnings.length === 0 ? '' : html`<p class="note quiet">${breakdown.warnings.map(({ code }) => codeInWords(context, code)).join(', ')}</p>`}</section>`;
}

/** `/forecasters`: who is named. Its parameters are those of `/v1/forecasters`. */
export async function forecasters(context: PageContext): Promise<Page> {
  const { texts } = context;
  return listPage<Forecaster>(
    context,
    'forecasters',
    texts.forecasters,
    [texts.forecaster, texts.kind, texts.country, texts.records],
    (one) => [
      html`!${linkTo(context, 'forecasters', one.id, one.name)}!${one.originalName === null || context.names[one.id] !== undefined ? '' : html`<br><span class="quiet">${one.originalName}</span>`}`,
      html`${codeInWords(context, one.kind)}`,
      html`${one.country === null ? '' : named(context, one.country)}`,
      html`${one.forecastCount}`,
    ],
  );
}

/** `/sources`: the documents. Its parameters are those of `/v1/sources`. */
export async function sources(context: PageContext): Promise<Page> {
  const { texts } = context;
  return listPage<Source>(
    context,
    'sources',
    texts.sources,
    [texts.source, texts.publisher, texts.published, texts.records],
    (one) => [
      linkTo(context, 'sources', one.id, one.title),
      html`${one.publisher}`,
      html`${one.publishedOn ?? texts.unstated}`,
      html`${one.forecastCount}`,
    ],
  );
}

/** A list of the catalogue, a page of it at a time. */
async function listPage<Entry>(
  context: PageContext,
  kind: string,
  title: string,
  heads: readonly string[],
  cells: (entry: Entry) => readonly Markup[],
): Promise<Page> {
  const { ask, query, texts } = context;
  const path = `/v1/${kind}`;
  const asked = new URLSearchParams(query);
  if (!asked.has('limit')) asked.set('limit', SHOWN_ENTRIES);
  const { data, page, meta } = await ask<Answer<Entry[]> & { page: { nextCursor: string | null } }>(
    path,
    asked,
  );
  return {
    title,
    json: addressOf(`${path}.json`, query),
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${title}</h1>
!${data.length === 0 ? html`<p>${texts.nothing}</p>` : table(title, heads, data.map(cells))}
<nav class="pages" aria-label="${texts.next}">!${page.nextCursor === null ? '' : link(context, `/${kind}`, texts.next, withValue(query, 'cursor', page.nextCursor))}</nav>
!${otherForms(context, path)}`,
  };
}

/** `/forecasters/{id}`: who it is, how right it was, and all its records. */
export async function forecaster(context: PageContext): Promise<Page> {
  const { ask, ids, query, texts } = context;
  const id = ids.id ?? '';
  const path = `/v1/forecasters/${encodeURIComponent(id)}`;
  const { data, meta } = await ask<Answer<Forecaster>>(path);
  const [record, list] = await Promise.all([
    unlessRefused(ask<Answer<TrackRecord>>(`${path}/track-record`)),
    ask<{ data: readonly Forecast[] }>(
      '/v1/forecasts',
      new URLSearchParams([['forecaster', id], ['limit', LIST_LENGTH], ...query]),
    ),
  ]);
  const name = named(context, id, data.name);
  return {
    title: name,
    description: data.description ?? name,
    picture: `${path}/track-record.png`,
    json: path,
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${name}</h1>
<p class="quiet">${[name === data.name ? data.originalName : null, ...data.aliases].filter((other) => other != null).join(' · ')}</p>
<dl class="facts"><dt>${texts.kind}</dt><dd>${codeInWords(context, data.kind)}</dd>!${data.country === null ? '' : html`<dt>${texts.country}</dt><dd>${named(context, data.country)}</dd>`}</dl>
!${data.description === null ? '' : html`<p>${data.description}</p>`}
<h2>${texts.trackRecord}</h2>
!${record instanceof Refused ? refusal(context, record) : trackRecord(context, path, record.data)}
<h2>${texts.allForecasts}</h2>
<form class="ask" action="${context.base}/forecasters/${id}">!${currencyForm(context)}<button>${texts.apply}</button></form>
!${list.data.length === 0 ? html`<p>${texts.nothing}</p>` : forecastTable(context, texts.allForecasts, list.data)}
<p>!${link(context, '/explore', texts.explore, { forecaster: id })}</p>`,
  };
}

function trackRecord(context: PageContext, path: string, record: TrackRecord): Markup {
  const { texts } = context;
  const counts = (
    ['realised', 'preliminary', 'partial', 'pending', 'noOutcome', 'notComparable'] as const
  ).map((status) => [status, status === 'realised' ? record.assessed : record[status]] as const);
  return html`!${record.assessed === 0 ? '' : picture(context, `${path}/track-record.svg`, {}, texts.trackRecord)}
!${record.assessed + record.partial + record.preliminary === 0 ? html`<p>${texts.trackNone}</p>` : ''}
<dl class="facts">!${counts.filter(([, count]) => count > 0).map(([status, count]) => html`<dt>${texts.statuses[status] ?? status}</dt><dd>${count}</dd>`)}
<dt>${texts.bias}</dt><dd>${codeInWords(context, record.biasDirection ?? record.biasReason ?? '')}</dd></dl>
<p>!${link(context, '/v1/assessments.json', texts.judged, { forecaster: record.forecaster })}</p>`;
}

/** `/sources/{id}`: a document, its figures in the order of their places, and its text where it may be shown. */
export async function source(context: PageContext): Promise<Page> {
  const { ask, ids, texts } = context;
  const id = ids.id ?? '';
  const path = `/v1/sources/${encodeURIComponent(id)}`;
  const { data, meta } = await ask<Answer<Source>>(path);
  const { data: records } = await ask<{ data: readonly Forecast[] }>('/v1/forecasts', {
    source: id,
    limit: '1000',
  });
  const inOrder = records.toSorted(
    (one, other) =>
      (one.evidence.start ?? Number.MAX_SAFE_INTEGER) - (other.evidence.start ?? Number.MAX_SAFE_INTEGER),
  );
  const address = data.url === null ? '' : safeAddress(data.url);
  return {
    title: data.title,
    ...(inOrder[0] === undefined ? {} : { picture: `/v1/forecasts/${inOrder[0].id}.png` }),
    json: path,
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${data.title}</h1>
<dl class="facts">
<dt>${texts.publisher}</dt><dd>${data.publisher}</dd>
<dt>${texts.published}</dt><dd>${data.publishedOn ?? texts.unstated}</dd>
<dt>${texts.language}</dt><dd>${data.language === null ? texts.unstated : languageName(context, data.language)}</dd>
!${data.url === null ? '' : html`<dt>${texts.address}</dt><dd>!${address === '' ? html`${data.url}` : html`<a href="${address}" rel="noreferrer">${data.url}</a>`}</dd>`}
!${data.licence === null ? '' : html`<dt>${texts.licence}</dt><dd>${data.licence}</dd>`}
!${data.documentSha256 === null ? '' : html`<dt>${texts.fingerprint}</dt><dd><code>${data.documentSha256}</code></dd>`}
</dl>
!${data.notes === null ? '' : html`<p class="note">${data.notes}</p>`}
<h2>${texts.figuresOfDocument}</h2>
!${inOrder.length === 0 ? html`<p>${texts.nothing}</p>` : forecastTable(context, texts.figuresOfDocument, inOrder)}
!${
      data.textHeld
        ? html`<h2 id="text">${texts.documentText}</h2>
<form class="ask source-text" data-address="${context.base}${path}/text" data-figures="${context.base}${addressOf('/v1/forecasts.json', { source: id, fields: 'id,amount.asStated,evidence.phrase,evidence.start,evidence.end', limit: '1000' })}" data-forecasts="${context.base}/forecasts/" hidden>
<label>${texts.key}<input name="key" type="password" autocomplete="off" placeholder="fl_…" required></label>
<button>${texts.showText}</button><output role="status"></output></form>
<p class="quiet">${texts.documentTextKey}</p>
<p>!${link(context, '/read', texts.readAgain, { source: id })}</p>`
        : html`<p class="quiet">${texts.textNotHeld}</p>`
    }`,
  };
}
