import fc from 'fast-check';

/** Texts of all kinds: what no index or query may stumble over. */
export const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...'"*()^+-:{}\\\0\'.,AND OR NEAR新基建データ데이터5Gé𠀀😀'),
    maxLength: 60,
  }),
  // Also halves of characters.
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
);

/** A text in printable ASCII: in a test's name, line breaks and `#` or `{` of the text itself would be read as its protocol. */
export function printable(text: string): string {
  return [...text].map((character) => character.codePointAt(0)?.toString(16)).join(' ');
}
