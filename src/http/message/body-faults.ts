import type { RequestFault } from './problem.ts';

/** Notes that a field of a body cannot be what it is. */
export type AddFault = (name: string, code: string, message: string, hints?: Partial<RequestFault>) => void;

/** Text that is not Unicode would be stored as something else. */
export function checkText(value: unknown, add: AddFault, path = ''): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed())
      add(path, 'notUnicode', 'holds half of a surrogate pair, which is no Unicode character');
  } else if (value !== null && typeof value === 'object') {
    for (const [key, child] of Object.entries(value))
      checkText(child, add, path === '' ? key : `${path}.${key}`);
  }
}
