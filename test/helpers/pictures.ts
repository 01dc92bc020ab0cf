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
  readonly lines: readonly { readonly words: string; readonly left: number; readonly right: number }[];
  /** Where a number of the axis stands, from two of its ticks. */
  readonly at: (number: number) => number;
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
      const width = widthOf(text.textContent, numberOf(text, 'font-size'), weight);
      const shift = { middle: 0.5, end: 1 }[text.getAttribute('text-anchor') ?? ''] ?? 0;
      const left = numberOf(text, 'x') - shift * width;
      return { words: text.textContent, left, right: left + width };
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
