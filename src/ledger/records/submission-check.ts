import { DomainError, unlessRefused } from '../../domain/errors.ts';
import type { Amount } from '../../domain/money/amount.ts';
import { checkAmount, sameAmount } from '../../domain/money/amount.ts';
import { checkMoney } from '../../domain/money/decimal.ts';
import { fiscalCalendarOf } from '../../domain/period/fiscal-calendar.ts';
import { checkPeriod, checkRealisedPeriod, completePeriod } from '../../domain/period/period.ts';
import { parseAmountPhrase } from '../../domain/phrase/amount-phrase.ts';
import type { Evidence } from '../../domain/phrase/evidence.ts';
import { checkEvidence, codePointLength, phraseConfirms, readPhrase } from '../../domain/phrase/evidence.ts';
import { checkInterval, checkPrices } from '../../domain/statement.ts';
import type { Steps } from '../../domain/steps.ts';
import type { AddFault } from '../../http/message/body-faults.ts';
import { checkText } from '../../http/message/body-faults.ts';
import type { RequestFault } from '../../http/message/problem.ts';
import { InvalidRecord } from '../../http/message/problem.ts';
import { inTurns } from '../../http/turns.ts';
import { eq, inArray } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { organisations, sources, sourceTexts } from '../../store/tables/schema.ts';
import type { AddedIds, Reference } from '../catalogue/known-ids.ts';
import { createReferenceChecker, MOST_SUGGESTED } from '../catalogue/known-ids.ts';
import { readSourceText, wholeScopes } from '../catalogue/repository.ts';
import type { Source } from '../catalogue/schemas.ts';
import type { ReadDraft } from './completion.ts';
import { filledInOf, readDraft, wholeRecord } from './completion.ts';
import { FILTERS, REFERENCES } from './filters.ts';
import type { HeldText } from './held-text.ts';
import { heldText } from './held-text.ts';
import { KINDS } from './kinds.ts';
import type { Identified } from './made-ids.ts';
import { idCandidates, isSameRecord } from './made-ids.ts';
import type {
  DraftRecord,
  RecordContent,
  StatedFigure,
  SubmittedEvidence,
  SubmittedRecord,
} from './record.ts';
import type { States } from './relations.ts';
import { ownRelations, REVISES, relationsStatedBy } from './relations.ts';
import { nearestRecordId } from './repository.ts';
import type { FilledIn } from './schemas.ts';
import { DEFAULTS, withArticle } from './schemas.ts';
import type { NewestRevision } from './writes.ts';
import { newestRevisions } from './writes.ts';

/** What a record takes over from its document. */
export type KnownDocument = Pick<Source, 'publishedOn' | 'url' | 'documentSha256' | 'language'>;

/** Checks what clients hand in against what the ledger holds. */
export type SubmissionChecker = ReturnType<typeof createSubmissionChecker>;

/** A document that comes with the same import, with its text where that comes too. */
export interface AddedDocument extends KnownDocument {
  readonly text: (read: Reader) => Promise<string | null>;
}

/** Entries of the catalogue that come with the same import. */
interface AddedCatalogue extends AddedIds {
  readonly source: (id: string) => AddedDocument | undefined;
}

interface CheckerOptions {
  /** Of an import, whose other records may be related to as well. */
  readonly added?: AddedCatalogue;
  /** Whether evidence is what the submission says, and what it relates to may have been deleted: for seed files. */
  readonly isTrusted?: boolean;
  /** Whether what may have been meant by an unknown id is looked for. */
  readonly suggests?: boolean;
}

/** What is not known of a record from what was handed in. */
interface Completing {
  /** Where a record belongs that does not say it; null where it must. */
  readonly collection: string | null;
  /** Of a correction, the record that is corrected. */
  readonly corrected?: NewestRevision | undefined;
  /** Whether a record without an id is another one, also where there is one of the same words. */
  readonly isAnother?: boolean;
  /** Records that come before with the same import, by their ids. */
  readonly coming?: (ids: readonly string[]) => Promise<ReadonlyMap<string, RecordContent>>;
}

/** A record as it was handed in, with what could be filled in. */
export interface Prepared {
  /** Null where something is missing that could not be filled in; `faults` says what. */
  readonly record: SubmittedRecord | null;
  readonly draft: DraftRecord;
  readonly faults: readonly RequestFault[];
  readonly filledIn: FilledIn | undefined;
  /** The record's newest revision, where it is one that is revised. */
  readonly newest: NewestRevision | undefined;
}

type Settled = Pick<Evidence, 'phrase' | 'start' | 'end' | 'status'>;
type Figure = Pick<SubmittedRecord, 'amount' | 'evidence'>;

/** What a batch is checked against beside its references. */
interface Loaded {
  /** The records that its relations name, and the id that may have been meant where there is none. */
  readonly targets: ReadonlyMap<string, NewestRevision>;
  readonly alike: ReadonlyMap<string, string | undefined>;
  readonly states: States;
  /** Where the phrases stand whose document's text is held, or why that cannot be said. */
  readonly places: ReadonlyMap<SubmittedEvidence, Place>;
}

const MOST_PLACES = 10;
const LONGEST_EXCERPT = 200;

/**
 * A checker over the ledger as it is. It remembers what it has looked up, so make one for each request, or for each
 * import: nothing that a record refers to is ever removed.
 */
export function createSubmissionChecker(
  read: Reader,
  { added, isTrusted = false, suggests = true }: CheckerOptions = {},
) {
  const references = createReferenceChecker(read, added, suggests);
  const documents = createDocuments(read, added);
  let loaded: Loaded = { targets: new Map(), alike: new Map(), states: () => false, places: new Map() };

  /**
   * Fills in what a batch was handed in without, and looks up all that it is checked against: a query a table, and one
   * for each document whose text is held. What comes with the same import is in `added` before.
   */
  const prepare = async (
    drafts: readonly DraftRecord[],
    completing: Completing,
  ): Promise<readonly Prepared[]> => {
    await documents.load(drafts);
    const prepared = await complete(drafts, completing);
    await load(prepared);
    return prepared;
  };

  const complete = async (
    drafts: readonly DraftRecord[],
    { collection, corrected, isAnother = false, coming }: Completing,
  ): Promise<readonly Prepared[]> => {
    const kinds = await organisationKinds(read, drafts);
    const scopeless = drafts.filter(({ scope }) => scope === undefined);
    const scopeOf = await wholeScopes(
      read,
      scopeless.map(({ region }) => region),
    );
    const readings = drafts.map((draft) => {
      const faults: RequestFault[] = [];
      const { organisation, region } = draft;
      // One that comes with the same import may be a company.
      const speaker = organisation === null ? null : (kinds.get(organisation) ?? 'company');
      const calendar = fiscalCalendarOf(region, speaker);
      const read = readDraft(draft, documents.find(draft.source), calendar, addingTo(faults));
      return { draft, read, faults, ids: idsOf(read, collection) };
    });
    const ids = [...new Set(readings.flatMap((reading) => reading.ids))];
    const newestOf = isTrusted ? new Map<string, NewestRevision>() : await newestRevisions(read, ids);
    const made = readings.filter(({ draft }) => draft.id === undefined).flatMap((reading) => reading.ids);
    const before = new Map<string, Identified>(made.length === 0 ? [] : await coming?.(made));
    return readings.map(({ draft, read: drafted, faults, ids: candidates }): Prepared => {
      const add = addingTo(faults);
      const identified = identifiedIn(drafted, collection);
      const id =
        draft.id ??
        candidates.find((candidate) => {
          const held = newestOf.get(candidate)?.content ?? before.get(candidate);
          return held === undefined || (!isAnother && identified !== null && isSameRecord(held, identified));
        });
      if (id === undefined && identified !== null)
        add(
          'id',
          'idTaken',
          `is needed: other records have the ids that it would get, ${candidates.join(', ')}`,
        );
      if (id !== undefined && identified !== null) before.set(id, identified);
      const newest = corrected ?? (id === undefined ? undefined : newestOf.get(id));
      const belongs = draft.collection ?? newest?.content.collection ?? collection;
      if (belongs === null)
        add('collection', 'missingParameter', 'is required: the key has no collection of its own');
      const record =
        id === undefined || belongs === null
          ? null
          : wholeRecord(
              drafted,
              { id, collection: belongs },
              newest?.content ?? { ...DEFAULTS, scope: scopeOf(draft.region) },
            );
      const filledIn = record === null ? undefined : filledInOf(draft, record);
      return { record, draft, faults, filledIn, newest };
    });
  };

  const load = async (prepared: readonly Prepared[]): Promise<void> => {
    await references.load(prepared.flatMap(({ record, draft }) => referencesOf(record ?? draft)));
    const submissions = prepared.flatMap(({ record }) => record ?? []);
    const named = submissions.flatMap(({ kind, relations }) =>
      relations.map(({ record }) => ({ kind, record })),
    );
    const targets = await newestRevisions(read, [...new Set(named.map(({ record }) => record))]);
    const alike = new Map<string, string | undefined>();
    for (const { kind, record } of named) {
      if (alike.size < MOST_SUGGESTED && !targets.has(record) && added === undefined)
        alike.set(record, await nearestRecordId(read, kind, record));
    }
    const related = named.length === 0 ? [] : submissions.map(({ id }) => id);
    loaded = {
      targets,
      alike,
      states: await relationsStatedBy(read, [...new Set([...related, ...targets.keys()])]),
      places: await documents.placesOf(submissions),
    };
  };

  /**
   * A submission of the batch prepared last, as it is to be stored: complete, its references there, its evidence found.
   * What the newest revision of the record has established of the same words stays, and what that relates to may have
   * been deleted since.
   * @param alike further records of the same document: what they have established of the same words holds here too
   * @throws InvalidRecord (422 `invalidRecord`) naming every field that cannot be, with what was found
   */
  const check = (
    { record: submitted, draft, faults: found, newest }: Prepared,
    alike: readonly RecordContent[] = [],
  ): RecordContent => {
    const faults = [...found];
    const add = addingTo(faults);
    const attempt = <Value>(field: string, action: () => Value): Value | undefined => {
      const value = unlessRefused(action);
      if (!(value instanceof DomainError)) return value;
      addRefusal(field, value, add);
      return undefined;
    };
    checkText(draft, add);
    references.check(referencesOf(submitted ?? draft), add);
    if (submitted === null) throw new InvalidRecord(faults);
    checkRelations(submitted, newest, add);
    const source = sourceOf(submitted.source);
    const known = newest === undefined ? alike : [newest.content, ...alike];
    const located = source === undefined ? [] : known.flatMap((content) => locatedBy(content, source));
    const complete = (
      prefix: string,
      { amount: stated, evidence: words }: Figure,
    ): StatedFigure | undefined => {
      const amount = attempt(`${prefix}amount`, () => {
        const checked = checkAmount({ ...stated, interpretation: stated.interpretation ?? null });
        checkMoney(checked.value, checked.low, checked.high);
        return checked;
      });
      if (amount === undefined || source === undefined) return undefined;
      const addOf: AddFault = (part, ...fault) => add(`${prefix}evidence.${part}`, ...fault);
      const settled = isTrusted
        ? { ...words, status: words.status ?? 'unverified' }
        : settle(
            words,
            amount,
            source.language,
            loaded.places.get(words),
            { located, isCopy: added !== undefined },
            addOf,
          );
      if (settled === undefined) return undefined;
      const documentSha256 = settled.status === 'located' ? source.documentSha256 : null;
      const evidence = attempt(`${prefix}evidence`, () =>
        checkEvidence({ ...settled, documentSha256, url: source.url }, amount, source.language),
      );
      return evidence && { amount, evidence };
    };
    const own = complete('', submitted);
    const statedConversions = submitted.statedConversions.flatMap(
      (stated, position) => complete(`statedConversions.${position}.`, stated) ?? [],
    );
    const period = attempt('period', () => {
      const stated = checkPeriod(submitted.period);
      const isRealised = submitted.kind === 'outcome' && source !== undefined;
      return isRealised ? checkRealisedPeriod(stated, source.publishedOn) : stated;
    });
    attempt('prices', () => checkPrices(submitted.prices));
    if (submitted.interval !== null && own !== undefined) {
      const { interval } = submitted;
      attempt('interval', () => {
        checkMoney(interval.low, interval.high);
        checkInterval(interval, own.amount);
      });
    }
    if (faults.length > 0 || source === undefined || own === undefined || period === undefined)
      throw new InvalidRecord(faults);
    const { publishedOn } = source;
    const relations = ownRelations(submitted, loaded.states);
    return { ...submitted, ...own, statedConversions, period, publishedOn, relations };
  };

  /** What records take over from a document; undefined where there is none of that id. Loaded before. */
  function sourceOf(id: string): KnownDocument | undefined {
    return references.has(sources, id) ? documents.find(id) : undefined;
  }

  function checkRelations(
    { kind, id, relations }: SubmittedRecord,
    newest: NewestRevision | undefined,
    add: AddFault,
  ): void {
    const seen = new Set<string>();
    for (const [position, relation] of relations.entries()) {
      const name = relation.kind === REVISES ? REVISES : `relations.${position}.${kind}`;
      const quoted = JSON.stringify(relation.record);
      if (relation.kind === 'drivenBy' && !loaded.states(relation.record, 'drives', id)) {
        const message = `names ${quoted}, which does not state that it drives this record: that is for it to state, as \`drives\``;
        add(name, 'statedByTheOther', message);
        continue;
      }
      const same = `${relation.kind} ${relation.record}`;
      if (seen.has(same)) add(name, 'repeatedRelation', `names ${quoted} a second time with the same kind`);
      seen.add(same);
      if (relation.record === id) {
        add(name, 'relationToItself', 'names the record itself');
        continue;
      }
      if (relation.kind === REVISES && loaded.states(relation.record, REVISES, id)) {
        add(name, 'circularRevision', `names ${quoted}, which revises this record`);
        continue;
      }
      const target = loaded.targets.get(relation.record);
      if (target === undefined) {
        if (added !== undefined) continue;
        const suggestion = loaded.alike.get(relation.record);
        const hint = suggestion === undefined ? {} : { suggestion };
        add(name, 'unknownId', `names ${quoted}, which does not exist`, hint);
      } else if (target.kind !== kind) {
        add(name, 'unknownId', `names ${quoted}, which is ${withArticle(target.kind)}`);
      } else if (
        target.deleted &&
        !isTrusted &&
        !newest?.content.relations.some((known) => `${known.kind} ${known.record}` === same)
      ) {
        const message = `names ${quoted}, which was deleted at ${target.recordedAt}: ${target.reason}`;
        add(name, 'deletedId', message);
      }
    }
  }

  return { prepare, check, sourceOf };
}

/** Of which kind the organisations are, by id, that speak in those of some records whose period is yet to be read. */
async function organisationKinds(
  read: Reader,
  drafts: readonly DraftRecord[],
): Promise<ReadonlyMap<string, string>> {
  const ids = drafts.flatMap(({ organisation, period = {} }) =>
    organisation === null || completePeriod(period) !== null ? [] : organisation,
  );
  if (ids.length === 0) return new Map();
  const { id, kind } = organisations;
  const rows = await read
    .select({ id, kind })
    .from(organisations)
    .where(read.dialect.isListed(id, JSON.stringify([...new Set(ids)])));
  return new Map(rows.map((row) => [row.id, row.kind]));
}

function addingTo(faults: RequestFault[]): AddFault {
  return (name, code, message, hints = {}) => {
    faults.push({ in: 'body', name, code, message, ...hints });
  };
}

/** The ids that a record has or may get; none where what they are made of could not be read. */
function idsOf(draft: ReadDraft, collection: string | null): readonly string[] {
  if (draft.id !== undefined) return [draft.id];
  const identified = identifiedIn(draft, collection);
  return identified === null ? [] : idCandidates(identified);
}

/** A record by what tells it from others; null where that could not be read. */
function identifiedIn(
  { amount, period, collection = undefined, ...draft }: ReadDraft,
  otherwise: string | null,
): Identified | null {
  if (amount === undefined || period === undefined) return null;
  return { ...draft, collection: collection ?? otherwise ?? undefined, amount, period };
}

/** What a record refers to, with the names that its kind has for the fields. */
function referencesOf(record: DraftRecord): readonly Reference[] {
  const { kind, amount, beneficiarySectors, statedConversions } = record;
  const currency = FILTERS.currency.ids;
  return [
    ...REFERENCES.flatMap((name): Reference[] => {
      const field = name === 'organisation' ? KINDS[kind].organisation : name;
      const table = FILTERS[name].ids;
      const more = name === 'sector' ? beneficiarySectors : [];
      return [
        { field, table, id: record[name] ?? null },
        ...more.map((id, place) => ({ field: `beneficiarySectors.${place}`, table, id })),
      ];
    }),
    { field: 'amount.currency', table: currency, id: amount?.currency ?? null },
    ...statedConversions.map((stated, place) => ({
      field: `statedConversions.${place}.amount.currency`,
      table: currency,
      id: stated.amount?.currency ?? null,
    })),
  ];
}

function addRefusal(field: string, { code, data }: DomainError, add: AddFault): void {
  const { field: part, expected, ...found } = data;
  const message = [
    typeof expected === 'string' ? `must be ${expected}` : 'is not possible',
    ...Object.entries(found).map(
      ([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ].join('; ');
  add(typeof part === 'string' ? `${field}.${part}` : field, code, message);
}

/**
 * What there is to say of a figure's words. Where the text is held they must stand in it, at the place given or at the
 * only one, and state the amount; where it is not, what an earlier revision established of them stays.
 * @param place undefined where the text is not held
 * @param isCopy whether it may come from another ledger, which holds the text
 * @returns undefined where something was wrong, which was noted
 */
function settle(
  { phrase, start, end, status }: SubmittedEvidence,
  amount: Amount,
  language: string,
  place: Place | undefined,
  { located, isCopy }: { readonly located: readonly Evidence[]; readonly isCopy: boolean },
  add: AddFault,
): Settled | undefined {
  const refuse = (...fault: Parameters<AddFault>): undefined => void add(...fault);
  const as = (settled: Settled): Settled | undefined => {
    if (status === undefined || status === settled.status) return settled;
    const message = `is for the ledger to say, and it finds ${settled.status}; leave it out`;
    return refuse('status', 'statusDisagrees', message, { allowed: [settled.status] });
  };
  if ((start === null) !== (end === null)) {
    const missing = start === null ? 'start' : 'end';
    return refuse(missing, 'missingParameter', 'is required where the other end of the place is given');
  }
  if (place === undefined) {
    const known = located.find(
      (evidence) =>
        evidence.phrase === phrase &&
        ((start === null && end === null) || (evidence.start === start && evidence.end === end)),
    );
    if (known !== undefined && phraseConfirms(phrase, amount, language))
      return as({ phrase, start: known.start, end: known.end, status: 'located' });
    const found = phraseConfirms(phrase, amount, language) ? 'parsed' : 'unverified';
    // What another ledger found in a text cannot be looked at here: of it, only what the words say is taken over.
    if (isCopy && (start !== null || status === 'located'))
      return { phrase, start: null, end: null, status: found };
    if (start !== null) {
      const message =
        'gives a place, and the text of the source is not held here, so it cannot be looked at; leave the place out';
      return refuse('start', 'textNotHeld', message);
    }
    return as({ phrase, start, end, status: found });
  }
  if (typeof place !== 'number') return refuse(...place);
  if (!statesAmount(phrase, amount, language, add)) return undefined;
  return as({ phrase, start: place, end: place + codePointLength(phrase), status: 'located' });
}

/** Where a phrase begins in a text, in code points, or why that is not where it should, or not one place. */
type Place = number | Parameters<AddFault>;

function* placeIn(text: HeldText, { phrase, start, end }: SubmittedEvidence): Steps<Place> {
  const length = codePointLength(phrase);
  if (start !== null && end === start + length && text.slice(start, end) === phrase) return start;
  const places = yield* text.placesOf(phrase, MOST_PLACES + 1);
  const named = places.slice(0, MOST_PLACES).map((place) => `${place}-${place + length}`);
  const list = `${named.join(', ')}${places.length > MOST_PLACES ? ', …' : ''}`;
  if (start !== null && end !== null) {
    const there = text.slice(start, Math.max(start, end));
    const found =
      start >= text.length
        ? `lies beyond the end of the text, which has ${text.length} code points`
        : `is not where the phrase stands: from ${start} to ${end} the text reads ${JSON.stringify(excerpt(there))}`;
    const standing =
      places.length === 0 ? 'the phrase stands nowhere in the text' : `the phrase stands at ${list}`;
    const hint = places.length === 1 ? { suggestion: String(places[0]) } : {};
    return ['start', 'phraseNotAtPlace', `${found}; ${standing}`, hint];
  }
  const [only, another] = places;
  if (only === undefined)
    return ['phrase', 'phraseNotFound', 'stands nowhere in the text of the source, to the letter'];
  if (another === undefined) return only;
  const message = `must say which place is meant: the phrase stands at ${list}`;
  const allowed = places.slice(0, MOST_PLACES).map(String);
  return ['start', 'phraseAtSeveralPlaces', message, { allowed }];
}

/** Why a phrase does not verify an amount; undefined where it does. @param language BCP 47 tag of its source's language */
export function whyUnverified(
  { amount, evidence }: StatedFigure,
  language: string,
): Pick<RequestFault, 'code' | 'message'> | undefined {
  const faults: RequestFault[] = [];
  statesAmount(evidence.phrase, amount, language, addingTo(faults));
  return faults[0];
}

function statesAmount(phrase: string, amount: Amount, language: string, add: AddFault): boolean {
  const holdsFigure = phrase.includes(amount.asStated);
  // Without the figure there is nothing to confirm; what the phrase says in its place is told.
  const reading = unlessRefused(() =>
    holdsFigure
      ? readPhrase(phrase, amount, language)
      : parseAmountPhrase(phrase, { currency: amount.currency, language }),
  );
  if (reading instanceof DomainError) {
    const { code, data } = reading;
    add('phrase', code, `does not state the amount: it cannot be read as one (${JSON.stringify(data)})`);
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

/** The evidence that a record has located in the same text. */
function locatedBy(content: RecordContent, source: KnownDocument): readonly Evidence[] {
  return [content, ...content.statedConversions]
    .map(({ evidence }) => evidence)
    .filter(({ status, documentSha256 }) => status === 'located' && documentSha256 === source.documentSha256);
}

/** The documents that submissions name, and the places of their phrases. */
function createDocuments(read: Reader, added: AddedCatalogue | undefined) {
  const held = new Map<string, KnownDocument & { readonly hasText: boolean }>();
  let last: { readonly id: string; readonly text: HeldText } | undefined;

  const loadSources = async (ids: readonly string[]): Promise<void> => {
    const wanted = ids.filter((id) => !held.has(id) && added?.source(id) === undefined);
    if (wanted.length === 0) return;
    const { id, publishedOn, url, documentSha256, language } = sources;
    const rows = await read
      .select({ id, publishedOn, url, documentSha256, language, textOf: sourceTexts.sourceId })
      .from(sources)
      .leftJoin(sourceTexts, eq(sourceTexts.sourceId, id))
      .where(inArray(id, wanted));
    for (const { id: source, textOf, ...document } of rows)
      held.set(source, { ...document, hasText: textOf !== null });
  };

  /** One text at a time: each may have megabytes. */
  const textOf = async (id: string): Promise<HeldText | undefined> => {
    if (last?.id === id) return last.text;
    const isNew = added?.source(id);
    let text: string | null = null;
    if (isNew !== undefined) text = await isNew.text(read);
    else if (held.get(id)?.hasText) text = await readSourceText(read, id);
    if (text === null) return undefined;
    last = { id, text: await inTurns(heldText(text)) };
    return last.text;
  };

  return {
    find: (id: string): KnownDocument | undefined => added?.source(id) ?? held.get(id),
    load: (drafts: readonly DraftRecord[]): Promise<void> =>
      loadSources([...new Set(drafts.map(({ source }) => source))]),
    /** Gives the places of all phrases whose document's text is held. Loaded before. */
    placesOf: async (
      submissions: readonly SubmittedRecord[],
    ): Promise<ReadonlyMap<SubmittedEvidence, Place>> => {
      const places = new Map<SubmittedEvidence, Place>();
      const bySource = Map.groupBy(submissions, ({ source }) => source);
      for (const [id, submitted] of bySource) {
        const text = await textOf(id);
        if (text === undefined) continue;
        for (const { evidence } of submitted.flatMap((record) => [record, ...record.statedConversions]))
          places.set(evidence, await inTurns(placeIn(text, evidence)));
      }
      return places;
    },
  };
}
