import type { RequestFault } from './problem.ts';

/** Notes that a field of a body cannot be what it is. */
export type AddFault = (name: string, code: string, message: string, hints?: Partial<RequestFault>) => void;

/** Text that is not Unicode would be stored as something else; U+0000 ends a text for many programs. */
export function checkText(value: unknown, add: AddFault, path = ''): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      add(path, 'notUnicode', 'holds half of a surrogate pair, which is no Unicode character');
    if (value.includes('\0')) add(path, 'nullCharacter', 'holds the character U+0000, which is not stored');
  } else if (value !== null && typeof value === 'object') {
    for (const [key, child] of Object.entries(value))
      checkText(child, add, path === '' ? key : `${path}.${key}`);
  }
}
