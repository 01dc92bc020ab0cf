import { scaleLinear } from 'd3-scale';
import type { TrackRecordPicture } from '../../analysis/assessments/picture.ts';
import type { Look } from '../../http/formats/pictures.ts';
import { differenceWords } from './assessment.ts';
import { figureWords, stancedName } from './naming.ts';
import { recordWords } from './record.ts';
import type { ChartRow } from './row-chart.ts';
import { drawRows } from './row-chart.ts';
import { Sheet } from './sheet.ts';
import type { Speech } from './speech.ts';
import { element } from './svg.ts';

/** So many rows are drawn. */
const MOST_ROWS = 60;

/** How far each outcome lay from its forecast, a row each, around a line that is the forecast. */
export function drawTrackRecord(content: TrackRecordPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { palette, speech } = sheet;
  const { words } = speech;
  const { forecaster, figures, judgedAsOf, datasetVersion } = content;
  const title = words.trackRecord(forecaster);
  const under = [summaryWords(content, speech), words.judgedOn(judgedAsOf)];
  sheet.head({ title, under });
  const description = [`${title}.`, `${under[0]}.`];
  const named = new Set(
    figures.percentageErrorRows.map(({ forecast, reportedBy }) => `${forecast} ${reportedBy}`),
  );
  const all = judgedRows(content, named, sheet);
  const shown = all.slice(0, MOST_ROWS);
  if (shown.length === 0) {
    sheet.paragraph(words.noJudged, { size: 14 });
    description.push(words.noJudged);
  } else
    drawRows(sheet, {
      rows: shown.map(({ row }) => row),
      references: [{ at: 0, words: words.asForecastLine, kind: 'total', colour: palette.ink }],
      scaleTo: (range) => {
        const percents = shown.map(({ percent }) => percent);
        const [least, most] = [Math.min(0, ...percents), Math.max(0, ...percents)];
        const room = (most - least || 1) * 0.06;
        return scaleLinear()
          .domain([least - room, most + room])
          .range(range);
      },
      tick: (number) => `${number > 0 ? '+' : ''}${speech.number(number)}%`,
      unit: words.errorAxis,
    });
  for (const { row } of shown) description.push(`${row.words}.`);
  const { oneSidedCases, rangeCases, shareInsideBounds } = figures;
  const bounded = rangeCases + oneSidedCases;
  if (bounded > 0 && shareInsideBounds !== null) {
    const said = words.bounds(Math.round(Number(shareInsideBounds) * bounded), bounded);
    sheet.y += 8;
    sheet.paragraph(said, { size: 13 });
    description.push(said);
  }
  if (all.length > shown.length) sheet.footnotes(words.leftOut, [words.moreRows(all.length - shown.length)]);
  const sources = content.judged
    .filter(({ forecast }) => all.some(({ row }) => row.id === forecast.id))
    .map(({ forecast }) => forecast.names.source);
  return sheet.finish({ title, under, description, sources, datasetVersion, dataUrl });
}

function summaryWords({ figures }: TrackRecordPicture, { words, number }: Speech): string {
  const { forecasts, assessed, geometricMeanRatio } = figures;
  const others = (['preliminary', 'partial', 'pending', 'noOutcome', 'notComparable'] as const).flatMap(
    (status) => (figures[status] === 0 ? [] : [words.others[status](figures[status])]),
  );
  const bias = geometricMeanRatio === null ? [] : [words.bias(number(geometricMeanRatio))];
  return [words.counts(forecasts, assessed), ...others, ...bias].join(words.separator);
}

/** The judgements that the errors rest on, in the order of their periods. */
function judgedRows(
  { judged, names }: TrackRecordPicture,
  named: ReadonlySet<string>,
  sheet: Sheet,
): readonly { readonly percent: number; readonly row: ChartRow }[] {
  const { palette, speech } = sheet;
  const { words } = speech;
  const rows = judged.flatMap(({ forecast, assessments }) =>
    assessments.flatMap((assessment) => {
      const {
        outcomeVsForecastPercent: text,
        outcomeAmount,
        reportedBy,
        comparedAmount,
        approximate,
      } = assessment;
      if (text === null || outcomeAmount === null || !named.has(`${forecast.id} ${reportedBy}`)) return [];
      const percent = Number(text);
      const about = stancedName(recordWords({ record: forecast, names }, speech), forecast.stance, speech);
      const compared = figureWords(comparedAmount ?? forecast.amount, speech);
      const figures = [words.forecastIs(compared), words.outcomeOf('', figureWords(outcomeAmount, speech))];
      const said = differenceWords(text, speech);
      const fill = approximate
        ? { fill: palette.background, stroke: palette.outcome, 'stroke-width': 2 }
        : { fill: palette.outcome };
      const row: ChartRow = {
        id: forecast.id,
        label: about,
        notes: figures,
        value: said,
        valueNotes: approximate ? [words.approximateVerdict] : [],
        words: [about, ...figures, said].join(words.separator),
        marks: (scale, y) => [
          element('line', {
            x1: scale(0),
            x2: scale(percent),
            y1: y,
            y2: y,
            stroke: palette.outcome,
            'stroke-width': 2.5,
          }),
          element('circle', { cx: scale(percent), cy: y, r: 5.5, ...fill, 'data-mark': 'outcome' }),
        ],
      };
      return [{ percent, row, end: forecast.period.end ?? '' }];
    }),
  );
  return rows.toSorted((one, other) => (one.end === other.end ? 0 : one.end < other.end ? -1 : 1));
}
