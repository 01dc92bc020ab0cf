import { readFile } from 'node:fs/promises';
import type { CslItem } from './schemas.ts';

/*
 * Citations in words, by the styles of the Citation Style Language (https://citationstyles.org/) as their authors publish
 * them: see docs/NOTICE.
 */

const FILES = {
  apa: 'apa.csl',
  chicago: 'chicago-author-date.csl',
  'gb-t-7714': 'china-national-standard-gb-t-7714-2015-numeric.csl',
} as const;

export type WordedStyle = keyof typeof FILES;
export const WORDED = Object.keys(FILES) as readonly WordedStyle[];

const read = (file: string): Promise<string> =>
  readFile(new URL(`../../../citation-styles/${file}`, import.meta.url), 'utf8');

/** To put an engine together takes up to 100 ms, and a citation about one. */
const processors = new Map<WordedStyle, Promise<(item: CslItem) => string>>();

/**
 * A document as an entry of a list of references: one line of plain text. Its day of access is left out, since nobody is
 * known to have read it on that day.
 */
export async function citationInWords(style: WordedStyle, item: CslItem): Promise<string> {
  const processor = processors.get(style) ?? processorOf(style);
  processors.set(style, processor);
  return (await processor)(item);
}

/** What the processor takes for markup of its own, kept out of its sight. */
const LESS_THAN = '\u{E000}';

async function processorOf(style: WordedStyle): Promise<(item: CslItem) => string> {
  const { default: CSL } = await import('citeproc');
  const [xml, english, chinese] = await Promise.all(
    [FILES[style], 'locales-en-US.xml', 'locales-zh-CN.xml'].map(read),
  );
  let cited: object = {};
  const system = {
    retrieveLocale: (language: string) => (language.startsWith('zh') ? chinese : english) ?? '',
    retrieveItem: () => cited,
  };
  const engine = new CSL.Engine(system, xml ?? '');
  engine.setOutputFormat('text');
  return ({ id, type, title, author, issued, URL: url, language }) => {
    cited = {
      ...{ id, type, title: plain(title), issued, URL: url, language },
      // An institution keeps its capitals where a style has those of surnames. It stands as the author, so not again as publisher.
      author: author.map(({ literal }) => ({ literal: `<span class="nocase">${plain(literal)}</span>` })),
    };
    engine.updateItems([]);
    engine.updateItems([id]);
    const [, [entry = '']] = engine.makeBibliography();
    // The number of a numeric style is the place in the reader's own list.
    return `${entry
      .trim()
      .replace(/^\[1\]\s*/, '')
      .replaceAll(LESS_THAN, '<')}\n`;
  };
}

function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
    .replaceAll('<', LESS_THAN);
}
