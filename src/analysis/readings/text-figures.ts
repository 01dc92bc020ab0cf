import PQueue from 'p-queue';
import { DomainError } from '../../domain/errors.ts';
import type { Amount } from '../../domain/money/amount.ts';
import type * as domain from '../../domain/period/period.ts';
import type { DocumentFigure, DocumentOptions, Passage } from '../../domain/phrase/document.ts';
import { readDocument } from '../../domain/phrase/document.ts';
import { paragraphsOf } from '../../domain/phrase/sentences.ts';
import { finished } from '../../domain/steps.ts';
import type { Named } from '../../domain/text/name-matcher.ts';
import { NameMatcher } from '../../domain/text/name-matcher.ts';
import { describeDomainError } from '../../http/message/domain-errors.ts';
import { Problem } from '../../http/message/problem.ts';
import type { Period } from '../../http/query/shared-schemas.ts';
import { inTurns } from '../../http/turns.ts';
import { runInThread } from '../../ledger/worker-thread.ts';
import type { Names } from './names.ts';
import { MOST_FIGURES } from './schemas.ts';

/** Why something cannot be read, as a problem document would say it. */
export interface Refused {
  readonly code: string;
  readonly message: string;
}

/** A figure of a text as a thread can hand it over. */
export interface TextFigure extends Omit<DocumentFigure, 'reading' | 'period'> {
  readonly amount: Amount | null;
  readonly refusal: Refused | null;
  readonly period: (Passage & { readonly stated: Period | null; readonly refusal: Refused | null }) | null;
}

export interface TextFigures {
  readonly figures: readonly TextFigure[];
  /** How many there are, those beyond `MOST_FIGURES` included. */
  readonly found: number;
}

interface ThreadOrder {
  readonly text: string;
  readonly options: DocumentOptions;
  readonly names: readonly Named[];
}

/** Longer texts, and texts with longer paragraphs, are read on a thread of their own: a paragraph is read in one go. */
const LONGEST_HERE = 100_000;
const LONGEST_PARAGRAPH_HERE = 3000;

const threads = new PQueue({ concurrency: 2 });
const MOST_WAITING = 16;
/** Makes one thread's memory bounded: a text of 1 MiB takes some 100 MB. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 512 };

/**
 * The figures of a text. Others have their turns while it is read.
 * @throws Problem 503 `serviceOverloaded` where too many long texts wait
 */
export async function figuresOfText(
  text: string,
  options: DocumentOptions,
  { list, matcher }: Pick<Names, 'list' | 'matcher'>,
  signal: AbortSignal,
): Promise<TextFigures> {
  const isShort =
    text.length <= LONGEST_HERE &&
    paragraphsOf(text).every(({ start, end }) => end - start <= LONGEST_PARAGRAPH_HERE);
  if (isShort) return plain(await inTurns(readDocument(text, matcher, options, MOST_FIGURES)));
  if (threads.size >= MOST_WAITING)
    throw new Problem('serviceOverloaded', 'As many long texts wait as are read at once.', {
      headers: { 'retry-after': '5' },
    });
  const module = new URL('./text-figures', import.meta.url);
  const order: ThreadOrder = { text, options, names: list };
  return threads.add(() =>
    runInThread<ThreadOrder, TextFigures>(module, 'readInThread', order, signal, THREAD_LIMITS),
  );
}

export function readInThread({ text, options, names }: ThreadOrder): TextFigures {
  return plain(finished(readDocument(text, new NameMatcher(names), options, MOST_FIGURES)));
}

/** Without errors, which would lose their code and data on the way out of a thread. */
function plain({ figures, found }: { figures: readonly DocumentFigure[]; found: number }): TextFigures {
  return {
    found,
    figures: figures.map(({ reading, period, ...figure }) => ({
      ...figure,
      ...split('amount', reading),
      period: period && {
        start: period.start,
        end: period.end,
        text: period.text,
        ...split('stated', asShown(period.reading)),
      },
    })),
  };
}

/** In words, of the figure alone: what was read is a whole paragraph. */
function refusalOf({ code, data }: DomainError): Refused {
  const { text: _, ...ofFigure } = data;
  const message = describeDomainError(new DomainError(code, data.figure === undefined ? data : ofFigure));
  return { code, message };
}

function asShown(reading: domain.Period | DomainError): Period | DomainError {
  return reading instanceof DomainError ? reading : { ...reading, inferred: [...reading.inferred] };
}

function split<Name extends string, Value>(name: Name, reading: Value | DomainError) {
  const isRefused = reading instanceof DomainError;
  return {
    [name]: isRefused ? null : reading,
    refusal: isRefused ? refusalOf(reading) : null,
  } as Readonly<Record<Name, Value | null>> & { readonly refusal: Refused | null };
}
