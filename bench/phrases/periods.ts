import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DomainError } from '../../src/domain/errors.ts';
import { addDays, yearOf } from '../../src/domain/period/calendar.ts';
import type { Period } from '../../src/domain/period/period.ts';
import { wholeYears } from '../../src/domain/period/period.ts';
import { findPeriods } from '../../src/domain/phrase/period-phrase.ts';

/** The folders of `Specs/DateTime` of microsoft/Recognizers-Text that hold a language read here. */
const LANGUAGES: Readonly<Record<string, string>> = {
  English: 'en',
  Chinese: 'zh',
  Japanese: 'ja',
  Korean: 'ko',
  German: 'de',
  French: 'fr',
  Spanish: 'es',
  Italian: 'it',
  Portuguese: 'pt',
  Dutch: 'nl',
  Turkish: 'tr',
  Hindi: 'hi',
};

/** A span of days as that project gives it; `endDate` is the day after the last. */
interface Resolution {
  readonly startDate?: string;
  readonly endDate?: string;
}

interface MicrosoftCase {
  readonly Input: string;
  readonly Context?: { readonly ReferenceDateTime?: string };
  readonly Results?: readonly {
    readonly Text: string;
    readonly Start: number;
    readonly Length: number;
    readonly Value?: {
      readonly Timex: string;
      readonly FutureResolution?: Resolution;
      readonly PastResolution?: Resolution;
    };
  }[];
}

/** A phrase whose period is a quarter of a year or longer. */
interface PeriodCase {
  readonly language: string;
  readonly text: string;
  readonly publishedOn: string | null;
  readonly place: readonly [start: number, end: number];
  readonly timex: string;
  readonly spans: readonly Required<Resolution>[];
}

const DAYS_OF_A_QUARTER = 89;

function isLong({ startDate, endDate }: Required<Resolution>): boolean {
  return addDays(startDate, DAYS_OF_A_QUARTER) <= endDate;
}

function casesOf(directory: string): PeriodCase[] {
  return Object.entries(LANGUAGES).flatMap(([name, language]) => {
    const file = join(directory, name, 'DatePeriodParser.json');
    if (!existsSync(file)) return [];
    const cases = JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) as readonly MicrosoftCase[];
    return cases.flatMap(({ Input, Context, Results = [] }) =>
      Results.flatMap(({ Start, Length, Value }) => {
        const spans = [Value?.FutureResolution, Value?.PastResolution].filter(
          (span): span is Required<Resolution> =>
            span?.startDate !== undefined &&
            span.endDate !== undefined &&
            isLong(span as Required<Resolution>),
        );
        if (Value === undefined || spans.length === 0) return [];
        const publishedOn = Context?.ReferenceDateTime?.slice(0, 10) ?? null;
        const place = [Start, Start + Length] as const;
        return [{ language, text: Input, publishedOn, place, timex: Value.Timex, spans }];
      }),
    );
  });
}

/**
 * `ourRule`: as this service reads it by its own rules. The last year or month of a range is part of it ("from 2014 to
 * 2018"); "the next three years" are calendar years that begin with the document's; "within three years" has no dates.
 */
type Verdict = 'right' | 'ourRule' | 'refused' | 'notFound' | 'wrong';

function isLastOf(day: string, first: string): boolean {
  return (
    day >= first &&
    day.slice(0, 4) === first.slice(0, 4) &&
    (day === first || addDays(day, 1).endsWith('-01'))
  );
}

function verdictOn({ start, end, years }: Period, { spans, publishedOn }: PeriodCase): Verdict {
  const readings = spans.map(({ startDate, endDate }) => {
    const isStart = start === startDate;
    if (isStart && end !== null && addDays(end, 1) === endDate) return 'right';
    if (isStart && end !== null && isLastOf(end, endDate)) return 'ourRule';
    const isCounted = years !== null && years === wholeYears(startDate, addDays(endDate, -1));
    const isFromDocument = start === null || (publishedOn !== null && yearOf(start) === yearOf(publishedOn));
    return isCounted && isFromDocument ? 'ourRule' : 'wrong';
  });
  return (['right', 'ourRule'] as const).find((verdict) => readings.includes(verdict)) ?? 'wrong';
}

function judge(one: PeriodCase): readonly [Verdict, string] {
  const { text, language, publishedOn, place } = one;
  const found = findPeriods(text, { language, publishedOn }).filter(
    ({ start, end }) => start < place[1] && end > place[0],
  );
  const [first, ...others] = found.map(({ reading }) => reading);
  if (first === undefined) return ['notFound', ''];
  if (first instanceof DomainError) return ['refused', JSON.stringify(first.data)];
  const shown = `${first.kind} ${first.start} ${first.end} ${first.years} ${first.asStated}`;
  const verdict = verdictOn(first, one);
  return [others.length > 0 && verdict !== 'wrong' ? 'refused' : verdict, shown];
}

/** Says how the cases of Recognizers-Text read, a language a line, and each case whose verdict is one of `shown`. */
export function reportCases(directory: string, shown: readonly string[]): void {
  for (const [language, cases] of Map.groupBy(casesOf(directory), (one) => one.language)) {
    const counts: Record<Verdict, number> = { right: 0, ourRule: 0, refused: 0, notFound: 0, wrong: 0 };
    for (const one of cases) {
      const [verdict, reading] = judge(one);
      counts[verdict] += 1;
      if (shown.includes(verdict))
        console.log(
          `  ${verdict}, ${language}: ${one.text.slice(...one.place)} | ${one.text}`,
          one.timex,
          reading,
        );
    }
    console.log(`periods, ${language}: ${cases.length} of a quarter or longer`, counts);
  }
}
