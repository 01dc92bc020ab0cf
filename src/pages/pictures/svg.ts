import { escapeHtml, printable } from '../../http/formats/feeds.ts';

/** SVG that is well formed: what is no `Markup` is text, and is escaped. */
export class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type Attributes = Readonly<Record<string, string | number | null>>;

/** An element of SVG. Attributes that are null are left out; numbers have two places. */
export function element(
  name: string,
  attributes: Attributes,
  children: readonly (Markup | string)[] = [],
): Markup {
  const said = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? rounded(value) : escapeHtml(plain(value ?? ''))}"`,
    )
    .join('');
  const inner = children
    .map((child) => (child instanceof Markup ? child.source : escapeHtml(plain(child))))
    .join('');
  return new Markup(inner === '' ? `<${name}${said}/>` : `<${name}${said}>${inner}</${name}>`);
}

/** Something that is seen, with what it is in words. */
export function described(words: string, attributes: Attributes, children: readonly Markup[]): Markup {
  const said = { role: 'graphics-symbol img', 'aria-label': words, ...attributes };
  return element('g', said, [element('title', {}, [words]), ...children]);
}

function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Characters that turn the direction of what follows them: a name could change how its neighbours read. */
const DIRECTIONS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;

/** A text on one line, of characters that XML and a reader can hold. */
export function plain(text: string): string {
  return printable(
    text
      .normalize('NFC')
      .replace(DIRECTIONS, '')
      .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' '),
  );
}
