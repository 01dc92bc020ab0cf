import { DomainError, unlessRefused } from '../../domain/errors.ts';
import { fiscalCalendarOf } from '../../domain/period/fiscal-calendar.ts';
import { parsePeriodPhrase } from '../../domain/phrase/period-phrase.ts';
import { describeDomainError } from '../../http/message/domain-errors.ts';
import { Period } from '../../http/query/shared-schemas.ts';
import type { IdTable } from '../../ledger/catalogue/names.ts';
import { idCandidates } from '../../ledger/records/made-ids.ts';
import { eq } from '../../store/query.ts';
import type { Reader } from '../../store/store.ts';
import { collections, sources } from '../../store/tables/schema.ts';
import type { Paint } from './describe.ts';
import { sentenceOf } from './describe.ts';
import type { Draft, ReadFigure, Reading } from './schemas.ts';

/** Asks somebody a question. */
export type Ask = (question: string) => Promise<string>;

/** How somebody is asked, and told. */
export interface Means {
  readonly ask: Ask;
  readonly say: (text: string) => void;
  readonly paint: Paint;
  /** Whether the catalogue has something of an id. */
  readonly isKnown: (kind: string, id: string) => boolean;
}

/** A draft that somebody took, as a row of an import. */
export type AcceptedDraft = Draft & {
  readonly kind: 'forecast';
  readonly collection: string;
  /** Where it brings about another one that was taken, or is brought about by one. */
  readonly id?: string;
  readonly relations?: readonly { readonly kind: 'drives'; readonly forecast: string }[];
};

const SUBJECT = ['sector', 'measure', 'region'] as const;
const UNSTATED = {
  start: null,
  end: null,
  kind: 'unstated',
  years: null,
  asStated: null,
  inferred: [],
} as const;

/**
 * Asks for each draft of a reading whether it is to be written, and for what it lacks.
 * @returns those that are, complete; none after an answer `q`
 */
export async function askForDrafts(
  { data, meta }: Reading,
  { source, collection }: { readonly source: string; readonly collection: string },
  means: Means,
): Promise<readonly AcceptedDraft[]> {
  const { ask, say, paint } = means;
  const accepted = new Map<number, AcceptedDraft>();
  for (const [position, figure] of data.entries()) {
    const { draft } = figure;
    if (draft === null) continue;
    say(`\n${sentenceOf([figure], paint)}`);
    for (const { forecast, by } of figure.matches) say(paint('green', `On record as ${forecast} (${by}).`));
    say(summaryOf(draft));
    const answer = (await ask(`Write ${figure.text}? [y]es, [n]o, [q]uit: `)).trim().toLowerCase();
    if (answer.startsWith('q')) break;
    if (!answer.startsWith('y')) continue;
    const completed = { ...draft, ...(await askForMissing(figure, draft, meta, means)), source };
    accepted.set(position, { ...completed, kind: 'forecast', collection });
  }
  return related(accepted, data);
}

/** The drafts that were taken, of which those that the words relate have ids and say which brings about which. */
function related(accepted: ReadonlyMap<number, AcceptedDraft>, data: Reading['data']): AcceptedDraft[] {
  const drivenBy = (position: number) =>
    (data[position]?.drives ?? []).flatMap((other) => accepted.get(other) ?? []);
  const named = new Set(
    [...accepted].flatMap(([position, draft]) => {
      const driven = drivenBy(position);
      return driven.length === 0 ? [] : [draft, ...driven];
    }),
  );
  return [...accepted].map(([position, draft]) => {
    if (!named.has(draft)) return draft;
    const relations = drivenBy(position).map((other) => ({ kind: 'drives', forecast: idOf(other) }) as const);
    return { ...draft, id: idOf(draft), ...(relations.length > 0 && { relations }) };
  });
}

/** The longest id that the ledger would make of a draft, which no other claim has. */
function idOf({ forecaster, ...draft }: AcceptedDraft): string {
  const identified = { ...draft, organisation: forecaster ?? null } as Parameters<typeof idCandidates>[0];
  return idCandidates(identified).at(-1) ?? '';
}

function summaryOf({ forecaster, sector, measure, region, period }: Draft): string {
  const said = { forecaster, sector, measure, region, period: period?.asStated ?? undefined };
  return Object.entries(said)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]))
    .join(', ');
}

async function askForMissing(
  { candidates }: ReadFigure,
  draft: Draft,
  { language, publishedOn }: Reading['meta'],
  means: Means,
): Promise<Partial<Draft> & { readonly forecaster?: string | null }> {
  const { ask, say } = means;
  const given: Record<string, unknown> = {};
  if (draft.forecaster === undefined)
    given.forecaster =
      (await askForId('forecaster', candidates.forecaster, means, '; empty: nobody is named')) || null;
  for (const kind of SUBJECT)
    while (draft[kind] === undefined && !given[kind])
      given[kind] = await askForId(kind, candidates[kind], means);
  while (draft.period === undefined && given.period === undefined) {
    const words = (await ask('period ("2020", "by 2025", "2020-2025"; empty: not stated): ')).trim();
    // Whoever forecasts may be a company.
    const fiscalCalendar = fiscalCalendarOf(draft.region ?? String(given.region), 'company');
    const options = { publishedOn, fiscalCalendar, ...(language === null ? {} : { language }) };
    const period = words === '' ? UNSTATED : unlessRefused(() => parsePeriodPhrase(words, options));
    if (period instanceof DomainError) say(describeDomainError(period));
    else given.period = Period.parse({ ...period, inferred: [...period.inferred] });
  }
  return given;
}

/** An id that is there, or nothing. */
async function askForId(
  kind: string,
  candidates: readonly { readonly id: string }[],
  { ask, say, isKnown }: Means,
  hint = '',
): Promise<string> {
  const ids = candidates.map(({ id }) => id).join(', ');
  for (;;) {
    const id = (await ask(`${kind}, by its id${ids === '' ? '' : ` (perhaps ${ids})`}${hint}: `)).trim();
    if (id === '' || isKnown(kind, id)) return id;
    say(`There is no ${kind} ${JSON.stringify(id)}.`);
  }
}

/**
 * The rows of the catalogue that drafts need and the ledger does not have: their collection and their document, with its
 * text. Asks for what they are called.
 */
export async function askForEntries(
  read: Reader,
  { meta }: Reading,
  {
    source,
    collection,
    text,
  }: { readonly source: string; readonly collection: string; readonly text: string },
  ask: Ask,
): Promise<readonly object[]> {
  const isHeld = async (table: IdTable, id: string): Promise<boolean> =>
    (await read.select({ id: table.id }).from(table).where(eq(table.id, id))).length > 0;
  const required = async (question: string): Promise<string> => {
    let answer = '';
    while (answer === '') answer = (await ask(question)).trim();
    return answer;
  };
  const entries: object[] = [];
  if (!(await isHeld(collections, collection)))
    entries.push({
      type: 'collection',
      id: collection,
      name: await required(`The collection ${collection} is new. Its name: `),
    });
  if (!(await isHeld(sources, source))) {
    const title = await required(`The document ${source} is new. Its title: `);
    const publisher = await required('Its publisher: ');
    const publishedOn =
      meta.publishedOn ?? ((await ask('Its day, such as 2020-05-25 (empty: not known): ')).trim() || null);
    const language = meta.language ?? (await required('Its language, such as en or zh: '));
    const attribution = [publisher, publishedOn].filter((part) => part !== null).join(', ');
    entries.push({ type: 'source', id: source, title, publisher, publishedOn, language, attribution, text });
  }
  return entries;
}
