import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import type { Test } from 'tap';
import { test } from 'tap';
import { ROOT, startServer, temporaryDirectory } from '../helpers/process.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
const skip = CHROMIUM === undefined ? 'there is no Chromium on this machine' : false;
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
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-background-networking'],
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

test('the landing page leads to Swagger UI, whose "Try it out" answers', {
  skip,
  timeout: 120_000,
}, async (t) => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const { page, foreign, errors } = await visit(t, server.url);
  t.equal(await page.title(), 'Forecast Ledger');
  await page.screenshot({ path: join(SCREENSHOTS, 'landing.png') });
  await page.getByRole('link', { name: 'Explore it in Swagger UI' }).click();
  await page.waitForSelector('#operations-Forecasts-listForecasts');

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
  t.match(await answer.textContent(), 'haitong-2020-new-infrastructure-2020');
  const asked = await operation.locator('.request-url pre').textContent();
  t.match(asked, '/v1/forecasts?collection=seed-documents');
  await operation.scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(SCREENSHOTS, 'swagger-ui.png'), fullPage: true });

  t.strictSame(foreign, [], 'nothing is asked of anybody else');
  t.strictSame(errors, [], 'the Content-Security-Policy blocks nothing and no script fails');
});

test('one operation of each group answers as Swagger UI fills it in', {
  skip,
  timeout: 240_000,
}, async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const { page, errors } = await visit(t, `${server.url}/docs`);
  await page.waitForSelector('.opblock');
  const operations = [
    'operations-Forecasts-getForecastConversions',
    'operations-Money-convertAmount',
    'operations-Analysis-getComparison',
    'operations-Catalogue-getSector',
    'operations-Operation-getReadiness',
  ];
  for (const id of operations) {
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
