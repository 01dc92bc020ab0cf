import { writeFileSync } from 'node:fs';
import { buildApp } from '../src/app.ts';
import { parseConfig } from '../src/config.ts';
import { openLedger } from '../src/transfer/open-ledger.ts';

// Writes the OpenAPI document of the code to openapi/openapi.json; a test fails where the two differ.
const { store } = await openLedger(null);
const app = await buildApp({ config: parseConfig({}), store });
writeFileSync(
  new URL('../openapi/openapi.json', import.meta.url),
  `${JSON.stringify(app.swagger(), null, 2)}\n`,
);
await app.close();
await store.close();
