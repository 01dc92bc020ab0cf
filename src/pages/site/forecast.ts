import { html } from 'ghtml';
import type { Assessment } from '../../analysis/assessments/schemas.ts';
import type { Receipt } from '../../domain/money/conversion.ts';
import type { EvidenceItem, Forecast, Outcome } from '../../ledger/records/schemas.ts';
import { addressOf, Refused, unlessRefused } from './asking.ts';
import { currencyForm } from './explore.ts';
import type { ShownAmount } from './figures.ts';
import { percent, periodInWords, rounded } from './figures.ts';
import type { Markup, Page, PageContext } from './layout.ts';
import { codeInWords, figure, link, linkTo, named, otherForms, period, picture, table } from './layout.ts';
import { refusal } from './problem-page.ts';
import { wordChanges } from './word-changes.ts';

/** More relations are shown by their ids. */
export const MOST_NAMED = 20;
const STYLES = { apa: 'APA', chicago: 'Chicago', 'gb-t-7714': 'GB/T 7714', bibtex: 'BibTeX' } as const;

interface Revisions {
  readonly data: readonly {
    readonly revision: number;
    readonly recordedAt: string;
    readonly author: string;
    readonly reason: string;
    readonly deleted: boolean;
    readonly changes: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[];
  }[];
}

interface Conversions {
  readonly data: readonly {
    readonly basis: string;
    readonly converted: (ShownAmount & { readonly receipt: Receipt }) | null;
    readonly notConverted?: { readonly code: string } | null;
    readonly deviationFromStatedPercent?: string | null;
  }[];
}

interface Judged {
  readonly data: readonly Assessment[];
  readonly outcomes: readonly Outcome[];
  readonly setAside: readonly { readonly outcome: string; readonly reason: string }[];
}

/** `/forecasts/{id}`: the figure, its words, its conversion with receipt, what it stands with, whether it was right, its history. */
export async function forecast(context: PageContext): Promise<Page> {
  const { ask, ids, query, texts, base, origin } = context;
  const id = ids.id ?? '';
  const path = `/v1/forecasts/${encodeURIComponent(id)}`;
  type Answer = { data: Forecast; meta: { datasetVersion: string } };
  const vintage = new URLSearchParams([...query].filter(([name]) => name === 'knownAsOf'));
  const asked = await unlessRefused(ask<Answer>(path, query));
  // What cannot be converted is shown as it was said.
  const notConverted = asked instanceof Refused && asked.status === 422 ? asked : null;
  if (asked instanceof Refused && notConverted === null) throw asked;
  const { data, meta } = asked instanceof Refused ? await ask<Answer>(path, vintage) : asked;
  const currency = query.get('convertTo') ?? data.statedConversions[0]?.amount.currency;
  const [scope, evidence, judged, revisions, conversions, ...citations] = await Promise.all([
    unlessRefused(ask<{ data: { name: string } }>(`/v1/scopes/${encodeURIComponent(data.scope)}`)),
    unlessRefused(ask<{ data: readonly EvidenceItem[] }>(`${path}/evidence`, vintage)),
    unlessRefused(ask<Judged>(`${path}/assessment`, vintage)),
    unlessRefused(ask<Revisions>(`${path}/revisions`)),
    currency === undefined || currency === data.amount.currency
      ? null
      : unlessRefused(
          ask<Conversions>(`${path}/conversions`, new URLSearchParams([['to', currency], ...vintage])),
        ),
    ...Object.keys(STYLES).map((style) => unlessRefused(ask<unknown>(`${path}/citation`, { style }))),
  ]);
  const { amount } = data;
  const names = {
    ...data.names,
    forecaster: forecasterName(context, data),
    sector: named(context, data.sector, data.names.sector),
    measure: named(context, data.measure, data.names.measure),
    region: named(context, data.region, data.names.region),
  };
  const converted = 'converted' in data ? data.converted : undefined;
  const title = `${names.forecaster}: ${amount.asStated} (${names.sector})`;
  const shown = notConverted === null ? query : vintage;
  const card = addressOf(`${path}.svg`, shown);
  return {
    title,
    description: data.evidence.phrase,
    picture: addressOf(`${path}.png`, shown),
    json: addressOf(path, shown),
    datasetVersion: meta.datasetVersion,
    body: html`<p class="quiet">!${linkTo(context, 'forecasters', data.forecaster, names.forecaster)} · !${linkTo(context, 'sectors', data.sector, names.sector)} · ${names.measure} · ${names.region}</p>
<h1 class="large">!${figure(context, amount)}</h1>
<p class="lead">!${period(context, data.period)}!${data.period.asStated == null ? '' : html` <span class="quiet">“${data.period.asStated}”</span>`}</p>
!${amount.interpretation === null ? '' : html`<p class="note">${amount.interpretation}</p>`}
!${wordsOf(context, data, evidence instanceof Error ? [] : evidence.data)}
<div class="pair">
<section><h2>${texts.conversion}</h2>
<form class="ask" action="${base}/forecasts/${id}">!${currencyForm(context)}<button>${texts.apply}</button></form>
!${notConverted === null ? '' : refusal(context, notConverted)}
!${converted == null ? '' : html`<p class="lead">!${figure(context, { ...converted, approximate: amount.qualifier === 'approximately' })}</p>!${receiptSteps(context, converted.receipt)}`}
!${'notConverted' in data && data.notConverted != null ? html`<p class="note">${texts.notConverted}: ${codeInWords(context, data.notConverted.code)}</p>` : ''}
!${data.statedConversions.map(({ amount: stated, impliedRate }) => html`<p>${texts.statedInDocument}: !${figure(context, stated)} <span class="quiet">${stated.asStated}!${impliedRate == null ? '' : html` (${impliedRate.rate} ${impliedRate.quote}/${impliedRate.base})`}</span></p>`)}
!${conversions === null || conversions instanceof Refused ? '' : bases(context, conversions)}
</section>
<section><h2>${texts.source}</h2>
<dl class="facts">
<dt>${texts.source}</dt><dd>!${linkTo(context, 'sources', data.source, names.source)}</dd>
<dt>${texts.published}</dt><dd>${data.publishedOn ?? texts.unstated}</dd>
<dt>${texts.scope}</dt><dd>${named(context, data.scope, scope instanceof Refused ? null : scope.data.name)}</dd>
<dt>${texts.stance}</dt><dd>${codeInWords(context, data.stance)}</dd>
!${data.scenario === null ? '' : html`<dt>${texts.scenario}</dt><dd>${data.scenario.name} <span class="quiet">${codeInWords(context, data.scenario.kind)}</span></dd>`}
!${data.prices.kind === 'unstated' ? '' : html`<dt>${texts.prices}</dt><dd>${codeInWords(context, data.prices.kind)} ${data.prices.year ?? ''}</dd>`}
!${data.interval === null ? '' : html`<dt>${texts.interval} ${data.interval.percent} %</dt><dd>!${figure(context, { ...data.interval, value: null, currency: amount.currency })}</dd>`}
!${data.beneficiarySectors.length === 0 ? '' : html`<dt>${texts.beneficiaries}</dt><dd>!${data.beneficiarySectors.map((sector) => html`!${linkTo(context, 'sectors', sector, named(context, sector))} `)}</dd>`}
<dt>${texts.collection}</dt><dd>!${link(context, '/explore', data.collection, { collection: data.collection })}</dd>
<dt>${texts.confidence}</dt><dd>${codeInWords(context, data.confidence)}</dd>
<dt>${texts.recorded}</dt><dd>${data.recordedAt.slice(0, 10)}, ${texts.revision} ${data.revision}</dd>
</dl></section>
</div>
!${await relations(context, data)}
!${judged instanceof Refused ? '' : judgement(context, path, judged)}
!${data.notes === null ? '' : html`<h2>${texts.notes}</h2><p>${data.notes}</p>`}
!${data.corroboration.length === 0 ? '' : html`<h2>${texts.corroboration}</h2><ul>!${data.corroboration.map((address) => html`<li><a href="${safeAddress(address)}" rel="noreferrer">${address}</a></li>`)}</ul>`}
!${revisions instanceof Refused ? '' : history(context, revisions)}
<div class="pair">
<section><h2>${texts.cite}</h2>!${citations.map((citation, at) => citationIn(Object.values(STYLES)[at] ?? '', citation))}
<p>!${link(context, `${path}/citation.csl-json`, 'CSL JSON')}</p></section>
<section><h2>${texts.embed}</h2><p>${texts.embedText}</p><pre class="copy">${`<a href="${origin}/forecasts/${id}"><img src="${attribute(origin + card)}" alt="${attribute(title)}"></a>`}</pre>!${picture(context, `${path}.svg`, shown, title)}</section>
</div>
!${otherForms(context, path, { endings: ['.json'], picturePath: `${path}.svg`, parameters: shown })}`,
  };
}

/** What may stand between the quotes of an attribute. */
function attribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

/** Whether an address of a document may be followed: what is no web address is shown, not linked. */
export function safeAddress(address: string): string {
  return /^https?:\/\//i.test(address) ? address : '';
}

function wordsOf(context: PageContext, data: Forecast, items: readonly EvidenceItem[]): Markup {
  const { texts } = context;
  const { phrase, status } = data.evidence;
  const told = {
    located: texts.wordsLocated,
    parsed: texts.wordsParsed,
    unverified: texts.wordsUnverified,
  }[status];
  const quote = items
    .find(({ supports }) => supports === 'amount')
    ?.target.selector.find((selector) => selector.type === 'TextQuoteSelector');
  const [prefix, suffix] =
    quote !== undefined && 'prefix' in quote ? [quote.prefix ?? '', quote.suffix ?? ''] : ['', ''];
  return html`<h2>${texts.words}</h2>
<blockquote>${prefix}!${marked(phrase, data.amount.asStated)}${suffix}</blockquote>
<p class="quiet">${told}</p>`;
}

/** A phrase with its figure marked. */
function marked(phrase: string, figureAsStated: string): Markup {
  const at = phrase.indexOf(figureAsStated);
  if (at < 0) return html`<mark>${phrase}</mark>`;
  return html`${phrase.slice(0, at)}<mark>${figureAsStated}</mark>${phrase.slice(at + figureAsStated.length)}`;
}

/** A receipt as steps that anybody can repeat. */
export function receiptSteps({ texts }: PageContext, receipt: Receipt): Markup {
  const steps = receipt.legs.map((leg) => {
    const rate = 'rate' in leg ? String(leg.rate) : '';
    const quote = 'quote' in leg ? `${leg.quote} / ${leg.base}` : '';
    const when =
      'date' in leg ? `, ${leg.provider} ${leg.date}` : 'provider' in leg ? `, ${leg.provider}` : '';
    return html`<li>${texts.step[leg.operation] ?? leg.operation} <strong>${rate}</strong> <span class="quiet">${quote}${when}</span></li>`;
  });
  const { effectiveDate, carriedDays, rate } = receipt;
  return html`<details open><summary>${texts.receipt}</summary><ol>!${steps}</ol>
<p class="quiet">${texts.bases[receipt.basis] ?? receipt.basis}!${effectiveDate == null ? '' : html`: ${texts.ratesOf(effectiveDate)}`}!${carriedDays == null || carriedDays === 0 ? '' : html`; ${texts.carried(String(carriedDays))}`}. ${rate.value} ${rate.direction}.</p></details>`;
}

function forecasterName(context: PageContext, { forecaster, names }: Forecast): string {
  return forecaster === null ? context.texts.noForecaster : named(context, forecaster, names.forecaster);
}

/** Forecasts by id; those beyond `MOST_NAMED` and those that are not there are left out. */
async function forecastsById(
  { ask }: PageContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Forecast>> {
  const asked = await Promise.all(
    [...new Set(ids)]
      .slice(0, MOST_NAMED)
      .map((id) => unlessRefused(ask<{ data: Forecast }>(`/v1/forecasts/${encodeURIComponent(id)}`))),
  );
  return new Map(asked.flatMap((one) => (one instanceof Refused ? [] : [[one.data.id, one.data]])));
}

/** Links to forecasts that say who, how much, of what and for when. */
export async function claimLinks(
  context: PageContext,
  ids: readonly string[],
): Promise<(id: string) => Markup> {
  const known = await forecastsById(context, ids);
  return (id) => claimLink(context, id, known.get(id));
}

function claimLink(context: PageContext, id: string, of: Forecast | undefined): Markup {
  if (of === undefined) return linkTo(context, 'forecasts', id);
  const { amount, sector, names } = of;
  const text = `${forecasterName(context, of)}: ${amount.asStated}, ${named(context, sector, names.sector)}, ${periodInWords(of.period, context.texts)}`;
  return linkTo(context, 'forecasts', id, text);
}

async function relations(context: PageContext, data: Forecast): Promise<Markup> {
  const { texts } = context;
  const all: readonly { kind: string; forecast: string; impliedMultiplier?: string | null }[] = [
    ...(data.revises === null ? [] : [{ kind: 'revises', forecast: data.revises }]),
    ...data.revisedBy.map((forecast) => ({ kind: 'revisedBy', forecast })),
    ...data.relations,
  ];
  const others = await forecastsById(
    context,
    all.map(({ forecast: id }) => id),
  );
  const items = all.map(({ kind, forecast: id, impliedMultiplier }) => {
    const other = others.get(id);
    const differences =
      kind === 'conflictsWith' && other !== undefined ? differencesOf(context, data, other) : [];
    return html`<li>${texts.relations[kind] ?? kind} !${claimLink(context, id, other)}!${impliedMultiplier == null ? '' : html` <span class="quiet">${texts.times(impliedMultiplier)}</span>`}!${differences.length === 0 ? '' : html` <span class="quiet">(${texts.differsIn}: ${differences.join(', ')})</span>`}</li>`;
  });
  const { start, end } = data.period;
  const { sector, measure, region, scope } = data;
  const same = new URLSearchParams({ sector, measure, region, scope });
  if (end !== null) {
    if (start !== null) same.set('periodFrom', start);
    same.set('periodTo', end);
  }
  for (const name of ['convertTo', 'rateBasis', 'rateDate']) {
    const value = context.query.get(name);
    if (value !== null) same.set(name, value);
  }
  return html`!${items.length === 0 ? '' : html`<h2>${texts.related}</h2><ul>!${items}</ul>`}
<p>!${link(context, '/compare', texts.othersSay, same)}</p>`;
}

/** In what two forecasts that contradict each other differ: the same sum may be said of another period. */
function differencesOf({ texts, language }: PageContext, one: Forecast, other: Forecast): readonly string[] {
  const told = ({
    amount,
    period: of,
    forecaster,
    scope,
    measure,
    region,
  }: Forecast): Record<string, unknown> => ({
    [texts.forecaster]: forecaster,
    [texts.figure]: [amount.value ?? amount.low ?? amount.high, amount.currency],
    [texts.qualifier]: amount.qualifier,
    [texts.period]: [of.start, of.end, of.kind],
    [texts.measure]: measure,
    [texts.region]: region,
    [texts.scope]: scope,
  });
  const others = told(other);
  return Object.entries(told(one))
    .filter(([label, value]) => JSON.stringify(value) !== JSON.stringify(others[label]))
    .map(([label]) => label.toLocaleLowerCase(language));
}

/** The figure at the rate of every basis, beside the document's own conversion. */
function bases(context: PageContext, { data }: Conversions): Markup {
  const { texts } = context;
  const rows = data.map(({ basis, converted, notConverted, deviationFromStatedPercent }) => [
    html`${texts.bases[basis] ?? basis}`,
    converted === null
      ? html`<span class="quiet">${codeInWords(context, notConverted?.code ?? 'notConverted')}</span>`
      : figure(context, converted),
    html`${deviationFromStatedPercent == null ? '' : `${deviationFromStatedPercent} %`}`,
  ]);
  return html`<details><summary>${texts.everyBasis}</summary>!${table(texts.everyBasis, [texts.basis, texts.converted, texts.againstDocument], rows)}</details>`;
}

function judgement(context: PageContext, path: string, { data, outcomes, setAside }: Judged): Markup {
  const { texts } = context;
  const bodyName = (id: string): string | null | undefined =>
    outcomes.find(({ reportedBy }) => reportedBy === id)?.names.reportedBy;
  const outcomeInWords = (id: string): Markup => {
    const outcome = outcomes.find((one) => one.id === id);
    if (outcome === undefined) return html`${id}`;
    const { reportedBy, source, names } = outcome;
    const who = reportedBy === null ? names.source : named(context, reportedBy, names.reportedBy);
    return html`!${linkTo(context, 'sources', source, who)}: !${figure(context, outcome.amount)}, !${period(context, outcome.period)}`;
  };
  const rows = data.map((judged) => {
    const { status, reason, outcomeAmount, outcomeVsForecastPercent, reachedPercent, elapsedShare } = judged;
    const bodies = judged.reportedBy === null ? judged.combinedBodies : [judged.reportedBy];
    return [
      html`${texts.statuses[status] ?? status}!${reason === null ? '' : html` <span class="quiet">${codeInWords(context, reason)}</span>`}`,
      html`!${outcomeAmount === null ? '' : figure(context, outcomeAmount)}`,
      html`${outcomeVsForecastPercent !== null ? rounded(outcomeVsForecastPercent) : reachedPercent !== null ? texts.reached(rounded(reachedPercent)) : ''}`,
      html`${elapsedShare === null ? '' : percent(elapsedShare)}`,
      html`!${bodies.map((body) => html`!${linkTo(context, 'forecasters', body, bodyName(body))} `)}`,
    ];
  });
  return html`<h2>${texts.wasItRight}</h2>
!${rows.some(([, ...others]) => others.some((cell) => cell !== '')) ? table(texts.wasItRight, [texts.kind, texts.outcome, texts.againstForecast, texts.elapsed, texts.reportedBy], rows) : html`!${rows.map(([status = '']) => html`<p>!${status}</p>`)}`}
!${outcomes.length === 0 ? '' : html`!${picture(context, `${path}/assessment.svg`, {}, texts.wasItRight)}<h3>${texts.outcomes}</h3><ul>!${outcomes.map((outcome) => html`<li>!${figure(context, outcome.amount)} !${period(context, outcome.period)}: <q>${outcome.evidence.phrase}</q> <span class="quiet">!${linkTo(context, 'sources', outcome.source, outcome.names.source)}</span></li>`)}</ul>`}
!${setAside.length === 0 ? '' : html`<p class="quiet">${texts.setAside}:</p><ul class="quiet">!${setAside.map(({ outcome, reason }) => html`<li>!${outcomeInWords(outcome)} (${codeInWords(context, reason)})</li>`)}</ul>`}`;
}

function history({ texts }: PageContext, { data }: Revisions): Markup {
  return html`<h2>${texts.history}</h2><ol reversed>!${data.map(
    ({ recordedAt, author, reason, changes }) =>
      html`<li><strong>${recordedAt.slice(0, 10)}</strong> ${texts.by} ${texts.codes[author] ?? author}: ${texts.codes[reason] ?? reason}!${
        changes.length === 0
          ? ''
          : html`<ul>!${changes.map(({ field, from, to }) => html`<li><code>${field}</code> !${changed(from, to)}</li>`)}</ul>`
      }</li>`,
  )}</ol>`;
}

/** What a field said and says, word by word. */
function changed(from: unknown, to: unknown): Markup {
  const text = (value: unknown): string =>
    value == null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  return html`!${wordChanges(text(from), text(to)).map(({ kind, text: words }) =>
    kind === 'kept'
      ? html`${words}`
      : kind === 'gone'
        ? html`<del>${words}</del>`
        : html`<ins>${words}</ins>`,
  )}`;
}

function citationIn(style: string, citation: unknown): Markup {
  if (citation instanceof Refused) return '';
  return html`<h3>${style}</h3><pre class="copy">${String(citation).trim()}</pre>`;
}
