import type { Test } from 'tap';
import type { DomainErrorCode } from '../../src/domain/errors.ts';
import { DomainError } from '../../src/domain/errors.ts';

/** Checks that a call is refused with a code, and gives the data of the refusal. */
export function refusal(
  t: Test,
  code: DomainErrorCode,
  call: () => unknown,
): Readonly<Record<string, unknown>> {
  try {
    call();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    t.equal(error.code, code);
    return error.data;
  }
  t.fail(`expected ${code}`);
  return {};
}
