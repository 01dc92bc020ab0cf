import type { Source } from '../catalogue/schemas.ts';
import type { LedgerRecord } from './record.ts';

/*
 * A document as reference managers read it. The three forms are written here: a library would bring several megabytes
 * of parsers and HTTP clients, and the one there is drops Chinese from BibTeX and lets a line break end a RIS field.
 */

export const CITATION_STYLES = ['csl-json', 'bibtex', 'ris'] as const;
export type CitationStyle = (typeof CITATION_STYLES)[number];

/** What is cited, and why. Dates are YYYY-MM-DD. */
export interface Citation {
  /** Letters, digits, `-`, `.` and `_`. */
  readonly id: string;
  readonly title: string;
  /** Stands as the author too: the ledger does not know who of the publisher wrote the document. */
  readonly publisher: string;
  readonly issued: string | null;
  readonly accessed: string;
  readonly url: string | null;
  readonly language: string;
  readonly note: string;
}

interface CslDate {
  readonly 'date-parts': readonly (readonly number[])[];
}

export interface CslItem {
  readonly id: string;
  readonly type: 'webpage' | 'document';
  readonly title: string;
  readonly author: readonly { readonly literal: string }[];
  readonly publisher: string;
  readonly issued?: CslDate;
  readonly accessed: CslDate;
  readonly URL?: string;
  readonly language: string;
  readonly note: string;
}

/** How the document of a record is cited. @param organisationIs what the organisation is to such a record */
export function citationOf(
  record: LedgerRecord,
  organisationIs: string,
  source: Source,
  now: Date,
): Citation {
  const { id, revision, amount, names } = record;
  const organisation = names.organisation ?? `No ${organisationIs} named`;
  return {
    id,
    title: source.title,
    publisher: source.publisher,
    issued: source.publishedOn,
    accessed: now.toISOString().slice(0, 10),
    url: source.url,
    language: source.language,
    note: `${organisation}: “${amount.asStated}” (${names.measure}, ${names.sector}). Forecast Ledger record ${id}, revision ${revision}.`,
  };
}

/** CSL-JSON, https://github.com/citation-style-language/schema: an item of its list. */
export function toCslItem(citation: Citation): CslItem {
  const { id, title, publisher, issued, accessed, url, language, note } = citation;
  return {
    id,
    type: url === null ? 'document' : 'webpage',
    title,
    author: [{ literal: publisher }],
    publisher,
    ...(issued === null ? {} : { issued: cslDate(issued) }),
    accessed: cslDate(accessed),
    ...(url === null ? {} : { URL: url }),
    language,
    note,
  };
}

function cslDate(day: string): CslDate {
  return { 'date-parts': [day.split('-').map(Number)] };
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/**
 * A BibTeX entry in UTF-8. `date` and `urldate` are BibLaTeX's, `year` and `month` serve the older styles. Doubled braces keep the capitals of a title, and a publisher's "and" from making two authors of it.
 */
export function toBibtex(citation: Citation): string {
  const { id, title, publisher, issued, accessed, url, language, note } = citation;
  const fields: (readonly [string, string])[] = [
    ['author', `{{${texText(publisher)}}}`],
    ['title', `{{${texText(title)}}}`],
    ['publisher', `{{${texText(publisher)}}}`],
  ];
  if (issued !== null) {
    fields.push(['date', `{${issued}}`], ['year', `{${issued.slice(0, 4)}}`]);
    fields.push(['month', MONTHS[Number(issued.slice(5, 7)) - 1] ?? '{}']);
  }
  if (url !== null) fields.push(['url', `{${texUrl(url)}}`]);
  fields.push(
    ['urldate', `{${accessed}}`],
    ['language', `{${texText(language)}}`],
    ['note', `{${texText(note)}}`],
  );
  const lines = fields.map(([name, value]) => `  ${name} = ${value}`);
  return `@misc{${id},\n${lines.join(',\n')}\n}\n`;
}

/** What TeX would take for a command. Braces are named, because BibTeX counts even those after a backslash. */
const TEX_SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  $: '\\$',
  '&': '\\&',
  '%': '\\%',
  '#': '\\#',
  _: '\\_',
};

function texText(text: string): string {
  return oneLine(text).replace(/[\\{}~^$&%#_]/g, (special) => TEX_SPECIAL[special] ?? special);
}

/** An address is taken as it is, so what would break the entry is percent-encoded. */
function texUrl(url: string): string {
  return oneLine(url).replace(
    /[\\{}^"<>`| ]/g,
    (special) => `%${special.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** A RIS record: a tag a line. `Y2` is the day of access, `DA` has slashes. */
export function toRis(citation: Citation): string {
  const { id, title, publisher, issued, accessed, url, language, note } = citation;
  const lines: (readonly [string, string])[] = [
    ['TY', url === null ? 'GEN' : 'ELEC'],
    ['ID', id],
  ];
  // A comma in AU parts a surname from its first names: such a publisher stands in PB only.
  if (!publisher.includes(',')) lines.push(['AU', publisher]);
  lines.push(['TI', title], ['PB', publisher]);
  if (issued !== null) lines.push(['PY', issued.slice(0, 4)], ['DA', risDate(issued)]);
  lines.push(['Y2', risDate(accessed)]);
  if (url !== null) lines.push(['UR', url]);
  lines.push(['LA', language], ['N1', note], ['ER', '']);
  return lines.map(([tag, value]) => `${tag}  - ${oneLine(value)}\r\n`).join('');
}

function risDate(day: string): string {
  return `${day.replaceAll('-', '/')}/`;
}

/** Neither format lets a field hold a line break. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

interface Form {
  readonly mediaType: string;
  readonly extension: string;
  readonly write: (citation: Citation) => string;
}

export const CITATION_FORMS: Readonly<Record<CitationStyle, Form>> = {
  'csl-json': {
    mediaType: 'application/vnd.citationstyles.csl+json',
    extension: 'json',
    write: (citation) => JSON.stringify([toCslItem(citation)]),
  },
  bibtex: { mediaType: 'application/x-bibtex', extension: 'bib', write: toBibtex },
  ris: { mediaType: 'application/x-research-info-systems', extension: 'ris', write: toRis },
};
