import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import type { AppOptions } from '../../src/app.ts';
import { buildApp } from '../../src/app.ts';
import type { Config } from '../../src/config.ts';
import { parseConfig } from '../../src/config.ts';
import { attachStore } from '../../src/store/engine.ts';
import type { Store } from '../../src/store/store.ts';
import { checkResponse } from './contract.ts';
import { ON_POSTGRES, seededDatabase } from './postgres.ts';
import { openSeeded } from './seeded.ts';

export interface TestApp {
  readonly app: FastifyInstance;
  readonly store: Store;
  /** Sends a request and checks the answer against the committed OpenAPI document. */
  readonly request: (options: InjectOptions | string) => Promise<LightMyRequestResponse>;
  /** The body of a request that must answer 200. */
  readonly get: <Body>(url: string) => Promise<Body>;
}

/** The service on a migrated, seeded database of its own; closed when the test ends. */
export async function build(
  t: Pick<Test, 'after' | 'equal'>,
  environment: Readonly<Record<string, string>> = {},
  options: Pick<AppOptions, 'now' | 'furtherRoutes'> = {},
): Promise<TestApp> {
  const now = options.now ?? (() => new Date());
  const store = ON_POSTGRES ? attachStore(await seededDatabase(t), { now }) : await openSeeded(now);
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
