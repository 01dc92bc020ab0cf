import type { Look } from '../../http/formats/pictures.ts';
import type { ConversionsPicture } from '../../ledger/records/picture.ts';
import { amountMark, drawKey, intervalMark, scaleOver, spanOf } from './marks.ts';
import { figureWords, intervalWords } from './naming.ts';
import { recordWords, whoOf } from './record.ts';
import type { ChartRow, Reference } from './row-chart.ts';
import { drawRows } from './row-chart.ts';
import { Sheet } from './sheet.ts';
import { speechOf } from './speech.ts';

/** One figure at every rate, a row each; the document's own conversion is a line through them. */
export function drawConversions(content: ConversionsPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { palette } = sheet;
  const speech = speechOf(look.lang);
  const { words } = speech;
  const { record, to, rows, datasetVersion } = content;
  const { qualifier, asStated } = record.amount;
  const title = words.card(whoOf(record, speech), words.conversions(asStated, to));
  const under = [recordWords(content, speech)];
  sheet.head({ title, under });
  const description = [`${title}.`];
  const shown = rows.flatMap(({ basis, converted, deviationFromStatedPercent }) => {
    if (converted === null) return [];
    const amount = { ...converted, qualifier };
    const { value, direction } = converted.receipt.rate;
    const deviation = basis === 'stated' ? null : deviationFromStatedPercent;
    const { interval = null } = converted;
    const within = interval === null ? [] : [intervalWords(interval, speech)];
    const chartRow: ChartRow = {
      id: basis,
      label: capitalised(words.bases[basis]),
      notes: [
        [speech.basisDays(converted.receipt), words.rate(value, direction)].filter(Boolean).join(words.comma),
      ],
      value: speech.amount(amount),
      valueNotes: [...within, ...(deviation === null ? [] : [words.deviation(`${signed(deviation)}%`)])],
      words: [
        `${words.bases[basis]}${words.colon}${figureWords(amount, speech)}`,
        ...within,
        words.rate(value, direction),
        ...(deviation === null ? [] : [words.deviation(`${signed(deviation)}%`)]),
      ].join(words.separator),
      marks: (scale, y) => [
        ...(interval === null ? [] : intervalMark(sheet, interval, scale, y)),
        ...amountMark(sheet, amount, scale, y, palette.mark),
      ],
    };
    return [{ basis, amount, chartRow }];
  });
  const own = shown.find(({ basis }) => basis === 'stated');
  const face = own?.amount.value ?? own?.amount.low ?? own?.amount.high ?? null;
  const references: readonly Reference[] =
    face === null ? [] : [{ at: Number(face), words: words.key.stated, kind: 'stated', colour: palette.ink }];
  if (shown.length === 0) {
    sheet.paragraph(words.nothingConverted, { size: 14 });
    description.push(words.nothingConverted);
  } else
    drawRows(sheet, {
      rows: shown.map(({ chartRow }) => chartRow),
      references,
      scaleTo: (range) =>
        scaleOver(
          shown.flatMap(({ amount }) => [
            amount,
            ...(amount.interval == null ? [] : [spanOf(amount.interval)]),
          ]),
          range,
        ),
      tick: speech.number,
      unit: words.unit(to, words.inAll),
    });
  for (const { chartRow } of shown) description.push(`${chartRow.words}.`);
  if (shown.length > 0)
    drawKey(
      sheet,
      new Set([
        qualifier,
        ...(record.interval === null ? [] : (['interval'] as const)),
        ...(face === null ? [] : (['stated'] as const)),
      ]),
    );
  const notes = rows.flatMap(({ basis, notConverted }) =>
    notConverted === null ? [] : [`${words.bases[basis]}${words.colon}${speech.failure(notConverted.code)}`],
  );
  sheet.footnotes(words.leftOut, notes);
  description.push(...notes);
  const sources = [record.names.source];
  return sheet.finish({ title, under, description, sources, datasetVersion, dataUrl });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function signed(percent: string): string {
  return percent.startsWith('-') ? percent : `+${percent}`;
}
