import { FORECAST_EXAMPLE } from '../../src/ledger/records/kinds.ts';

/** A forecast that the seeded ledger takes, as a client hands it in. */
export function submission(id: string, notes: string): object {
  return { id, ...FORECAST_EXAMPLE, notes };
}
