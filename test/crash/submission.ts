import { forecastBody } from '../helpers/ledger.ts';

/** A forecast that the seeded ledger takes, as a client hands it in. */
export function submission(id: string, notes: string): object {
  return forecastBody(id, { notes });
}
