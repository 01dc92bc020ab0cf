import { InvalidRequest, invalidParameter, Problem } from '../../http/message/problem.ts';
import { Refused } from './asking.ts';
import type { Page, PageContext } from './layout.ts';
import { pictureOf } from './layout.ts';

const WIDEST = 2000;
const NARROWEST = 320;
const DEFAULT_WIDTH = 1200;

/** What embeds a page elsewhere: https://oembed.com/, a photo. Lengths are in pixels. */
export interface Embedded {
  readonly version: '1.0';
  readonly type: 'photo';
  readonly provider_name: string;
  readonly provider_url: string;
  readonly title: string;
  readonly url: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Answers `/oembed`: a page of ours as its picture, no larger than asked. What else consumers send is not looked at: many
 * add parameters of their own.
 * @param pageAt renders the page at a path with its query; null where there is none
 * @throws Problem 404 for an address that is no page, 501 for XML, 400
 */
export async function embedded(
  asked: URLSearchParams,
  context: PageContext,
  pageAt: (address: string) => Promise<Page | null>,
): Promise<Embedded> {
  const { origin, ask, texts } = context;
  const format = asked.get('format') ?? 'json';
  if (format !== 'json')
    throw new Problem('formatNotImplemented', `format is ${JSON.stringify(format)}; only json is answered.`);
  const url = asked.get('url');
  if (url === null)
    throw new InvalidRequest([
      { in: 'query', name: 'url', code: 'missingParameter', message: 'is required' },
    ]);
  const [most, tallest] = [lengthOf(asked, 'maxwidth'), lengthOf(asked, 'maxheight')];
  const address = addressWithin(origin, url);
  const page = address === null ? null : await pageAt(address).catch(refused);
  if (page === null)
    throw new Problem('routeNotFound', `${url} is no page of this service; its pages begin with ${origin}/.`);
  const drawn = Math.min(WIDEST, Math.max(NARROWEST, Math.floor(most ?? DEFAULT_WIDTH)));
  const [, width = '', height = ''] =
    /width="(\d+)" height="(\d+)"/.exec(
      await ask<string>(...partsOf(pictureOf(page, drawn, '.svg'))).catch(refused),
    ) ?? [];
  const scale = Math.min(1, (most ?? Infinity) / Number(width), (tallest ?? Infinity) / Number(height));
  return {
    version: '1.0',
    type: 'photo',
    provider_name: texts.name,
    provider_url: `${origin}/`,
    title: page.title,
    url: origin + pictureOf(page, drawn),
    width: Math.max(1, Math.floor(Number(width) * scale)),
    height: Math.max(1, Math.floor(Number(height) * scale)),
  };
}

/** Path and query of an address of ours, below what a proxy takes off; null of any other. */
function addressWithin(origin: string, url: string): string | null {
  if (!URL.canParse(url)) return null;
  const [ours, theirs] = [new URL(`${origin}/`), new URL(url)];
  return theirs.origin === ours.origin && theirs.pathname.startsWith(ours.pathname)
    ? theirs.pathname.slice(ours.pathname.length - 1) + theirs.search
    : null;
}

function partsOf(address: string): [path: string, parameters: URLSearchParams] {
  const [path = '', query] = address.split('?');
  return [path, new URLSearchParams(query)];
}

/** A page that would be a problem is none: 404, in the problem's own words. */
function refused(error: unknown): never {
  if (!(error instanceof Refused) || error.status >= 500) throw error;
  throw new Problem('routeNotFound', error.message);
}

function lengthOf(asked: URLSearchParams, name: string): number | undefined {
  const value = asked.get(name);
  if (value === null) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(value))
    throw invalidParameter(
      name,
      'invalidLength',
      `is ${JSON.stringify(value)}; it must be a number of pixels, such as 800`,
    );
  return Number(value);
}
