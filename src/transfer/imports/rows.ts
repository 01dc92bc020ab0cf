import { InvalidRecord } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import { valueAt } from '../../http/message/validation.ts';
import type { DraftSource } from '../../ledger/records/drafts.ts';
import { forecastDraft, outcomeDraft } from '../../ledger/records/kinds.ts';
import type { RecordContent, SubmittedRecord } from '../../ledger/records/record.ts';
import type { SubmissionChecker } from '../../ledger/records/recording.ts';
import { createSubmissionChecker } from '../../ledger/records/recording.ts';
import type { States } from '../../ledger/records/relations.ts';
import { ownRelations, relationsStated, SYMMETRIC } from '../../ledger/records/relations.ts';
import { SubmittedForecast, SubmittedOutcome } from '../../ledger/records/schemas.ts';
import type { NewestRevision } from '../../ledger/records/sync-writes.ts';
import { newestRevision, saysTheSame } from '../../ledger/records/sync-writes.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import type { ImportColumn } from './columns.ts';
import { DERIVED_COLUMNS, IMPORT_COLUMNS, isComputedColumn } from './columns.ts';
import type { PlaceName, RowFault } from './faults.ts';
import { decimalFault, flatPlace, nestedPlace, rowFaults, shown } from './faults.ts';
import type { Referenced, References } from './references.ts';
import { openReferences } from './references.ts';

/*
 * What a row of a file says: the same drafts, completed and checked by the same code, as everywhere else.
 */

const Drafts = { forecast: SubmittedForecast, outcome: SubmittedOutcome } as const;
type Kind = keyof typeof Drafts;

/** What rows of one file are checked with. */
export interface CheckContext {
  readonly storage: Storage;
  readonly references: References;
  readonly checker: SubmissionChecker;
  /** Symmetric relations that earlier rows of the file state. */
  readonly statedRelations: Set<string>;
  readonly sourceOf: (id: string) => DraftSource | undefined;
  readonly states: States;
}

/** Makes what the rows of an import are checked with. */
export function createCheckContext(storage: Storage, importId: string): CheckContext {
  const { sqlite } = storage;
  const references = openReferences(storage);
  const stagedText = sqlite
    .prepare<[string, string], string | null>(
      "select json_extract(content, '$.row.text') from import_rows where import_id = ? and record_id = ?",
    )
    .pluck();
  const heldSource = sqlite.prepare<[string], DraftSource>(
    'select published_on as publishedOn, url, document_sha256 as documentSha256 from sources where id = ?',
  );
  return {
    storage,
    references,
    checker: createSubmissionChecker(storage, {
      // Rows that come later may bring it: whether one did is seen when all have come.
      isBeingAdded: () => true,
      added: {
        has: references.isAdded,
        source: (id) => {
          const source = references.addedSources.get(id);
          return source && { ...source, text: () => stagedText.get(importId, `source ${id}`) ?? null };
        },
      },
    }),
    statedRelations: new Set(),
    sourceOf: (id) => references.addedSources.get(id) ?? heldSource.get(id),
    states: relationsStated(storage),
  };
}

/** A record that a row gives, or all that is wrong with it. */
export type CheckedRecord =
  | {
      readonly content: RecordContent;
      /** The revision that the row was taken from, where it says so. */
      readonly revision: number | null;
      readonly faults?: undefined;
    }
  | { readonly content?: undefined; readonly faults: readonly RowFault[] };

/** What a header says: which columns are not read, and what is wrong with it. */
export function checkHeader(header: readonly string[]): {
  readonly ignored: readonly string[];
  readonly faults: readonly RowFault[];
} {
  const names = IMPORT_COLUMNS.map(({ name }) => name);
  const known = new Set([...names, ...Object.keys(DERIVED_COLUMNS)]);
  const seen = new Set<string>();
  const ignored: string[] = [];
  const faults: RowFault[] = [];
  for (const name of header) {
    const at = { column: name, value: null };
    if (name === '') faults.push({ ...at, code: 'unnamedColumn', message: 'a column has no name' });
    else if (seen.has(name))
      faults.push({ ...at, code: 'repeatedColumn', message: 'stands in the header more than once' });
    else if (isComputedColumn(name)) {
      // The revision is not written, but it is looked at.
      if (name !== 'revision') ignored.push(name);
    } else if (!known.has(name)) {
      const suggestion = didYouMean(name, names);
      faults.push({
        ...at,
        code: 'unknownColumn',
        message: 'is no column of an import; /v1/imports/columns lists them',
        ...(suggestion === undefined ? {} : { suggestion }),
      });
    }
    seen.add(name);
  }
  for (const { name, required } of IMPORT_COLUMNS) {
    if (required && !seen.has(name))
      faults.push({ column: name, code: 'missingColumn', message: 'is required', value: null });
  }
  return { ignored, faults };
}

/** A record from a row of CSV: its cells by column. */
export function checkFlatRow(cells: Readonly<Record<string, string>>, context: CheckContext): CheckedRecord {
  const kind = cells.kind || ('reportedBy' in cells && !('forecaster' in cells) ? 'outcome' : 'forecast');
  if (!isKind(kind)) return { faults: [unknownKind(kind, 'kind')] };
  const faults: RowFault[] = [];
  const row: Record<string, unknown> = {};
  for (const column of IMPORT_COLUMNS) {
    if (column.name === 'kind') continue;
    const cell = cells[column.name] ?? '';
    if (column.only !== undefined && column.only !== kind) {
      if (cell !== '') faults.push(notOfKind(column.name, cell, kind));
      continue;
    }
    // What is empty is null, or is left out where the ledger has a default, or finds it out itself.
    if (
      cell === '' &&
      (column.type === 'list' || column.type === 'json' || column.name === 'evidenceStatus')
    ) {
      if (column.name === 'periodInferred') place(row, column.path, []);
      continue;
    }
    const read = readCell(column, cell);
    if ('fault' in read) faults.push({ column: column.name, value: shown(cell), ...read.fault });
    else place(row, column.path, read.value);
  }
  if (faults.length > 0) return { faults };
  return checkRow(
    kind,
    withoutComputedParts(row),
    derivedOf(cells, (name) => [name, cells[name]]),
    cells.revision,
    flatPlace,
    context,
  );
}

/** A record from a row of JSON: a draft, or a record as a list or a single answer shows it. */
export function checkNestedRow(
  value: Readonly<Record<string, unknown>>,
  context: CheckContext,
): CheckedRecord {
  const kind = value.kind ?? ('reportedBy' in value && !('forecaster' in value) ? 'outcome' : 'forecast');
  if (!isKind(kind)) return { faults: [unknownKind(kind, 'kind')] };
  const row = withoutComputedParts(value);
  const derived = derivedOf(value, (name) => [name, valueAt(value, name.split('.'))]);
  return checkRow(kind, row, derived, value.revision, nestedPlace, context);
}

function isKind(kind: unknown): kind is Kind {
  return kind === 'forecast' || kind === 'outcome';
}

function unknownKind(kind: unknown, column: string): RowFault {
  return { column, code: 'invalidValue', message: 'must be forecast or outcome', value: shown(kind) };
}

function notOfKind(column: string, value: unknown, kind: Kind): RowFault {
  return {
    column,
    code: 'notOfThisKind',
    message: kind === 'forecast' ? 'belongs to outcomes only' : 'belongs to forecasts only',
    value: shown(value),
  };
}

function readCell(
  { type }: ImportColumn,
  cell: string,
): { readonly value: unknown } | { readonly fault: Pick<RowFault, 'code' | 'message'> } {
  if (cell === '') return { value: null };
  switch (type) {
    case 'integer':
      return /^\d{1,15}$/.test(cell)
        ? { value: Number(cell) }
        : { fault: { code: 'malformedInteger', message: 'must be a whole number such as 5' } };
    case 'decimal':
      return /^(?:0|[1-9]\d{0,39})(?:\.\d{1,40})?$/.test(cell)
        ? { value: cell }
        : { fault: decimalFault(cell) };
    case 'list':
      return { value: cell.split(/; +/).filter((item) => item !== '') };
    case 'json':
      try {
        return { value: JSON.parse(cell) as unknown };
      } catch (error) {
        return { fault: { code: 'malformedJson', message: `is not JSON: ${(error as Error).message}` } };
      }
    default:
      return { value: cell };
  }
}

function place(row: Record<string, unknown>, [first = '', second]: readonly string[], value: unknown): void {
  if (second === undefined) {
    row[first] = value;
    return;
  }
  row[first] ??= {};
  (row[first] as Record<string, unknown>)[second] = value;
}

/** What the ledger itself adds to a record when it shows it. */
function withoutComputedParts(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(row)) {
    if (key === 'kind' || key === 'type' || key === 'names' || key === 'publishedOn' || isComputedColumn(key))
      continue;
    kept[key] = value;
  }
  if (isObject(kept.evidence)) kept.evidence = withoutDerived(kept.evidence);
  if (Array.isArray(kept.statedConversions)) {
    kept.statedConversions = kept.statedConversions.map((stated: unknown) => {
      if (!isObject(stated)) return stated;
      const { impliedRate: _, ...rest } = stated;
      return isObject(rest.evidence) ? { ...rest, evidence: withoutDerived(rest.evidence) } : rest;
    });
  }
  if (Array.isArray(kept.relations)) {
    kept.relations = kept.relations
      // The other record states it.
      .filter((relation: unknown) => !isObject(relation) || relation.kind !== 'drivenBy')
      .map((relation: unknown) => {
        if (!isObject(relation)) return relation;
        const { impliedMultiplier: _, ...rest } = relation;
        return rest;
      });
  }
  return kept;
}

function withoutDerived({ documentSha256: _, url: __, ...evidence }: Record<string, unknown>): object {
  return evidence;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a row says of what follows from its document. */
type Derived = readonly {
  readonly name: string;
  readonly is: 'publishedOn' | 'url' | 'documentSha256';
  readonly given: unknown;
}[];

function derivedOf(
  row: Readonly<Record<string, unknown>>,
  read: (name: string) => readonly [string, unknown],
): Derived {
  const flat = !isObject(row.evidence);
  const names = flat ? Object.keys(DERIVED_COLUMNS) : Object.values(DERIVED_COLUMNS);
  const facts = ['publishedOn', 'documentSha256', 'url'] as const;
  return names.map((place, position) => {
    const [name, given] = read(place);
    return { name, is: facts[position] ?? 'url', given: given === '' ? undefined : given };
  });
}

function checkRow(
  kind: Kind,
  row: Readonly<Record<string, unknown>>,
  derived: Derived,
  givenRevision: unknown,
  placeName: PlaceName,
  context: CheckContext,
): CheckedRecord {
  const result = Drafts[kind].safeParse(row);
  if (!result.success) return { faults: rowFaults(result.error, Drafts[kind], row, placeName) };
  const submitted: SubmittedRecord =
    kind === 'forecast'
      ? forecastDraft(result.data as SubmittedForecast)
      : outcomeDraft(result.data as SubmittedOutcome);
  const faults = [...contradictions(submitted, derived, context)];
  const newest = newestRevision(context.storage, submitted.id);
  const id = { column: 'id', value: submitted.id };
  if (newest !== undefined && newest.deleted !== 0) {
    faults.push({
      ...id,
      code: 'recordDeleted',
      message: `names a record that was deleted at ${newest.recordedAt}: ${newest.reason}`,
    });
  } else if (newest !== undefined && newest.kind !== kind) {
    faults.push({
      ...id,
      code: 'recordOfOtherKind',
      message: `names a record that is of the kind ${newest.kind}`,
    });
  }
  if (faults.length > 0) return { faults };
  try {
    const checked = context.checker.check(submitted, newest);
    const content = { ...checked, relations: relationsOfRow(checked, context) };
    const revision = revisionOf(givenRevision);
    if (revision === undefined) return { faults: [malformedRevision(givenRevision)] };
    if (isStale(context.storage, revision, newest, content)) return { faults: [staleRow(revision, newest)] };
    return { content, revision };
  } catch (error) {
    if (!(error instanceof InvalidRecord)) throw error;
    return {
      faults: error.faults.map(({ name, code, message, suggestion }) => {
        const path = name.split('.');
        return {
          column: placeName(path),
          code,
          message,
          value: shown(valueAt(row, path)),
          ...(suggestion === undefined ? {} : { suggestion }),
        };
      }),
    };
  }
}

/** Where a row says something else than follows from its document. */
function* contradictions(
  submitted: SubmittedRecord,
  derived: Derived,
  { sourceOf }: CheckContext,
): Generator<RowFault> {
  const source = sourceOf(submitted.source);
  if (source === undefined) return;
  for (const { name, is, given } of derived) {
    if (given === undefined || given === null || given === source[is]) continue;
    yield {
      column: name,
      code: 'contradictsSource',
      message: `follows from the source, which has ${source[is] === null ? 'none' : JSON.stringify(source[is])}: leave it empty`,
      value: shown(given),
    };
  }
}

export function unknownId(
  column: string | null,
  group: Referenced,
  id: string,
  references: References,
): RowFault {
  const suggestion = references.nearest(group, id);
  return {
    column,
    code: 'unknownId',
    message: `names no ${group} of this ledger or of an earlier row`,
    value: shown(id),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

/** The revision that a row names; null where it names none, undefined where it cannot be one. */
function revisionOf(given: unknown): number | null | undefined {
  if (given === undefined || given === null || given === '') return null;
  const text = String(given);
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function malformedRevision(given: unknown): RowFault {
  return {
    column: 'revision',
    code: 'invalidValue',
    message: 'must be the number of the revision that the row was taken from, or be left out',
    value: shown(given),
  };
}

/** Whether a row was taken from a revision that somebody has corrected since, and would undo the correction. */
export function isStale(
  storage: Storage,
  revision: number | null,
  newest: NewestRevision | undefined,
  content: RecordContent,
): boolean {
  return (
    revision !== null &&
    newest !== undefined &&
    newest.revision !== revision &&
    !saysTheSame(storage, newest, content)
  );
}

function staleRow(revision: number | null, newest: NewestRevision | undefined): RowFault {
  return {
    column: 'revision',
    code: 'revisionDoesNotCount',
    message: `is not the one that counts now, which is ${newest?.revision}: the row would undo what was corrected since. Take the row anew, or leave the column out to write it all the same`,
    value: shown(revision),
  };
}

/** The relations that a record is to state itself; what an earlier row of the file says is not said twice either. */
function relationsOfRow(
  content: RecordContent,
  { states, statedRelations }: CheckContext,
): RecordContent['relations'] {
  const own = ownRelations(content, states).filter(
    ({ kind, record }) => !SYMMETRIC.has(kind) || !statedRelations.has(`${kind} ${record} ${content.id}`),
  );
  for (const { kind, record } of own)
    if (SYMMETRIC.has(kind)) statedRelations.add(`${kind} ${content.id} ${record}`);
  return own;
}
