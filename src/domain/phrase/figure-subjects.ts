import { areOnlyLinks } from './cues.ts';
import type { Findings, Part } from './neighbours.ts';
import { isEastAsian, isLinked, neighboursOf, within, without } from './neighbours.ts';
import type { Stretch } from './sentences.ts';

/*
 * What each figure of a paragraph is of, as far as its own sentence says it plainly. docs/concepts.md has the rules.
 */

/** A name, or a cue word for a measure, where it stands in its paragraph: UTF-16 code units. */
export interface NamedPlace extends Stretch {
  readonly kind: string;
  readonly id: string;
}

/** By kind, the id of what a figure is of. */
export type Subject = Readonly<Partial<Record<string, string>>>;

/** What a figure may take its subject from beside its own words. */
export interface Sources {
  readonly findings: Findings;
  /** In order, with the cue words for measures. */
  readonly named: readonly NamedPlace[];
  readonly parts: readonly (Part | null)[];
  /** Of each figure that another one brings about, the one that does. */
  readonly driverOf: ReadonlyMap<number, number>;
  /** Of a kind, the one that the heading above names, or the sentence before to which the words refer back. */
  readonly carriedFrom: (kind: string, sentence: Stretch) => string | undefined;
}

const KINDS = ['forecaster', 'sector', 'region', 'scope'] as const;
/** What stands so far behind a figure is hardly what it is of. */
const FAR_BEHIND = 60;
const BESIDE_SAYS = 32;

export function subjectsOf(sources: Sources): readonly Subject[] {
  const { findings, named } = sources;
  const owned = ownedBy(findings, named);
  const subjects: Subject[] = [];
  let main: number | null = null;
  for (const [at, figure] of findings.figures.entries()) {
    if (figure.convertsAt !== null) {
      subjects.push(main === null ? {} : (subjects[main] ?? {}));
      continue;
    }
    const subject: Record<string, string> = {};
    for (const kind of [...KINDS, 'measure']) {
      const id = idOf(kind, at, { ...sources, own: owned[at] ?? [], main, subjects });
      if (id !== undefined) subject[kind] = id;
    }
    subjects.push(subject);
    main = at;
  }
  return subjects;
}

interface Around extends Sources {
  readonly own: readonly NamedPlace[];
  /** The figure before, and what the figures before are of. */
  readonly main: number | null;
  readonly subjects: readonly Subject[];
}

function idsOf(kind: string, named: readonly NamedPlace[]): readonly string[] {
  return [...new Set(named.filter((one) => one.kind === kind).map(({ id }) => id))];
}

function idOf(kind: string, at: number, around: Around): string | undefined {
  const { findings, named, own, main, subjects, parts, driverOf, carriedFrom } = around;
  const [figure, sentence] = [findings.figures[at], findings.sentences[at]];
  if (figure === undefined || sentence === undefined) return undefined;
  const part = parts[at] ?? null;
  const before = own.filter(
    ({ end, start }) => end <= figure.start && (part === null || start >= part.cue.end),
  );
  const ids = idsOf(kind, before);
  if (kind === 'measure' && ids.length > 0) return nearestOf(kind, before);
  if (ids.length > 0 && kind !== 'forecaster') return ids.length === 1 ? ids[0] : undefined;
  const driver = driverOf.get(at);
  if (driver !== undefined && kind !== 'measure') return subjects[driver]?.[kind];
  const behind = idsOf(
    kind,
    own.filter(({ start }) => start >= figure.end),
  );
  if (behind.length > 0 && kind !== 'forecaster') return behind.length === 1 ? behind[0] : undefined;
  const inSentence = within(named, sentence);
  if (kind === 'forecaster') {
    const said = sayingIn(around, inSentence, sentence);
    if (ids.length + behind.length > 0 || said !== undefined) {
      const all = idsOf(kind, inSentence);
      if (all.length === 1 && !isContrasted(findings, main, at)) return all[0];
      if (all.length > 1 && said !== undefined && !isContrasted(findings, main, at)) return said;
      const [only, ...others] = [...ids, ...behind];
      return others.length === 0 ? only : undefined;
    }
  }
  if (part !== null && kind !== 'region' && kind !== 'forecaster') return undefined;
  if (part?.of != null) return subjects[part.of]?.[kind];
  if (main !== null && driver === undefined && isCarried(around, kind, main, at))
    return subjects[main]?.[kind];
  return inSentence.some((one) => one.kind === kind) ? undefined : carriedFrom(kind, sentence);
}

function nearestOf(kind: string, before: readonly NamedPlace[]): string | undefined {
  return before.findLast((one) => one.kind === kind)?.id;
}

/** Whether what is said of one figure holds for the next one. */
function isCarried({ findings, named }: Around, kind: string, from: number, to: number): boolean {
  const [one, other] = [findings.figures[from], findings.figures[to]];
  if (one === undefined || other === undefined) return false;
  const between = within(named, { start: one.wordsEnd, end: other.wordsStart });
  // "5G takes 3 billion, rail 2 billion": the measure is the same, the sector is not.
  return isLinked(
    findings,
    from,
    to,
    between.filter((name) => name.kind !== kind),
  );
}

/** Whoever stands beside a word such as "expects", if one does. */
function sayingIn({ findings }: Around, named: readonly NamedPlace[], sentence: Stretch): string | undefined {
  const says = within(findings.cues, sentence).filter(({ kind }) => kind === 'says');
  const saying = idsOf(
    'forecaster',
    named.filter(({ start, end }) =>
      says.some((cue) => cue.start < end + BESIDE_SAYS && cue.end > start - BESIDE_SAYS),
    ),
  );
  return saying.length === 1 ? saying[0] : undefined;
}

function isContrasted({ figures, cues, sentences }: Findings, from: number | null, to: number): boolean {
  const [one, other] = [from === null ? undefined : figures[from], figures[to]];
  if (from === null || one === undefined || other === undefined) return false;
  if (sentences[from]?.start !== sentences[to]?.start) return false;
  return within(cues, { start: one.end, end: other.start }).some(({ kind }) => kind === 'contrast');
}

/** Of each figure, the names that belong to it. */
function ownedBy(findings: Findings, named: readonly NamedPlace[]): readonly (readonly NamedPlace[])[] {
  const owned: NamedPlace[][] = findings.figures.map(() => []);
  for (const name of named) {
    if (within(findings.figures, name).length > 0) continue;
    const owner = ownerOf(findings, named, name);
    if (owner !== null) owned[owner]?.push(name);
  }
  return owned;
}

function ownerOf(findings: Findings, named: readonly NamedPlace[], name: NamedPlace): number | null {
  const { figures, clauses, phrase } = findings;
  const { before, behind, standing, place } = neighboursOf(findings, name);
  const [one, other] = [
    before === null ? undefined : figures[before],
    behind === null ? undefined : figures[behind],
  ];
  const isIn = (figure: Stretch | undefined): boolean =>
    figure !== undefined && clauses.at(figure.start).clause === standing.clause;
  const isTied = (): boolean => {
    if (one === undefined || name.start < one.wordsEnd || name.start - one.wordsEnd > FAR_BEHIND)
      return false;
    const gap = { start: one.wordsEnd, end: name.start };
    const known = [
      ...within(findings.periods, gap),
      ...within(findings.cues, gap).filter(({ kind }) => kind === 'measure'),
      ...within(named, gap).filter(({ kind }) => kind !== name.kind),
    ];
    return areOnlyLinks(without(phrase.lower, gap, known), phrase.vocabulary);
  };
  if (isIn(one) && isIn(other)) {
    const gap = phrase.lower.slice(one?.wordsEnd, name.start);
    const isAnd = AND.test(gap);
    if (isTied() && !isAnd && (!isEastAsian(phrase, name) || USES.test(gap))) return before;
    return behind;
  }
  if (isIn(other)) return behind;
  if (isIn(one)) return isTied() ? before : null;
  if (before === null) return behind;
  if (behind === null) return null;
  const from = clauses.startAt(place.start);
  const isFirst = !/[\p{L}\p{N}]{6,}/u.test(phrase.lower.slice(from, place.start));
  return isFirst && clauses.at(other?.start ?? 0).clause <= standing.clause + 1 ? behind : null;
}

const AND = /(?:^|[\s,，、])(?:and|or|und|oder|et|ou|y|e|en|och|og|и|i|a|ve)\s*$|[和及与、]\s*$/;
const USES = /用于|投向|投入|建设|に|에/;
