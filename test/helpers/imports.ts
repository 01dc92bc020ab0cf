import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportJobAnswer } from '../../src/transfer/imports/schemas.ts';
import type { TestApp } from './build.ts';
import { makeKey } from './keys.ts';

export type Job = ImportJobAnswer['data'];

const SOURCE = 'china-banking-news-2020-05-25';

/** A forecast of so many million yuan, as an import reads it. */
export function forecastRow(
  id: string,
  millions: number,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const value = `${millions}000000`;
  return {
    id,
    collection: 'seed-documents',
    forecaster: 'haitong-securities',
    source: SOURCE,
    sector: 'new-infrastructure',
    region: 'CN',
    measure: 'directInvestment',
    scope: 'national',
    amount: {
      value,
      low: value,
      high: value,
      qualifier: 'exact',
      currency: 'CNY',
      asStated: `${millions} million yuan`,
    },
    period: {
      start: '2020-01-01',
      end: '2020-12-31',
      kind: 'year',
      years: 1,
      asStated: 'in 2020',
      inferred: [],
    },
    evidence: { phrase: `will total ${millions} million yuan in 2020` },
    confidence: 'medium',
    ...changes,
  };
}

/** Rows as NDJSON. */
export function ndjson(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

const FLAT = {
  id: 'flat-1',
  collection: 'seed-documents',
  forecaster: 'haitong-securities',
  source: SOURCE,
  sector: 'new-infrastructure',
  region: 'CN',
  measure: 'directInvestment',
  scope: 'national',
  amountValue: '5000000',
  amountLow: '5000000',
  amountHigh: '5000000',
  amountQualifier: 'exact',
  amountCurrency: 'CNY',
  amountAsStated: '5 million yuan',
  periodStart: '2020-01-01',
  periodEnd: '2020-12-31',
  periodKind: 'year',
  periodYears: '1',
  evidencePhrase: 'will total 5 million yuan in 2020',
  confidence: 'medium',
  notes: '',
};

/** A CSV with one row a set of changes to a right one, as a spreadsheet quotes it. */
export function csv(
  rows: readonly Readonly<Record<string, string>>[],
  { delimiter = ',', lineEnd = '\r\n' }: { delimiter?: string; lineEnd?: string } = {},
): string {
  const names = Object.keys(Object.assign({}, FLAT, ...rows) as object);
  const quoted = (cell: string): string =>
    /[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  const lines = rows.map((row) =>
    names.map((name) => quoted({ ...FLAT, ...row }[name] ?? '')).join(delimiter),
  );
  return [names.join(delimiter), ...lines, ''].join(lineEnd);
}

const MEDIA_TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json' } as const;

/** Sends files to a service, and waits until they are settled. */
export async function importer({ store, request }: Pick<TestApp, 'store' | 'request'>, name = 'importer') {
  const { headers } = await makeKey({ store }, 'admin', { name });
  const send = (
    format: keyof typeof MEDIA_TYPES,
    payload: string | Buffer,
    query = '',
    more: Readonly<Record<string, string>> = {},
  ) =>
    request({
      method: 'POST',
      url: `/v1/imports${query}`,
      headers: { ...headers, 'content-type': MEDIA_TYPES[format], ...more },
      payload,
    });
  const settled = async (location: string): Promise<Job> => {
    for (;;) {
      const { data } = (await request(new URL(location, 'http://test').pathname)).json<ImportJobAnswer>();
      if (!['queued', 'reading', 'publishing'].includes(data.status)) return data;
      await sleep(2);
    }
  };
  /** Sends a file and gives the job as it ended. */
  const bring = async (...file: Parameters<typeof send>): Promise<Job> => {
    const answer = await send(...file);
    if (answer.statusCode !== 202) throw new Error(`${answer.statusCode}: ${answer.body}`);
    return settled(String(answer.headers.location));
  };
  return { headers, send, settled, bring };
}
