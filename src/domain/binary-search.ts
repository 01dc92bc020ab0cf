/** Of so many numbers from 0, how many a condition holds for, which holds for the first ones and for none after these. */
export function countWhile(length: number, holds: (index: number) => boolean): number {
  let [least, most] = [0, length];
  while (least < most) {
    const middle = (least + most) >>> 1;
    if (holds(middle)) least = middle + 1;
    else most = middle;
  }
  return least;
}
