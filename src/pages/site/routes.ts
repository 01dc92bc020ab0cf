import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { pathOf } from '../../http/message/fallbacks.ts';
import { namesTag } from '../../http/message/preconditions.ts';
import type { RouteContext } from '../../ledger/context.ts';
import { addressOf, askingFor, Refused } from './asking.ts';
import type { Assets, Page, PageContext } from './layout.ts';
import type { Language } from './texts.ts';
import { LANGUAGES, TEXTS } from './texts.ts';

/*
 * The pages: HTML from the server, made from what the API answers.
 */

type Render = (context: PageContext) => Promise<Page>;

/** Each page by its path. Imported when it is asked for: the start stays as fast. */
const PAGES: Readonly<Record<string, () => Promise<Render>>> = {
  '/explore': async () => (await import('./explore.ts')).explore,
  '/forecasts/:id': async () => (await import('./forecast.ts')).forecast,
  '/sectors': async () => (await import('./catalogue-pages.ts')).sectors,
  '/sectors/:id': async () => (await import('./catalogue-pages.ts')).sector,
  '/forecasters/:id': async () => (await import('./catalogue-pages.ts')).forecaster,
  '/sources/:id': async () => (await import('./catalogue-pages.ts')).source,
  '/compare': async () => (await import('./compare.ts')).compare,
  '/convert': async () => (await import('./convert.ts')).convert,
  '/errors': async () => (await import('./problem-page.ts')).problemKinds,
  '/read': async () => (await import('./read.ts')).read,
};

/** Where the API's paths are shown: the same question as a page. */
const SHOWN_AT: readonly (readonly [path: RegExp, page: string])[] = [
  [/^\/v1\/forecasts$/, '/explore'],
  [/^\/v1\/(forecasts|sectors|forecasters|sources)\/([^/.]+)$/, '/$1/$2'],
  [/^\/v1\/sectors\/([^/.]+)\/breakdown$/, '/sectors/$1'],
  [/^\/v1\/forecasters\/([^/.]+)\/track-record$/, '/forecasters/$1'],
  [/^\/v1\/sectors$/, '/sectors'],
  [/^\/v1\/comparisons$/, '/compare'],
  [/^\/problems$/, '/errors'],
  [/^\/problems\/(\w+)$/, '/errors#$1'],
];

const HTML = 'text/html; charset=utf-8';
const FOREVER = 'public, max-age=31536000, immutable';
/** A pasted text of 1 MiB, as a form sends it: each byte may take three. */
const LONGEST_FORM_BYTES = 3.5 * 1024 * 1024;

/** Nothing from elsewhere, and nothing inline. */
const POLICY =
  "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export interface SiteOptions {
  /** Handles requests of the server. */
  readonly dispatch: RequestListener;
  /** What a proxy takes off the path, such as `/ledger`. */
  readonly publicPath: string;
}

/** Shows pages to browsers; what programs get stays as it is. */
export interface Site {
  /** Answers with a page. */
  readonly show: (
    request: FastifyRequest,
    reply: FastifyReply,
    render: Render,
    ids?: Readonly<Record<string, string>>,
  ) => Promise<FastifyReply>;
}

/** A browser asks for HTML by name; curl asks for anything and gets JSON. */
export function prefersHtml({ headers }: FastifyRequest): boolean {
  return headers.accept !== undefined && /\btext\/html\b/i.test(headers.accept);
}

/** Whether it names a form of the API's answers beside HTML: then it is a program that would take either. */
function namesOwnType({ headers }: FastifyRequest): boolean {
  return /json|csv|spreadsheet/i.test(headers.accept ?? '');
}

export function createSite(context: RouteContext, { dispatch, publicPath }: SiteOptions): Site {
  return {
    show: async (request, reply, render, ids = {}) => {
      const query = new URLSearchParams(queryOf(request.url));
      const empty = [...query].filter(([, value]) => value === '').map(([name]) => name);
      // A form sends what was left empty too.
      if (empty.length > 0) {
        for (const name of empty) query.delete(name, '');
        return reply.redirect(publicPath + addressOf(pathOf(request.url), query), 302);
      }
      const language = languageOf(request);
      const pageContext: PageContext = {
        ask: askingFor(dispatch, request),
        language,
        texts: TEXTS[language],
        query,
        ids,
        path: pathOf(request.url),
        base: publicPath,
        origin: context.originOf(request).slice(0, publicPath === '' ? undefined : -publicPath.length),
      };
      const { documentOf } = await import('./layout.ts');
      const { page, status } = await renderedOr(render, pageContext);
      const markup = documentOf(pageContext, page, ASSETS);
      const etag = `"${createHash('sha256').update(markup).digest('base64url').slice(0, 27)}"`;
      reply.headers({
        'content-security-policy': POLICY,
        'content-language': language === 'zh' ? 'zh-Hans' : 'en',
        vary: 'Accept, Accept-Language, Cookie',
        'cache-control': status === 200 ? 'no-cache' : 'no-store',
        ...(status === 200 ? { etag } : {}),
      });
      if (status === 200 && namesTag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply.code(status).type(HTML).serializer(String).send(markup);
    },
  };
}

/** A page, or the page of the problem that the API answers in its place. */
async function renderedOr(
  render: Render,
  context: PageContext,
): Promise<{ readonly page: Page; readonly status: number }> {
  try {
    return { page: await render(context), status: 200 };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { problemPage } = await import('./problem-page.ts');
    return { page: problemPage(context, error.problem), status: error.status };
  }
}

/** Leads browsers that ask for an answer of the API by its bare address to the page that shows it. To be registered before the API's routes. */
export function registerBrowserDoor(app: FastifyInstance, publicPath: string): void {
  app.addHook('onRequest', async (request, reply) => {
    const { url, method } = request;
    if ((method !== 'GET' && method !== 'HEAD') || !prefersHtml(request) || namesOwnType(request)) return;
    const query = queryOf(url);
    if (/(?:^|&)(?:format|shape)=/.test(query)) return;
    const path = pathOf(url);
    const shown = SHOWN_AT.find(([known]) => known.test(path));
    if (shown === undefined) return;
    reply.header('vary', 'Accept');
    return reply.redirect(`${publicPath}${path.replace(...shown)}${query === '' ? '' : `?${query}`}`, 302);
  });
}

export function registerPages(app: FastifyInstance, site: Site, { publicPath }: SiteOptions): void {
  for (const [path, load] of Object.entries(PAGES)) {
    app.get(path, async (request, reply) =>
      site.show(request, reply, await load(), request.params as Readonly<Record<string, string>>),
    );
  }
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: LONGEST_FORM_BYTES },
      (_request, body, done) => done(null, new URLSearchParams(String(body))),
    );
    scope.post('/read', { bodyLimit: LONGEST_FORM_BYTES }, async (request, reply) => {
      const { read } = await import('./read.ts');
      const sent = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      return site.show(request, reply, (context) => read(context, sent));
    });
  });
  app.get('/language', async (request, reply) => {
    const query = new URLSearchParams(queryOf(request.url));
    const language = LANGUAGES.find((known) => known === query.get('to')) ?? 'en';
    const back = query.get('back') ?? '/';
    // Only to a page of ours.
    const isOwn = /^\/(?![/\\])/.test(back);
    reply.header(
      'set-cookie',
      `${COOKIE}=${language}; Path=${publicPath || '/'}; Max-Age=31536000; SameSite=Lax; HttpOnly`,
    );
    return reply.redirect(publicPath + (isOwn ? back : '/'), 303);
  });
  for (const { path, body, mediaType } of Object.values(ASSETS))
    app.get(path, async (_request, reply) =>
      reply.header('cache-control', FOREVER).type(mediaType).serializer(String).send(body),
    );
}

const COOKIE = 'language';

/** The language that was chosen, else the one that the browser prefers. */
function languageOf({ headers }: FastifyRequest): Language {
  const chosen = /(?:^|;\s*)language=(\w+)/.exec(headers.cookie ?? '')?.[1];
  const known = LANGUAGES.find((language) => language === chosen);
  if (known !== undefined) return known;
  const [preferred = 'en'] = new Negotiator({ headers }).languages([...LANGUAGES]);
  return LANGUAGES.find((language) => language === preferred) ?? 'en';
}

interface Asset {
  readonly path: string;
  readonly body: string;
  readonly mediaType: string;
}

/** A file of `assets/`, at an address that changes with it. */
function asset(name: string): Asset {
  const body = readFileSync(new URL(`../../../assets/${name}`, import.meta.url), 'utf8');
  const [stem = '', ending = ''] = name.split('.');
  const version = createHash('sha256').update(body).digest('hex').slice(0, 10);
  return {
    path: `/assets/${stem}-${version}.${ending}`,
    body,
    mediaType: MEDIA_TYPES[ending] ?? 'text/plain',
  };
}

const ASSETS: Readonly<Record<string, Asset>> & Assets = Object.fromEntries(
  ['site.css', 'read.js', 'icon.svg'].map((name) => [name, asset(name)]),
);

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}
