import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { test } from 'tap';
import { CHROMIUM, CHROMIUM_ARGUMENTS, NO_CHROMIUM } from '../helpers/chromium.ts';
import { keyOnCommandLine } from '../helpers/keys.ts';
import { HAITONG } from '../helpers/note.ts';
import { startServer, temporaryDirectory } from '../helpers/process.ts';

const PAGES = [
  '/',
  '/explore?sector=5g&convertTo=USD',
  '/explore?q=zzzz',
  `/forecasts/${HAITONG}?convertTo=USD`,
  '/sectors',
  '/sectors/new-infrastructure?region=CN',
  '/forecasters/caict',
  '/sources/china-banking-news-2020-05-25',
  '/compare?sector=new-infrastructure&measure=directInvestment&region=CN&year=2020',
  '/convert?amount=3000000000000&from=CNY&to=USD&date=2020-05-25',
  '/read',
  '/imports',
  '/forecasters',
  '/sources',
  '/errors',
  '/forecasts/nobody',
  '/nowhere',
];

/** On a wide bright screen in English, on a dark phone in Chinese, and on a bright one in English, whose words are longer. */
const READERS = [
  { viewport: { width: 1280, height: 900 }, colorScheme: 'light', locale: 'en' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'zh-CN' },
  { viewport: { width: 390, height: 844 }, colorScheme: 'light', locale: 'en' },
] as const;

async function launch(): Promise<Browser> {
  return chromium.launch({
    ...(CHROMIUM === undefined ? {} : { executablePath: CHROMIUM }),
    args: [...CHROMIUM_ARGUMENTS],
  });
}

test('no page has a fault of accessibility, or is wider than its screen; no picture is missing', {
  skip: NO_CHROMIUM,
  timeout: 240_000,
}, async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const browser = await launch();
  t.after(() => browser.close());
  for (const reader of READERS) {
    const context = await browser.newContext(reader);
    const page = await context.newPage();
    for (const path of PAGES) {
      const about = `${path}, ${reader.locale}`;
      await page.goto(server.url + path);
      const { violations } = await new AxeBuilder({ page }).analyze();
      t.strictSame(
        violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
        [],
        about,
      );
      const wider = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      t.equal(wider, 0, `${about}: wider than the screen`);
      const broken = await page.evaluate(
        "[...document.images].filter((one) => one.loading !== 'lazy' && one.naturalWidth === 0).map((one) => one.src)",
      );
      t.strictSame(broken, [], about);
    }
    await context.close();
  }
});

/** A forecast of the document `held`. */
const ROW = {
  id: 'sent-on-the-page',
  collection: 'seed-documents',
  forecaster: 'haitong-securities',
  source: 'held',
  sector: '5g',
  region: 'CN',
  measure: 'directInvestment',
  scope: 'national',
  evidence: { phrase: 'will take 60 billion yuan in 2021' },
};

test('a file is checked, told of row by row, published, and its document shown with its figures marked', {
  skip: NO_CHROMIUM,
  timeout: 120_000,
}, async (t) => {
  const directory = temporaryDirectory(t);
  const server = await startServer(t, { DATA_DIR: directory });
  const key = keyOnCommandLine(directory);
  const browser = await launch();
  t.after(() => browser.close());
  const page = await (await browser.newContext({ locale: 'en' })).newPage();
  await page.goto(`${server.url}/imports`);
  const source = {
    type: 'source',
    id: 'held',
    title: 'Held',
    publisher: 'Grid Institute',
    publishedOn: '2021-03-01',
    language: 'en',
    attribution: 'Grid Institute',
    text: '😀 5G will take 60 billion yuan in 2021.',
  };
  const choose = (...rows: readonly object[]) =>
    page.getByLabel('File').setInputFiles({
      name: 'rows.ndjson',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
    });
  const result = page.locator('.import-result');
  const publish = page.getByRole('button', { name: 'Publish' });
  await choose(source, { ...ROW, sector: 'five-g' });
  await page.getByLabel('Key').fill('fl_wrong');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.locator('.import-result.bad').waitFor();
  t.match(await result.textContent(), /key/i, 'the refusal of the key');
  await page.getByLabel('Key').fill(key);
  await page.getByRole('button', { name: 'Check' }).click();
  await result.locator('tbody td').first().waitFor();
  t.match(await result.textContent(), /Refused: nothing was written.*five-g/s);
  t.equal(await publish.isDisabled(), true, 'what is wrong is not published');
  const { violations } = await new AxeBuilder({ page }).analyze();
  t.strictSame(
    violations.map(({ id }) => id),
    [],
  );

  await choose(source, ROW);
  await page.getByRole('button', { name: 'Check' }).click();
  await result.getByText('Everything is right').waitFor();
  t.equal((await fetch(`${server.url}/v1/forecasts/${ROW.id}`)).status, 404, 'nothing is written yet');
  await publish.click();
  await result.getByText('Published').waitFor();
  t.equal((await fetch(`${server.url}/v1/forecasts/${ROW.id}`)).status, 200);

  await page.goto(`${server.url}/sources/held`);
  t.equal(await page.getByLabel('Key').inputValue(), key, 'the key of this tab');
  await page.getByRole('button', { name: 'Show the text' }).click();
  await page.locator('.text mark').waitFor();
  t.strictSame(
    [await page.locator('.text').textContent(), await page.locator('.text mark').allTextContents()],
    [source.text, ['60 billion yuan']],
  );
  t.match(await page.locator('.text mark a').getAttribute('href'), ROW.id);
});

test('a reader without script finds in few steps who said what, and a draft is recorded with one', {
  skip: NO_CHROMIUM,
  timeout: 120_000,
}, async (t) => {
  const server = await startServer(t, { DATA_DIR: temporaryDirectory(t) });
  const browser = await launch();
  t.after(() => browser.close());
  const plain = await (await browser.newContext({ javaScriptEnabled: false, locale: 'en' })).newPage();
  // Who forecast the largest 5G figure for 2025, in US dollars, and its sentence: five steps, of which the last is read.
  await plain.goto(server.url);
  await plain.getByRole('searchbox').fill('5G');
  await plain.locator('select[name=year]').selectOption('2025');
  await plain.locator('select[name=convertTo]').selectOption('USD');
  await plain.locator('select[name=sort]').selectOption('-amount');
  await plain.getByRole('button', { name: 'Search' }).click();
  const asked = 'q=5G&year=2025&convertTo=USD&sort=-amount';
  const list = await fetch(`${server.url}/v1/forecasts?${asked}&limit=1`);
  const { data, meta } = (await list.json()) as {
    data: [{ names: { forecaster: string }; evidence: { phrase: string } }];
    meta: { notCompared: { count: number } };
  };
  const [largest] = data;
  const first = await plain.locator('tbody tr').first().textContent();
  for (const words of [largest.names.forecaster, largest.evidence.phrase, 'USD']) t.match(first, words);
  t.match(
    await plain.locator('main .note').textContent(),
    `${meta.notCompared.count} of them are not converted`,
  );

  // A picture for a slide of who said what for 2020: one step.
  await plain.goto(server.url);
  const slide = plain.getByRole('link', { name: 'picture for a slide' });
  const drawn = await fetch(new URL((await slide.getAttribute('href')) ?? '', server.url));
  t.strictSame([drawn.status, drawn.headers.get('content-type')], [200, 'image/png']);

  // Is it true that Haitong said 10 trillion, and who says otherwise: three steps.
  await plain.getByRole('searchbox').fill('Haitong 10 trillion');
  await plain.getByRole('button', { name: 'Search' }).click();
  await plain.locator('tbody tr td a').first().click();
  await plain.waitForURL(/\/forecasts\//);
  t.match(await plain.locator('blockquote mark').textContent(), /10 trillion/);
  t.match(await plain.locator('main').textContent(), /contradicts\s+CCID Think Tank/);

  const page = await (await browser.newContext({ locale: 'en' })).newPage();
  await page.goto(`${server.url}/read`);
  await page.getByRole('textbox', { name: 'Paste a text' }).fill('5G will take 1.2 trillion yuan by 2025.');
  await page.getByRole('button', { name: 'Read', exact: true }).click();
  await page.locator('form.draft').waitFor({ state: 'attached' });
  await page.locator('summary', { hasText: 'Draft' }).click();
  await page.getByLabel('Key').fill('fl_wrong');
  await page.getByRole('button', { name: 'Record it' }).click();
  // The API's own refusal of the key, in its place.
  await page.locator('output.bad').waitFor();
  t.match(await page.locator('output.bad').textContent(), /key/i);
});
