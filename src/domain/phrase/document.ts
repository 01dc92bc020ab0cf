import { countWhile } from '../binary-search.ts';
import type { DomainError } from '../errors.ts';
import { unlessRefused } from '../errors.ts';
import type { Amount } from '../money/amount.ts';
import { sameAmount } from '../money/amount.ts';
import { fiscalCalendarOf } from '../period/fiscal-calendar.ts';
import type { Steps } from '../steps.ts';
import type { Mention, NameMatcher } from '../text/name-matcher.ts';
import type { FoundAmount, TextContext } from './amount-phrase.ts';
import { contextOf, contextWithin, parseAmountPhrase, readAmounts } from './amount-phrase.ts';
import { clausesOf } from './clauses.ts';
import type { Cue } from './cues.ts';
import { findCues } from './cues.ts';
import { periodsOfFigures } from './figure-periods.ts';
import type { NamedPlace, Subject } from './figure-subjects.ts';
import { subjectsOf } from './figure-subjects.ts';
import type { Findings, Part } from './neighbours.ts';
import { firstFrom, partsOf, within } from './neighbours.ts';
import type { FoundPeriod, PeriodPhraseOptions } from './period-phrase.ts';
import { findPeriods } from './period-phrase.ts';
import { foldPhrase } from './phrase-text.ts';
import type { Stretch } from './sentences.ts';
import { paragraphsOf, sentencesOf } from './sentences.ts';
import type { SaidStatement } from './statements.ts';
import { SAID_KINDS, saidBy, saidOfFigure } from './statements.ts';
import { vocabulariesOf } from './words.ts';

/*
 * What a whole text says: its sums of money, and what stands near each. Places are in Unicode code points.
 */

export interface DocumentOptions {
  readonly language?: string | undefined;
  readonly region?: string | undefined;
  /** ISO 4217 code of the currency meant where the text leaves it open. */
  readonly currency?: string | undefined;
  /** ISO 8601 date of the document. */
  readonly publishedOn?: string | undefined;
}

/** A stretch of the text with its words. */
export interface Passage extends Stretch {
  readonly text: string;
}

/** How near a name stands to a figure. */
export type Nearness = 'sentence' | 'paragraph' | 'document';

/** Something that may be what a figure is of. */
export interface Candidate extends Passage {
  readonly kind: string;
  readonly id: string;
  /** `name`, `alias` and the like, or `cueWord`. */
  readonly reason: string;
  readonly nearness: Nearness;
}

export interface DocumentFigure extends Passage {
  readonly sentence: Passage;
  /** A few words that state the figure, and are read back to it; null where it cannot be read. */
  readonly phrase: Passage | null;
  readonly reading: Amount | DomainError;
  /** Which figure it converts. */
  readonly converts: number | null;
  /** Which figures it brings about, as the words say. */
  readonly drives: readonly number[];
  /** Which figure it is a part of; `isPart` where it is one, of whichever. */
  readonly partOf: number | null;
  readonly isPart: boolean;
  readonly period: (Passage & Pick<FoundPeriod, 'reading'>) | null;
  /** What it is of, as far as its sentence, or the heading above, says it plainly. */
  readonly subject: Subject;
  /** What its sentence says of it besides, and whether that it takes the place of an earlier forecast. */
  readonly said: SaidStatement;
  readonly isRevised: boolean;
  /** By kind, the likeliest first. */
  readonly candidates: Readonly<Record<string, readonly Candidate[]>>;
}

/** A paragraph with all that is found in it. */
interface Paragraph extends Findings {
  readonly text: string;
  /** Place of its first character. */
  readonly start: number;
  /** The code point of a code unit, and the code unit of a code point, both counted from its start. */
  readonly pointAt: (unit: number) => number;
  readonly unitAt: (point: number) => number;
  /** Of each figure, what it is a part of, and its period. */
  readonly parts: readonly (Part | null)[];
  readonly allSentences: readonly Stretch[];
  readonly figurePeriods: readonly (FoundPeriod | null)[];
}

/** What stands farther from a figure in its sentence is not looked at, in code units. */
const FARTHEST = 1000;
const LONGEST_SENTENCE = 300;
const LONGEST_PHRASE = 300;
/** Code units of the words before and behind a figure that are quoted with it. */
const FEW_WORDS = 24;
const MOST_CANDIDATES = 5;
/** So many names before a figure, and behind it, are looked at. */
const MOST_LOOKED_AT = 60;

/** The code point of each code unit of a text, and the contrary. Most texts have no character of two units. */
function placesOf(text: string): Pick<Paragraph, 'pointAt' | 'unitAt'> {
  if (!/[\ud800-\udbff]/.test(text)) return { pointAt: (unit) => unit, unitAt: (point) => point };
  const points = new Uint32Array(text.length + 1);
  const units: number[] = [];
  let unit = 0;
  for (const character of text) {
    points.fill(units.length, unit, unit + character.length);
    units.push(unit);
    unit += character.length;
  }
  points[unit] = units.length;
  return { pointAt: (at) => points[at] ?? units.length, unitAt: (at) => units[at] ?? unit };
}

/** A stretch of a paragraph as a passage of the text. */
function passage({ text, start, pointAt }: Paragraph, stretch: Stretch): Passage {
  return {
    start: start + pointAt(stretch.start),
    end: start + pointAt(stretch.end),
    text: text.slice(stretch.start, stretch.end),
  };
}

function readParagraph(
  text: string,
  start: number,
  options: TextOptions,
  periodOptions: PeriodPhraseOptions,
  context: TextContext,
): Paragraph {
  const [vocabulary] = vocabulariesOf(text, options.language, options.region);
  const phrase = foldPhrase(text, vocabulary);
  const read = readAmounts(text, options, context);
  const cues = read.length === 0 ? [] : findCues(phrase);
  // "In 2024 dollars" is no sum of them.
  const years = cues.filter(({ kind }) => kind === 'prices');
  const figures = read.filter(({ start, end }) => {
    const year = years[countWhile(years.length, (at) => (years[at]?.start ?? 0) <= start) - 1];
    return year === undefined || year.end < end;
  });
  const whole = figures.map(({ convertsAt, wordsStart, wordsEnd }) => ({
    start: convertsAt ?? wordsStart,
    end: wordsEnd,
  }));
  const sentences = sentencesOf(text, whole);
  let at = 0;
  const ofFigures = figures.map((figure) => {
    while ((sentences[at]?.end ?? text.length) <= figure.start) at += 1;
    const { start = 0, end = text.length } = sentences[at] ?? {};
    return trimmed(text, {
      start: Math.max(start, figure.start - FARTHEST),
      end: Math.min(end, figure.end + FARTHEST),
    });
  });
  const findings: Findings = {
    phrase,
    figures,
    sentences: ofFigures,
    periods: figures.length === 0 ? [] : findPeriods(text, periodOptions),
    cues,
    clauses: clausesOf(text),
  };
  const parts = partsOf(findings);
  const figurePeriods = periodsOfFigures(findings, parts);
  return { ...findings, text, start, ...placesOf(text), parts, figurePeriods, allSentences: sentences };
}

function trimmed(text: string, { start, end }: Stretch): Stretch {
  const words = text.slice(start, end);
  return {
    start: start + words.length - words.trimStart().length,
    end: end - words.length + words.trimEnd().length,
  };
}

type TextOptions = NonNullable<Parameters<typeof readAmounts>[1]>;

/** As much of a sentence as is shown: the figure with what stands around it. */
function shortened(sentence: Stretch, { start, end }: Stretch): Stretch {
  if (sentence.end - sentence.start <= LONGEST_SENTENCE) return sentence;
  const room = Math.max(0, LONGEST_SENTENCE - (end - start)) / 2;
  return {
    start: Math.max(sentence.start, Math.floor(start - room)),
    end: Math.min(sentence.end, Math.ceil(end + room)),
  };
}

/**
 * The shortest words that state a figure: what qualifies it, then with what stands between the figures beside it, then its
 * sentence. They are read back to it, as evidence is.
 */
function phraseOf(paragraph: Paragraph, at: number, amount: Amount, options: TextOptions): Stretch | null {
  const { text, figures, sentences } = paragraph;
  const [figure, sentence] = [figures[at], sentences[at]];
  if (figure === undefined || sentence === undefined) return null;
  const clause = {
    start: Math.max(sentence.start, figures[at - 1]?.wordsEnd ?? 0),
    end: Math.min(sentence.end, figures[at + 1]?.wordsStart ?? text.length),
  };
  const words = { start: figure.wordsStart, end: figure.wordsEnd };
  const kept = united(words, clause, paragraph.figurePeriods[at] ?? null);
  // Words that name the period of another figure would give this one a wrong period.
  const others = within(paragraph.periods, clause).filter(
    ({ start, end }) => end <= kept.start || start >= kept.end,
  );
  const own = {
    start: Math.max(clause.start, ...others.filter(({ end }) => end <= kept.start).map(({ end }) => end)),
    end: Math.min(clause.end, ...others.filter(({ start }) => start >= kept.end).map(({ start }) => start)),
  };
  const inContext = [fewWords(text, own, kept), trimmed(text, own), trimmed(text, clause), sentence];
  const around = (figure.convertsAt === null ? [...inContext, words] : [words, ...inContext]).filter(
    ({ start, end }) => end - start <= LONGEST_PHRASE,
  );
  const confirming = around.filter(({ start, end }) => {
    const stated = { ...options, currency: amount.currency, figure: amount.asStated };
    const reading = unlessRefused(() => parseAmountPhrase(text.slice(start, end), stated));
    return 'asStated' in reading && sameAmount(reading, amount);
  });
  const isUnique = ({ start, end }: Stretch): boolean =>
    text.indexOf(text.slice(start, end)) === start && text.indexOf(text.slice(start, end), start + 1) < 0;
  return confirming.find(isUnique) ?? confirming[0] ?? null;
}

/** The words of a figure, with its period where that stands in the same clause. */
function united(words: Stretch, clause: Stretch, period: Stretch | null): Stretch {
  if (period === null || period.start < clause.start || period.end > clause.end) return words;
  return { start: Math.min(words.start, period.start), end: Math.max(words.end, period.end) };
}

/** What of the text before is no whole word, or stands before a mark: left out of a quotation, as what follows one is. */
const BEFORE_QUOTATION =
  /^(?:[\s\S]*[,;([{，、；（](?=\s|[^\p{L}\p{N}\s]|[一-鿿가-힣ぁ-ヿ]|$)|(?<=^)[^\p{L}\p{N}]*)[^\p{L}\p{N}"“‘「$€£¥₹]*/u;
const BEHIND_QUOTATION = /\s*(?:[,;:([{)\]}，、；：（）。]|\s-\s|[.!?](?=\s|$))[\s\S]*$|[^\p{L}\p{N}%]*$/u;
const SPACED = /[\p{Script=Latin}\p{Script=Cyrillic}\p{N}'’-]/u;

/** What must stay, with a few words of its clause around it, none of them in part. */
function fewWords(text: string, clause: Stretch, kept: Stretch): Stretch {
  let start = Math.max(clause.start, kept.start - FEW_WORDS);
  while (start > clause.start && start < kept.start && isWithinWord(text, start)) start += 1;
  let end = Math.min(clause.end, kept.end + FEW_WORDS);
  while (end < clause.end && end > kept.end && isWithinWord(text, end)) end -= 1;
  return {
    start: start + (BEFORE_QUOTATION.exec(text.slice(start, kept.start))?.[0].length ?? 0),
    end: end - (BEHIND_QUOTATION.exec(text.slice(kept.end, end))?.[0].length ?? 0),
  };
}

function isWithinWord(text: string, at: number): boolean {
  return SPACED.test(text.charAt(at - 1)) && SPACED.test(text.charAt(at));
}

function periodPassage(paragraph: Paragraph, at: number): DocumentFigure['period'] {
  const period = paragraph.figurePeriods[at] ?? null;
  return period && { ...passage(paragraph, period), reading: period.reading };
}

/**
 * What the words between two figures of a sentence say of them: which of them brings about the other. Nothing where
 * another clause is about something else: "5G takes 1 trillion yuan; AI will drive 2 trillion".
 */
function drivesBetween(
  paragraph: Paragraph,
  named: readonly Mention[],
  before: FoundAmount,
  behind: FoundAmount,
): Cue['kind'] | null {
  const { cues, text, start, pointAt } = paragraph;
  const between = within(cues, { start: before.end, end: behind.start });
  const cue = between.findLast(({ kind }) => kind === 'drives' || kind === 'drivenBy');
  if (cue === undefined || /[;；]/.test(text.slice(before.end, cue.start))) return null;
  const clause = before.end + text.slice(before.end, cue.start).search(/[^,，]*$/);
  const subject = within(named, { start: start + pointAt(clause), end: start + pointAt(cue.start) });
  const isOfOther = clause > before.end && subject.some((mention) => mention.named.kind === 'sector');
  return isOfOther ? null : cue.kind;
}

/** Words that tie a figure to what stands right behind it: "3 trillion yuan in 5G". */
const TIES = /^(?![^\S\n]*\n)[^.;:,。；：，、]{0,24}$/;

/** How likely it is that what stands at a place is what a figure is of; the less the likelier. */
function unlikeliness(paragraph: Paragraph, at: number, place: Stretch, isSaid: boolean): number {
  const { figures, text } = paragraph;
  const figure = figures[at];
  if (figure === undefined) return Number.POSITIVE_INFINITY;
  const said = isSaid ? -500 : 0;
  if (place.start >= figure.end) {
    const gap = place.start - figure.end;
    const isTied = TIES.test(text.slice(figure.end, place.start));
    const isOfNext = (figures[at + 1]?.start ?? Number.POSITIVE_INFINITY) < place.start;
    return said + gap + (isTied ? -300 : 200) + (isOfNext ? 400 : 0);
  }
  const isOfOther = (figures[at - 1]?.start ?? -1) >= place.end;
  return said + figure.start - place.end + (isOfOther ? 60 : 0);
}

interface Placed extends Mention {
  readonly paragraph: number;
}

/** The names and cue words that stand near a figure, by kind, the likeliest of each first. */
function candidatesOf(
  paragraph: Paragraph,
  mentions: readonly Placed[],
  position: number,
  at: number,
  drives: boolean,
): Readonly<Record<string, readonly Candidate[]>> {
  const [figure, sentence] = [paragraph.figures[at], paragraph.sentences[at]];
  if (figure === undefined || sentence === undefined) return {};
  const own = passage(paragraph, figure);
  const around = passage(paragraph, sentence);
  const isIn = ({ start, end }: Stretch): boolean => start >= around.start && end <= around.end;
  const inUnits = ({ start, end }: Stretch): Stretch => ({
    start: paragraph.unitAt(start - paragraph.start),
    end: paragraph.unitAt(end - paragraph.start),
  });
  const cues = within(paragraph.cues, sentence);
  const measured = cues.filter(({ kind }) => kind === 'measure').map((cue) => passage(paragraph, cue));
  const isSaid = (kind: string, place: Stretch): boolean =>
    kind === 'forecaster' &&
    within(cues, { start: place.start - 32, end: place.end + 32 }).some((cue) => cue.kind === 'says');
  const ranked: (Candidate & { readonly rank: number })[] = [];
  for (const mention of nearby(mentions, own.start)) {
    const { named, start, end } = mention;
    if (start < own.end && end > own.start) continue;
    if (named.kind === 'measure' && measured.some((cue) => cue.start <= start && end <= cue.end)) continue;
    const nearness = isIn(mention) ? 'sentence' : mention.paragraph === position ? 'paragraph' : 'document';
    const far = Math.max(start - own.end, own.start - end);
    const rank =
      nearness === 'sentence'
        ? unlikeliness(paragraph, at, inUnits(mention), isSaid(named.kind, inUnits(mention)))
        : far + (nearness === 'paragraph' ? 100_000 : 10_000_000) + (start > own.end ? far : 0);
    const { text } = mention;
    ranked.push({ kind: named.kind, id: named.id, reason: named.nameKind, start, end, text, nearness, rank });
  }
  for (const cue of cues.filter(({ kind }) => kind === 'measure')) {
    const rank = unlikeliness(paragraph, at, cue, false) - 1;
    const id = drives && cue.id === 'directInvestment' ? 'inducedInvestment' : cue.id;
    ranked.push({
      ...passage(paragraph, cue),
      kind: 'measure',
      id,
      reason: 'cueWord',
      nearness: 'sentence',
      rank,
    });
  }
  for (const cue of cues.filter(({ kind }) => (SAID_KINDS as readonly string[]).includes(kind)))
    ranked.push({
      ...passage(paragraph, cue),
      kind: cue.kind,
      id: saidBy(paragraph.phrase, cue),
      reason: 'cueWord',
      nearness: 'sentence',
      rank: unlikeliness(paragraph, at, cue, false),
    });
  const near = ranked.filter(({ kind, nearness }) => kind !== 'measure' || nearness === 'sentence');
  return byKind(
    drives
      ? near.filter(
          ({ kind, id, reason }) => kind !== 'measure' || reason === 'cueWord' || id !== 'directInvestment',
        )
      : near,
  );
}

function byKind(
  ranked: readonly (Candidate & { readonly rank: number })[],
): Readonly<Record<string, readonly Candidate[]>> {
  const likeliest = ranked.toSorted((one, other) => one.rank - other.rank);
  const kinds = Map.groupBy(likeliest, ({ kind }) => kind);
  return Object.fromEntries(
    [...kinds].map(([kind, candidates]) => {
      const first = new Map<string, Candidate>();
      for (const { rank: _, ...candidate } of candidates)
        if (!first.has(candidate.id)) first.set(candidate.id, candidate);
      return [kind, [...first.values()].slice(0, MOST_CANDIDATES)];
    }),
  );
}

/** The mentions around a place: enough of them to find what is near. */
function nearby(mentions: readonly Placed[], place: number): readonly Placed[] {
  const at = firstFrom(mentions, place);
  return mentions.slice(Math.max(0, at - MOST_LOOKED_AT), at + MOST_LOOKED_AT);
}

/**
 * The sums of money of a text, each with what stands near it. Takes time in proportion to the text; pauses after each
 * paragraph.
 * @param names what may be named in it
 */
export function* readDocument(
  text: string,
  names: NameMatcher,
  { language, region, currency, publishedOn }: DocumentOptions,
  mostFigures: number,
): Steps<{ readonly figures: readonly DocumentFigure[]; readonly found: number }> {
  const options: TextOptions = {
    ...(language === undefined ? {} : { language }),
    ...(region === undefined ? {} : { region }),
    ...(currency === undefined ? {} : { currency }),
  };
  const periodOptions: PeriodPhraseOptions = {
    ...(language === undefined ? {} : { language }),
    publishedOn: publishedOn ?? null,
    // Whoever forecasts may be a company.
    fiscalCalendar: fiscalCalendarOf(region ?? '', 'company'),
  };
  const context = contextOf(text, options);
  yield;
  const paragraphs: Paragraph[] = [];
  const mentions: Placed[] = [];
  let point = 0;
  let unit = 0;
  for (const stretch of paragraphsOf(text)) {
    // Between paragraphs there are spaces only.
    point += stretch.start - unit;
    const paragraph = readParagraph(
      text.slice(stretch.start, stretch.end),
      point,
      options,
      periodOptions,
      contextWithin(context, stretch),
    );
    for (const mention of names.mentions(paragraph.text))
      mentions.push({
        ...mention,
        start: mention.start + point,
        end: mention.end + point,
        paragraph: paragraphs.length,
      });
    paragraphs.push(paragraph);
    point += paragraph.pointAt(stretch.end - stretch.start);
    unit = stretch.end;
    yield;
  }
  const figures: DocumentFigure[] = [];
  let found = 0;
  for (const [position, paragraph] of paragraphs.entries()) {
    const first = found;
    found += paragraph.figures.length;
    const { driven, drivers } = drivesIn(paragraph, mentions);
    const named = namedIn(paragraph, mentions, position);
    const subjects = subjectsOf({
      findings: paragraph,
      named,
      parts: paragraph.parts,
      driverOf: drivers,
      carriedFrom: (kind, sentence) => carriedInto(paragraphs, mentions, position, kind, sentence),
    });
    for (const [at, figure] of paragraph.figures.entries()) {
      if (figures.length >= mostFigures) break;
      const { reading, convertsAt } = figure;
      const main = paragraph.figures.findIndex(({ start }) => start === convertsAt);
      const part = paragraph.parts[at] ?? null;
      const { isRevised, ...said } = saidOfFigure(paragraph, at);
      const phrase = 'asStated' in reading ? phraseOf(paragraph, at, reading, options) : null;
      figures.push({
        ...passage(paragraph, figure),
        sentence: passage(paragraph, shortened(paragraph.sentences[at] ?? figure, figure)),
        phrase: phrase && passage(paragraph, phrase),
        reading,
        converts: main < 0 ? null : first + main,
        drives: (driven.get(at) ?? []).map((other) => first + other),
        partOf: part?.of == null ? null : first + part.of,
        isPart: part !== null,
        subject: subjects[at] ?? {},
        said,
        isRevised,
        period: periodPassage(paragraph, main < 0 ? at : main),
        candidates: candidatesOf(paragraph, mentions, position, at, drivers.has(at)),
      });
      yield;
    }
  }
  return { figures, found };
}

/** Which figures of a paragraph bring about which others, and which are brought about. */
function drivesIn(paragraph: Paragraph, named: readonly Mention[]) {
  const driven = new Map<number, number[]>();
  const drivers = new Map<number, number>();
  const { figures, sentences } = paragraph;
  let before: number | null = null;
  for (const [at, figure] of figures.entries()) {
    if (figure.convertsAt !== null) continue;
    const earlier = before === null ? undefined : figures[before];
    if (before !== null && earlier !== undefined && sentences[before]?.start === sentences[at]?.start) {
      const said = drivesBetween(paragraph, named, earlier, figure);
      const [from, to] = said === 'drivenBy' ? [at, before] : [before, at];
      if (said !== null) {
        driven.set(from, [...(driven.get(from) ?? []), to]);
        drivers.set(to, from);
      }
    }
    before = at;
  }
  return { driven, drivers };
}

/** The names of a paragraph, with its cue words for measures, by their places in it. */
function namedIn(
  { start, unitAt, cues }: Paragraph,
  mentions: readonly Placed[],
  position: number,
): readonly NamedPlace[] {
  const from = countWhile(mentions.length, (at) => (mentions[at]?.paragraph ?? 0) < position);
  const to = countWhile(mentions.length, (at) => (mentions[at]?.paragraph ?? 0) <= position);
  const measures = cues.filter(({ kind }) => kind === 'measure');
  const inUnits = mentions.slice(from, to).map((mention) => ({
    ...{ kind: mention.named.kind, id: mention.named.id },
    ...{ start: unitAt(mention.start - start), end: unitAt(mention.end - start) },
  }));
  const names = inUnits.filter(
    (name) =>
      name.kind !== 'measure' || !measures.some((cue) => cue.start <= name.start && name.end <= cue.end),
  );
  return [...names, ...measures].sort((one, other) => one.start - other.start);
}

const LONGEST_HEADING = 120;
/** Kinds of which a title names what its whole document is of. */
const OF_TITLE = 'region';

function isHeading({ text, figures }: Paragraph): boolean {
  return figures.length === 0 && text.length <= LONGEST_HEADING && !/[.!?。！？;；…\n]\s*$/.test(text);
}

/**
 * What a sentence that names nothing of a kind takes from elsewhere: from the heading right above its paragraph, a region
 * from the title, a forecaster from the sentence before where "the report" refers to it. Only what is alone of its kind.
 */
function carriedInto(
  paragraphs: readonly Paragraph[],
  mentions: readonly Placed[],
  position: number,
  kind: string,
  sentence: Stretch,
): string | undefined {
  const paragraph = paragraphs[position];
  if (paragraph === undefined) return undefined;
  const onlyIn = (stretch: Stretch): string | undefined => {
    const ids = within(mentions, stretch).flatMap(({ named }) => (named.kind === kind ? [named.id] : []));
    const [only, ...others] = new Set(ids);
    return others.length === 0 ? only : undefined;
  };
  const stretchOf = ({ start, text, pointAt }: Paragraph): Stretch => ({
    start,
    end: start + pointAt(text.length),
  });
  if (kind === 'forecaster') {
    const refers = within(paragraph.cues, sentence).find((cue) => cue.kind === 'refersBack');
    if (refers?.start !== sentence.start) return undefined;
    const { allSentences } = paragraph;
    const earlier = countWhile(
      allSentences.length,
      (at) => (allSentences[at]?.end ?? 0) <= sentence.start + 1,
    );
    const before = allSentences[earlier - 1];
    return before && onlyIn(passage(paragraph, before));
  }
  const above = paragraphs[position - 1];
  const said = above !== undefined && isHeading(above) ? onlyIn(stretchOf(above)) : undefined;
  const title = paragraphs[0];
  if (said !== undefined || kind !== OF_TITLE || title === undefined || !isHeading(title)) return said;
  return onlyIn(stretchOf(title));
}
