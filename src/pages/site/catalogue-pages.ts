import { html } from 'ghtml';
import type { z } from 'zod';
import type { TrackRecord } from '../../analysis/assessments/schemas.ts';
import type { Breakdown, BreakdownList } from '../../analysis/breakdowns/schemas.ts';
import type { Forecaster, Sector, SectorTree, Source } from '../../ledger/catalogue/schemas.ts';
import type { Forecast } from '../../ledger/records/schemas.ts';
import { Refused, unlessRefused } from './asking.ts';
import { comparisonTables } from './compare.ts';
import { currencyForm, forecastTable } from './explore.ts';
import { percent } from './figures.ts';
import { safeAddress } from './forecast.ts';
import type { Markup, Page, PageContext } from './layout.ts';
import { codeInWords, figure, input, link, linkTo, otherForms, period, picture, table } from './layout.ts';
import { refusal } from './problem-page.ts';

/** Breakdowns shown with a picture each. */
const SHOWN_BREAKDOWNS = 6;
const LIST_LENGTH = '100';

type Answer<Data> = { readonly data: Data; readonly meta: { readonly datasetVersion: string } };

function nameIn({ language }: PageContext, entry: { name: string; nameChinese?: string | null }): string {
  return (language === 'zh' && entry.nameChinese) || entry.name;
}

/** `/sectors`: the forest of sectors. */
export async function sectors(context: PageContext): Promise<Page> {
  const { ask, query, texts } = context;
  const { data, meta } = await ask<Answer<SectorTree[]>>('/v1/sectors/tree', query);
  const branch = (trees: readonly SectorTree[]): Markup =>
    html`<ul>!${trees.map((tree) => html`<li>!${linkTo(context, 'sectors', tree.id, nameIn(context, tree))}!${tree.children.length === 0 ? '' : branch(tree.children)}</li>`)}</ul>`;
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
  const ofBreakdown = new URLSearchParams([['having', 'parts'], ...query]);
  const ofComparison = new URLSearchParams([['sector', id], ...query]);
  ofComparison.delete('having');
  const [breakdowns, comparisons] = await Promise.all([
    unlessRefused(ask<z.output<typeof BreakdownList>>(`${path}/breakdown`, ofBreakdown)),
    unlessRefused(comparisonTables(context, ofComparison)),
  ]);
  const name = nameIn(context, data);
  return {
    title: name,
    description: data.definitions[0]?.text ?? texts.tagline,
    picture: `${path}/breakdown.png?${ofBreakdown}`,
    json: path,
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${name}</h1>
<p class="quiet">${[data.name, data.nameChinese, ...data.aliases].filter((other) => other != null && other !== name).join(' · ')}</p>
!${data.ancestors.length === 0 ? '' : html`<p>${texts.above}: !${data.ancestors.map((ancestor) => html`!${linkTo(context, 'sectors', ancestor, ancestor)} `)}</p>`}
!${data.children.length === 0 ? '' : html`<p>${texts.below}: !${data.children.map((child) => html`!${linkTo(context, 'sectors', child, child)} `)}</p>`}
!${data.definitions.length === 0 ? '' : html`<h2>${texts.definitions}</h2><ul>!${data.definitions.map(({ text, definedBy, source: of }) => html`<li>${text} <span class="quiet">${texts.definedBy} !${linkTo(context, 'forecasters', definedBy, definedBy)}, !${linkTo(context, 'sources', of, of)}</span></li>`)}</ul>`}
<form class="ask" action="${base}/sectors/${id}">
!${input('measure', texts.measure, query.get('measure'), { placeholder: 'directInvestment' })}
!${input('region', texts.region, query.get('region'), { placeholder: 'CN' })}
!${input('year', texts.year, query.get('year'), { placeholder: '2020' })}
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
  const name = (id: string): string => meta.names[id] ?? id;
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
  return html`<section><h3>!${linkTo(context, 'sources', of, title)} <span class="quiet">${codeInWords(breakdown.status)}</span></h3>
!${picture(context, `${path}/breakdown.svg`, own, title)}
!${table(title, [texts.part, texts.figure, texts.share, texts.period], rows)}
!${breakdown.uncoveredSectors.length === 0 ? '' : html`<p class="quiet">${texts.uncovered}: ${breakdown.uncoveredSectors.map(name).join(', ')}</p>`}
!${breakdown.leftOut.length === 0 ? '' : html`<p class="quiet">${texts.leftOut}: ${breakdown.leftOut.map(({ sector: left, reason }) => `${name(left)} (${codeInWords(reason)})`).join(', ')}</p>`}
!${breakdown.warnings.map(({ code }) => html`<p class="note quiet">${codeInWords(code)}</p>`)}</section>`;
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
  return {
    title: data.name,
    description: data.description ?? data.name,
    picture: `${path}/track-record.png`,
    json: path,
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${data.name}</h1>
<p class="quiet">${[data.originalName, ...data.aliases].filter((other) => other != null).join(' · ')}</p>
<dl class="facts"><dt>${texts.kind}</dt><dd>${codeInWords(data.kind)}</dd>!${data.country === null ? '' : html`<dt>${texts.country}</dt><dd>${data.country}</dd>`}</dl>
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
  return html`!${picture(context, `${path}/track-record.svg`, {}, texts.trackRecord)}
!${record.assessed + record.partial + record.preliminary === 0 ? html`<p>${texts.trackNone}</p>` : ''}
<dl class="facts">!${counts.filter(([, count]) => count > 0).map(([status, count]) => html`<dt>${texts.statuses[status] ?? status}</dt><dd>${count}</dd>`)}
<dt>${texts.bias}</dt><dd>${codeInWords(record.biasDirection ?? record.biasReason ?? '')}</dd></dl>
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
    json: path,
    datasetVersion: meta.datasetVersion,
    body: html`<h1>${data.title}</h1>
<dl class="facts">
<dt>${texts.source}</dt><dd>${data.publisher ?? texts.unstated}</dd>
<dt>${texts.published}</dt><dd>${data.publishedOn ?? texts.unstated}</dd>
<dt>${texts.language}</dt><dd>${data.language ?? texts.unstated}</dd>
!${data.url === null ? '' : html`<dt>${texts.address}</dt><dd>!${address === '' ? html`${data.url}` : html`<a href="${address}" rel="noreferrer">${data.url}</a>`}</dd>`}
!${data.licence === null ? '' : html`<dt>${texts.licence}</dt><dd>${data.licence}</dd>`}
!${data.documentSha256 === null ? '' : html`<dt>${texts.fingerprint}</dt><dd><code>${data.documentSha256}</code></dd>`}
</dl>
!${data.notes === null ? '' : html`<p class="note">${data.notes}</p>`}
<h2>${texts.figuresOfDocument}</h2>
!${inOrder.length === 0 ? html`<p>${texts.nothing}</p>` : forecastTable(context, texts.figuresOfDocument, inOrder)}
!${data.textHeld ? html`<p>!${link(context, '/read', texts.documentText, { source: id })}</p>` : html`<p class="quiet">${texts.textNotHeld}</p>`}`,
  };
}
