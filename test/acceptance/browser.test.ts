import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { Test } from 'tap';
import { test } from 'tap';
import { z } from 'zod';
import { authorOf, requireKey } from '../../src/http/auth.ts';
import { answerOnce } from '../../src/http/idempotency.ts';
import { operation } from '../../src/http/openapi/openapi.ts';
import type { RouteContext } from '../../src/ledger/context.ts';
import { build } from '../helpers/build.ts';
import { CHROMIUM, CHROMIUM_ARGUMENTS, NO_CHROMIUM } from '../helpers/chromium.ts';
import { makeKey } from '../helpers/keys.ts';
import { ROOT, startServer, temporaryDirectory } from '../helpers/process.ts';

const skip = NO_CHROMIUM;
const SCREENSHOTS = join(ROOT, '.tap', 'screenshots');

interface Visit {
  readonly page: Page;
  /** What the page asked of anybody but the service itself. */
  readonly foreign: readonly string[];
  /** Errors of the console, among them what the Content-Security-Policy blocked. */
  readonly errors: readonly string[];
}

async function visit(t: Pick<Test, 'after'>, url: string): Promise<Visit> {
  const browser: Browser = await chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    args: [...CHROMIUM_ARGUMENTS],
  });
  t.after(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
  const foreign: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(new URL(url).origin) && !asked.startsWith('data:')) foreign.push(asked);
  });
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  return { page, foreign, errors };
}

/** Opens the group of operations of a tag. */
async function openTag(page: Page, tag: string): Promise<void> {
  await page.locator(`#operations-tag-${tag}`).click();
}

test('the landing page leads to Swagger UI, whose "Try it out" answers', {
  skip,
  timeout: 120_000,
}, async (t) => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const { page, foreign, errors } = await visit(t, server.url);
  t.equal(await page.title(), 'Forecast Ledger');
  await page.screenshot({ path: join(SCREENSHOTS, 'landing.png') });
  await page.getByRole('main').getByRole('link', { name: 'Swagger UI' }).last().click();
  await page.waitForSelector('.opblock-tag');
  const height = await page.evaluate('document.documentElement.scrollHeight');
  t.ok(Number(height) < 2800, `opens short: ${height} pixels`);
  await page.screenshot({ path: join(SCREENSHOTS, 'swagger-ui-opened.png') });
  const logo = Buffer.from(
    String(await page.locator('.topbar img').getAttribute('src')).split(',')[1] ?? '',
    'base64',
  );
  t.match(logo.toString(), />Forecast Ledger</, 'the name of the service, no logo of the framework');
  await openTag(page, 'Forecasts');

  const operation = page.locator('#operations-Forecasts-listForecasts');
  await operation.locator('.opblock-summary-control').click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  const answer = operation.locator('.live-responses-table .response-col_description .highlight-code').first();
  await answer.waitFor();
  const status = await operation
    .locator('.live-responses-table tbody .response-col_status')
    .first()
    .textContent();
  t.match(status, '200');
  t.match(await answer.textContent(), '"count": 156');
  const asked = await operation.locator('.request-url pre').textContent();
  t.match(asked, '/v1/forecasts?limit=10&count=exact');
  await operation.scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(SCREENSHOTS, 'swagger-ui.png'), fullPage: true });
  await page.locator('.topbar').getByRole('link', { name: 'Forecast Ledger' }).click();
  await page.waitForURL(`${server.url}/`);

  t.strictSame(foreign, [], 'nothing is asked of anybody else');
  t.strictSame(errors, [], 'the Content-Security-Policy blocks nothing and no script fails');
});

test('one operation of each group answers as Swagger UI fills it in', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const { page, errors } = await visit(t, `${server.url}/docs`);
  const operations = [
    'operations-Forecasts-getForecastConversions',
    'operations-Money-convertAmount',
    'operations-Analysis-getComparison',
    'operations-Catalogue-getSector',
    'operations-Operation-getReadiness',
  ];
  for (const id of operations) {
    await openTag(page, id.split('-')[1] ?? '');
    const operation = page.locator(`[id="${id}"]`);
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Execute' }).click();
    const status = operation.locator('.live-responses-table tbody .response-col_status').first();
    await status.waitFor();
    t.match(await status.textContent(), '200', id);
    await operation.locator('.opblock-summary-control').click();
  }
  t.strictSame(errors, []);
});

/** A route that needs a key, for a service whose own are another test's matter. */
function registerNotes(app: FastifyInstance, context: RouteContext): void {
  const schema = operation({
    operationId: 'createNote',
    tag: 'Catalogue',
    summary: 'Adds a note',
    body: z.strictObject({ text: z.string().meta({ examples: ['a note'] }) }),
    response: z.object({ author: z.string() }),
    status: 201,
    responseDescription: 'Added.',
    key: 'write',
    idempotent: true,
  });
  app.post('/v1/notes', { schema, onRequest: requireKey(context, 'write') }, (request, reply) =>
    answerOnce(context, request, reply, async () => ({
      status: 201,
      body: { author: authorOf(request).name },
    })),
  );
}

test('Swagger UI takes a key with Authorize and sends it with what needs one', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const { app, store } = await build(t, {}, { furtherRoutes: registerNotes });
  const key = await makeKey({ store });
  const { page, errors } = await visit(t, `${await app.listen({ host: '127.0.0.1', port: 0 })}/docs`);
  const sent: (string | undefined)[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/v1/')) sent.push(request.headers().authorization);
  });
  const execute = async (id: string): Promise<{ status: string | null; body: string | null }> => {
    const shown = page.locator(`[id="${id}"]`);
    const button = shown.getByRole('button', { name: 'Execute' });
    if (!(await button.isVisible())) await shown.locator('.opblock-summary-control').click();
    const answered = page.waitForResponse((response) => response.url().includes('/v1/'));
    await button.click();
    await answered;
    const live = shown.locator('.live-responses-table tbody');
    await live.locator('.response-col_description .highlight-code').first().waitFor();
    return {
      status: await live.locator('.response-col_status').first().textContent(),
      body: await live.locator('.response-col_description .highlight-code').first().textContent(),
    };
  };
  const authorize = async (text: string): Promise<void> => {
    await page.locator('.auth-wrapper .authorize').first().click();
    const dialog = page.locator('.dialog-ux .modal-ux');
    await dialog.waitFor();
    const logout = dialog.getByRole('button', { name: 'Remove authorization' });
    if (await logout.isVisible()) await logout.click();
    await dialog.locator('input').fill(text);
    await dialog.getByRole('button', { name: 'Apply credentials' }).click();
    await page.screenshot({ path: join(SCREENSHOTS, 'swagger-ui-authorize.png') });
    await dialog.getByRole('button', { name: 'Close' }).first().click();
  };
  mkdirSync(SCREENSHOTS, { recursive: true });
  const note = 'operations-Catalogue-createNote';
  await openTag(page, 'Catalogue');
  await page.waitForSelector(`[id="${note}"]`);

  const without = await execute(note);
  t.match(without.status, '401');
  t.match(without.body, 'keyRequired');
  await authorize('fl_000000000000_wrong');
  t.match((await execute(note)).body, 'keyInvalid');
  await authorize(key.text);
  const done = await execute(note);
  t.match(done.status, '201');
  t.match(done.body, 'write key');
  t.match((await execute('operations-Catalogue-listSectors')).status, '200');
  t.strictSame(
    sent,
    [undefined, 'Bearer fl_000000000000_wrong', `Bearer ${key.text}`, undefined],
    'the key goes with what needs one, and with nothing else',
  );
  t.strictSame(
    errors.filter((error) => !/status of 401/.test(error)),
    [],
  );
});
