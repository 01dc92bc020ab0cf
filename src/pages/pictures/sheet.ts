import type { Look } from '../../http/formats/pictures.ts';
import type { Speech } from './speech.ts';
import { speechOf } from './speech.ts';
import type { Markup } from './svg.ts';
import { element } from './svg.ts';
import type { Weight } from './text.ts';
import { FONT_FAMILY, widthOf, wrapped } from './text.ts';
import type { Palette } from './theme.ts';
import { PALETTES } from './theme.ts';

/** What every picture says beside what it draws. */
export interface Caption {
  readonly title: string;
  /** Units, basis and date of the conversion. */
  readonly under: readonly string[];
  /** What is seen, in words. */
  readonly description: readonly string[];
  /** Titles of the documents. */
  readonly sources: readonly string[];
  readonly datasetVersion: string;
  readonly dataUrl: string;
}

export interface TextStyle {
  readonly size: number;
  readonly weight?: Weight;
  readonly colour?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Whether lines behind it end at its letters. */
  readonly isOverMarks?: boolean;
}

const MARGIN = 20;
/** Of a line of text, in its size. */
export const LEADING = 1.4;
/** Titles of so many documents are named. */
const MOST_SOURCES = 6;

/** A picture that is filled from top to bottom. Lengths are in pixels. */
export class Sheet {
  readonly palette: Palette;
  readonly speech: Speech;
  readonly left = MARGIN;
  readonly right: number;
  /** Where the next thing goes. */
  y = MARGIN;
  readonly #look: Look;
  readonly #drawn: Markup[] = [];
  readonly #definitions = new Map<string, Markup>();

  constructor(look: Look) {
    this.#look = look;
    this.palette = PALETTES[look.theme];
    this.speech = speechOf(look.lang);
    this.right = look.width - MARGIN;
  }

  get inner(): number {
    return this.right - this.left;
  }

  add(...drawn: readonly Markup[]): void {
    this.#drawn.push(...drawn);
  }

  /** A pattern or gradient, once. @returns what `fill` says */
  fill(id: string, define: (id: string) => Markup): string {
    const name = `fl-${id}`;
    if (!this.#definitions.has(name)) this.#definitions.set(name, define(name));
    return `url(#${name})`;
  }

  /** A line of text on its baseline. */
  text(
    words: string,
    x: number,
    y: number,
    { size, weight = 'regular', colour, anchor = 'start', isOverMarks = false }: TextStyle,
  ): Markup {
    return element(
      'text',
      {
        x,
        y,
        'font-size': size,
        'font-weight': weight === 'semibold' ? 600 : null,
        fill: colour ?? this.palette.ink,
        'text-anchor': anchor === 'start' ? null : anchor,
        'unicode-bidi': 'isolate',
        ...(isOverMarks
          ? { stroke: this.palette.background, 'stroke-width': 4, 'paint-order': 'stroke' }
          : {}),
      },
      [words],
    );
  }

  /** Lines of text, the first with its top at `top`. @returns them, and how high they are */
  lines(
    lines: readonly string[],
    x: number,
    top: number,
    style: TextStyle,
  ): { drawn: readonly Markup[]; height: number } {
    const leading = style.size * LEADING;
    return {
      drawn: lines.map((line, at) => this.text(line, x, top + at * leading + style.size, style)),
      height: lines.length * leading,
    };
  }

  /** A paragraph across the sheet. */
  paragraph(words: string, style: TextStyle, indent = 0): void {
    const lines = wrapped(words, this.inner - indent, style.size, style.weight);
    const { drawn, height } = this.lines(lines, this.left + indent, this.y, style);
    this.add(...drawn);
    this.y += height;
  }

  /** What stands over a picture. */
  head({ title, under }: Pick<Caption, 'title' | 'under'>): void {
    this.paragraph(title, { size: this.#look.width < 480 ? 17 : 20, weight: 'semibold' });
    this.y += 2;
    for (const line of under) this.paragraph(line, { size: 13, colour: this.palette.muted });
    this.y += 14;
  }

  /** Footnotes under a heading. */
  footnotes(heading: string, notes: readonly string[]): void {
    if (notes.length === 0) return;
    this.y += 10;
    this.paragraph(heading, { size: 12, weight: 'semibold' });
    for (const note of notes) {
      this.y += 4;
      this.paragraph(note, { size: 12, colour: this.palette.muted });
    }
  }

  /** The picture, whole. */
  finish(caption: Caption): string {
    const { title, description, sources, datasetVersion, dataUrl } = caption;
    const { words } = this.speech;
    const style = { size: 11, colour: this.palette.muted };
    this.y += 12;
    this.add(
      element('line', { x1: this.left, x2: this.right, y1: this.y, y2: this.y, stroke: this.palette.grid }),
    );
    this.y += 8;
    if (sources.length > 0) this.paragraph(sourceWords(sources, this.speech), style);
    this.paragraph(words.version(datasetVersion), style);
    const address = wrapped(`${words.data}${dataUrl}`, this.inner, style.size);
    const { drawn, height } = this.lines(address, this.left, this.y, style);
    this.add(element('a', { href: dataUrl }, drawn));
    this.y += height + MARGIN - 6;
    const { width, lang } = this.#look;
    const tall = Math.ceil(this.y);
    return element(
      'svg',
      {
        xmlns: 'http://www.w3.org/2000/svg',
        width,
        height: tall,
        viewBox: `0 0 ${width} ${tall}`,
        role: 'graphics-document document',
        'aria-labelledby': 'fl-title',
        'aria-describedby': 'fl-desc',
        lang: lang === 'zh' ? 'zh-Hans' : 'en',
        direction: 'ltr',
        'font-family': FONT_FAMILY,
      },
      [
        element('title', { id: 'fl-title' }, [title]),
        element('desc', { id: 'fl-desc' }, [description.join(' ')]),
        ...(this.#definitions.size === 0 ? [] : [element('defs', {}, [...this.#definitions.values()])]),
        element('rect', { width, height: tall, fill: this.palette.background }),
        ...this.#drawn,
      ],
    ).source;
  }
}

function sourceWords(titles: readonly string[], { words }: Speech): string {
  const own = [...new Set(titles)];
  const [only = ''] = own;
  if (own.length === 1) return words.source(only);
  const more = own.length - MOST_SOURCES;
  const named = [...own.slice(0, MOST_SOURCES), ...(more > 0 ? [words.more(more)] : [])];
  return words.sources(own.length, named.join(words.separator));
}

/** How wide the widest of some texts is. */
export function widest(texts: readonly string[], size: number, weight?: Weight): number {
  return Math.max(0, ...texts.map((text) => widthOf(text, size, weight)));
}
