import type { MatrixPicture } from '../../analysis/breakdowns/picture.ts';
import { isConverted, spanKey } from '../../domain/analysis/figure.ts';
import type { MatrixSeries } from '../../domain/analysis/matrix.ts';
import type { Look } from '../../http/formats/pictures.ts';
import type { KeyEntry } from './marks.ts';
import { drawKey } from './marks.ts';
import { basisLine, figureWords, leftOutNotes, named, nameOf, quoteOf, statementWords } from './naming.ts';
import { Sheet } from './sheet.ts';
import type { Speech } from './speech.ts';
import type { Stack } from './stack.ts';
import { drawStack, reachOf } from './stack.ts';

/** So many cells are drawn. */
const MOST_CELLS = 80;

/** A series for each document: one bar a period, all of a series on one scale. */
export function drawMatrix(content: MatrixPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { speech } = sheet;
  const { words } = speech;
  const { series, leftOut, selection, datasetVersion } = content;
  const title = words.matrix(nameOf(content, selection, speech));
  const under = [basisLine(content, speech)];
  sheet.head({ title, under });
  const description = [`${title}.`];
  const key = new Set<KeyEntry>();
  const sources: string[] = [];
  const left = [...series.flatMap((one) => one.leftOut), ...leftOut];
  let room = MOST_CELLS;
  let undrawn = 0;
  const alone: string[] = [];
  for (const one of series) {
    if (one.cells.length + one.totals.length < 2) {
      alone.push(...aloneWords(one, content, speech));
      sources.push(nameOf(content, one.source, speech));
      continue;
    }
    room -= one.cells.length;
    if (room < 0 && key.size > 0) {
      undrawn += 1;
      continue;
    }
    sources.push(nameOf(content, one.source, speech));
    const heading = headingOf(one, content, speech);
    sheet.paragraph(heading, { size: 14, weight: 'semibold' });
    description.push(`${heading}.`);
    const stacks = stacksOf(one, content, speech);
    const reach = Math.max(...stacks.map(({ stack }) => reachOf(stack)));
    for (const { stack, period } of stacks) {
      sheet.y += 4;
      sheet.paragraph(period, { size: 13 });
      drawStack(sheet, stack, reach, words.unit(one.currency, words.inAll), key);
      description.push(`${period}${words.colon}`, ...stack.parts.map((part) => `${part.words}.`));
    }
    sheet.y += 16;
  }
  if (series.length === 0) {
    sheet.paragraph(words.nothing, { size: 14 });
    description.push(words.nothing);
  }
  drawKey(sheet, key, 'bars');
  sheet.footnotes(words.alone, named(alone, speech));
  const notes = [...(undrawn > 0 ? [words.moreRows(undrawn)] : []), ...leftOutOf(left, content, speech)];
  sheet.footnotes(words.leftOut, notes);
  description.push(...named(alone, speech), ...notes);
  return sheet.finish({ title, under, description, sources, datasetVersion, dataUrl });
}

function headingOf(
  { root, forecaster, source, measure, region, scope, statements }: MatrixSeries,
  content: MatrixPicture,
  speech: Speech,
): string {
  return [
    ...[forecaster ?? source, root, measure, region].map((id) => nameOf(content, id, speech)),
    ...(scope === 'national' ? [] : [nameOf(content, scope, speech)]),
    ...statementWords(statements, speech),
  ].join(speech.words.comma);
}

/** A series of one figure: there is nothing to stack. */
function aloneWords(one: MatrixSeries, content: MatrixPicture, speech: Speech): readonly string[] {
  return [...one.cells, ...one.totals].map(({ sector, period, amount }) => {
    const about = [headingOf(one, content, speech), nameOf(content, sector, speech), speech.period(period)];
    return `${about.join(speech.words.comma)}${speech.words.colon}${figureWords(amount, speech)}`;
  });
}

function stacksOf(
  { cells, totals, periods }: MatrixSeries,
  content: MatrixPicture,
  speech: Speech,
): readonly { readonly period: string; readonly stack: Stack }[] {
  const { words } = speech;
  const spans = new Map(periods.map((period) => [spanKey(period), period]));
  return [...spans].map(([span, period]) => {
    const ofPeriod = cells.filter((cell) => spanKey(cell.period) === span);
    const own = totals.filter((cell) => spanKey(cell.period) === span);
    const [total] = own;
    const parts = ofPeriod.map(({ sector, amount, forecast }) => {
      const name = nameOf(content, sector, speech);
      const said = [
        `${name}${words.colon}${figureWords(amount, speech)}`,
        ...quoteOf(content, forecast, speech),
      ];
      return { id: sector, name, amount, share: null, words: said.join(words.separator) };
    });
    const size = ({ amount: { value, low, high } }: (typeof parts)[number]) =>
      Number(value ?? high ?? low ?? -1);
    return {
      period: speech.period(period),
      stack: {
        parts: parts.toSorted((one, other) => size(other) - size(one)),
        // Totals of sectors below the root are of some of the parts only.
        total:
          total === undefined || own.length > 1
            ? null
            : { amount: total.amount, words: words.totalIs(figureWords(total.amount, speech)) },
        residual: null,
      },
    };
  });
}

function leftOutOf(
  those: MatrixPicture['leftOut'],
  content: MatrixPicture,
  speech: Speech,
): readonly string[] {
  return leftOutNotes(
    those.flatMap(({ forecast, reason }) => {
      const figure = content.figures.get(forecast);
      if (figure === undefined) return [];
      return [
        {
          who: [figure.forecaster ?? figure.source, figure.sector]
            .map((id) => nameOf(content, id, speech))
            .join(speech.words.comma),
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
