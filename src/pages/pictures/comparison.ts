import type { ComparisonPicture, PicturedGroup } from '../../analysis/comparisons/picture.ts';
import type { ComparisonRow } from '../../domain/analysis/comparison.ts';
import type { FigureAmount } from '../../domain/money/amount.ts';
import type { Interval } from '../../domain/statement.ts';
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
  leftOutNotes,
  nameOf,
  quoteOf,
  stancedName,
} from './naming.ts';
import { Sheet } from './sheet.ts';
import type { Speech } from './speech.ts';

/** So many rows are drawn. */
const MOST_ROWS = 60;

/** Forecasters by row; what was reported is a line through them. */
export function drawComparison(content: ComparisonPicture, look: Look, dataUrl: string): string {
  const sheet = new Sheet(look);
  const { speech } = sheet;
  const { words } = speech;
  const { groups, links, ungrouped } = content;
  const [only] = groups;
  const isOne = groups.length === 1 && only !== undefined;
  const sectors = [...new Set(groups.map(({ subject }) => nameOf(content, subject.sector, speech)))];
  const title = isOne
    ? words.comparison(subjectWords(only, content, speech))
    : words.comparisons(sectors.join(words.comma) || '–');
  const under = basisLine(content, speech);
  sheet.head({ title, under: [under] });
  const description = [`${title}.`];
  const key = new Set<KeyEntry>();
  const sources: string[] = [];
  let room = MOST_ROWS;
  let undrawn = 0;
  const notes: string[] = [];
  for (const group of groups) {
    const compared = group.rows.filter(({ comparable }) => comparable);
    const shown = compared.slice(0, room);
    undrawn += compared.length - shown.length;
    room -= shown.length;
    notes.push(...leftOut(group, content, speech));
    for (const { source } of compared) sources.push(nameOf(content, source, speech));
    if (shown.length === 0 && compared.length > 0) continue;
    if (!isOne) {
      sheet.paragraph(subjectWords(group, content, speech), { size: 14, weight: 'semibold' });
      sheet.y += 6;
    }
    const said = comparedWords(group, content.over, speech);
    description.push(isOne ? said : `${subjectWords(group, content, speech)}${words.colon}${said}`);
    if (shown.length === 0) sheet.paragraph(words.noneCompared, { size: 13 });
    else drawGroup(sheet, group, shown, content, key, description);
    sheet.y += 10;
  }
  if (groups.length === 0) {
    const said = links > 0 ? words.linksOnly(links) : words.nothing;
    sheet.paragraph(said, { size: 14 });
    description.push(said);
  }
  drawKey(sheet, key);
  if (undrawn > 0) notes.unshift(words.moreRows(undrawn));
  if (ungrouped > 0) notes.push(words.ungrouped(ungrouped));
  sheet.footnotes(words.leftOut, notes);
  description.push(...notes);
  const { datasetVersion } = content;
  return sheet.finish({ title, under: [under], description, sources, datasetVersion, dataUrl });
}

function subjectWords({ subject }: PicturedGroup, content: ComparisonPicture, speech: Speech): string {
  const { sector, measure, region, scope, window } = subject;
  const kind = window.start === null ? 'cumulativeTo' : 'window';
  return [
    ...[sector, measure, region].map((id) => nameOf(content, id, speech)),
    ...(scope === 'national' ? [] : [nameOf(content, scope, speech)]),
    speech.period({ ...window, kind }),
  ].join(speech.words.comma);
}

function comparedWords(
  { rows, currency, spread }: PicturedGroup,
  over: ComparisonPicture['over'],
  speech: Speech,
): string {
  if (spread === null) return speech.words.noneCompared;
  const amounts = rows.flatMap((row) => (row.comparable ? (shownOf(row, over) ?? []) : []));
  const figures = amounts.map((amount) =>
    figureWords({ ...amount, currency: currency ?? amount.currency }, speech),
  );
  return speech.words.compared(spread.count, figures[0] ?? '', figures.at(-1) ?? '');
}

function shownOf({ total, perYear }: ComparisonRow, over: ComparisonPicture['over']): FigureAmount | null {
  return over === 'total' ? total : perYear;
}

function whoOf({ forecaster, stance }: ComparisonRow, content: ComparisonPicture, speech: Speech): string {
  const name = forecaster === null ? speech.words.noForecaster : nameOf(content, forecaster, speech);
  return stancedName(name, stance, speech);
}

/** The interval of what is shown: of the figure itself, or of so much of it as falls on a year. */
function intervalOf(
  { forecast, total, perYear }: ComparisonRow,
  { said, over }: ComparisonPicture,
): Interval | null {
  const interval = said[forecast]?.interval ?? null;
  if (interval === null || over === 'total' || total?.value == null || perYear?.value == null)
    return interval;
  const yearly = (bound: string) => String(Number(bound) * (Number(perYear.value) / Number(total.value)));
  return { low: yearly(interval.low), high: yearly(interval.high), percent: interval.percent };
}

function drawGroup(
  sheet: Sheet,
  { currency, outcomes }: PicturedGroup,
  rows: readonly ComparisonRow[],
  content: ComparisonPicture,
  key: Set<KeyEntry>,
  description: string[],
): void {
  const { speech } = sheet;
  const { words } = speech;
  const { over } = content;
  const references = outcomeReferences(outcomes, sheet, description);
  const chartRows = rows.map((row) => chartRow(row, content, speech));
  for (const { words: said } of chartRows) description.push(`${said}.`);
  const unit = words.unit(currency ?? '', over === 'total' ? words.inAll : words.aYear);
  drawAmounts(sheet, { rows: chartRows, references, unit }, key);
}

function chartRow(row: ComparisonRow, content: ComparisonPicture, speech: Speech): AmountRow {
  const { words } = speech;
  const { over } = content;
  const amount = shownOf(row, over);
  const other = over === 'total' ? row.perYear : null;
  const label = whoOf(row, content, speech);
  const interval = intervalOf(row, content);
  const within = interval === null ? [] : [intervalWords(interval, speech)];
  const cases = caseWords(row, speech);
  const published = row.publishedOn === null ? words.undated : words.published(row.publishedOn);
  const asStated = content.said[row.forecast]?.asStated;
  const also = row.alsoStatedIn.length;
  const yearly = other === null || (row.years ?? 1) === 1 ? [] : [words.perYear(speech.amount(other))];
  return {
    id: row.forecast,
    label,
    notes: [
      [...(asStated === undefined ? [] : [words.said(asStated)]), published].join(words.comma),
      ...(over === 'perYear' ? [speech.period(row.period)] : []),
      ...cases,
    ],
    value: amount === null ? words.notConverted : speech.amount(amount),
    valueNotes: [...within, ...yearly],
    words: [
      `${label}${words.colon}${amount === null ? words.notConverted : figureWords(amount, speech)}`,
      ...within,
      ...yearly,
      speech.period(row.period),
      ...cases,
      ...quoteOf(content, row.forecast, speech),
      published,
      ...(also === 0 ? [] : [words.alsoIn(also)]),
    ].join(words.separator),
    amount,
    interval,
  };
}

/** What is left out of a comparison, with the reason. */
function leftOut({ rows }: PicturedGroup, content: ComparisonPicture, speech: Speech): readonly string[] {
  return leftOutNotes(
    rows
      .filter(({ comparable }) => !comparable)
      .map((row) => ({
        who: whoOf(row, content, speech),
        amount: row.total ?? row.perYear,
        period: row.period,
        asStated: content.said[row.forecast]?.asStated ?? null,
        reason: row.reason ?? 'notConverted',
        conversionReason: row.conversionReason,
      })),
    speech,
  );
}
