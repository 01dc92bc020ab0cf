import { countWhile } from '../binary-search.ts';
import type { Stretch } from './sentences.ts';

/** Brackets of a paragraph, with the clause in which they stand; `outer` is the position of those around them, -1 for none. */
export interface Bracket extends Stretch {
  readonly clause: number;
  readonly outer: number;
}

/** What a place stands in. Clauses are numbered; one goes on behind brackets that stand in it. */
export interface Standing {
  /** Position of the innermost brackets around it, -1 outside of all. */
  readonly bracket: number;
  readonly clause: number;
  /** Number of the part between semicolons. */
  readonly part: number;
}

export interface Clauses {
  readonly brackets: readonly Bracket[];
  readonly at: (place: number) => Standing;
  /** Where the clause of a place starts. */
  readonly startAt: (place: number) => number;
}

const MARKS = /[()（）[\]【】,，、;；\n—]/g;
const OPENS = /[(（[【]/;
const CLOSES = /[)）\]】]/;
const DIGIT = /\d/;

/** Reads a paragraph's brackets and clauses in one pass. Brackets without a partner are none. */
export function clausesOf(text: string): Clauses {
  const marks = [...text.matchAll(MARKS)].filter(
    ({ index, 0: mark }) =>
      !(/[,，]/.test(mark) && DIGIT.test(text.charAt(index - 1)) && DIGIT.test(text.charAt(index + 1))),
  );
  const partners = partnersOf(marks);
  const brackets: (Stretch & { clause: number; outer: number })[] = [];
  const around: (Standing & { readonly position: number })[] = [];
  const segments: (Standing & { readonly start: number; readonly clauseStart: number })[] = [];
  let standing: Standing = { bracket: -1, clause: 0, part: 0 };
  const starts: number[] = [0];
  const move = (start: number, next: Standing): void => {
    standing = next;
    segments.push({ ...next, start, clauseStart: starts[next.clause] ?? start });
  };
  move(0, standing);
  for (const { index, 0: mark } of marks) {
    const partner = partners.get(index);
    if (partner !== undefined && partner > index) {
      around.push({ ...standing, position: brackets.length });
      brackets.push({ start: index, end: partner + 1, clause: standing.clause, outer: standing.bracket });
      starts.push(index + 1);
      move(index, { bracket: brackets.length - 1, clause: starts.length - 1, part: standing.part });
    } else if (partner !== undefined) {
      const outer = around.pop();
      if (outer !== undefined)
        move(index + 1, { bracket: outer.bracket, clause: outer.clause, part: outer.part });
    } else if (!OPENS.test(mark) && !CLOSES.test(mark)) {
      starts.push(index + 1);
      const isStrong = /[;；]/.test(mark);
      move(index + 1, { ...standing, clause: starts.length - 1, part: standing.part + (isStrong ? 1 : 0) });
    }
  }
  const segmentAt = (place: number) =>
    segments[countWhile(segments.length, (at) => (segments[at]?.start ?? 0) <= place) - 1] ?? {
      ...standing,
      clauseStart: 0,
    };
  return { brackets, at: segmentAt, startAt: (place) => segmentAt(place).clauseStart };
}

/** For each bracket that has one, the place of its partner. */
function partnersOf(marks: readonly RegExpExecArray[]): ReadonlyMap<number, number> {
  const partners = new Map<number, number>();
  const open: number[] = [];
  for (const { index, 0: mark } of marks) {
    if (OPENS.test(mark)) open.push(index);
    const partner = CLOSES.test(mark) ? open.pop() : undefined;
    if (partner === undefined) continue;
    partners.set(partner, index);
    partners.set(index, partner);
  }
  return partners;
}
