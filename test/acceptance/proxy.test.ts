import { createServer, request as forward } from 'node:http';
import { connect } from 'node:net';
import { chromium } from 'playwright-core';
import type { Test } from 'tap';
import { test } from 'tap';
import type { ProblemDocument } from '../../src/http/message/problem.ts';
import { CHROMIUM, NO_CHROMIUM } from '../helpers/chromium.ts';
import { freePort, startServer, temporaryDirectory } from '../helpers/process.ts';

const PREFIX = '/ledger';

/** The service behind a proxy that serves it under `/ledger`, and nothing else, and takes that off the path. */
async function startBehindProxy(
  t: Pick<Test, 'after'>,
): Promise<{ readonly url: string; readonly origin: string; readonly direct: string }> {
  const origin = `http://127.0.0.1:${await freePort()}`;
  const url = origin + PREFIX;
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t), PUBLIC_URL: url });
  const proxy = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    if (!(path === PREFIX || path.startsWith(`${PREFIX}/`))) {
      outgoing.writeHead(404, { 'content-type': 'text/plain' }).end('not of the ledger');
      return;
    }
    const { method, headers } = incoming;
    const passed = forward(server.url + (path.slice(PREFIX.length) || '/'), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(Number(new URL(origin).port), '127.0.0.1', resolve));
  t.after(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url, origin, direct: server.url };
}

test('under a path of a public URL, every address that is given leads back', async (t) => {
  const { url, origin, direct } = await startBehindProxy(t);
  for (const page of [`${url}/docs`, `${url}/docs/`]) {
    const html = await (await fetch(page)).text();
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    t.ok(assets.length >= 6, page);
    for (const address of assets) {
      const { status } = await fetch(new URL(address, page));
      t.equal(status, 200, `${page}: ${address}`);
    }
  }
  for (const [path, code] of [
    ['/v1/forecasts?secotr=5g', 'invalidRequest'],
    ['/v1/forcasts', 'routeNotFound'],
    ['/v1/forecasts/%zz', 'malformedUrl'],
    ['/v1/convert?amount=1&from=RUB&to=USD&date=2023-05-25', 'rateAfterSeriesEnd'],
  ] as const) {
    const problem = (await (await fetch(url + path)).json()) as ProblemDocument;
    t.match(problem, { code, type: `/ledger/problems/${code}` });
    t.equal(problem.instance, PREFIX + path.split('?', 1)[0]);
    const kind = (await (await fetch(new URL(problem.type, origin))).json()) as { code: string };
    t.equal(kind.code, code, 'the type leads to its description');
  }
  const posted = (await (await fetch(`${url}/v1/sectors`, { method: 'DELETE' })).json()) as ProblemDocument;
  t.equal(posted.type, '/ledger/problems/methodNotAllowed');
  const list = (await (await fetch(`${url}/v1/forecasts?limit=1`)).json()) as { page: { nextUrl: string } };
  t.ok(list.page.nextUrl.startsWith(`${url}/v1/`), list.page.nextUrl);
  t.equal((await fetch(list.page.nextUrl)).status, 200);

  const socket = connect(Number(new URL(direct).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.write('this is not HTTP\r\n\r\n');
  await new Promise((resolve) => socket.once('close', resolve));
  t.match(answer, '"type":"/ledger/problems/malformedRequest"');
  t.match(answer, '"instance":""', 'what is not HTTP has no path');
});

test('Swagger UI works under a path of a public URL', {
  skip: NO_CHROMIUM,
  timeout: 120_000,
}, async (t) => {
  const { url } = await startBehindProxy(t);
  const browser = await chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(`${url}/docs`);
  await page.locator('#operations-tag-Forecasts').click();
  const operation = page.locator('#operations-Forecasts-listForecasts');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const status = operation.locator('.live-responses-table tbody .response-col_status').first();
  await status.waitFor();
  t.match(await status.textContent(), '200');
  t.match(await operation.locator('.request-url pre').textContent(), `${url}/v1/forecasts`);
  t.strictSame(errors, []);
});
