import { html } from 'ghtml';
import type { z } from 'zod';
import type { Comparison } from '../../analysis/comparisons/schemas.ts';
import type { Parameters } from './asking.ts';
import { unlessRefused } from './asking.ts';
import { currencyForm, hintLinks } from './explore.ts';
import { periodInWords, valueInWords } from './figures.ts';
import { claimLinks, MOST_NAMED } from './forecast.ts';
import type { Choice, Markup, Page, PageContext } from './layout.ts';
import {
  codeInWords,
  figure,
  input,
  link,
  linkTo,
  named,
  otherForms,
  period,
  picture,
  select,
  table,
} from './layout.ts';
import { refusal } from './problem-page.ts';

type Answer = z.output<typeof Comparison>;
type Rows = Pick<Answer, 'data' | 'spread' | 'currency' | 'warnings' | 'hints'>;

/** Groups shown with a picture each; the others are links. */
const SHOWN_GROUPS = 5;
const SUBJECT = ['sector', 'measure', 'region', 'year', 'collection'];

/** `/compare`: forecasters side by side. Its parameters are those of `/v1/comparisons`. */
export async function compare(context: PageContext): Promise<Page> {
  const { texts, query } = context;
  const isAsked = query.has('sector') || query.has('sectors');
  const tables = isAsked ? await unlessRefused(comparisonTables(context, query)) : null;
  return {
    title: texts.compare,
    ...(isAsked ? { picture: `/v1/comparisons.png?${query}` } : {}),
    json: '/v1/comparisons.json',
    datasetVersion: tables === null || tables instanceof Error ? undefined : tables.datasetVersion,
    body: html`<h1>${texts.compare}</h1>
!${await comparisonForm(context)}
!${tables === null ? '' : tables instanceof Error ? refusal(context, tables) : tables.markup}
!${isAsked ? otherForms(context, '/v1/comparisons', { picturePath: '/v1/comparisons.svg' }) : ''}`,
  };
}

/** @throws Refused */
export async function comparisonTables(
  context: PageContext,
  parameters: Parameters,
): Promise<{ readonly markup: Markup; readonly datasetVersion: string }> {
  const { ask, texts } = context;
  const answer = await ask<Answer>('/v1/comparisons', parameters);
  const { names, datasetVersion } = answer.meta;
  const name = (id: string): string => named(context, id, names[id]);
  const groups = answer.groups.slice(0, SHOWN_GROUPS).map((group) => {
    const { sector, measure, region, scope, window } = group;
    const span = periodInWords({ ...window, kind: 'window' }, texts);
    const title = [
      name(sector),
      name(measure),
      name(region),
      ...(scope === 'national' ? [] : [name(scope)]),
      span,
    ].join(', ');
    const own = new URLSearchParams(new URL(group.href, 'http://ledger.invalid').search);
    return html`<section><h2>!${link(context, '/compare', title, own)}</h2>
!${picture(context, '/v1/comparisons.svg', own, title)}
!${rowsTable(context, title, group, name)}</section>`;
  });
  const further = [...answer.groups.slice(SHOWN_GROUPS), ...answer.links].map(
    ({ sector, measure, region, window, forecasters, href }) =>
      html`<li>!${link(context, '/compare', `${name(sector)}, ${name(measure)}, ${name(region)}, ${window.end.slice(0, 4)}`, new URLSearchParams(new URL(href, 'http://ledger.invalid').search))} <span class="quiet">${forecasters}</span></li>`,
  );
  const hasRows = answer.data.length > 0;
  const leftOut = answer.ungroupedForecasts.slice(0, MOST_NAMED);
  const claim = await claimLinks(
    context,
    leftOut.map(({ forecast }) => forecast),
  );
  const ofThese = new URLSearchParams(
    [...new URLSearchParams(parameters)].filter(([name]) => SUBJECT.includes(name)),
  );
  return {
    datasetVersion,
    markup: html`!${
      hasRows
        ? html`!${picture(context, '/v1/comparisons.svg', new URLSearchParams(parameters), texts.comparison)}
!${rowsTable(context, texts.comparison, answer, name)}`
        : ''
    }
!${groups}
!${further.length === 0 ? '' : html`<ul>!${further}</ul>`}
!${hasRows || groups.length + further.length > 0 ? '' : html`<p>${texts.comparisonNone}</p>`}
!${
      answer.ungroupedForecasts.length === 0
        ? ''
        : html`<details><summary>${texts.leftOut}: ${answer.ungrouped}</summary><ul>!${leftOut.map(
            ({ forecast, reason }) =>
              html`<li>!${claim(forecast)} <span class="quiet">${codeInWords(context, reason)}</span></li>`,
          )}</ul>!${answer.ungrouped > leftOut.length ? html`<p>!${link(context, '/explore', texts.allForecasts, ofThese)}</p>` : ''}</details>`
    }`,
  };
}

function rowsTable(
  context: PageContext,
  caption: string,
  { data, spread, warnings, hints, currency }: Rows,
  name: (id: string) => string,
): Markup {
  const { texts } = context;
  const figureOf = (id: string): string => {
    const total = data.find(({ forecast }) => forecast === id)?.total;
    return total == null
      ? texts.notConverted
      : `${valueInWords(total, context.language, texts)} ${total.currency}`;
  };
  const rows = data.map((row) => [
    html`!${linkTo(context, 'forecasters', row.forecaster, row.forecaster === null ? null : name(row.forecaster))}<br><span class="quiet">${row.publishedOn ?? ''}</span>`,
    row.total === null
      ? html`!${linkTo(context, 'forecasts', row.forecast, texts.notConverted)}`
      : html`<a href="${context.base}/forecasts/${row.forecast}">!${figure(context, row.total)}</a>`,
    period(context, row.period),
    html`!${row.perYear === null ? '' : figure(context, row.perYear)}`,
    html`${row.comparable ? '✓' : codeInWords(context, row.reason ?? '')}!${row.countsInstead === null ? '' : html` → !${linkTo(context, 'forecasts', row.countsInstead, figureOf(row.countsInstead))}`}`,
    html`${row.assumptions.map(({ code }) => codeInWords(context, code)).join(', ')}`,
  ]);
  const heads = [
    texts.forecaster,
    texts.figure,
    texts.period,
    texts.aYear,
    texts.comparable,
    texts.assumptions,
  ];
  const shownSpread =
    spread === null || currency === null
      ? ''
      : html`<p><strong>${texts.spread}</strong>: !${(['min', 'median', 'max'] as const).map((which) => {
          const point = spread[which];
          const range = spread.ranges[which];
          const label = { min: texts.minimum, median: texts.median, max: texts.maximum }[which];
          const amount = { value: point, low: range.low, high: range.high, currency };
          return html`${label} !${figure(context, { ...amount, qualifier: point === null ? undefined : 'exact' })} `;
        })}</p>`;
  return html`!${table(caption, heads, rows)}
!${shownSpread}
!${warnings.map(({ code, forecasts }) => html`<p class="note">${codeInWords(context, code)}: ${forecasts.length}</p>`)}
!${hints.length === 0 ? '' : html`<div class="note">!${hintLinks(context, '/compare', hints)}</div>`}`;
}

async function comparisonForm(context: PageContext): Promise<Markup> {
  const { texts, query, base } = context;
  const shown = ['sector', 'measure', 'region', 'year', 'convertTo', 'rateBasis'];
  const hidden = [...query].filter(([name]) => !shown.includes(name));
  return html`<form class="ask" action="${base}/compare">
!${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
!${select('sector', texts.sector, query.get('sector'), withChosen(context, 'sector', await entries(context, '/v1/sectors')))}
!${await subjectFields(context)}
!${currencyForm(context)}
<button>${texts.apply}</button>
</form>`;
}

/** Measure, region and year to choose. */
export async function subjectFields(context: PageContext): Promise<Markup> {
  const { texts, query, ask } = context;
  const { data } = await ask<{ data: { region: { buckets: { value: string; name: string | null }[] } } }>(
    '/v1/facets',
  );
  const measures = await entries(context, '/v1/measures');
  const regions = data.region.buckets.map(({ value, name }) => ({
    value,
    text: named(context, value, name),
  }));
  return html`!${select('measure', texts.measure, query.get('measure'), withChosen(context, 'measure', measures))}
!${select('region', texts.region, query.get('region'), withChosen(context, 'region', regions))}
!${input('year', texts.year, query.get('year'), { placeholder: '2020' })}`;
}

/** No choice, the choices, and what the address says where it is none of them. */
function withChosen(
  { texts, query }: PageContext,
  name: string,
  choices: readonly Choice[],
): readonly Choice[] {
  const chosen = query.get(name);
  return [
    { value: '', text: texts.any },
    ...choices,
    ...(chosen === null || choices.some(({ value }) => value === chosen)
      ? []
      : [{ value: chosen, text: chosen }]),
  ];
}

/** Entries of the catalogue to choose from, by name. */
async function entries(context: PageContext, path: string): Promise<readonly Choice[]> {
  const { data } = await context.ask<{ data: { id: string; name: string }[] }>(path, { limit: '1000' });
  return data
    .map(({ id, name }) => ({ value: id, text: named(context, id, name) }))
    .sort((one, other) => one.text.localeCompare(other.text, context.language));
}
