import type { SeriesPicture } from '../../analysis/series/picture.ts';
import type { Series, SeriesItem } from '../../domain/analysis/series.ts';
import type { Look } from '../../http/formats/pictures.ts';
import type { AmountRow } from './amount-chart.ts';
import { drawAmounts, outcomeReferences } from './amount-chart.ts';
import type { KeyEntry } from './marks.ts';
import { drawKey } from './marks.ts';
import {
  basisLine,
  caseWords,
  figureWords,
  intervalWords,
  named,
  nameOf,
  quoteOf,
  stancedName,
} from './naming.ts';
import { Sheet } from './sheet.ts';
import type { Speech } from './speech.ts';

/** So many rows are drawn. */
const MOST_ROWS = 60;

/** What a forecaster said of one subject, a row a document from the first to the last; what was reported is a line. */
export function drawSeries(content: SeriesPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { speech } = sheet;
  const { words } = speech;
  const { datasetVersion } = content;
  const moved = content.series.filter(({ items, outcomes }) => items.length + outcomes.length > 1);
  const [only] = moved;
  const isOne = moved.length === 1 && only !== undefined;
  const about = isOne
    ? subjectWords(only, content, speech)
    : [...new Set(moved.map((one) => whoOf(one, content, speech)))].join(words.comma) || '–';
  const title = words.series(about);
  const under = [basisLine(content, speech)];
  sheet.head({ title, under });
  const description = [`${title}.`];
  const key = new Set<KeyEntry>();
  const sources: string[] = [];
  let room = MOST_ROWS;
  let undrawn = 0;
  for (const one of moved) {
    const items = one.items.slice(0, room);
    undrawn += one.items.length - items.length;
    room -= items.length;
    if (items.length === 0) continue;
    const { outcomes, period } = one;
    const subject = subjectWords(one, content, speech);
    if (!isOne) {
      sheet.paragraph(subject, { size: 14, weight: 'semibold' });
      sheet.y += 6;
      description.push(`${subject}${words.colon}`);
    }
    const currency = items.find(({ amount }) => amount !== null)?.amount?.currency ?? '';
    const rows = items.map((item) => rowOf(item, currency, content, speech));
    description.push(...rows.map((row) => `${row.words}.`));
    const reported = outcomes.flatMap(({ reportedBy, amount }) => {
      if (amount === null || amount.currency !== currency) return [];
      return [{ reportedBy: reportedBy && nameOf(content, reportedBy, speech), amount }];
    });
    const unit = words.unit(currency, period.kind === 'perYear' ? words.aYear : words.inAll);
    drawAmounts(sheet, { rows, references: outcomeReferences(reported, sheet, description), unit }, key);
    sources.push(...[...items, ...outcomes].map(({ source }) => nameOf(content, source, speech)));
    sheet.y += 10;
  }
  if (moved.length === 0) {
    const said = content.series.length === 0 ? words.nothing : words.nothingMoved;
    sheet.paragraph(said, { size: 14 });
    description.push(said);
  }
  drawKey(sheet, key);
  const alone = content.series
    .filter((one) => !moved.includes(one))
    .flatMap((one) =>
      one.items.map(({ amount, forecast }) => {
        const stated = amount === null ? content.said[forecast]?.asStated : figureWords(amount, speech);
        return `${subjectWords(one, content, speech)}${words.colon}${stated ?? words.notConverted}`;
      }),
    );
  const notes = named([...(undrawn > 0 ? [words.moreRows(undrawn)] : []), ...alone], speech);
  sheet.footnotes(words.alone, notes);
  description.push(...notes);
  return sheet.finish({ title, under, description, sources, datasetVersion, dataUrl });
}

function whoOf({ forecaster }: Series, content: SeriesPicture, speech: Speech): string {
  return forecaster === null ? speech.words.noForecaster : nameOf(content, forecaster, speech);
}

function subjectWords(one: Series, content: SeriesPicture, speech: Speech): string {
  const { sector, measure, region, scope, period } = one;
  const ids = [sector, measure, region, ...(scope === 'national' ? [] : [scope])];
  return [
    whoOf(one, content, speech),
    ...ids.map((id) => nameOf(content, id, speech)),
    speech.period(period),
    ...caseWords(one, speech),
  ].join(speech.words.comma);
}

/** @param currency of the scale: what is in another one is said, and has no mark */
function rowOf(
  { forecast, source, publishedOn, stance, amount, change, conversionReason }: SeriesItem,
  currency: string,
  content: SeriesPicture,
  speech: Speech,
): AmountRow {
  const { words, number } = speech;
  const { asStated, interval = null } = content.said[forecast] ?? {};
  const label = stancedName(publishedOn ?? words.undated, stance, speech);
  const isShown = amount?.currency === currency;
  const percent = change?.percent ?? null;
  const moved =
    percent === null
      ? []
      : [
          Number(percent) === 0
            ? words.asBefore
            : words.moved(`${number(percent.replace('-', ''))}%`, !percent.startsWith('-')),
        ];
  const within = interval === null ? [] : [intervalWords(interval, speech)];
  const why = conversionReason === null ? [] : [speech.failure(conversionReason)];
  const figure = amount === null ? words.notConverted : figureWords(amount, speech);
  return {
    id: forecast,
    label,
    notes: [...(asStated === undefined ? [] : [words.said(asStated)]), nameOf(content, source, speech)],
    value: amount !== null && isShown ? speech.amount(amount) : figure,
    valueNotes: [...within, ...moved, ...why],
    words: [
      `${label}${words.colon}${figure}`,
      ...[...within, ...moved, ...why, ...quoteOf(content, forecast, speech)],
      nameOf(content, source, speech),
    ].join(words.separator),
    amount: isShown ? amount : null,
    interval: isShown ? interval : null,
  };
}
