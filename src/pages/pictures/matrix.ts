import type { MatrixPicture } from '../../analysis/breakdowns/picture.ts';
import { spanKey } from '../../domain/analysis/figure.ts';
import type { MatrixSeries } from '../../domain/analysis/matrix.ts';
import type { Look } from '../../http/formats/pictures.ts';
import { figureWords, nameOf, quoteOf, statementWords } from './naming.ts';
import type { Section } from './sections.ts';
import { bySize, drawSections } from './sections.ts';
import type { Speech } from './speech.ts';

/** A series for each document: one bar a period, all of a series on one scale. */
export function drawMatrix(content: MatrixPicture, look: Look, dataUrl: string): string {
  const { series, leftOut, selection } = content;
  return drawSections(look, dataUrl, (speech) => ({
    content,
    title: speech.words.matrix(nameOf(content, selection, speech)),
    sections: series.map((one) => sectionOf(one, content, speech)),
    leftOut: [...series.flatMap((one) => one.leftOut), ...leftOut],
  }));
}

function sectionOf(one: MatrixSeries, content: MatrixPicture, speech: Speech): Section {
  const isAlone = one.cells.length + one.totals.length < 2;
  return {
    ...{ currency: one.currency, source: nameOf(content, one.source, speech) },
    heading: headingOf(one, content, speech),
    bars: isAlone ? [] : barsOf(one, content, speech),
    alone: isAlone ? aloneWords(one, content, speech) : [],
    ...{ said: null, uncovered: null },
  };
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

function barsOf(
  { cells, totals, periods }: MatrixSeries,
  content: MatrixPicture,
  speech: Speech,
): Section['bars'] {
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
    return {
      name: speech.period(period),
      stack: {
        parts: parts.toSorted(bySize),
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
