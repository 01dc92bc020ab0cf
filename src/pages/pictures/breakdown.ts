import type { BreakdownPicture } from '../../analysis/breakdowns/picture.ts';
import type { Breakdown } from '../../domain/analysis/breakdown.ts';
import { isConverted } from '../../domain/analysis/figure.ts';
import type { Look } from '../../http/formats/pictures.ts';
import type { KeyEntry } from './marks.ts';
import { drawKey } from './marks.ts';
import { basisLine, figureWords, leftOutNotes, named, nameOf, quoteOf, statementWords } from './naming.ts';
import { Sheet } from './sheet.ts';
import type { Speech } from './speech.ts';
import type { Stack } from './stack.ts';
import { drawStack, isOver, positive, reachOf } from './stack.ts';

/** So many parts are drawn. */
const MOST_PARTS = 80;

/** One bar a document, its parts in the order of their shares. */
export function drawBreakdown(content: BreakdownPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { speech } = sheet;
  const { words } = speech;
  const { breakdowns, datasetVersion, sector } = content;
  const title = words.breakdown(nameOf(content, sector, speech));
  const under = [basisLine(content, speech)];
  sheet.head({ title, under });
  const description = [`${title}.`];
  const key = new Set<KeyEntry>();
  const sources: string[] = [];
  const notes: string[] = [];
  let room = MOST_PARTS;
  let undrawn = 0;
  const alone: string[] = [];
  for (const breakdown of breakdowns) {
    notes.push(...leftOut(breakdown, content, speech));
    if (breakdown.parts.length + (breakdown.total === null ? 0 : 1) < 2) {
      alone.push(...aloneWords(breakdown, content, speech));
      sources.push(nameOf(content, breakdown.source, speech));
      continue;
    }
    room -= breakdown.parts.length + 1;
    if (room < 0 && key.size > 0) {
      undrawn += 1;
      continue;
    }
    sources.push(nameOf(content, breakdown.source, speech));
    const stack = stackOf(breakdown, content, speech);
    const said = sumWords(breakdown, speech);
    const heading = headingOf(breakdown, content, speech);
    sheet.paragraph(heading, { size: 14, weight: 'semibold' });
    sheet.paragraph(said, { size: NOTE, colour: sheet.palette.muted });
    drawStack(sheet, stack, reachOf(stack), words.unit(breakdown.currency, words.inAll), key);
    const { uncoveredSectors } = breakdown;
    if (uncoveredSectors.length > 0)
      sheet.paragraph(
        words.uncovered(uncoveredSectors.map((id) => nameOf(content, id, speech)).join(words.comma)),
        { size: NOTE, colour: sheet.palette.muted },
      );
    sheet.y += 18;
    description.push(`${heading}${words.colon}${said}.`, ...stack.parts.map((part) => `${part.words}.`));
    if (stack.residual !== null) description.push(`${stack.residual.words}.`);
  }
  if (breakdowns.length === 0) {
    sheet.paragraph(words.nothing, { size: 14 });
    description.push(words.nothing);
  }
  drawKey(sheet, key, 'bars');
  sheet.footnotes(words.alone, named(alone, speech));
  if (undrawn > 0) notes.unshift(words.moreRows(undrawn));
  sheet.footnotes(words.leftOut, notes);
  description.push(...named(alone, speech), ...notes);
  return sheet.finish({ title, under, description, sources, datasetVersion, dataUrl });
}

const NOTE = 12;

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
  const ordered = parts.toSorted((one, other) => sizeOf(other) - sizeOf(one));
  return {
    parts: ordered.map(({ sector, forecast, amount, share, period: own }) => {
      const name = nameOf(content, sector, speech);
      const isOther = own.start !== period.start || own.end !== period.end;
      return {
        id: sector,
        name: isOther ? `${name} (${speech.period(own)})` : name,
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

function sizeOf({ amount: { value, low, high } }: Breakdown['parts'][number]): number {
  return Number(value ?? high ?? low ?? -1);
}

function leftOut({ leftOut }: Breakdown, content: BreakdownPicture, speech: Speech): readonly string[] {
  return leftOutNotes(
    leftOut.flatMap(({ forecast, sector, reason }) => {
      const figure = content.figures.get(forecast);
      if (figure === undefined) return [];
      const { forecaster, source } = figure;
      return [
        {
          who: `${nameOf(content, forecaster ?? source, speech)}${speech.words.comma}${nameOf(content, sector, speech)}`,
          amount: isConverted(figure) ? figure.amount : null,
          asStated: content.said[forecast]?.asStated ?? null,
          period: figure.period,
          reason,
          conversionReason: figure.conversionReason ?? null,
        },
      ];
    }),
    speech,
  );
}
