/*
 * Atom (RFC 4287) and JSON Feed (https://jsonfeed.org/), for feed readers.
 */

export interface FeedEntry {
  /** The same for ever, wherever it is read. */
  readonly id: string;
  readonly title: string;
  /** A whole address. */
  readonly link: string;
  /** ISO 8601. */
  readonly updated: string;
  readonly author: string | null;
  /** Words of letters and digits. */
  readonly categories: readonly string[];
  /** HTML. */
  readonly content: string;
}

export interface FeedContent {
  readonly title: string;
  /** Whole addresses: of the feed, and of what it is a feed of. */
  readonly self: string;
  readonly link: string;
  /** ISO 8601. */
  readonly updated: string;
  readonly entries: readonly FeedEntry[];
}

interface FeedFormat {
  readonly mediaType: string;
  readonly write: (content: FeedContent) => Promise<string>;
}

/** By what the path ends in. */
export const FEEDS = {
  atom: {
    mediaType: 'application/atom+xml',
    // A title is HTML there, and plain text in JSON Feed.
    write: async (content) => (await feedOf(content, escapeHtml)).atom1(),
  },
  'feed.json': {
    mediaType: 'application/feed+json',
    write: async (content) => (await feedOf(content, (text) => text)).json1(),
  },
} as const satisfies Readonly<Record<string, FeedFormat>>;

async function feedOf(
  { title, self, link, updated, entries }: FeedContent,
  titled: (text: string) => string,
) {
  const { Feed } = await import('feed');
  const feed = new Feed({
    ...{ id: self, title: printable(title), link, updated: new Date(updated) },
    ...{ generator: 'Forecast Ledger', feed: self, feedLinks: { json: self } },
  });
  for (const { id, title: ofEntry, link: address, updated: time, author, categories, content } of entries)
    feed.addItem({
      ...{ id, link: address, date: new Date(time), content: printable(content) },
      title: titled(printable(ofEntry)),
      author: [{ name: printable(author ?? 'Forecast Ledger') }],
      category: categories.map((name) => ({ name, term: name })),
    });
  return feed;
}

/** XML has no place for control characters, however they are written. */
export function printable(text: string): string {
  return text.replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
}

const IN_HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => IN_HTML[character] ?? character);
}
