import type { Look } from '../../http/formats/pictures.ts';
import type { RecordPicture } from '../../ledger/records/picture.ts';
import type { LedgerRecord } from '../../ledger/records/record.ts';
import { caseWords, figureWords, intervalWords, nameOf, stancedName } from './naming.ts';
import { Sheet } from './sheet.ts';
import type { Speech } from './speech.ts';
import { described, element } from './svg.ts';
import { wrapped } from './text.ts';

/** A card: the figure as printed, its words, its document, and its conversion with the rate. */
export function drawRecord(content: RecordPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { palette, speech } = sheet;
  const { words } = speech;
  const { record, source, datasetVersion } = content;
  const { amount, evidence } = record;
  const who = whoOf(record, speech);
  const about = recordWords(content, speech);
  const title = words.card(who, amount.asStated);
  const { interval } = record;
  const readAs = [
    words.readAs(figureWords(amount, speech)),
    ...(interval === null ? [] : [intervalWords(interval, speech)]),
  ].join(words.separator);
  sheet.paragraph(who, { size: look.width < 480 ? 17 : 20, weight: 'semibold' });
  sheet.paragraph(about, { size: 13, colour: palette.muted });
  sheet.y += 14;
  sheet.paragraph(amount.asStated, { size: look.width < 480 ? 28 : 38, weight: 'semibold' });
  sheet.paragraph(readAs, { size: 13, colour: palette.muted });
  const description = [`${title}.`, `${about}.`, `${readAs}.`];
  const converted = conversionWords(record, speech);
  if (converted !== null) {
    sheet.y += 10;
    sheet.paragraph(converted.figure, { size: 18, weight: 'semibold' });
    sheet.paragraph(converted.receipt, { size: 13, colour: palette.muted });
    description.push(`${converted.figure}.`, `${converted.receipt}.`);
  }
  if (evidence.phrase !== null) {
    const said = words.said(evidence.phrase);
    sheet.y += 16;
    drawQuote(sheet, said);
    description.push(said);
    if (evidence.status === 'unverified') {
      sheet.y += 4;
      sheet.paragraph(words.unverified, { size: 12, colour: palette.muted });
      description.push(words.unverified);
    }
  }
  const published = record.publishedOn === null ? words.undated : words.published(record.publishedOn);
  const document = [record.names.source, ...(source === undefined ? [] : [source.publisher]), published];
  const sources = [document.join(words.comma)];
  return sheet.finish({ title, under: [], description, sources, datasetVersion, dataUrl });
}

/** Who forecast or reported it, and what kind of statement a forecast is where it is no projection. */
export function whoOf({ kind, names, stance }: LedgerRecord, speech: Speech): string {
  const { words } = speech;
  return kind === 'forecast'
    ? stancedName(names.organisation ?? words.noForecaster, stance, speech)
    : (names.organisation ?? words.noBody);
}

/** What a figure is of. */
export function recordWords(
  { record, names }: Pick<RecordPicture, 'record' | 'names'>,
  speech: Speech,
): string {
  const { sector, measure, region, scope, period } = record;
  return [
    ...[sector, measure, region, ...(scope === 'national' ? [] : [scope])].map((id) =>
      nameOf({ names }, id, speech),
    ),
    speech.period(period),
    ...caseWords(record, speech),
  ].join(speech.words.comma);
}

function conversionWords(
  record: RecordPicture['record'],
  speech: Speech,
): { readonly figure: string; readonly receipt: string } | null {
  if (!('converted' in record) || record.converted === null) return null;
  const { converted, amount } = record;
  const { words } = speech;
  const { receipt } = converted;
  const { value, direction } = receipt.rate;
  return {
    figure: [
      words.inCurrency(figureWords({ ...converted, qualifier: amount.qualifier }, speech)),
      ...(converted.interval == null ? [] : [intervalWords(converted.interval, speech)]),
    ].join(words.separator),
    receipt: [speech.basis([receipt]), words.rate(value, direction)].filter(Boolean).join(words.separator),
  };
}

function drawQuote(sheet: Sheet, said: string): void {
  const size = 16;
  const lines = wrapped(said, sheet.inner - 18, size);
  const { drawn, height } = sheet.lines(lines, sheet.left + 18, sheet.y, { size });
  const bar = { x: sheet.left, y: sheet.y, width: 4, height, fill: sheet.palette.mark };
  sheet.add(described(said, {}, [element('rect', bar), ...drawn]));
  sheet.y += height;
}
