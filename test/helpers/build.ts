import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import type { AppOptions } from '../../src/app.ts';
import { buildApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { parseConfig } from '../../src/config.ts';
import type { Store } from '../../src/store/store.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { checkResponse } from './contract.ts';

export interface TestApp {
  readonly app: FastifyInstance;
  readonly store: Store;
  /** Sends a request and checks the answer against the committed OpenAPI document. */
  readonly request: (options: InjectOptions | string) => Promise<LightMyRequestResponse>;
  /** The body of a request that must answer 200. */
  readonly get: <Body>(url: string) => Promise<Body>;
}

export const RECORDED_AT = new Date('2026-01-02T03:04:05.678Z');

/** The service on a migrated, seeded database of its own; closed when the test ends. */
export async function build(
  t: Pick<Test, 'after' | 'equal'>,
  environment: Readonly<Record<string, string>> = {},
  options: Pick<AppOptions, 'now' | 'furtherRoutes'> = {},
): Promise<TestApp> {
  let clock = (): Date => RECORDED_AT;
  const { store } = await openLedger(null, { now: () => clock() });
  clock = options.now ?? (() => new Date());
  const config: Config = parseConfig(environment);
  const app = await buildApp({ config, store, ...options });
  t.after(async () => {
    await app.close();
    await store.close();
  });
  const request = async (options: InjectOptions | string): Promise<LightMyRequestResponse> => {
    const sent: InjectOptions = typeof options === 'string' ? { url: options } : options;
    const response = await app.inject(sent);
    checkResponse(sent, response);
    return response;
  };
  const get = async <Body>(url: string): Promise<Body> => {
    const response = await request(url);
    t.equal(response.statusCode, 200, `${url}: ${response.body.slice(0, 300)}`);
    return response.json<Body>();
  };
  return { app, store, request, get };
}
