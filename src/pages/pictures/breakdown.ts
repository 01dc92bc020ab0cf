import type { BreakdownPicture } from '../../analysis/breakdowns/picture.ts';
import type { Breakdown } from '../../domain/analysis/breakdown.ts';
import type { Look } from '../../http/formats/pictures.ts';
import { figureWords, nameOf, quoteOf, statementWords } from './naming.ts';
import type { Section } from './sections.ts';
import { bySize, drawSections } from './sections.ts';
import type { Speech } from './speech.ts';
import type { Stack } from './stack.ts';
import { isOver, positive } from './stack.ts';

/** One bar a document, its parts in the order of their shares. */
export function drawBreakdown(content: BreakdownPicture, look: Look, dataUrl: string): string {
  return drawSections(look, dataUrl, (speech) => ({
    content,
    title: speech.words.breakdown(nameOf(content, content.sector, speech)),
    sections: content.breakdowns.map((breakdown) => sectionOf(breakdown, content, speech)),
    leftOut: content.breakdowns.flatMap(({ leftOut }) => leftOut),
  }));
}

function sectionOf(breakdown: Breakdown, content: BreakdownPicture, speech: Speech): Section {
  const { parts, total, currency, source, uncoveredSectors } = breakdown;
  const isAlone = parts.length + (total === null ? 0 : 1) < 2;
  const uncovered = uncoveredSectors.map((id) => nameOf(content, id, speech)).join(speech.words.comma);
  return {
    ...{ currency, source: nameOf(content, source, speech) },
    heading: headingOf(breakdown, content, speech),
    said: sumWords(breakdown, speech),
    bars: isAlone ? [] : [{ name: null, stack: stackOf(breakdown, content, speech) }],
    alone: isAlone ? aloneWords(breakdown, content, speech) : [],
    uncovered: uncovered === '' ? null : speech.words.uncovered(uncovered),
  };
}

function headingOf(
  { forecaster, measure, region, scope, period, source, statements }: Breakdown,
  content: BreakdownPicture,
  speech: Speech,
): string {
  return [
    forecaster === null ? nameOf(content, source, speech) : nameOf(content, forecaster, speech),
    ...[measure, region].map((id) => nameOf(content, id, speech)),
    ...(scope === 'national' ? [] : [nameOf(content, scope, speech)]),
    speech.period(period),
    ...statementWords(statements, speech),
  ].join(speech.words.comma);
}

/** Of a document that states one figure: there is no bar to draw of it. */
function aloneWords(breakdown: Breakdown, content: BreakdownPicture, speech: Speech): readonly string[] {
  const { parts, total, sector } = breakdown;
  const { colon, comma } = speech.words;
  const figures = [...parts, ...(total === null ? [] : [{ ...total, sector }])];
  return figures.map(
    (figure) =>
      `${headingOf(breakdown, content, speech)}${comma}${nameOf(content, figure.sector, speech)}${colon}${figureWords(figure.amount, speech)}`,
  );
}

function sumWords({ total, sum, currency, status, parts }: Breakdown, speech: Speech): string {
  const { words } = speech;
  const stated = total === null ? words.noTotal : words.totalIs(figureWords(total.amount, speech));
  if (sum === null || parts.length === 0) return stated;
  const made = words.sumIs(figureWords({ ...sum, currency }, speech));
  return [stated, made, ...(status === 'noTotal' ? [] : [words.statuses[status]])].join(words.separator);
}

function stackOf(breakdown: Breakdown, content: BreakdownPicture, speech: Speech): Stack {
  const { words } = speech;
  const { parts, total, residual, currency, period } = breakdown;
  const shareOf = (share: string | null) => (share === null ? [] : [words.share(speech.percent(share))]);
  const ordered = parts.toSorted(bySize);
  return {
    parts: ordered.map(({ sector, forecast, amount, share, period: own }) => {
      const name = nameOf(content, sector, speech);
      const isOther = own.start !== period.start || own.end !== period.end;
      return {
        id: sector,
        name: isOther ? words.behind(name, speech.period(own)) : name,
        ...{ amount, share },
        words: [
          `${name}${words.colon}${figureWords(amount, speech)}`,
          ...shareOf(share),
          speech.period(own),
          ...quoteOf(content, forecast, speech),
        ].join(words.separator),
      };
    }),
    total: total && {
      amount: total.amount,
      words: [
        words.totalIs(figureWords(total.amount, speech)),
        ...quoteOf(content, total.forecast, speech),
      ].join(words.separator),
    },
    residual:
      residual === null || parts.length === 0 || Number(residual.value ?? residual.low ?? residual.high) === 0
        ? null
        : {
            amount: residual,
            share: residual.share,
            words: [
              `${words.key[isOver(residual) ? 'over' : 'residual']}${words.colon}${speech.amount(positive(residual), currency)}`,
              ...shareOf(residual.share?.replace('-', '') ?? null),
            ].join(words.separator),
          },
  };
}
