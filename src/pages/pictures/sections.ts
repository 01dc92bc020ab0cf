import type { FiguresById } from '../../analysis/figures.ts';
import type { PictureContent } from '../../analysis/picture-content.ts';
import { isConverted } from '../../domain/analysis/figure.ts';
import type { Look } from '../../http/formats/pictures.ts';
import type { KeyEntry } from './marks.ts';
import { drawKey } from './marks.ts';
import type { LeftOutFigure } from './naming.ts';
import { basisLine, leftOutNotes, named, nameOf } from './naming.ts';
import { Sheet } from './sheet.ts';
import type { Speech } from './speech.ts';
import type { Stack } from './stack.ts';
import { drawStack, reachOf } from './stack.ts';

/** What one document says of a sector: bars on one scale. */
export interface Section {
  readonly heading: string;
  /** Under the heading; null for nothing. */
  readonly said: string | null;
  readonly source: string;
  readonly currency: string;
  /** Each with what stands over it; none where there is one figure alone. */
  readonly bars: readonly { readonly name: string | null; readonly stack: Stack }[];
  /** Its figures in words, where there is no bar. */
  readonly alone: readonly string[];
  /** What it has no figure of; null for nothing. */
  readonly uncovered: string | null;
}

export interface LeftOut {
  readonly forecast: string;
  readonly reason: LeftOutFigure['reason'];
}

interface Sectioned {
  readonly content: PictureContent & { readonly figures: FiguresById };
  readonly title: string;
  readonly sections: readonly Section[];
  readonly leftOut: readonly LeftOut[];
}

/** So many parts are drawn. */
const MOST_PARTS = 80;
const NOTE = 12;

/** Draws what documents say, one under the other. */
export function drawSections(look: Look, dataUrl: string, make: (speech: Speech) => Sectioned): string {
  const sheet = new Sheet(look);
  const { palette, speech } = sheet;
  const { words } = speech;
  const { content, title, sections, leftOut } = make(speech);
  const under = [basisLine(content, speech)];
  sheet.head({ title, under });
  const description = [`${title}.`];
  const key = new Set<KeyEntry>();
  const muted = { size: NOTE, colour: palette.muted };
  const drawn = sections.filter(({ bars }) => bars.length > 0);
  let room = MOST_PARTS;
  let undrawn = 0;
  for (const { heading, said, currency, bars, uncovered } of drawn) {
    room -= bars.reduce((sum, { stack }) => sum + stack.parts.length, 0);
    if (room < 0 && key.size > 0) {
      undrawn += 1;
      continue;
    }
    sheet.paragraph(heading, { size: 14, weight: 'semibold' });
    if (said !== null) sheet.paragraph(said, muted);
    description.push(`${said === null ? heading : `${heading}${words.colon}${said}`}.`);
    const reach = Math.max(...bars.map(({ stack }) => reachOf(stack)));
    for (const { name, stack } of bars) {
      if (name !== null) {
        sheet.y += 4;
        sheet.paragraph(name, { size: 13 });
        description.push(`${name}${words.colon}`);
      }
      drawStack(sheet, stack, reach, words.unit(currency, words.inAll), key);
      description.push(...stack.parts.map((part) => `${part.words}.`));
      if (stack.residual !== null) description.push(`${stack.residual.words}.`);
    }
    if (uncovered !== null) sheet.paragraph(uncovered, muted);
    sheet.y += 18;
  }
  if (sections.length === 0) {
    sheet.paragraph(words.nothing, { size: 14 });
    description.push(words.nothing);
  }
  drawKey(sheet, key, 'bars');
  const alone = named(
    sections.flatMap((section) => section.alone),
    speech,
  );
  sheet.footnotes(words.alone, alone);
  const notes = [
    ...(undrawn > 0 ? [words.moreRows(undrawn)] : []),
    ...leftOutNotes(
      leftOut.flatMap((one) => leftOutFigure(one, content, speech)),
      speech,
    ),
  ];
  sheet.footnotes(words.leftOut, notes);
  description.push(...alone, ...notes);
  const sources = sections.map(({ source }) => source);
  const { datasetVersion } = content;
  return sheet.finish({ title, under, description, sources, datasetVersion, dataUrl });
}

function leftOutFigure(
  { forecast, reason }: LeftOut,
  content: Sectioned['content'],
  speech: Speech,
): readonly LeftOutFigure[] {
  const figure = content.figures.get(forecast);
  if (figure === undefined) return [];
  const { forecaster, source, sector, period, conversionReason = null } = figure;
  return [
    {
      who: [forecaster ?? source, sector].map((id) => nameOf(content, id, speech)).join(speech.words.comma),
      amount: isConverted(figure) ? figure.amount : null,
      asStated: content.said[forecast]?.asStated ?? null,
      ...{ period, reason, conversionReason },
    },
  ];
}

/** The largest first; what has no number last. */
export function bySize(one: Pick<Stack['parts'][number], 'amount'>, other: typeof one): number {
  const sizeOf = ({ amount: { value, low, high } }: typeof one) => Number(value ?? high ?? low ?? -1);
  return sizeOf(other) - sizeOf(one);
}
