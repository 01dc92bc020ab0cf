/** What a text is made of that a reader without care goes over again and again: each is repeated to any length. */
export const HOSTILE_PIECES: readonly string[] = [
  '5 mln ',
  '1万',
  '1-',
  '1-1-1-',
  '$1 to ',
  '(',
  '一',
  'several ',
  ' ',
  '$',
  '1 ',
  '1、',
  '分别为1、',
  '1 and ',
  '$5(',
  '1(€1)',
  '(US$5 billion) ',
  '3亿至',
  '1.500 mln, ',
  'five ',
  'not to be ',
  '约',
  '千',
  '5 trillion or more ',
  '2020-',
  'in 20',
  'from 2020 to ',
  '2020年至',
  '未来五',
  'the next ',
];

export function hostileText(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}
