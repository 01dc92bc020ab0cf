import type { Sheet, TextStyle } from './sheet.ts';
import { LEADING, widest } from './sheet.ts';
import type { Markup } from './svg.ts';
import { wrapped } from './text.ts';

/** In pixels. */
export interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Between a label and what it is about. */
const DISTANCE = 6;
const STEP = 3;

/** Labels in a plot: each as near as may be to what it is about, none on another. */
export class Labels {
  readonly #sheet: Sheet;
  readonly #frame: Box;
  readonly #marks: readonly Box[];
  readonly #taken: Box[] = [];

  /** @param marks what they leave free where there is room elsewhere */
  constructor(sheet: Sheet, frame: Box, marks: readonly Box[]) {
    this.#sheet = sheet;
    this.#frame = frame;
    this.#marks = marks;
  }

  /**
   * Above a point, else below it, else further off.
   * @param x where it begins; where it ends with the anchor `end`
   * @returns nothing where there is no room left
   */
  place(words: string, x: number, y: number, style: TextStyle): readonly Markup[] {
    const { size, weight, anchor = 'start' } = style;
    const frame = this.#frame;
    const lines = wrapped(words, Math.min(320, frame.right - frame.left), size, weight);
    const width = widest(lines, size, weight);
    const height = lines.length * size * LEADING;
    const start = anchor === 'end' ? x - width : x;
    const left = Math.max(frame.left, Math.min(start, frame.right - width));
    const boxAt = (top: number): Box => ({ left, right: left + width, top, bottom: top + height });
    const [above, below] = [y - DISTANCE - height, y + DISTANCE];
    const steps = Math.ceil((frame.bottom - frame.top) / STEP);
    const places = Array.from({ length: steps }, (_, at) => [above - at * STEP, below + at * STEP]).flat();
    const top =
      places.find((place) => this.#isFree(boxAt(place), [...this.#taken, ...this.#marks])) ??
      places.find((place) => this.#isFree(boxAt(place), this.#taken));
    if (top === undefined) return [];
    this.#taken.push(boxAt(top));
    const at = anchor === 'end' ? left + width : left;
    return this.#sheet.lines(lines, at, top, { ...style, isOverMarks: true }).drawn;
  }

  #isFree(box: Box, others: readonly Box[]): boolean {
    const { top, bottom } = this.#frame;
    return (
      box.top >= top &&
      box.bottom <= bottom &&
      !others.some(
        (other) =>
          box.left < other.right &&
          other.left < box.right &&
          box.top < other.bottom &&
          other.top < box.bottom,
      )
    );
  }
}
