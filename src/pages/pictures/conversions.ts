import type { Look } from '../../http/formats/pictures.ts';
import type { ConversionsPicture } from '../../ledger/records/picture.ts';
import type { AmountRow } from './amount-chart.ts';
import { drawAmounts } from './amount-chart.ts';
import type { KeyEntry } from './marks.ts';
import { drawKey } from './marks.ts';
import { figureWords, intervalWords } from './naming.ts';
import { recordWords, whoOf } from './record.ts';
import type { Reference } from './row-chart.ts';
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
    const chartRow: AmountRow = {
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
      ...{ amount, interval },
    };
    return [{ basis, amount, chartRow }];
  });
  const own = shown.find(({ basis }) => basis === 'stated');
  const face = own?.amount.value ?? own?.amount.low ?? own?.amount.high ?? null;
  const references: readonly Reference[] =
    face === null ? [] : [{ at: Number(face), words: words.key.stated, kind: 'stated', colour: palette.ink }];
  const key = new Set<KeyEntry>();
  if (shown.length === 0) {
    sheet.paragraph(words.nothingConverted, { size: 14 });
    description.push(words.nothingConverted);
  } else
    drawAmounts(
      sheet,
      { rows: shown.map(({ chartRow }) => chartRow), references, unit: words.unit(to, words.inAll) },
      key,
    );
  for (const { chartRow } of shown) description.push(`${chartRow.words}.`);
  drawKey(sheet, key);
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
