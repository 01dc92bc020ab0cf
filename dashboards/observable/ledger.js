/** Where the ledger is, and the moment as of which every loader asks it: all of them read one state, and a build can be made again. */
export const LEDGER_URL = process.env.LEDGER_URL ?? 'http://localhost:3000';
export const KNOWN_AS_OF = process.env.KNOWN_AS_OF ?? new Date(Date.now() - 1000).toISOString();

/**
 * Rows of the ledger as CSV, all of them.
 * @param {string} path such as `/v1/comparisons.csv`
 * @param {Record<string, string>} parameters
 * @returns {Promise<string>}
 */
export async function rowsOf(path, parameters) {
  const query = new URLSearchParams({ ...parameters, knownAsOf: KNOWN_AS_OF });
  const response = await fetch(`${LEDGER_URL}${path}?${query}`);
  const text = await response.text();
  // A wrong address is a problem document, never an empty table.
  if (!response.ok) throw new Error(JSON.parse(text).detail);
  return text;
}
