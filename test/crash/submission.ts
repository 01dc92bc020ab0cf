import { EXAMPLE_FORECAST } from '../../src/ledger/records/submissions.ts';

/** A forecast that the seeded ledger takes, as a client hands it in. */
export function submission(id: string, notes: string): object {
  return { id, ...EXAMPLE_FORECAST, notes };
}
