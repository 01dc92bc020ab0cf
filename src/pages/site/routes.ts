import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import { pathOf } from '../../http/message/fallbacks.ts';
import { namesTag } from '../../http/message/preconditions.ts';
import type { ProblemDocument } from '../../http/message/problem.ts';
import { PROBLEM_MEDIA_TYPE, Problem } from '../../http/message/problem.ts';
import type { RouteContext } from '../../ledger/context.ts';
import type { Ask } from './asking.ts';
import { addressOf, askingFor, Refused, unlessRefused } from './asking.ts';
import type { Assets, Page, PageContext } from './layout.ts';
import type { Language } from './texts.ts';

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
  '/forecasters': async () => (await import('./catalogue-pages.ts')).forecasters,
  '/forecasters/:id': async () => (await import('./catalogue-pages.ts')).forecaster,
  '/sources': async () => (await import('./catalogue-pages.ts')).sources,
  '/sources/:id': async () => (await import('./catalogue-pages.ts')).source,
  '/compare': async () => (await import('./compare.ts')).compare,
  '/convert': async () => (await import('./convert.ts')).convert,
  '/errors': async () => (await import('./problem-page.ts')).problemKinds,
  '/read': async () => (await import('./read.ts')).read,
  '/imports': async () => (await import('./imports.ts')).imports,
};

/** Where the API's paths are shown: the same question as a page. */
const SHOWN_AT: readonly (readonly [path: RegExp, page: string])[] = [
  [/^\/v1\/(?:forecasts|facets)$/, '/explore'],
  [/^\/v1\/forecasts\/([^/.]+)\/(?:evidence|revisions|conversions|assessment|citation)$/, '/forecasts/$1'],
  [/^\/v1\/sectors\/tree$/, '/sectors'],
  [/^\/v1\/(sectors|forecasters|sources|convert|imports)$/, '/$1'],
  [/^\/v1\/(forecasts|sectors|forecasters|sources)\/([^/.]+)$/, '/$1/$2'],
  [/^\/v1\/sectors\/([^/.]+)\/breakdown$/, '/sectors/$1'],
  [/^\/v1\/forecasters\/([^/.]+)\/track-record$/, '/forecasters/$1'],
  [/^\/v1\/comparisons$/, '/compare'],
  [/^\/problems$/, '/errors'],
  [/^\/problems\/(\w+)$/, '/errors#$1'],
];

const LANGUAGES: readonly Language[] = ['en', 'zh'];
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
  /** What a page is made from. @param address path and query of the page; by default those of the request */
  readonly contextOf: (
    request: FastifyRequest,
    ids?: Readonly<Record<string, string>>,
    address?: string,
  ) => Promise<PageContext>;
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
  const contextOf: Site['contextOf'] = async (request, ids = {}, address = request.url) => {
    const language = languageOf(request);
    const ask = askingFor(dispatch, request);
    const { TEXTS } = await import('./texts.ts');
    return {
      ask,
      language,
      texts: TEXTS[language],
      names: language === 'zh' ? await chineseNames(ask) : {},
      query: new URLSearchParams(queryOf(address)),
      ids,
      path: pathOf(address),
      base: publicPath,
      origin: context.originOf(request),
    };
  };
  return {
    contextOf,
    show: async (request, reply, render, ids) => {
      const query = new URLSearchParams(queryOf(request.url));
      const empty = [...query].filter(([, value]) => value === '').map(([name]) => name);
      // A form sends what was left empty too.
      if (empty.length > 0) {
        for (const name of empty) query.delete(name, '');
        return reply.redirect(publicPath + addressOf(pathOf(request.url), query), 302);
      }
      const pageContext = await contextOf(request, ids);
      const { page, status } = await renderedOr(render, pageContext);
      const markup = await markupOf(pageContext, page);
      const etag = `"${createHash('sha256').update(markup).digest('base64url').slice(0, 27)}"`;
      reply.headers({
        ...headersOf(pageContext),
        'cache-control': status === 200 ? 'public, no-cache' : 'no-store',
        ...(status === 200 ? { etag } : {}),
      });
      if (status === 200 && namesTag(request.headers['if-none-match'], etag)) return reply.code(304).send();
      return reply.code(status).type(HTML).serializer(String).send(markup);
    },
  };
}

async function markupOf(context: PageContext, page: Page): Promise<string> {
  const { documentOf } = await import('./layout.ts');
  return documentOf(context, page, assets());
}

function headersOf({ language }: PageContext): Readonly<Record<string, string>> {
  return {
    'content-security-policy': POLICY,
    'content-language': language === 'zh' ? 'zh-Hans' : 'en',
    vary: 'Accept, Accept-Language, Cookie',
  };
}

/** Chinese names by id: of what the pictures name, of sectors, and of forecasters, whose own name stands first. */
async function chineseNames(ask: Ask): Promise<Readonly<Record<string, string>>> {
  const { WORDS } = await import('../pictures/words.ts');
  type Entry = { id: string; name: string; originalName?: string | null; nameChinese?: string | null };
  const entries = async (path: string, fields: string): Promise<readonly Entry[]> => {
    const asked = await unlessRefused(ask<{ data: readonly Entry[] }>(path, { fields, limit: '1000' }));
    return asked instanceof Refused ? [] : asked.data;
  };
  const [forecasters, sectors] = await Promise.all([
    entries('/v1/forecasters', 'id,name,originalName'),
    entries('/v1/sectors', 'id,name,nameChinese'),
  ]);
  const ofForecasters = forecasters.flatMap(({ id, name, originalName: own }) =>
    own == null || own === name ? [] : [[id, `${own} (${name})`]],
  );
  const ofSectors = sectors.flatMap(({ id, nameChinese }) =>
    nameChinese == null ? [] : [[id, nameChinese]],
  );
  return { ...Object.fromEntries(ofForecasters), ...WORDS.zh.names, ...Object.fromEntries(ofSectors) };
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

/** Whether somebody typed the address into a browser, or followed a link. */
function isByHand(request: FastifyRequest): boolean {
  const { method } = request;
  return (method === 'GET' || method === 'HEAD') && prefersHtml(request) && !namesOwnType(request);
}

/** Leads browsers that ask for an answer of the API by its bare address to the page that shows it. To be registered before the API's routes. */
export function registerBrowserDoor(app: FastifyInstance, publicPath: string): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!isByHand(request)) return;
    const { url } = request;
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
  // Problems that a browser meets anywhere are pages of the same words.
  app.addHook('onSend', async (request, reply, payload) => {
    const isProblem = String(reply.getHeader('content-type')).startsWith(PROBLEM_MEDIA_TYPE);
    if (!isProblem || typeof payload !== 'string' || !isByHand(request)) return payload;
    const pageContext = await site.contextOf(request);
    const { problemPage } = await import('./problem-page.ts');
    reply.headers(headersOf(pageContext)).type(HTML);
    return markupOf(pageContext, problemPage(pageContext, JSON.parse(payload) as ProblemDocument));
  });
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
  app.get('/oembed', async (request, reply) => {
    const { embedded } = await import('./oembed.ts');
    const asked = new URLSearchParams(queryOf(request.url));
    const answer = await embedded(asked, await site.contextOf(request), async (address) => {
      const found = pageAt(pathOf(address));
      return found === null ? null : (await found.load())(await site.contextOf(request, found.ids, address));
    });
    return reply.header('cache-control', 'public, no-cache').type('application/json').send(answer);
  });
  app.get('/assets/:file', async (request, reply) => {
    const file = Object.values(assets()).find(({ path }) => path === pathOf(request.url));
    if (file === undefined) throw new Problem('routeNotFound', `There is no file ${pathOf(request.url)}.`);
    return reply.header('cache-control', FOREVER).type(file.mediaType).serializer(String).send(file.body);
  });
}

/** The page at a path, with the ids in it. */
function pageAt(
  path: string,
): { readonly load: () => Promise<Render>; readonly ids: Readonly<Record<string, string>> } | null {
  if (path === '/') return { load: async () => (await import('./home.ts')).home, ids: {} };
  for (const [pattern, load] of Object.entries(PAGES)) {
    const { groups, index } = new RegExp(`^${pattern.replace(':id', '(?<id>[^/]+)')}$`).exec(path) ?? {};
    if (index !== undefined)
      return { load, ids: groups?.id === undefined ? {} : { id: decodeURIComponent(groups.id) } };
  }
  return null;
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

let read: Readonly<Record<string, Asset>> | undefined;

/** The files of the pages, read when the first page is asked for. */
function assets(): Readonly<Record<string, Asset>> & Assets {
  read ??= Object.fromEntries(['site.css', 'ledger.js', 'icon.svg'].map((name) => [name, asset(name)]));
  return read;
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}
