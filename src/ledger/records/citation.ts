import type { Source } from '../catalogue/schemas.ts';
import type { WordedStyle } from './citation-styles.ts';
import { citationInWords } from './citation-styles.ts';
import type { LedgerRecord } from './record.ts';
import type { CslItem } from './schemas.ts';

/*
 * A document as reference managers read it, and in words. The forms for reference managers are written here: the library
 * there is drops Chinese from BibTeX and lets a line break end a RIS field.
 */

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
  const date = (day: string) => ({ 'date-parts': [day.split('-').map(Number)] });
  return {
    id,
    type: url === null ? 'document' : 'webpage',
    title,
    author: [{ literal: publisher }],
    publisher,
    ...(issued === null ? {} : { issued: date(issued) }),
    accessed: date(accessed),
    ...(url === null ? {} : { URL: url }),
    language,
    note,
  };
}

/** A field with its value, where the citation has one. */
type Field = readonly [name: string, value: string | null | undefined];

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A BibTeX entry in UTF-8. `date` and `urldate` are BibLaTeX's, `year` and `month` serve the older styles. Doubled braces keep the capitals of a title, and a publisher's "and" from making two authors of it. */
export function toBibtex(citation: Citation): string {
  const { id, title, publisher, issued, accessed, url, language, note } = citation;
  const fields: readonly Field[] = [
    ['author', `{{${texText(publisher)}}}`],
    ['title', `{{${texText(title)}}}`],
    ['publisher', `{{${texText(publisher)}}}`],
    ['date', issued && `{${issued}}`],
    ['year', issued && `{${issued.slice(0, 4)}}`],
    ['month', issued && (MONTHS[Number(issued.slice(5, 7)) - 1] ?? '{}')],
    ['url', url && `{${texUrl(url)}}`],
    ['urldate', `{${accessed}}`],
    ['language', `{${texText(language)}}`],
    ['note', `{${texText(note)}}`],
  ];
  const lines = fields.flatMap(([name, value]) => (value == null ? [] : `  ${name} = ${value}`));
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
  const date = (day: string): string => `${day.replaceAll('-', '/')}/`;
  const fields: readonly Field[] = [
    ['TY', url === null ? 'GEN' : 'ELEC'],
    ['ID', id],
    // A comma in AU parts a surname from its first names: such a publisher stands in PB only.
    ['AU', publisher.includes(',') ? null : publisher],
    ['TI', title],
    ['PB', publisher],
    ['PY', issued?.slice(0, 4)],
    ['DA', issued && date(issued)],
    ['Y2', date(accessed)],
    ['UR', url],
    ['LA', language],
    ['N1', note],
    ['ER', ''],
  ];
  return fields.map(([tag, value]) => (value == null ? '' : `${tag}  - ${oneLine(value)}\r\n`)).join('');
}

/** Neither format lets a field hold a line break. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
}

/** A way to give a citation. */
interface CitationForm {
  readonly mediaType: string;
  /** Of a file. */
  readonly extension: string;
  readonly write: (citation: Citation) => string | Promise<string>;
}

function inWords(style: WordedStyle): CitationForm {
  return {
    mediaType: 'text/plain',
    extension: 'txt',
    write: (citation) => citationInWords(style, toCslItem(citation)),
  };
}

export const CITATION_FORMS = {
  'csl-json': {
    mediaType: 'application/vnd.citationstyles.csl+json',
    extension: 'json',
    write: (citation) => JSON.stringify([toCslItem(citation)]),
  },
  bibtex: { mediaType: 'application/x-bibtex', extension: 'bib', write: toBibtex },
  ris: { mediaType: 'application/x-research-info-systems', extension: 'ris', write: toRis },
  apa: inWords('apa'),
  chicago: inWords('chicago'),
  'gb-t-7714': inWords('gb-t-7714'),
} as const satisfies Readonly<Record<string, CitationForm>>;
export type CitationStyle = keyof typeof CITATION_FORMS;
