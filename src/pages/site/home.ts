import { html } from 'ghtml';
import type { Forecast } from '../../ledger/records/schemas.ts';
import { unlessRefused } from './asking.ts';
import { comparisonTables } from './compare.ts';
import { currencyForm, forecastTable, sortField } from './explore.ts';
import type { Page, PageContext } from './layout.ts';
import { link, otherForms, picture, QUESTION, select } from './layout.ts';

const NEWEST = '5';

/** `/`: what this is, a search box, one answer as a picture with its table, the newest records, and where to go. */
export async function home(context: PageContext): Promise<Page> {
  const { ask, texts, base, origin } = context;
  const newest = await ask<{ data: Forecast[]; meta: { datasetVersion: string } }>('/v1/forecasts', {
    sort: '-publishedOn',
    limit: NEWEST,
  });
  const tables = await unlessRefused(comparisonTables(context, QUESTION));
  const title = texts.whoSaid('2020');
  const asked = new URLSearchParams({ ...QUESTION, beside: 'none' });
  const facets = await ask<{ data: { year: { buckets: { value: string }[] } } }>('/v1/facets');
  const years = facets.data.year.buckets.map(({ value }) => ({ value, text: value }));
  return {
    title: texts.name,
    datasetVersion: newest.meta.datasetVersion,
    body: html`<h1>${texts.name}</h1>
<p class="lead">${texts.tagline} ${texts.promise}</p>
<form class="ask" action="${base}/explore" role="search">
<label class="first">${texts.search}<input type="search" name="q" placeholder="${texts.searchHint}"></label>
!${select('year', texts.year, null, [{ value: '', text: texts.all }, ...years])}
!${currencyForm(context)}
!${sortField(context, true)}
<button>${texts.search}</button></form>
!${
      tables instanceof Error
        ? ''
        : html`<h2>${title}</h2>
!${picture(context, '/v1/comparisons.svg', asked, title)}
!${otherForms(context, '/v1/comparisons', { picturePath: '/v1/comparisons.svg', parameters: asked })}
<details><summary>${texts.comparison}</summary>!${tables.markup}</details>
<p>!${link(context, '/compare', texts.compare, QUESTION)}</p>`
    }
<h2>${texts.newest}</h2>
!${forecastTable(context, texts.newest, newest.data)}
<p>!${link(context, '/explore', texts.explore)} · !${link(context, '/sectors', texts.sectors)} · !${link(context, '/forecasters', texts.forecasters)} · !${link(context, '/sources', texts.sources)}</p>
<h2>${texts.doors}</h2>
<ul class="doors">
<li><h3>!${link(context, '/explore', texts.doorDashboards)}</h3><p>${texts.doorDashboardsText}</p><p><code>${base}/v1/forecasts.csv</code></p></li>
<li><h3><a href="${base}/docs/">${texts.doorSwagger}</a></h3><p>${texts.doorSwaggerText}</p></li>
<li><h3><a href="${base}/v1/forecasts.json?limit=5">${texts.doorCurl}</a></h3><p>${texts.doorCurlText}</p><p><code>curl '${origin}/v1/forecasts?limit=5'</code></p></li>
</ul>`,
  };
}
