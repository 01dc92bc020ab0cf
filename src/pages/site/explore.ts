import { html } from 'ghtml';
import type { Facet } from '../../analysis/facets/schemas.ts';
import type { Hint } from '../../http/query/paging.ts';
import type { Forecast } from '../../ledger/records/schemas.ts';
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
  select,
  table,
} from './layout.ts';

interface List {
  readonly data: readonly Forecast[];
  readonly page: { readonly nextCursor: string | null };
  readonly meta: {
    readonly datasetVersion: string;
    readonly count?: number;
    readonly notCompared?: { readonly count: number; readonly reasons: Readonly<Record<string, number>> };
    readonly hints?: readonly Hint[];
  };
}

interface Facets {
  readonly data: Readonly<Record<string, Facet>>;
  readonly meta: { readonly count: number };
}

const PAGE_LENGTH = '20';
/** Parameters of the list that say how it is shown, not what is in it. */
const NOT_FACETS = ['sort', 'cursor', 'limit', 'fields', 'count', 'format', 'compact'];
/** Facets in the order of the side; those further down are folded. */
const SHOWN_FACETS = [
  'sector',
  'forecaster',
  'measure',
  'year',
  'stance',
  'region',
  'currency',
  'qualifier',
  'publishedYear',
  'collection',
  'scope',
  'confidence',
] as const;
const OPEN_FACETS = 3;
const FACET_LENGTH = 12;

/** `/explore`: the list of forecasts, with counts of every filter beside it. Its parameters are those of `/v1/forecasts`. */
export async function explore(context: PageContext): Promise<Page> {
  const { ask, query, texts } = context;
  // Amounts have an order in one currency only.
  if (/amount/.test(query.get('sort') ?? '') && !query.has('convertTo') && !query.has('currency'))
    query.set('convertTo', 'USD');
  const ofList = new URLSearchParams(query);
  ofList.set('count', 'exact');
  if (!ofList.has('limit')) ofList.set('limit', PAGE_LENGTH);
  const ofFacets = new URLSearchParams(query);
  for (const name of NOT_FACETS) ofFacets.delete(name);
  const list = await ask<List>('/v1/forecasts', ofList);
  const facets = await ask<Facets>('/v1/facets', ofFacets);
  const { nextCursor } = list.page;
  const { count = list.data.length, datasetVersion } = list.meta;
  return {
    title: texts.explore,
    datasetVersion,
    json: '/v1/forecasts.json',
    body: html`<h1>${texts.explore}</h1>
!${questionForm(context, facets)}
!${chosenFilters(context, facets)}
<div class="cols">
<aside aria-label="${texts.filters}">!${SHOWN_FACETS.map((name, at) => facetList(context, name, facets.data[name], at < OPEN_FACETS))}</aside>
<section>
<p><strong>${count === 1 ? texts.oneResult : texts.results(String(count))}</strong></p>
!${notCompared(context, list.meta)}
!${otherForms(context, '/v1/forecasts')}
!${list.data.length === 0 ? html`<p>${texts.nothing} !${link(context, '/explore', texts.dropFilters)}</p>` : forecastTable(context, texts.explore, list.data)}
<nav class="pages" aria-label="${texts.next}">
!${query.has('cursor') ? link(context, '/explore', texts.previous, without(query, 'cursor')) : ''}
!${nextCursor === null ? '' : link(context, '/explore', texts.next, withValue(query, 'cursor', nextCursor))}
</nav>
</section>
</div>`,
  };
}

/** What an order by amount says nothing of, and what would bring it in. */
function notCompared(context: PageContext, { notCompared: left, hints = [] }: List['meta']): Markup {
  if (left === undefined || left.count === 0) return '';
  const reasons = Object.entries(left.reasons).map(
    ([code, count]) => `${codeInWords(context, code)} (${count})`,
  );
  return html`<div class="note"><p>${context.texts.notCompared(String(left.count))}: ${reasons.join(', ')}</p>!${hintLinks(context, '/explore', hints)}</div>`;
}

/** Questions that would give more, by what they change. */
export function hintLinks(context: PageContext, path: string, hints: readonly Hint[]): Markup {
  return html`!${hints.map(({ parameters, href }) => {
    const changes = Object.entries(parameters).map(
      ([name, value]) => `${parameterLabel(context, name)}: ${parameterValue(context, name, value)}`,
    );
    return html`<p>${context.texts.tryInstead} <a href="${context.base}${path}${new URL(href, 'http://ledger.invalid').search}">${changes.join(', ')}</a></p>`;
  })}`;
}

/** What a parameter of the API is called on the pages. */
function parameterLabel(context: PageContext, name: string): string {
  const { texts } = context;
  const label: unknown = { ...texts, q: texts.search, rateBasis: texts.basis, rateDate: texts.onDay }[name];
  return typeof label === 'string' ? label : codeInWords(context, name);
}

/** The value of a parameter in words. @param facet the names of its entries */
function parameterValue(context: PageContext, name: string, value: string, facet?: Facet): string {
  const { texts, names } = context;
  const one = (part: string): string => {
    if (name === 'rateBasis') return texts.bases[part] ?? part;
    const bucket = facet?.buckets.find((bucket) => bucket.value === part);
    return bucket === undefined ? (names[part] ?? texts.codes[part] ?? part) : bucketName(context, bucket);
  };
  return name === 'q'
    ? value
    : value
        .split(',')
        .map(one)
        .join(name === 'rateBasis' ? texts.orElse : ', ');
}

/** Forecasts in rows: the figure as said and converted, who, when, and the words. */
export function forecastTable(context: PageContext, caption: string, forecasts: readonly Forecast[]): Markup {
  const { texts, query } = context;
  const isConverted = forecasts.some((forecast) => 'converted' in forecast);
  const heads = [
    texts.figure,
    ...(isConverted ? [texts.converted] : []),
    texts.forecaster,
    texts.sector,
    texts.period,
    texts.quote,
  ];
  const kept = new URLSearchParams(
    [...query].filter(([name]) => ['convertTo', 'rateBasis', 'rateDate', 'knownAsOf'].includes(name)),
  );
  return table(
    caption,
    heads,
    forecasts.map((forecast) => {
      const { id, amount, evidence, names, publishedOn } = forecast;
      const converted = 'converted' in forecast ? forecast.converted : undefined;
      return [
        html`<a href="${context.base}/forecasts/${encodeURIComponent(id)}${kept.size === 0 ? '' : `?${kept}`}">!${figure(context, amount)}</a><br><span class="quiet">${amount.asStated}</span>`,
        ...(isConverted
          ? [
              converted == null
                ? html`<span class="quiet">${texts.notConverted}</span>`
                : figure(context, { ...converted, approximate: amount.qualifier === 'approximately' }),
            ]
          : []),
        html`!${linkTo(context, 'forecasters', forecast.forecaster, names.forecaster)}<br><span class="quiet">${publishedOn ?? ''}</span>`,
        html`!${linkTo(context, 'sectors', forecast.sector, named(context, forecast.sector, names.sector))}<br><span class="quiet">${named(context, forecast.measure, names.measure)}, ${named(context, forecast.region, names.region)}</span>`,
        period(context, forecast.period),
        html`<q class="words">${evidence.phrase}</q>`,
      ];
    }),
  );
}

function facetList(context: PageContext, name: string, facet: Facet | undefined, isOpen: boolean): Markup {
  const { texts } = context;
  if (facet === undefined || facet.buckets.length === 0) return '';
  const label = (texts as unknown as Readonly<Record<string, string>>)[name] ?? name;
  const items = facet.buckets.slice(0, FACET_LENGTH).map((bucket) => {
    // The address of a bucket says which parameters it sets.
    const to = new URLSearchParams(new URL(bucket.url, 'http://ledger.invalid').search);
    for (const [key, value] of context.query) if (!to.has(key) && key !== 'cursor') to.append(key, value);
    return html`<li>!${link(context, '/explore', bucketName(context, bucket), to)}<span>${bucket.count}</span></li>`;
  });
  return html`<details class="facet"!${isOpen ? ' open' : ''}><summary>${label}</summary><ul>!${items}</ul></details>`;
}

/** The name of an entry, or a code in words. */
function bucketName(context: PageContext, { value, name }: Facet['buckets'][number]): string {
  return name === null || name === value ? codeInWords(context, value) : named(context, value, name);
}

/** What is filtered by, each with a link that drops it. */
function chosenFilters(context: PageContext, facets: Facets): Markup {
  const { query, texts } = context;
  const chosen = [...query].filter(([name]) => !['cursor', 'limit', 'sort', 'count'].includes(name));
  if (chosen.length === 0) return '';
  const items = chosen.map(([name, value]) => {
    const label = parameterLabel(context, name);
    return html`<li>${label}: <strong>${parameterValue(context, name, value, facets.data[name])}</strong> <a href="${context.base}/explore?${without(without(query, name), 'cursor')}" aria-label="${texts.remove} ${label}">×</a></li>`;
  });
  return html`<ul class="chips">!${items}</ul>`;
}

function questionForm(context: PageContext, facets: Facets): Markup {
  const { texts, query, base } = context;
  const choices = (name: string): readonly Choice[] => [
    { value: '', text: texts.all },
    ...(facets.data[name]?.buckets ?? []).map((bucket) => ({
      value: bucket.value,
      text: bucketName(context, bucket),
    })),
  ];
  const withChosen = (name: string): readonly Choice[] => {
    const all = choices(name);
    const chosen = query.get(name);
    return chosen === null || all.some(({ value }) => value === chosen)
      ? all
      : [...all, { value: chosen, text: chosen }];
  };
  const shown = [
    'q',
    'sector',
    'measure',
    'year',
    'sort',
    'convertTo',
    'rateBasis',
    'rateDate',
    'publishedAsOf',
    'knownAsOf',
  ];
  const hidden = [...query].filter(([name]) => !shown.includes(name) && name !== 'cursor');
  return html`<form class="ask" action="${base}/explore">
!${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
!${input('q', texts.search, query.get('q'), { type: 'search', placeholder: texts.searchHint })}
!${select('sector', texts.sector, query.get('sector'), withChosen('sector'))}
!${select('measure', texts.measure, query.get('measure'), withChosen('measure'))}
!${select('year', texts.year, query.get('year'), withChosen('year'))}
!${currencyForm(context)}
!${sortField(context)}
!${input('publishedAsOf', texts.publishedAsOf, query.get('publishedAsOf'), { type: 'date' })}
!${input('knownAsOf', texts.knownAsOf, query.get('knownAsOf'), { type: 'date' })}
<button>${texts.apply}</button>
</form>`;
}

/** The order of a list. */
export function sortField({ texts, query }: PageContext, isSearch = query.has('q')): Markup {
  return select('sort', texts.sort, query.get('sort'), [
    {
      value: '',
      text: isSearch ? (texts.sorts.relevance ?? '') : (texts.sorts['-publishedOn,id'] ?? ''),
    },
    ...['publishedOn,id', '-amount', 'amount'].map((value) => ({ value, text: texts.sorts[value] ?? value })),
  ]);
}

const CURRENCIES = ['USD', 'EUR', 'CNY', 'JPY', 'GBP', 'INR', 'KRW'];
const BASES = ['publication', 'periodAverage', 'latest', 'stated'];

/** In which currency figures are shown, and at the rate of when. */
export function currencyForm(context: PageContext): Markup {
  const { texts, query } = context;
  const currency = query.get('convertTo');
  const basis = query.get('rateBasis');
  const values = currency === null || CURRENCIES.includes(currency) ? CURRENCIES : [...CURRENCIES, currency];
  const bases = basis === null || BASES.includes(basis) ? BASES : [...BASES, basis];
  return html`!${select('convertTo', texts.convertTo, currency, [
    { value: '', text: texts.asStated },
    ...values.map((value) => ({ value, text: value })),
  ])}
!${
    currency === null
      ? ''
      : select('rateBasis', texts.basis, basis, [
          { value: '', text: texts.bases.publication ?? '' },
          ...bases.slice(1).map((value) => ({ value, text: parameterValue(context, 'rateBasis', value) })),
        ])
  }`;
}

export function without(query: URLSearchParams, name: string): URLSearchParams {
  const rest = new URLSearchParams(query);
  rest.delete(name);
  return rest;
}

export function withValue(query: URLSearchParams, name: string, value: string): URLSearchParams {
  const more = new URLSearchParams(query);
  more.set(name, value);
  return more;
}
