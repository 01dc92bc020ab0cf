import type BetterSqlite3 from 'better-sqlite3';
import { DomainError } from '../../domain/errors.ts';
import type { Amount } from '../../domain/money/amount.ts';
import { checkAmount, sameAmount } from '../../domain/money/amount.ts';
import { checkPeriod } from '../../domain/period/period.ts';
import { parseAmountPhrase } from '../../domain/phrase/amount-phrase.ts';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import { codePointLength, phraseConfirms, readPhrase } from '../../domain/phrase/evidence.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord } from '../../http/message/problem.ts';
import { didYouMean } from '../../http/message/suggestion.ts';
import type { Storage } from '../../store/sqlite/storage.ts';
import type { RecordKind } from '../../store/tables/schema.ts';
import type { DraftSource } from './drafts.ts';
import { completeDraft, DraftError } from './drafts.ts';
import type { HeldText } from './held-text.ts';
import { heldText } from './held-text.ts';
import type { RecordContent, StatedFigure, SubmittedRecord } from './record.ts';
import { ownRelations } from './relations.ts';
import type { NewestRevision } from './sync-writes.ts';
import { newestRevision, relationsOfRevision, relationsStated } from './sync-writes.ts';
import type { AddFault, Vocabulary } from './vocabulary.ts';
import { checkText, createVocabulary } from './vocabulary.ts';

/** Checks what clients hand in against what the ledger holds. */
export interface SubmissionChecker {
  /**
   * A submission as it is to be stored: complete, its references there, its evidence found.
   * @param newest the record's newest revision, where it is one that is revised: what that has established of the
   *   same words stays, and what it relates to may have been deleted since
   * @throws InvalidRecord (422 `invalidRecord`) naming every field that cannot be, with what was found
   */
  readonly check: (submitted: SubmittedRecord, newest?: NewestRevision) => RecordContent;
}

/** Rows of the catalogue that come with the same import. */
export interface AddedCatalogue {
  readonly has: (table: Vocabulary, id: string) => boolean;
  /** A document, with its text where that comes too. */
  readonly source: (id: string) => (DraftSource & { readonly text: () => string | null }) | undefined;
}

interface CheckerOptions {
  readonly added?: AddedCatalogue;
  /** Whether a record that is not held yet comes with the same import, so that others may relate to it. */
  readonly isBeingAdded?: (kind: RecordKind, id: string) => boolean;
}

const NOTHING_ADDED: AddedCatalogue = { has: () => false, source: () => undefined };

type Settled = Pick<Evidence, 'phrase' | 'start' | 'end' | 'status'>;
type Figure = Pick<SubmittedRecord, 'amount' | 'evidence'>;

/** How many places of a phrase are named at most. */
const MOST_PLACES = 10;
const LONGEST_EXCERPT = 200;
const MOST_IDS_COMPARED = 1000;
const SHARED_PREFIX = 4;

/**
 * A checker over the ledger as it is. It remembers what it has looked up, among it the text read last, so make one for
 * each request, or for each import: nothing that a record refers to is ever removed.
 */
export function createSubmissionChecker(
  storage: Storage,
  { isBeingAdded = () => false, added = NOTHING_ADDED }: CheckerOptions = {},
): SubmissionChecker {
  const vocabulary = createVocabulary(storage.sqlite, added.has);
  const sourceOf = createSources(storage.sqlite, added);
  const states = relationsStated(storage);

  const check = (submitted: SubmittedRecord, newest?: NewestRevision): RecordContent => {
    const faults: RequestFault[] = [];
    const add = (name: string, code: string, message: string, hints: Partial<RequestFault> = {}): void => {
      faults.push({ in: 'body', name, code, message, ...hints });
    };
    const refuse = (field: string, { code, data }: DomainError): void => {
      const { field: part, expected, ...found } = data;
      const name = typeof part === 'string' ? `${field}.${part}` : field;
      const message = [
        typeof expected === 'string' ? `must be ${expected}` : 'is not possible',
        ...Object.entries(found).map(
          ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
        ),
      ].join('; ');
      add(name, code, message);
    };
    const attempt = <Value>(field: string, action: () => Value): Value | undefined => {
      try {
        return action();
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        refuse(field, error);
        return undefined;
      }
    };

    checkText(submitted, add);
    checkReferences(submitted, newest, add);
    const source = vocabulary.has('sources', submitted.source) ? sourceOf(submitted.source) : undefined;
    const settled = new Map<object, Settled>();
    const figures: readonly (readonly [string, Figure])[] = [
      ['', submitted],
      ...submitted.statedConversions.map(
        (figure, position) => [`statedConversions.${position}.`, figure] as const,
      ),
    ];
    for (const [prefix, figure] of figures) {
      const amount = attempt(`${prefix}amount`, () =>
        checkAmount({ ...figure.amount, interpretation: figure.amount.interpretation ?? null }),
      );
      if (amount === undefined || source === undefined) continue;
      const established = newest === undefined ? [] : establishedBy(newest, source);
      const evidence = settle(figure.evidence, amount, source, established, (part, code, message, hints) =>
        add(`${prefix}evidence.${part}`, code, message, hints),
      );
      if (evidence !== undefined) settled.set(figure.evidence, evidence);
    }
    attempt('period', () => checkPeriod(submitted.period));
    if (faults.length > 0 || source === undefined) throw new InvalidRecord(faults);
    try {
      const content = completeDraft(withStatus(submitted, settled), source);
      return { ...content, relations: ownRelations(content, states) };
    } catch (error) {
      if (!(error instanceof DraftError)) throw error;
      refuse(error.field, error.reason);
      throw new InvalidRecord(faults);
    }
  };

  function checkReferences(
    { kind, ...submitted }: SubmittedRecord,
    newest: NewestRevision | undefined,
    add: AddFault,
  ): void {
    const refer = (name: string, table: Vocabulary, id: string | null): void => {
      if (id === null || vocabulary.has(table, id)) return;
      add(
        name,
        'unknownId',
        `names ${JSON.stringify(id)}, which does not exist`,
        vocabulary.hints(table, id),
      );
    };
    refer('collection', 'collections', submitted.collection);
    refer(kind === 'forecast' ? 'forecaster' : 'reportedBy', 'organisations', submitted.organisation);
    refer('source', 'sources', submitted.source);
    refer('sector', 'sectors', submitted.sector);
    for (const [position, id] of submitted.beneficiarySectors.entries())
      refer(`beneficiarySectors.${position}`, 'sectors', id);
    refer('region', 'regions', submitted.region);
    refer('measure', 'measures', submitted.measure);
    refer('scope', 'scopes', submitted.scope);
    refer('amount.currency', 'currencies', submitted.amount.currency);
    for (const [position, { amount }] of submitted.statedConversions.entries())
      refer(`statedConversions.${position}.amount.currency`, 'currencies', amount.currency);

    const related = newest === undefined ? [] : relationsOfRevision(storage, newest.id, newest.revision);
    const seen = new Set<string>();
    for (const [position, relation] of submitted.relations.entries()) {
      const name = `relations.${position}.${kind}`;
      const quoted = JSON.stringify(relation.record);
      if (relation.kind === 'drivenBy' && !states(relation.record, 'drives', submitted.id)) {
        const message = `names ${quoted}, which does not state that it drives this record: that is for it to state, as \`drives\``;
        add(name, 'statedByTheOther', message);
        continue;
      }
      const same = `${relation.kind} ${relation.record}`;
      if (seen.has(same)) add(name, 'repeatedRelation', `names ${quoted} a second time with the same kind`);
      seen.add(same);
      if (relation.record === submitted.id) {
        add(name, 'relationToItself', 'names the record itself');
        continue;
      }
      const target = newestRevision(storage, relation.record);
      if (target === undefined) {
        if (isBeingAdded(kind, relation.record)) continue;
        const suggestion = didYouMean(
          relation.record,
          idsBeginningAlike(storage.sqlite, kind, relation.record),
        );
        add(
          name,
          'unknownId',
          `names ${quoted}, which does not exist`,
          suggestion === undefined ? {} : { suggestion },
        );
      } else if (target.kind !== kind) {
        add(
          name,
          'unknownId',
          `names ${quoted}, which is a${target.kind === 'outcome' ? 'n' : ''} ${target.kind}`,
        );
      } else if (
        target.deleted !== 0 &&
        !related.some((known) => known.kind === relation.kind && known.record === relation.record)
      ) {
        add(
          name,
          'deletedId',
          `names ${quoted}, which was deleted at ${target.recordedAt}: ${target.reason}`,
        );
      }
    }
  }
  return { check };
}

/** The submission with the statuses that were found, and the places. */
function withStatus(
  submitted: SubmittedRecord,
  settled: ReadonlyMap<object, Settled>,
): Parameters<typeof completeDraft>[0] {
  const settledOf = (figure: Figure): Settled =>
    settled.get(figure.evidence) ?? { ...figure.evidence, status: 'unverified' };
  return {
    ...submitted,
    evidence: settledOf(submitted),
    statedConversions: submitted.statedConversions.map((figure) => ({
      amount: figure.amount,
      evidence: settledOf(figure),
    })),
  };
}

/**
 * What there is to say of a figure's words. Where the text is held they must stand in it, at the place given or at the
 * only one, and state the amount; where it is not, what an earlier revision established of them stays.
 * @returns undefined where something was wrong, which was told
 */
function settle(
  { phrase, start, end, status }: SubmittedRecord['evidence'],
  amount: Amount,
  source: KnownSource,
  established: readonly Evidence[],
  add: AddFault,
): Settled | undefined {
  const as = (settled: Settled): Settled | undefined => {
    if (status === undefined || status === settled.status) return settled;
    add(
      'status',
      'statusDisagrees',
      `is for the ledger to say, and it finds ${settled.status}; leave it out`,
      {
        allowed: [settled.status],
      },
    );
    return undefined;
  };
  if ((start === null) !== (end === null)) {
    add(
      start === null ? 'start' : 'end',
      'missingParameter',
      'is required where the other end of the place is given',
    );
    return undefined;
  }
  const text = source.text();
  if (text === null) {
    const known = established.find(
      (evidence) =>
        evidence.phrase === phrase &&
        ((start === null && end === null) || (evidence.start === start && evidence.end === end)),
    );
    if (known !== undefined && phraseConfirms(phrase, amount))
      return as({ phrase, start: known.start, end: known.end, status: 'located' });
    if (start !== null) {
      add(
        'start',
        'textNotHeld',
        'gives a place, and the text of the source is not held here, so it cannot be looked at; leave the place out',
      );
      return undefined;
    }
    return as({ phrase, start, end, status: phraseConfirms(phrase, amount) ? 'parsed' : 'unverified' });
  }
  const place = placeIn(text, phrase, start, end, add);
  if (place === undefined || !statesAmount(phrase, amount, add)) return undefined;
  return as({ phrase, start: place, end: place + codePointLength(phrase), status: 'located' });
}

/** Where a phrase stands in a text; undefined where that is not where it should, or not one place, which is told. */
function placeIn(
  text: HeldText,
  phrase: string,
  start: number | null,
  end: number | null,
  add: AddFault,
): number | undefined {
  const length = codePointLength(phrase);
  if (start !== null && end === start + length && text.slice(start, end) === phrase) return start;
  const places = text.placesOf(phrase, MOST_PLACES + 1);
  const named = places.slice(0, MOST_PLACES).map((place) => `${place}-${place + length}`);
  const list = `${named.join(', ')}${places.length > MOST_PLACES ? ', …' : ''}`;
  if (start !== null && end !== null) {
    const there = text.slice(start, Math.max(start, end));
    const found =
      start >= text.length
        ? `lies beyond the end of the text, which has ${text.length} code points`
        : `is not where the phrase stands: from ${start} to ${end} the text reads ${JSON.stringify(excerpt(there))}`;
    add(
      'start',
      'phraseNotAtPlace',
      `${found}; ${places.length === 0 ? 'the phrase stands nowhere in the text' : `the phrase stands at ${list}`}`,
      places.length === 1 ? { suggestion: String(places[0]) } : {},
    );
    return undefined;
  }
  if (places.length === 1) return places[0];
  if (places.length === 0)
    add('phrase', 'phraseNotFound', 'stands nowhere in the text of the source, to the letter');
  else
    add('start', 'phraseAtSeveralPlaces', `must say which place is meant: the phrase stands at ${list}`, {
      allowed: places.slice(0, MOST_PLACES).map(String),
    });
  return undefined;
}

function statesAmount(phrase: string, amount: Amount, add: AddFault): boolean {
  const holdsFigure = phrase.includes(amount.asStated);
  let reading: Amount;
  try {
    // Without the figure there is nothing to confirm; what the phrase says in its place is told.
    reading = holdsFigure
      ? readPhrase(phrase, amount)
      : parseAmountPhrase(phrase, { currency: amount.currency });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    add(
      'phrase',
      error.code,
      `does not state the amount: it cannot be read as one (${JSON.stringify(error.data)})`,
    );
    return false;
  }
  if (!holdsFigure) {
    const stated = JSON.stringify(amount.asStated);
    const message = `does not hold the figure as stated, ${stated}; what it holds reads as ${describe(reading)}`;
    add('phrase', 'figureNotInPhrase', message);
    return false;
  }
  if (sameAmount(reading, amount)) return true;
  const message = `reads as ${describe(reading)}, and the amount is ${describe(amount)}`;
  add('phrase', 'phraseStatesAnotherAmount', message);
  return false;
}

function describe({ qualifier, value, low, high, currency }: Amount): string {
  return `${qualifier} ${currency} (value ${value ?? 'null'}, low ${low ?? 'null'}, high ${high ?? 'null'})`;
}

function excerpt(text: string): string {
  const points = [...text.slice(0, LONGEST_EXCERPT * 2)];
  return points.length > LONGEST_EXCERPT ? `${points.slice(0, LONGEST_EXCERPT).join('')}…` : text;
}

/** The evidence that a revision has located in the same text. */
function establishedBy(newest: NewestRevision, source: KnownSource): readonly Evidence[] {
  const conversions = JSON.parse(newest.statedConversions) as readonly StatedFigure[];
  const own: Evidence = {
    phrase: newest.evidencePhrase,
    start: newest.evidenceStart,
    end: newest.evidenceEnd,
    documentSha256: newest.evidenceDocumentSha256,
    url: newest.evidenceUrl,
    status: newest.evidenceStatus as Evidence['status'],
  };
  return [own, ...conversions.map(({ evidence }) => evidence)].filter(
    ({ status, documentSha256 }) => status === 'located' && documentSha256 === source.documentSha256,
  );
}

/** What is known of a document. */
interface KnownSource extends DraftSource {
  readonly text: () => HeldText | null;
}

function createSources(
  sqlite: BetterSqlite3.Database,
  added: AddedCatalogue,
): (id: string) => KnownSource | undefined {
  const select = sqlite.prepare<[string], DraftSource>(
    'select published_on as publishedOn, url, document_sha256 as documentSha256 from sources where id = ?',
  );
  const selectText = sqlite
    .prepare<[string], string>('select text from source_texts where source_id = ?')
    .pluck();
  let last: { readonly id: string; readonly source: KnownSource } | undefined;
  return (id) => {
    if (last?.id === id) return last.source;
    const isNew = added.source(id);
    const row = isNew ?? select.get(id);
    if (row === undefined) return undefined;
    let text: HeldText | null | undefined;
    const source: KnownSource = {
      ...row,
      text: () => {
        if (text === undefined) {
          const held = isNew === undefined ? selectText.get(id) : isNew.text();
          text = held == null ? null : heldText(held);
        }
        return text;
      },
    };
    last = { id, source };
    return source;
  };
}

/** Current records whose ids begin alike: where a misspelt one may have been meant. */
export function idsBeginningAlike(
  sqlite: BetterSqlite3.Database,
  kind: RecordKind,
  id: string,
): readonly string[] {
  const prefix = id.slice(0, SHARED_PREFIX);
  return sqlite
    .prepare<[string, string, string, number], string>(
      'select id from records where superseded_at is null and kind = ? and id >= ? and id < ? order by id limit ?',
    )
    .pluck()
    .all(kind, prefix, `${prefix}\uffff`, MOST_IDS_COMPARED);
}
