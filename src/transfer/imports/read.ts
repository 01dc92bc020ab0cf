import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Parser as CsvParser } from 'csv-parse';
import { CsvError, parse } from 'csv-parse';
import { unguarded } from '../../http/formats/csv.ts';
import { endOfText, REPEATED_KEY, repeatedKey } from '../../http/message/repeated-keys.ts';
import { CHUNK_BYTES } from '../../store/file-bytes.ts';
import type { FileFault, ReadRow, UnreadRow } from '../row-handling.ts';

/** The forms in which a file of records can be. */
export const IMPORT_FORMATS = ['csv', 'ndjson', 'json'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/*
 * What is longer, wider or deeper is refused before it is taken apart: it would take the memory of many rows.
 */

/** Longest row of JSON: a document's text of 5 MiB, with what JSON adds to it. */
const MAX_JSON_CHARACTERS = 12_000_000;
const MAX_JSON_DEPTH = 20;
const MAX_JSON_VALUES = 100_000;
/** Longest row of a CSV, which brings no texts of documents. */
const MAX_CSV_CHARACTERS = 1_000_000;
const MAX_HEADER_CHARACTERS = 65_536;
/** So many empty lines may stand before it. */
const MAX_LINES_BEFORE_HEADER = 1000;
const MAX_COLUMNS = 1000;

/** A file that cannot be read on: nothing after this point is known. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly code: string;
  /** The data row that could not be read; null for the file as a whole, or its header. */
  readonly row: number | null;
  readonly line: number | null;

  constructor(code: string, message: string, place: { row?: number; line?: number } = {}) {
    super(message);
    this.code = code;
    this.row = place.row ?? null;
    this.line = place.line ?? null;
  }
}

/**
 * Reads the rows of a file as they arrive; no more than one row is held.
 * @param onHeader is given the names of a CSV's columns, before the first row; where it says no, nothing more is read
 * @throws UnreadableFile while iterating
 */
export function readRows(
  format: ImportFormat,
  bytes: AsyncIterable<Uint8Array>,
  onHeader: (header: readonly string[]) => boolean,
): AsyncIterable<ReadRow> {
  const text = decoded(bytes);
  if (format === 'csv') return readCsv(text, onHeader);
  return format === 'ndjson' ? readLines(text) : readArray(text);
}

/**
 * The text of a file: UTF-8 with or without a byte order mark. Whatever else it is, is refused rather than guessed at.
 */
async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let offset = 0;
  for await (const chunk of bytes) {
    if (offset === 0) refuseWideEncoding(chunk);
    offset += chunk.byteLength;
    yield decode(() => decoder.decode(chunk, { stream: true }), offset);
  }
  yield decode(() => decoder.decode(), offset);
}

function decode(read: () => string, offset: number): string {
  try {
    return read();
  } catch {
    throw new UnreadableFile(
      'notUtf8',
      `The file is not UTF-8 text (within the ${offset} bytes before this point). A spreadsheet writes it as "CSV UTF-8".`,
    );
  }
}

function refuseWideEncoding(chunk: Uint8Array): void {
  const [first, second] = chunk;
  const marked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (!marked && !chunk.subarray(0, 64).includes(0)) return;
  throw new UnreadableFile(
    'utf16NotRead',
    'The file is UTF-16 (what a spreadsheet calls "Unicode text"), or no text at all. Save it as "CSV UTF-8".',
  );
}

const DELIMITERS = [',', ';', '\t'] as const;

async function* readCsv(
  text: AsyncGenerator<string>,
  onHeader: (header: readonly string[]) => boolean,
): AsyncGenerator<ReadRow> {
  try {
    yield* parseCsv(await openCsv(text), onHeader);
  } finally {
    // However it ends, the file is closed: its beginning is read by hand.
    await text.return(undefined);
  }
}

async function* parseCsv(
  { delimiter, from, rest }: OpenCsv,
  onHeader: (header: readonly string[]) => boolean,
): AsyncGenerator<ReadRow> {
  /** At which the row begins that is being parsed. */
  let line = from;
  /** The lines at which the rows begin that were parsed and not yet read. */
  const beginnings: number[] = [];
  const parser = parse({
    delimiter,
    relax_column_count: true,
    skip_empty_lines: false,
    max_record_size: MAX_CSV_CHARACTERS,
    record_delimiter: ['\r\n', '\n', '\r'],
    // The parser's own count takes the two signs of a line break within a cell for two lines.
    on_record: (cells: string[]) => {
      beginnings.push(line);
      line += 1;
      for (const cell of cells) line += lineBreaksIn(cell);
      return cells;
    },
  });
  const feeding = pipeline(Readable.from(endingRows(rest, parser, () => line)), parser);
  // Told by the iteration below as well; here it would be an unhandled rejection.
  feeding.catch(() => undefined);
  let header: readonly string[] | undefined;
  let row = 0;
  try {
    for await (const record of parser as AsyncIterable<readonly string[]>) {
      const begins = beginnings.shift() ?? line;
      if (record.every((cell) => cell.trim() === '')) {
        if (header === undefined && begins >= MAX_LINES_BEFORE_HEADER) throw noHeader();
        continue;
      }
      if (header === undefined) {
        if (record.length > MAX_COLUMNS) throw tooManyColumns(record.length);
        header = record.map((name) => name.trim());
        if (!onHeader(header)) return;
        continue;
      }
      row += 1;
      yield {
        row,
        line: begins,
        ...(record.length !== header.length
          ? {
              fault: {
                code: 'wrongCellCount',
                message: `has ${record.length} cells, and the header has ${header.length}: a separator or a quotation mark too many, or too few`,
              },
            }
          : { value: cellsOf(header, record) }),
      };
    }
    await feeding;
  } catch (error) {
    // Whichever of the two comes first may only say that the other one ended.
    throw csvFault(
      await feeding.then(
        () => error,
        (cause: unknown) => (isTelling(cause) ? cause : error),
      ),
      line,
    );
  }
  if (header === undefined) throw noHeader();
}

function noHeader(): UnreadableFile {
  return new UnreadableFile(
    'emptyFile',
    'The file is empty, or begins with more than 1,000 empty lines: a CSV begins with the names of its columns.',
  );
}

/** The text of a CSV, until a row does not end. The parser's own limit counts what stands in cells, not the cells. */
async function* endingRows(
  text: AsyncIterable<string>,
  { info }: CsvParser,
  lineNow: () => number,
): AsyncGenerator<string> {
  let ended = 0;
  let characters = 0;
  for await (const piece of text) {
    if (info.records > ended) characters = 0;
    ended = info.records;
    // The row may have begun anywhere in the piece before.
    if (characters > MAX_CSV_CHARACTERS + CHUNK_BYTES) throw rowTooLong(lineNow());
    characters += piece.length;
    yield piece;
  }
}

function rowTooLong(line: number): UnreadableFile {
  return new UnreadableFile(
    'rowTooLong',
    `The row of the CSV that begins at line ${line} is longer than ${MAX_CSV_CHARACTERS} characters: a quotation mark that opens a cell may never be closed.`,
    { line },
  );
}

function tooManyColumns(columns: number): UnreadableFile {
  return new UnreadableFile(
    'tooManyColumns',
    `The header has ${columns} columns; at most ${MAX_COLUMNS} are read.`,
    { line: 1 },
  );
}

function lineBreaksIn(cell: string): number {
  return cell.includes('\n') || cell.includes('\r') ? cell.split(/\r\n|\n|\r/).length - 1 : 0;
}

function cellsOf(header: readonly string[], record: readonly string[]): Record<string, string> {
  const cells: Record<string, string> = {};
  for (const [position, name] of header.entries()) {
    cells[name] = unguarded(record[position] ?? '');
  }
  return cells;
}

function isTelling(error: unknown): boolean {
  return error instanceof CsvError || error instanceof UnreadableFile;
}

/** @param line at which the row begins that could not be parsed: a cell without its end goes on to the next quotation mark, or to the end of the file */
function csvFault(error: unknown, line: number): unknown {
  if (!(error instanceof CsvError)) return error;
  if (error.code === 'CSV_MAX_RECORD_SIZE') return rowTooLong(line);
  const problem =
    error.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quotation mark that opens a cell is never closed'
      : 'a quotation mark stands inside a cell that does not begin with one, or the cell goes on after it';
  return new UnreadableFile(
    'malformedCsv',
    `In the row that begins at line ${line} ${problem}. A cell with quotation marks is written "a ""word"" in it".`,
    { line },
  );
}

interface OpenCsv {
  readonly delimiter: string;
  /** The line at which it begins. */
  readonly from: number;
  /** What is to be parsed. */
  readonly rest: AsyncIterable<string>;
}

/** Looks at the first line: the sign that parts its cells, and a line `sep=;` before it, which Excel reads and writes. */
async function openCsv(text: AsyncGenerator<string>): Promise<OpenCsv> {
  let head = '';
  let ended = false;
  while (!ended && firstLine(head) === undefined) {
    if (head.length > MAX_HEADER_CHARACTERS) throw endlessHeader();
    const next = await text.next();
    ended = next.done === true;
    if (next.done !== true) head += next.value;
  }
  const line = firstLine(head) ?? head;
  if (line.length > MAX_HEADER_CHARACTERS) throw endlessHeader();
  const declared = /^sep=(.)$/i.exec(line)?.[1];
  const begin = declared === undefined ? head : head.slice(line.length).replace(/^\r?\n|^\r/, '');
  async function* rest(): AsyncGenerator<string> {
    yield begin;
    yield* text;
  }
  const bare = line.replaceAll(/"(?:[^"]|"")*"/g, '');
  const counts = DELIMITERS.map((sign) => bare.split(sign).length);
  const likely = DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
  return { delimiter: declared ?? likely, from: declared === undefined ? 1 : 2, rest: rest() };
}

function endlessHeader(): UnreadableFile {
  return new UnreadableFile(
    'headerTooLong',
    `The first line is longer than ${MAX_HEADER_CHARACTERS} characters: a CSV begins with the names of its columns.`,
    { line: 1 },
  );
}

/** The text up to the first line end outside quotation marks, which may have come or not. */
function firstLine(text: string): string | undefined {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if (sign === '"') quoted = !quoted;
    // A carriage return may have its line feed in the next piece.
    else if (!quoted && (sign === '\n' || (sign === '\r' && at + 1 < text.length))) return text.slice(0, at);
  }
  return undefined;
}

async function* readLines(text: AsyncIterable<string>): AsyncGenerator<ReadRow> {
  let line = 0;
  let row = 0;
  const read = (source: string): ReadRow | undefined => {
    line += 1;
    if (source.trim() === '') return undefined;
    row += 1;
    return { row, line, ...readJson(source) };
  };
  let pending = '';
  for await (const piece of text) {
    let begin = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', begin)) {
      const found = read(pending + piece.slice(begin, end));
      pending = '';
      begin = end + 1;
      if (found !== undefined) yield found;
    }
    pending += piece.slice(begin);
    refuseEndless(pending, row + 1, line + 1);
  }
  const last = read(pending);
  if (last !== undefined) yield last;
}

/** Reads JSON, or says why it cannot be or is not read. */
export function readJson(source: string): { readonly value: unknown } | { readonly fault: UnreadRow } {
  const fault = excessOf(source);
  if (fault !== null) return { fault };
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    return { fault: { code: 'malformedJson', message: `is not JSON: ${(error as Error).message}` } };
  }
  const key = repeatedKey(source);
  if (key === null) return { value };
  return { fault: { ...REPEATED_KEY, column: key.slice(0, 200) } };
}

/** Of what some JSON has more than any record. */
function excessOf(source: string): FileFault | null {
  let depth = 0;
  let values = 1;
  for (let at = 0; at < source.length; at += 1) {
    const sign = source.charCodeAt(at);
    if (sign === QUOTATION_MARK) at = endOfText(source, at);
    else if (sign === OPENING_BRACKET || sign === OPENING_BRACE) depth += 1;
    else if (sign === CLOSING_BRACKET || sign === CLOSING_BRACE) depth -= 1;
    else if (sign === COMMA) values += 1;
    if (depth > MAX_JSON_DEPTH)
      return { code: 'tooDeep', message: `has lists or objects more than ${MAX_JSON_DEPTH} deep` };
    if (values > MAX_JSON_VALUES)
      return { code: 'tooManyValues', message: `has more than ${MAX_JSON_VALUES} values` };
  }
  return null;
}

const [QUOTATION_MARK, OPENING_BRACKET, OPENING_BRACE, CLOSING_BRACKET, CLOSING_BRACE, COMMA] = Array.from(
  '"[{]},',
  (sign) => sign.charCodeAt(0),
);

function refuseEndless(pending: string, row: number, line: number): void {
  if (pending.length <= MAX_JSON_CHARACTERS) return;
  throw new UnreadableFile(
    'rowTooLong',
    `A row is longer than ${MAX_JSON_CHARACTERS} characters. NDJSON has one record a line.`,
    { row, line },
  );
}

/**
 * The elements of one JSON array. Only where each begins and ends is found here, so that one element at a time is held;
 * what it says is JSON.parse's to read.
 */
async function* readArray(text: AsyncIterable<string>): AsyncGenerator<ReadRow> {
  let state = 'before' as 'before' | 'element' | 'between' | 'after';
  let awaitsElement = false;
  let depth = 0;
  let quoted = false;
  let escaped = false;
  let source = '';
  let line = 1;
  let begins = 1;
  let row = 0;
  const refuse = (message: string): never => {
    throw new UnreadableFile('malformedJson', `${message} (line ${line}).`, { row: row + 1, line });
  };
  const element = (): ReadRow => {
    const read = readJson(source);
    source = '';
    if ('fault' in read && read.fault.code === 'malformedJson')
      refuse(`Element ${row + 1} of the array ${read.fault.message}`);
    row += 1;
    return { row, line: begins, ...read };
  };
  for await (const piece of text) {
    let from = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const sign = piece[at] as string;
      if (sign === '\n') line += 1;
      if (state === 'element') {
        if (quoted) {
          if (escaped) escaped = false;
          else if (sign === '\\') escaped = true;
          else if (sign === '"') quoted = false;
          continue;
        }
        if (sign === '"') quoted = true;
        else if (sign === '{' || sign === '[') depth += 1;
        else if ((sign === '}' || sign === ']') && depth > 0) depth -= 1;
        else if (depth === 0 && (sign === ',' || sign === ']')) {
          source += piece.slice(from, at);
          yield element();
          state = sign === ',' ? 'between' : 'after';
          awaitsElement = true;
        }
        continue;
      }
      if (/\s/.test(sign)) continue;
      if (state === 'before') {
        if (sign !== '[') {
          refuse(
            sign === '{'
              ? 'The file is one object. An array of records is read, or one record a line as NDJSON; of a list that was downloaded as JSON, take `data`'
              : 'The file is no JSON array of records',
          );
        }
        state = 'between';
        continue;
      }
      if (state === 'after') refuse('Something stands after the end of the array');
      if (sign === ']') {
        if (awaitsElement) refuse('The array ends with a comma');
        state = 'after';
        continue;
      }
      state = 'element';
      begins = line;
      from = at;
      quoted = sign === '"';
      depth = sign === '{' || sign === '[' ? 1 : 0;
      if (sign === ',') refuse('A comma stands where a record should');
    }
    if (state === 'element') {
      source += piece.slice(from);
      refuseEndless(source, row + 1, begins);
    }
  }
  if (state === 'before') throw new UnreadableFile('emptyFile', 'The file is empty.');
  if (state !== 'after') refuse('The array does not end: the file is cut off');
}
