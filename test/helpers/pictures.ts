import { DOMParser } from 'linkedom';
import type { Numbers } from '../../src/pages/pictures/speech.ts';
import { widthOf } from '../../src/pages/pictures/text.ts';

/** The parts of a picture that tests read. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Elements by a selector. */
  readonly all: (selector: string) => readonly Element[];
  readonly title: string;
  readonly description: string;
  /** Every line of text that is seen. */
  readonly lines: readonly SeenLine[];
  /** Where a number of the axis stands, from two of its ticks. */
  readonly at: (number: number) => number;
}

/** A line of text and the box that it fills. */
export interface SeenLine {
  readonly words: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export interface Element {
  readonly textContent: string;
  readonly getAttribute: (name: string) => string | null;
  readonly querySelector: (selector: string) => Element | null;
  readonly querySelectorAll: (selector: string) => Iterable<Element>;
}

/** A picture, read. Its first axis gives the scale. */
export function readPicture(svg: string): Picture {
  const document = new DOMParser().parseFromString(svg, 'image/svg+xml') as unknown as Element;
  const all = (selector: string): readonly Element[] => [...document.querySelectorAll(selector)];
  const [root] = all('svg');
  return {
    width: numberOf(root, 'width'),
    height: numberOf(root, 'height'),
    all,
    title: all('#fl-title')[0]?.textContent ?? '',
    description: all('#fl-desc')[0]?.textContent ?? '',
    lines: all('text').map((text) => {
      const weight = text.getAttribute('font-weight') === '600' ? 'semibold' : 'regular';
      const size = numberOf(text, 'font-size');
      const width = widthOf(text.textContent, size, weight);
      const shift = { middle: 0.5, end: 1 }[text.getAttribute('text-anchor') ?? ''] ?? 0;
      const left = numberOf(text, 'x') - shift * width;
      const y = numberOf(text, 'y');
      // From the top of its capitals to the foot of what hangs below them.
      return {
        words: text.textContent,
        ...{ left, right: left + width, top: y - 0.78 * size, bottom: y + 0.22 * size },
      };
    }),
    at: (number) => {
      const ticks = all('[data-tick]');
      const last = ticks.findLast((tick) => tick.getAttribute('data-tick') !== '0');
      const zero = ticks.find((tick) => tick.getAttribute('data-tick') === '0');
      const [from, to] = [numberOf(zero, 'x1'), numberOf(last, 'x1')];
      return from + (number / numberOf(last, 'data-tick')) * (to - from);
    },
  };
}

/** Lines of text that lie on each other, and those that leave the frame, in words: none of a good picture. */
export function misplaced({ lines, width, height }: Picture): readonly string[] {
  const shown = ({ words, left, top }: SeenLine) =>
    `${words.slice(0, 40)} (${left.toFixed(1)}, ${top.toFixed(1)})`;
  const seen = lines.filter(({ words }) => words.trim() !== '');
  const outside = seen
    .filter(
      ({ left, right, top, bottom }) => !(left >= 0 && right <= width + 0.5 && top >= 0 && bottom <= height),
    )
    .map((line) => `outside ${width} x ${height}: ${shown(line)}`);
  const overlapping = seen.flatMap((one, at) =>
    seen
      .slice(at + 1)
      .filter(
        (other) =>
          one.left < other.right &&
          other.left < one.right &&
          one.top < other.bottom &&
          other.top < one.bottom,
      )
      .map((other) => `${shown(one)} on ${shown(other)}`),
  );
  return [...outside, ...overlapping];
}

/** A number that an element says. */
export function numberOf(element: Element | undefined | null, name: string): number {
  return Number(element?.getAttribute(name) ?? Number.NaN);
}

/** The numbers of an amount by its qualifier, in billions. */
export function billions(qualifier: Numbers['qualifier'], ...figures: readonly number[]): Numbers {
  const [first, second] = figures.map((figure) => String(figure * 1e9));
  const [value, low, high] = {
    exact: [first, first, first],
    approximately: [first, null, null],
    atLeast: [first, first, null],
    atMost: [first, null, first],
    range: [null, first, second],
    indefinite: [null, first, null],
  }[qualifier];
  return { value: value ?? null, low: low ?? null, high: high ?? null, qualifier };
}
