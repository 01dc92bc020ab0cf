import type { Bound, Preparable, Reader } from '../store.ts';
import { DIALECT } from './dialect.ts';

/*
 * Being replaced by members of `Reader`.
 */

export const { withoutIndex, isListed } = DIALECT;

export function preparedRows(
  read: Reader,
  shape: string,
  build: () => Preparable,
  bound: Bound,
): Promise<unknown[][]> {
  return read.rows(shape, build, bound);
}
