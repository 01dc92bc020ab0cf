import { html } from 'ghtml';
import { VERSION } from '../../http/openapi/manifest.ts';
import type { Ask } from './asking.ts';
import { addressOf } from './asking.ts';
import type { ShownAmount, ShownPeriod } from './figures.ts';
import { exactly, periodInWords, valueInWords } from './figures.ts';
import type { Language, Texts } from './texts.ts';

/** HTML that may stand in a page as it is: made by `html`, which escapes what it is given. */
export type Markup = string;

/** What a page is made from. */
export interface PageContext {
  readonly ask: Ask;
  readonly language: Language;
  readonly texts: Texts;
  /** Names by id in the language, where it is not the one of the API. */
  readonly names: Readonly<Record<string, string>>;
  /** The parameters of its address: those of the API. */
  readonly query: URLSearchParams;
  /** The parts of its path that are ids. */
  readonly ids: Readonly<Record<string, string>>;
  readonly path: string;
  /** What a proxy takes off the path, such as `/ledger`. */
  readonly base: string;
  /** The address under which the client reaches the service, with what a proxy takes off. */
  readonly origin: string;
}

/** What a page says. */
export interface Page {
  readonly title: string;
  readonly description?: string;
  readonly body: Markup;
  /** Path of the PNG that stands for the page where it is linked; without one, the answer that newcomers are met with. */
  readonly picture?: string;
  /** Path of its JSON. */
  readonly json?: string;
  readonly datasetVersion?: string | undefined;
  readonly isProblem?: true;
}

/** Files of the pages by name, with what makes their address change when they do. */
export type Assets = Readonly<Record<string, { readonly path: string }>>;

/** The question with which newcomers are met. */
export const QUESTION = {
  sector: 'new-infrastructure',
  measure: 'directInvestment',
  region: 'CN',
  scope: 'national',
  periodFrom: '2020-01-01',
  periodTo: '2020-12-31',
};
const PICTURE_WIDTH = 1200;

/** The path of the picture of a page, as wide as asked. */
export function pictureOf({ picture }: Page, width = PICTURE_WIDTH, ending = '.png'): string {
  const [path = '', query] = (picture ?? addressOf('/v1/comparisons.png', QUESTION)).split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('width', String(width));
  return addressOf(path.replace(/\.png$/, ending), parameters);
}

/** The name of an entry of the catalogue in the reader's language. @param name as the API gives it */
export function named({ names, language }: PageContext, id: string, name?: string | null): string {
  const known = names[id];
  if (known !== undefined) return known;
  // Countries and groups of countries, as ISO 3166-1 and UN M49 number them.
  if ((name == null || language === 'zh') && /^(?:[A-Z]{2}|\d{3})$/.test(id))
    return REGIONS[language].of(id) ?? name ?? id;
  return name ?? id;
}

/** The name of a language by its BCP 47 tag. */
export function languageName({ language }: PageContext, tag: string): string {
  return new Intl.DisplayNames(language === 'zh' ? 'zh-Hans' : 'en', { type: 'language' }).of(tag) ?? tag;
}

const REGIONS = {
  en: new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }),
  zh: new Intl.DisplayNames('zh-Hans', { type: 'region', fallback: 'none' }),
};

export function link(context: PageContext, path: string, text: string, parameters = {}): Markup {
  return html`<a href="${context.base + addressOf(path, parameters)}">${text}</a>`;
}

/** A link to an entry or a record by its id; of no forecaster, words that say so. */
export function linkTo(context: PageContext, kind: string, id: string | null, name?: string | null): Markup {
  return id === null
    ? html`${context.texts.noForecaster}`
    : link(
        context,
        `/${kind}/${encodeURIComponent(id)}`,
        kind === 'forecasters' ? named(context, id, name) : (name ?? id),
      );
}

/** A figure in words, with its exact value as a tooltip. */
export function figure({ language, texts }: PageContext, amount: ShownAmount): Markup {
  return html`<data class="figure" value="${amount.value ?? amount.low ?? ''}" title="${exactly(amount)}">${valueInWords(amount, language, texts)} <abbr>${amount.currency}</abbr></data>`;
}

export function period({ texts }: PageContext, shown: ShownPeriod): Markup {
  return html`<span title="${shown.asStated ?? ''}">${periodInWords(shown, texts)}</span>`;
}

/** A picture of the API in the reader's light. @param parameters of the API's answer that it shows */
export function picture(
  context: PageContext,
  path: string,
  parameters: URLSearchParams | Readonly<Record<string, string>>,
  description: string,
): Markup {
  const of = (theme: string, width: string): string =>
    context.base +
    addressOf(
      path,
      new URLSearchParams([
        ...new URLSearchParams(parameters),
        ['theme', theme],
        ['width', width],
        ['lang', context.language],
      ]),
    );
  return html`<picture class="chart">
<source media="screen and (max-width: 600px) and (prefers-color-scheme: dark)" srcset="${of('dark', '400')}">
<source media="screen and (max-width: 600px)" srcset="${of('light', '400')}">
<source media="screen and (prefers-color-scheme: dark)" srcset="${of('dark', '960')}">
<img src="${of('light', '960')}" alt="${description}" loading="lazy">
</picture>`;
}

/** A code of the API in words: `outcomesSetAside` as "outcomes set aside". */
export function codeInWords({ texts }: PageContext, code: string): string {
  return (
    texts.codes[code] ??
    code.replace(
      /([a-z\d])([A-Z])/g,
      (_whole, before: string, after: string) => `${before} ${after.toLowerCase()}`,
    )
  );
}

/** A table that reads as a list of cards on a narrow screen. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Markup[])[],
): Markup {
  return html`<div class="scroll"><table>
<caption>${caption}</caption>
<thead><tr>!${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
!${rows.map((cells) => html`<tr>!${cells.map((cell, at) => html`<td data-head="${heads[at] ?? ''}">!${cell === '' ? '' : html`<div>!${cell}</div>`}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** A labelled list to choose from; the first choice is no choice. */
export function select(
  name: string,
  label: string,
  chosen: string | null,
  choices: readonly Choice[],
): Markup {
  return html`<label>${label}<select name="${name}">
!${choices.map(({ value, text }) => html`<option value="${value}"!${value === (chosen ?? '') ? ' selected' : ''}>${text}</option>`)}
</select></label>`;
}

export function input(
  name: string,
  label: string,
  value: string | null,
  { type = 'text', placeholder = '' } = {},
): Markup {
  return html`<label>${label}<input name="${name}" type="${type}" value="${value ?? ''}" placeholder="${placeholder}"></label>`;
}

export interface OtherForms {
  /** What the path may end in. */
  readonly endings?: readonly string[];
  readonly picturePath?: string;
  /** The question; by default that of the page. */
  readonly parameters?: URLSearchParams;
}

const FORM_NAMES: Readonly<Record<string, string>> = { '.csv': 'CSV', '.xlsx': 'Excel' };

/** Links to the other forms of what a page shows. */
export function otherForms(
  context: PageContext,
  path: string,
  { endings = ['.json', '.csv', '.xlsx'], picturePath, parameters: query = context.query }: OtherForms = {},
): Markup {
  const { texts, base, origin } = context;
  const curl = `curl '${origin}${addressOf(path, query)}'`;
  return html`<nav class="forms" aria-label="${texts.sameQuestion}">
<span>${texts.sameQuestion}</span>
!${endings.map((ending) => html`<a href="${base}${addressOf(path + ending, query)}">${FORM_NAMES[ending] ?? 'JSON'}</a> `)}
!${picturePath === undefined ? '' : html`<a href="${base}${addressOf(picturePath, query)}">${texts.picture}</a> <a href="${base}${addressOf(picturePath.replace(/svg$/, 'png'), new URLSearchParams([...query, ['width', '1600']]))}">${texts.slide}</a>`}
<a href="${base}/docs/">Swagger UI</a>
<details><summary>curl</summary><code>${curl}</code></details>
</nav>`;
}

/** A page whole. */
export function documentOf(context: PageContext, page: Page, assets: Assets): string {
  const { texts, language, base, origin, path, query } = context;
  const here = addressOf(path, query);
  const doors: readonly (readonly [string, string])[] = [
    ['/explore', texts.explore],
    ['/compare', texts.compare],
    ['/sectors', texts.sectors],
    ['/read', texts.read],
    ['/imports', texts.imports],
    ['/convert', texts.convert],
  ];
  const title = page.title === texts.name ? page.title : `${page.title} – ${texts.name}`;
  return html`<!doctype html>
<html lang="${language === 'zh' ? 'zh-Hans' : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<meta name="description" content="${page.description ?? texts.tagline}">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${page.description ?? texts.tagline}">
<meta property="og:type" content="article">
<meta property="og:url" content="${origin}${here}">
<meta property="og:image" content="${origin}${pictureOf(page)}">
<meta name="twitter:card" content="summary_large_image">
!${page.isProblem === true ? '' : html`<link rel="alternate" type="application/json+oembed" href="${origin}${addressOf('/oembed', { url: origin + here, format: 'json' })}" title="${title}">`}
!${page.json === undefined ? '' : html`<link rel="alternate" type="application/json" href="${base}${page.json}">`}
<link rel="alternate" type="application/atom+xml" href="${base}/v1/changes.atom">
<link rel="icon" href="${base}${assets['icon.svg']?.path ?? ''}">
<link rel="stylesheet" href="${base}${assets['site.css']?.path ?? ''}">
<script type="module" src="${base}${assets['ledger.js']?.path ?? ''}"></script>
</head>
<body data-copy="${texts.copy}" data-copied="${texts.copied}">
<a class="skip" href="#content">${texts.skip}</a>
<header>
<a class="home" href="${base}/">${texts.name}</a>
<nav aria-label="${texts.name}">
!${doors.map(([to, text]) => html`<a href="${base}${to}"!${path === to ? ' aria-current="page"' : ''}>${text}</a>`)}</nav>
!${path === '/' ? '' : html`<form class="find" action="${base}/explore" role="search"><input type="search" name="q" aria-label="${texts.search}" placeholder="${texts.searchHint}" value="${path === '/explore' ? (query.get('q') ?? '') : ''}"><button>${texts.search}</button></form>`}
<a class="language" href="${base}${addressOf('/language', { to: language === 'zh' ? 'en' : 'zh', back: here })}" lang="${language === 'zh' ? 'en' : 'zh-Hans'}">${texts.otherLanguage}</a>
</header>
<main id="content">
!${page.body}
</main>
<footer>
<p>!${page.datasetVersion === undefined ? '' : html`${texts.printedOn} <code>${page.datasetVersion}</code> · `}${texts.name} ${VERSION}</p>
<nav aria-label="API"><a href="${base}/docs/">${texts.apiDocumentation}</a> <a href="${base}/openapi.json">OpenAPI</a> <a href="${base}/errors">${texts.problems}</a> <a href="${base}/v1/changes.json">${texts.changes}</a> <a href="${base}/v1/changes.atom">${texts.feed}</a></nav>
</footer>
</body>
</html>
`;
}
