import { test } from 'tap';
import { keyOnCommandLine } from '../helpers/keys.ts';
import { ON_POSTGRES, seededDatabase } from '../helpers/postgres.ts';
import { startServer, temporaryDirectory } from '../helpers/process.ts';
import type { Ask } from './model.ts';
import { asking, runModel } from './model.ts';

test('two workers answer random writes and reads as a plain model does', async (t) => {
  const location = ON_POSTGRES ? await seededDatabase(t) : temporaryDirectory(t);
  const environment = ON_POSTGRES ? { DATABASE_URL: location } : { DATA_DIR: location };
  const server = await startServer(t, { ...environment, WEB_CONCURRENCY: '2' });
  const ask = asking(server.url, keyOnCommandLine(location));
  t.ok((await runModel({ ask, seed: 20_200_525, steps: 400 })) >= 400);

  // Of a service that gives a list once more after it has changed.
  const kept = new Map<string, ReturnType<Ask>>();
  const stale: Ask = (method, path, headers, body) => {
    if (method !== 'GET' || !path.includes('limit=')) return ask(method, path, headers, body);
    const answer = kept.get(path) ?? ask(method, path, headers, body);
    kept.set(path, answer);
    return answer;
  };
  await t.rejects(runModel({ ask: stale, seed: 5, steps: 400 }), /instead of/, 'a stale list is found');

  // Of one that forgets that a record was deleted.
  const forgetful: Ask = async (method, path, headers, body) => {
    const answer = await ask(method, path, headers, body);
    return method === 'GET' && answer.status === 410 ? { ...answer, status: 404 } : answer;
  };
  await t.rejects(
    runModel({ ask: forgetful, seed: 6, steps: 400 }),
    /404 instead of 410/,
    'a forgotten tombstone is found',
  );
});
