import { parse } from 'csv-parse/sync';
import { test } from 'tap';
import type { z } from 'zod';
import type { SeriesAnswer } from '../../../src/analysis/series/schemas.ts';
import { build } from '../../helpers/build.ts';
import { buildForWriting, forecastBody, trillions } from '../../helpers/ledger.ts';

type Answer = z.output<typeof SeriesAnswer>;

test('how a forecast moved, in one currency, with outcomes, flat, as JSON-stat, as published by a day, and as known then', async (t) => {
  const { write, get, request, later } = await buildForWriting(t);
  for (const publishedOn of ['2019-03-06', '2019-11-11', '2020-03-17', '2021-01-08'])
    await write('POST', '/v1/sources', {
      id: `outlook-${publishedOn}`,
      title: `Outlook of ${publishedOn}`,
      ...{ publisher: 'A house', language: 'en', attribution: 'A house', publishedOn },
    });
  const body = (id: string, publishedOn: string, figure: string, more: object = {}) => ({
    ...forecastBody(id, { ...trillions(figure), source: `outlook-${publishedOn}`, scope: 'central-soes' }),
    ...more,
  });
  await write('POST', '/v1/forecasts', body('one', '2019-03-06', '4'));
  await write('POST', '/v1/forecasts', body('two', '2019-11-11', '5', { revises: 'one' }));
  const high = { scenario: { name: 'High case', kind: 'high' } };
  await write('POST', '/v1/forecasts', body('high', '2019-11-11', '7', high));
  const { forecaster: _, beneficiarySectors: __, ...reported } = body('out', '2021-01-08', '3.5');
  await write('POST', '/v1/outcomes', { ...reported, reportedBy: 'ccid' });
  const then = later();
  await write('POST', '/v1/forecasts', body('three', '2020-03-17', '4'));

  const url = '/v1/series?forecaster=haitong-securities&sector=new-infrastructure&scope=central-soes';
  const { data, receipts, meta } = await get<Answer>(url);
  t.equal(receipts, null);
  t.equal(meta.names['haitong-securities'], 'Haitong Securities');
  t.match(data, [
    {
      forecaster: 'haitong-securities',
      scenario: null,
      items: [
        { forecast: 'one', publishedOn: '2019-03-06', change: null, noChangeReason: 'first' },
        {
          forecast: 'two',
          revises: 'one',
          change: { from: 'one', absolute: '1000000000000', percent: '25', approximate: false },
        },
        { forecast: 'three', change: { from: 'two', absolute: '-1000000000000', percent: '-20' } },
      ],
      outcomes: [{ id: 'out', reportedBy: 'ccid', amount: { value: '3500000000000' } }],
      warnings: [],
    },
    { scenario: { kind: 'high' }, items: [{ forecast: 'high', noChangeReason: 'first' }] },
  ]);
  t.equal(data.length, 2);

  const dollars = await get<Answer>(`${url}&convertTo=USD`);
  t.match(dollars.data[0], {
    items: [{ amount: { currency: 'USD' } }, { change: { percent: '25' } }, { change: { percent: '-20' } }],
    outcomes: [{ amount: { currency: 'USD' } }],
    warnings: [{ code: 'mixedRates', forecasts: ['one', 'three', 'two'] }],
  });
  t.strictSame(Object.keys(dollars.receipts ?? {}).sort(), ['high', 'one', 'out', 'three', 'two']);
  t.strictSame((await get<Answer>(`${url}&convertTo=USD&rateBasis=latest`)).data[0]?.warnings, []);

  t.strictSame(
    (await get<Answer>(`${url}&scenario=high`)).data.flatMap(({ items }) =>
      items.map((item) => item.forecast),
    ),
    ['high'],
  );
  t.strictSame((await get<Answer>(`${url}&prices=constant`)).data, []);
  const items = async (more: string) =>
    (await get<Answer>(`${url}${more}`)).data[0]?.items.map(({ forecast }) => forecast);
  t.strictSame(await items(`&knownAsOf=${then}`), ['one', 'two']);
  const published = await get<Answer>(`${url}&publishedAsOf=2019-12-31`);
  t.strictSame(
    published.data[0]?.items.map(({ forecast }) => forecast),
    ['one', 'two'],
  );
  t.strictSame(published.data[0]?.outcomes, [], 'what was reported later was not known');

  const rows = parse((await request(url.replace('?', '.csv?'))).body, { columns: true }) as Record<
    string,
    string
  >[];
  t.match(rows, [
    { role: 'forecast', record: 'one', forecasterName: 'Haitong Securities', noChangeReason: 'first' },
    { record: 'two', changeFrom: 'one', changeAbsolute: '1000000000000', changePercent: '25' },
    { record: 'three', windowStart: '2020-01-01', changePercent: '-20' },
    { role: 'outcome', record: 'out', reportedBy: 'ccid', value: '3500000000000' },
    { role: 'forecast', record: 'high', scenario: 'High case' },
  ]);
  t.match((await get<{ data: object[] }>(`${url}&shape=flat`)).data[1], { changePercent: 25 });
  const stat = (await request(`${url}&format=json-stat`)).json();
  t.match(stat.link.item[0], {
    dimension: { forecast: { category: { label: { one: '2019-03-06', two: '2019-11-11' } } } },
  });
  const width = 5;
  t.strictSame(
    stat.link.item[0].value.filter((_value: unknown, at: number) => at % width === width - 1),
    [null, 25, -20],
  );
});

test('a series is asked of somebody or something, and of what there is', async (t) => {
  const { request, get } = await build(t);
  t.match((await request('/v1/series')).json(), {
    errors: [{ name: 'forecaster', code: 'parameterRequired' }],
  });
  t.match((await request('/v1/series?forecaster=haitong-securitis')).json(), {
    errors: [{ name: 'forecaster', code: 'unknownId', suggestion: 'haitong-securities' }],
  });
  const { data } = await get<Answer>('/v1/series?sector=new-infrastructure');
  t.ok(data.length > 1, 'several subjects are several series');
  const sizes = data.map(({ items }) => (items.length > 1 ? 0 : 1));
  t.strictSame(sizes, sizes.toSorted(), 'those that have moved come first');
});
