import type { LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import type { RecordReceipt, SubmittedForecast } from '../../src/ledger/records/schemas.ts';
import type { TestApp } from './build.ts';
import { build } from './build.ts';
import { makeKey } from './keys.ts';

type Draft = Omit<SubmittedForecast, 'evidence' | 'statedConversions'> & {
  readonly evidence: { phrase: string; start?: number | null; end?: number | null; status?: string };
  readonly statedConversions: readonly object[];
};

/** A forecast of 3 trillion yuan as a client hands it in; the source's text is not held. */
export function forecastBody(id: string, more: Partial<Draft> = {}): Draft {
  return { id, ...DRAFT, evidence: { phrase: phraseOf(id) }, ...more };
}

/** Words that state 3 trillion yuan, other ones for each id: the same words would be the same claim. */
export function phraseOf(id: string): string {
  const word = id.replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  return `will total 3 trillion yuan in 2020 (${word})`;
}

/** An amount in trillions of yuan, with a phrase that states it. */
export function trillions(figure: string): Pick<Draft, 'amount' | 'evidence'> {
  const value = `${BigInt(Math.round(Number(figure) * 1000)) * 1_000_000_000n}`;
  const asStated = `${figure} trillion yuan`;
  return {
    amount: { value, low: value, high: value, qualifier: 'exact', currency: 'CNY', asStated },
    evidence: { phrase: `will total ${asStated} in 2020` },
  };
}

const DRAFT: Omit<Draft, 'id'> = {
  collection: 'seed-documents',
  forecaster: 'haitong-securities',
  source: 'china-banking-news-2020-05-25',
  sector: 'new-infrastructure',
  beneficiarySectors: [],
  region: 'CN',
  measure: 'directInvestment',
  scope: 'national',
  ...trillions('3'),
  statedConversions: [],
  period: {
    start: '2020-01-01',
    end: '2020-12-31',
    kind: 'year',
    years: 1,
    asStated: 'in 2020',
    inferred: [],
  },
  relations: [],
  confidence: 'medium',
  corroboration: [],
  notes: null,
};

export interface WritingApp extends TestApp {
  readonly send: (
    method: 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<LightMyRequestResponse>;
  /** A write that must be answered with success. */
  readonly write: (...args: Parameters<WritingApp['send']>) => Promise<RecordReceipt>;
  /** Lets the clock go on, so that what follows is recorded later; gives the time before it does. */
  readonly later: () => string;
  /** Sets the clock. */
  readonly setClock: (time: string) => void;
}

/** The service with a key for writing, and a clock that stands still until it is told to go on. */
export async function buildForWriting(
  t: Test,
  environment: Readonly<Record<string, string>> = {},
): Promise<WritingApp> {
  let clock = Date.parse('2026-06-01T00:00:00.000Z');
  const app = await build(t, environment, { now: () => new Date(clock) });
  const { headers: key } = await makeKey(app);
  const send: WritingApp['send'] = (method, url, payload, headers = {}) =>
    app.request({
      method,
      url,
      headers: { ...key, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
  return {
    ...app,
    send,
    write: async (...args) => {
      const response = await send(...args);
      t.ok(response.statusCode < 300, `${args[0]} ${args[1]}: ${response.body}`);
      return response.json<RecordReceipt>();
    },
    later: () => {
      const before = new Date(clock).toISOString();
      clock += 60_000;
      return before;
    },
    setClock: (time) => {
      clock = Date.parse(time);
    },
  };
}
