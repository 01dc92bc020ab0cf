import { test } from 'tap';
import { paragraphsOf, sentencesOf } from '../../../src/domain/phrase/sentences.ts';

test('paragraphs are parted by empty lines, and sentences by their marks', (t) => {
  const text = 'A heading\r\n\r\nOne line\nand the next.\n \n\nThe last.';
  t.strictSame(
    paragraphsOf(text).map(({ start, end }) => text.slice(start, end)),
    ['A heading', 'One line\nand the next.', 'The last.'],
  );
  for (const sentences of [
    ['It costs approx. USD 3 billion.', ' “Who pays?”', ' The U.S. Treasury does.'],
    ['投资将达3万亿元。', '带动产值17万亿元！', '谁来付？'],
    ['Es kostet ca. 3 Mio. Euro in 2020.', ' Wer zahlt?'],
    ['Growth was 3.5 % in 2020.', ' It was more in 2021.'],
  ]) {
    const whole = sentences.join('');
    t.strictSame(
      sentencesOf(whole, []).map(({ start, end }) => whole.slice(start, end)),
      sentences,
    );
  }
  const figure = 'Some Rs. 500 crore is needed.';
  const kept = [{ start: 5, end: 18 }];
  t.strictSame(sentencesOf(figure, kept), [{ start: 0, end: figure.length }], 'no sentence ends in a figure');
  t.end();
});
