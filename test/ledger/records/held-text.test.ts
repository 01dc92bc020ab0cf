import fc from 'fast-check';
import { test } from 'tap';
import { finished } from '../../../src/domain/steps.ts';
import { heldText } from '../../../src/ledger/records/held-text.ts';

test('places count code points, whatever the characters', (t) => {
  const character = fc.constantFrom('a', '5', '万', '𠮷', '😀', 'é', '\u0301', '\u{10ffff}', '\uffff');
  let compared = 0;
  const texts = fc.array(character, { maxLength: 40 }).map((characters) => characters.join(''));
  fc.assert(
    fc.property(texts, fc.nat(45), fc.nat(45), (text, one, other) => {
      const held = finished(heldText(text));
      const points = [...text];
      if (held.length !== points.length) throw new Error(`length of ${text}: ${held.length}`);
      const [start, end] = [Math.min(one, other), Math.max(one, other)];
      const words = [...text].slice(start, end).join('');
      if (held.slice(start, end) !== words) throw new Error(`${text} ${start} ${end}`);
      if (words === '') return;
      const length = [...words].length;
      const places = points.flatMap((_, place) =>
        points.slice(place, place + length).join('') === words ? [place] : [],
      );
      const found = finished(held.placesOf(words, 100));
      if (JSON.stringify(found) !== JSON.stringify(places)) throw new Error(`${text} ${words}: ${found}`);
      if (finished(held.placesOf(words, 1)).length !== 1) throw new Error('more than asked for');
      compared += 1;
    }),
    { numRuns: 2000 },
  );
  t.ok(compared > 500, `words were looked for in ${compared} of 2000 texts`);
  t.end();
});

test('a long text is read, and looked through, in many steps', (t) => {
  // Longer than a step is, with words on each border of two steps.
  const filling = '一'.repeat(65_530);
  const text = Array.from({ length: 20 }, () => `${filling}😀 1万亿元 `).join('');
  const begin = heldText(text);
  let steps = 0;
  while (begin.next().done !== true) steps += 1;
  t.ok(steps >= 20);
  const held = finished(heldText(text));
  const search = held.placesOf('😀 1万亿元', 100);
  steps = 0;
  for (let step = search.next(); ; step = search.next(), steps += 1) {
    if (step.done !== true) continue;
    const length = filling.length + '? 1万亿元 '.length;
    t.strictSame(
      step.value,
      Array.from({ length: 20 }, (_, at) => at * length + filling.length),
    );
    break;
  }
  t.ok(steps >= 20);
  t.end();
});
