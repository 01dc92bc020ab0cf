import type { styleText } from 'node:util';
import type { ReadFigure, Reading } from './schemas.ts';

type Style = Parameters<typeof styleText>[0];
/** Puts a style on a text where it is shown in colour. */
export type Paint = (style: Style, text: string) => string;

const KINDS = ['forecaster', 'sector', 'measure', 'region', 'scope', 'stance', 'scenario', 'prices'] as const;

function styleOf({ amount, converts }: ReadFigure): Style {
  if (amount === null) return 'red';
  return converts === null ? ['bold', 'green'] : 'cyan';
}

/** The figures of a text in their sentences, each with what it says, what it may be of, and what is on record of it. */
export function describeReading({ data, meta }: Reading, paint: Paint): string {
  const bySentence = Map.groupBy(data, ({ sentence: { span } }) => `${span.start} ${span.end}`);
  const paragraphs = [...bySentence.values()].map((figures) =>
    [sentenceOf(figures, paint), ...figures.map((figure) => describeFigure(figure, data, paint))].join('\n'),
  );
  const more = meta.figures > data.length ? `, of which the first ${data.length} are shown` : '';
  const count = `${meta.figures} ${meta.figures === 1 ? 'figure' : 'figures'}${more}.`;
  return [...paragraphs, count].join('\n\n');
}

/** A sentence with its figures painted. */
export function sentenceOf(figures: readonly ReadFigure[], paint: Paint): string {
  const [first] = figures;
  if (first === undefined) return '';
  const points = [...first.sentence.text];
  const { start } = first.sentence.span;
  let shown = '';
  let at = 0;
  for (const figure of figures) {
    const [from, to] = [figure.span.start - start, figure.span.end - start];
    shown += points.slice(at, from).join('') + paint(styleOf(figure), points.slice(from, to).join(''));
    at = to;
  }
  return (shown + points.slice(at).join('')).replace(/\s+/g, ' ');
}

function describeFigure(figure: ReadFigure, data: readonly ReadFigure[], paint: Paint): string {
  const { text, amount, refusal, converts, partOf, drives, period, matches, conflicts, missing, warnings } =
    figure;
  const named = (position: number): string => data[position]?.text ?? `figure ${position}`;
  const lines = [
    amount === null ? (refusal?.message ?? '') : sumOf(amount),
    ...(converts === null ? [] : [`converts ${named(converts)}`]),
    ...(partOf === null ? [] : [`part of ${named(partOf)}`]),
    ...drives.map((position) => `drives ${named(position)}`),
    ...(period === null
      ? []
      : [`period: ${period.text}${period.refusal ? `: ${period.refusal.message}` : ''}`]),
    ...KINDS.flatMap((kind) => {
      const candidates = figure.candidates[kind].filter(({ nearness }) => nearness !== 'document');
      return candidates.length === 0 ? [] : [`${kind}: ${candidates.map(({ id }) => id).join(', ')}`];
    }),
    ...(missing.length === 0 ? [] : [paint('yellow', `missing: ${missing.join(', ')}`)]),
    ...warnings.map(({ field, message }) => paint('yellow', `${field} ${message}`)),
    ...matches.map(({ forecast, by }) => paint('green', `on record: ${forecast} (${by})`)),
    ...conflicts.map(({ forecast, amount: other }) =>
      paint('yellow', `on record otherwise: ${forecast}, ${other.asStated}`),
    ),
  ];
  return [`  ${paint(styleOf(figure), text)}`, ...lines.map((line) => `    ${line}`)].join('\n');
}

function sumOf({ value, low, high, qualifier, currency }: NonNullable<ReadFigure['amount']>): string {
  const numbers = value ?? [low, high].filter((bound) => bound !== null).join(' to ');
  return `${qualifier}: ${numbers} ${currency}`;
}
