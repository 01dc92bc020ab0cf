import fc from 'fast-check';
import { test } from 'tap';
import { heldText } from '../../../src/ledger/records/held-text.ts';

test('places count code points, whatever the characters', (t) => {
  const character = fc.constantFrom('a', '5', '万', '𠮷', '😀', 'é', '\u0301', '\u{10ffff}', '\uffff');
  let compared = 0;
  const texts = fc.array(character, { maxLength: 40 }).map((characters) => characters.join(''));
  fc.assert(
    fc.property(texts, fc.nat(45), fc.nat(45), (text, one, other) => {
      const held = heldText(text);
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
      const found = held.placesOf(words, 100);
      if (JSON.stringify(found) !== JSON.stringify(places)) throw new Error(`${text} ${words}: ${found}`);
      if (held.placesOf(words, 1).length !== 1) throw new Error('more than asked for');
      compared += 1;
    }),
    { numRuns: 2000 },
  );
  t.ok(compared > 500, `words were looked for in ${compared} of 2000 texts`);
  t.end();
});
