import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createKey } from '../../src/ledger/keys/keys.ts';
import { LEDGER_FILE } from '../../src/store/sqlite/files.ts';
import { openLedger } from '../../src/transfer/open-ledger.ts';
import { forecastBody } from '../../test/helpers/ledger.ts';
import type { Plan, Row } from './measures.ts';
import { keptAgainstBytes, MEBIBYTE, milliseconds, shortReads, smallest } from './measures.ts';
import type { Measured } from './processes.ts';
import { median, quantile, residentBytes, startService, timeOf } from './processes.ts';

const ROWS = 12;
/** What is compared in the pictures: nothing else of the ledger is about it. */
const SUBJECT = { sector: 'new-infrastructure', measure: 'directInvestment', region: 'NZ' };

/** The address of a picture of 12 rows, or of their JSON. @param number tells it from others: none comes from the cache */
function addressOf(url: string, ending: '' | '.svg' | '.png', number: number): string {
  const day = new Date(Date.UTC(1950, 0, 1 + number)).toISOString().slice(0, 10);
  const asked = new URLSearchParams({ ...SUBJECT, periodFrom: '2020-01-01', periodTo: '2020-12-31' });
  return `${url}/v1/comparisons${ending}?${asked}&assumeStart=${day}`;
}

let asked = 0;

async function coldTimes(url: string, ending: '' | '.svg' | '.png', times: number): Promise<number[]> {
  const found: number[] = [];
  for (let time = 0; time < times; time += 1) {
    asked += 1;
    found.push(await timeOf(addressOf(url, ending, asked)));
  }
  return found;
}

/** Asks for pictures, all at once, from a process of its own. @throws Error where one is not answered with 200 */
async function manyAtOnce(url: string, ending: '' | '.svg' | '.png', count: number): Promise<void> {
  const addresses = Array.from({ length: count }, () => {
    asked += 1;
    return addressOf(url, ending, asked);
  });
  const program = `await Promise.all(process.env.ADDRESSES.split(' ').map(async (address) => {
    const answer = await fetch(address);
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(address + ' answered ' + answer.status);
  }))`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, ADDRESSES: addresses.join(' ') },
  });
}

/** A copy of a ledger in which twelve forecasters speak of one subject. */
async function ledgerOfTwelve(directory: string): Promise<string> {
  const own = mkdtempSync(join(tmpdir(), 'forecast-ledger-pictures-'));
  copyFileSync(join(directory, LEDGER_FILE), join(own, LEDGER_FILE));
  const { store } = await openLedger(own);
  const { text } = await store.write((transaction) =>
    createKey(transaction, { name: 'bench', scope: 'write', expiresAt: null }),
  );
  await store.close();
  const service = await startService(own, { LOG_LEVEL: 'warn' });
  const { data } = (await (await fetch(`${service.url}/v1/forecasters?limit=${ROWS}`)).json()) as {
    data: readonly { readonly id: string }[];
  };
  for (const { id: forecaster } of data) {
    const { region } = SUBJECT;
    const answer = await fetch(`${service.url}/v1/forecasts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${text}`, 'content-type': 'application/json' },
      body: JSON.stringify(forecastBody(`pictured-${forecaster}`, { forecaster, region })),
    });
    if (answer.status !== 201) throw new Error(await answer.text());
  }
  const picture = await (await fetch(addressOf(service.url, '.svg', 0))).text();
  await service.stop();
  if (picture.split('data-row=').length - 1 !== ROWS) throw new Error(`not ${ROWS} rows: ${picture}`);
  return own;
}

/** How long short reads take beside many pictures, against without. */
async function besideMany(
  plan: Plan,
  service: Measured,
  ending: '' | '.svg' | '.png',
): Promise<readonly [beside: number, alone: number]> {
  const [beside, alone]: [number[], number[]] = [[], []];
  for (let round = 0; round < plan.rounds; round += 1) {
    const end = performance.now() + plan.load.seconds * 1000;
    alone.push(...(await shortReads(service.url, () => performance.now() > end)));
    let running = true;
    const pictures = manyAtOnce(service.url, ending, 2 * plan.requests).finally(() => {
      running = false;
    });
    beside.push(...(await shortReads(service.url, () => !running)));
    await pictures;
  }
  return [quantile(beside, 0.99), quantile(alone, 0.99)];
}

/** What pictures cost: their time, that of others meanwhile, and memory. */
export async function pictures(plan: Plan): Promise<readonly Row[]> {
  const directory = await ledgerOfTwelve(smallest(plan)[1]);
  const service = await startService(directory, { LOG_LEVEL: 'warn' });
  const { url, pid } = service;
  const times = plan.requests;
  await shortReads(url, (number) => number >= 5 * times);
  await coldTimes(url, '', times);
  const before = residentBytes(pid, 'VmRSS');
  const growth = (): number => (residentBytes(pid, 'VmRSS') - before) / MEBIBYTE;
  const [firstSvg = 0] = await coldTimes(url, '.svg', 1);
  const [firstPng = 0] = await coldTimes(url, '.png', 1);
  const [json, svg, png]: [number[], number[], number[]] = [[], [], []];
  for (let time = 0; time < times; time += 1) {
    json.push(...(await coldTimes(url, '', 1)));
    svg.push(...(await coldTimes(url, '.svg', 1)));
    png.push(...(await coldTimes(url, '.png', 1)));
  }
  const growths = [growth()];
  await coldTimes(url, '.png', 2 * times);
  growths.push(growth());
  const rows: Row[] = [
    ...(
      [
        ['as SVG', median(svg), median(json), 30],
        ['as PNG', median(png), median(json), 200],
        ['as SVG, the first of a process', firstSvg, median(json), undefined],
        ['as PNG, the first of a process', firstPng, median(json), undefined],
      ] as const
    ).map(([what, figure, reference, atMost]) => ({
      measure: `picture of ${ROWS} rows ${what} (ms)`,
      service: milliseconds(figure),
      reference: `${milliseconds(reference)} as JSON`,
      figure,
      ...(atMost === undefined ? {} : { target: { atMost } }),
    })),
    ...growths.map((figure, at) => ({
      measure: `growth of memory after ${at === 0 ? times : 3 * times} pictures as PNG (MiB)`,
      service: `${figure.toFixed(0)} MiB`,
      reference: `of ${(before / MEBIBYTE).toFixed(0)} MiB`,
      figure,
      target: { atMost: 150 },
    })),
  ];
  for (const [ending, what] of [
    ['.svg', 'SVG'],
    ['.png', 'PNG'],
    ['', 'JSON'],
  ] as const) {
    const [beside, alone] = await besideMany(plan, service, ending);
    rows.push({
      measure: `p99 of short reads beside ${2 * times} of them at once as ${what}, against without`,
      service: milliseconds(beside),
      reference: milliseconds(alone),
      figure: beside / alone,
      // The JSON is there to tell what of it is the pictures'.
      ...(ending === '' ? {} : { target: { atMost: 3 } }),
    });
  }
  rows.push(
    ...(await keptAgainstBytes(plan, service, [
      ['cached picture as SVG', addressOf('', '.svg', 0)],
      ['cached picture as PNG', addressOf('', '.png', 0)],
    ])),
  );
  await service.stop();
  rmSync(directory, { recursive: true });
  return rows;
}
