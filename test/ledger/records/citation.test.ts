import fc from 'fast-check';
import { test } from 'tap';
import type { Citation } from '../../../src/ledger/records/citation.ts';
import { toBibtex, toCslItem, toRis } from '../../../src/ledger/records/citation.ts';
import { citationInWords, WORDED } from '../../../src/ledger/records/citation-styles.ts';
import { build } from '../../helpers/build.ts';

const ID = 'haitong-2020-new-infrastructure-2020';
const TITLE = '“New Infrastructure” Will Drive China’s Future Industrial Development: Government Work Report';
const URL_CITED =
  'https://www.chinabankingnews.com/2020/05/25/new-infrastructure-will-drive-chinas-future-industrial-development-government-work-report/';
const now = (): Date => new Date('2026-07-08T23:59:59.000Z');

test('a citation in each style', async (t) => {
  const { request } = await build(t, {}, { now });
  const csl = await request(`/v1/forecasts/${ID}/citation`);
  t.match(csl.headers['content-type'], 'application/vnd.citationstyles.csl+json');
  t.match(csl.headers['content-disposition'], `inline; filename="${ID}.json"`);
  t.strictSame(csl.json(), [
    {
      id: ID,
      type: 'webpage',
      title: TITLE,
      author: [{ literal: 'China Banking News' }],
      publisher: 'China Banking News',
      issued: { 'date-parts': [[2020, 5, 25]] },
      accessed: { 'date-parts': [[2026, 7, 8]] },
      URL: URL_CITED,
      language: 'en',
      note: `Haitong Securities: “3 trillion yuan” (Direct investment, New infrastructure). Forecast Ledger record ${ID}, revision 1.`,
    },
  ]);

  const bibtex = await request(`/v1/forecasts/${ID}/citation?style=bibtex`);
  t.match(bibtex.headers['content-type'], 'application/x-bibtex');
  t.equal(bibtex.body.split('\n', 1)[0], `@misc{${ID},`);
  for (const line of [
    `  title = {{${TITLE}}},`,
    '  author = {{China Banking News}},',
    '  date = {2020-05-25},',
    '  month = may,',
    `  url = {${URL_CITED}},`,
    '  urldate = {2026-07-08},',
  ])
    t.ok(bibtex.body.includes(`${line}\n`), line);

  const ris = await request(`/v1/forecasts/${ID}/citation?style=ris`);
  t.match(ris.headers['content-type'], 'application/x-research-info-systems');
  t.match(ris.headers['content-disposition'], '.ris"');
  const lines = ris.body.split('\r\n');
  t.equal(lines[0], 'TY  - ELEC');
  t.strictSame(lines.slice(-2), ['ER  - ', '']);
  for (const line of [
    `TI  - ${TITLE}`,
    'PY  - 2020',
    'DA  - 2020/05/25/',
    'Y2  - 2026/07/08/',
    `UR  - ${URL_CITED}`,
  ])
    t.ok(lines.includes(line), line);
});

test('every record can be cited in every style, also without a date', async (t) => {
  const { get, request } = await build(t);
  const { data } = await get<{ data: { id: string; publishedOn: string | null }[] }>(
    '/v1/forecasts?limit=1000',
  );
  t.ok(data.some(({ publishedOn }) => publishedOn === null));
  for (const { id, publishedOn } of data) {
    const [item] = await get<{ issued?: unknown }[]>(`/v1/forecasts/${id}/citation?style=csl-json`);
    t.equal(item?.issued !== undefined, publishedOn !== null, id);
    for (const style of ['bibtex', 'ris', 'apa', 'chicago', 'gb-t-7714'])
      t.equal(
        (await request(`/v1/forecasts/${id}/citation?style=${style}`)).statusCode,
        200,
        `${id} ${style}`,
      );
  }
});

test('a citation in words, by the style or by the ending of the path', async (t) => {
  const { request } = await build(t, {}, { now });
  const AS = {
    apa: `China Banking News. (2020, May 25). ${TITLE}. ${URL_CITED}\n`,
    chicago: `China Banking News. 2020. “‘New Infrastructure’ Will Drive China’s Future Industrial Development: Government Work Report.” May 25, 2020. ${URL_CITED}.\n`,
    'gb-t-7714': `China Banking News. ${TITLE}[EB/OL]. (2020-05-25). ${URL_CITED}.\n`,
  };
  for (const [style, text] of Object.entries(AS)) {
    const response = await request(`/v1/forecasts/${ID}/citation?style=${style}`);
    t.equal(response.headers['content-type'], 'text/plain; charset=utf-8');
    t.match(response.headers['content-disposition'], `inline; filename="${ID}.txt"`);
    t.equal(response.body, text);
    t.equal((await request(`/v1/forecasts/${ID}/citation.${style}`)).body, text);
  }
  for (const style of ['bibtex', 'ris'])
    t.equal(
      (await request(`/v1/forecasts/${ID}/citation.${style}`)).body,
      (await request(`/v1/forecasts/${ID}/citation?style=${style}`)).body,
    );
});

test('a Chinese document in GB/T 7714, and outcomes too', async (t) => {
  const { request, get } = await build(t, {}, { now });
  const source = 'cinic-2023-01-31-telecom-2022';
  const { data } = await get<{ data: { id: string }[] }>(`/v1/outcomes?source=${source}`);
  const response = await request(`/v1/outcomes/${data[0]?.id}/citation?style=gb-t-7714`);
  t.equal(
    response.body,
    '中国产业经济信息网 (cinic.org.cn). 我国累计建成开通5G基站231.2万个 2022年5G投资1803亿元[EB/OL]. (2023-01-31). http://www.cinic.org.cn/hy/tx/1399235.html.\n',
  );
});

test('in words nothing is made up: no day of access, no date, no author but the publisher', async (t) => {
  const cited: Citation = {
    ...{ id: 'x', title: '标题', publisher: '中国信通院', issued: null, accessed: '2026-07-08' },
    ...{ url: 'https://example.org/a', language: 'zh-Hans', note: 'Not in it' },
  };
  const item = toCslItem(cited);
  t.equal(await citationInWords('apa', item), '中国信通院. (n.d.). 标题. https://example.org/a\n');
  t.equal(await citationInWords('chicago', item), '中国信通院. n.d. “标题.” https://example.org/a.\n');
  t.equal(await citationInWords('gb-t-7714', item), '中国信通院. 标题[EB/OL]. https://example.org/a.\n');
  // A document without an address, by an institution, whose name keeps its capitals.
  const report = toCslItem({
    ...{ ...cited, url: null, language: 'en', issued: '2017-06-13' },
    ...{ title: 'Roads & <b>rails</b> of 2020', publisher: 'Smith and Sons Co., Ltd.' },
  });
  const apa = 'Smith and Sons Co., Ltd. (2017). Roads & <b>rails</b> of 2020.\n';
  t.equal(await citationInWords('apa', report), apa);
  t.equal(
    await citationInWords('gb-t-7714', report),
    'Smith and Sons Co., Ltd. Roads & <b>rails</b> of 2020[Z]. 2017.\n',
  );
  // A style holds nothing of the document before.
  t.equal(await citationInWords('apa', report), apa);
});

test('no text is lost from a citation in words, nor makes a line of its own', async (t) => {
  await fc.assert(
    fc.asyncProperty(citation, fc.constantFrom(...WORDED), async (cited, style) => {
      const words = await citationInWords(style, toCslItem(cited));
      t.match(words, /^[^\n\r\u2028]*\n$/);
      const letters = (some: string): string => some.replace(/[^\p{L}\p{N}<]+/gu, '').toLowerCase();
      t.ok(letters(words).includes(letters(cited.title)), style);
    }),
    { numRuns: 200 },
  );
});

test('an unknown record, style or parameter is refused with a suggestion', async (t) => {
  const { request } = await build(t);
  for (const [url, status, suggestion] of [
    [`/v1/forecasts/${ID}x/citation`, 404, ID],
    [`/v1/forecasts/${ID}/citation?style=bibtx`, 400, 'bibtex'],
    [`/v1/forecasts/${ID}/citation?style=gbt7714`, 400, 'gb-t-7714'],
    [`/v1/forecasts/${ID}/citation?styl=ris`, 400, 'style'],
  ] as const) {
    const response = await request(url);
    t.equal(response.statusCode, status, url);
    t.equal(response.json<{ errors: { suggestion?: string }[] }>().errors[0]?.suggestion, suggestion, url);
  }
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'\\{}~^$&%#_"\n\r\u2028 ,@新ER-'), maxLength: 40 }),
);
const citation: fc.Arbitrary<Citation> = fc.record({
  id: fc.constant('a-b.c'),
  title: text,
  publisher: text,
  issued: fc.constantFrom(null, '2020-05-25'),
  accessed: fc.constant('2026-07-08'),
  url: fc.option(fc.webUrl({ withQueryParameters: true, withFragments: true })),
  language: fc.constant('zh-Hans'),
  note: text,
});

test('no text breaks out of its BibTeX field', async (t) => {
  await fc.assert(
    fc.property(citation, (cited) => {
      const entry = toBibtex(cited);
      const lines = entry.trimEnd().split('\n');
      t.equal(lines.length, toFieldCount(cited) + 2);
      for (const line of lines.slice(1, -1)) {
        const value = /^ {2}[a-z]+ = (.*?),?$/u.exec(line)?.[1] ?? '';
        // Braces balance within the field, and close at its end only.
        let depth = 0;
        for (const [index, character] of [...value].entries()) {
          if (character === '{') depth += 1;
          if (character === '}') depth -= 1;
          t.ok(depth > 0 || index === [...value].length - 1 || /^[a-z]{3}$/.test(value), line);
        }
        t.equal(depth, 0);
        if (!line.startsWith('  url ')) t.notMatch(value, /(?<!\\)[$&%#_]|[~^]/, line);
      }
    }),
  );
});

function toFieldCount({ issued, url }: Citation): number {
  return 6 + (issued === null ? 0 : 3) + (url === null ? 0 : 1);
}

test('no text makes a RIS line of its own, or is lost', async (t) => {
  await fc.assert(
    fc.property(citation, (cited) => {
      const lines = toRis(cited).split('\r\n');
      t.equal(lines.pop(), '');
      for (const line of lines) t.match(line, /^[A-Z][A-Z0-9] {2}- [^\r\n]*$/);
      t.strictSame(
        lines.map((line) => line.slice(0, 2)).filter((tag) => ['TY', 'ER', 'TI', 'N1'].includes(tag)),
        ['TY', 'TI', 'N1', 'ER'],
      );
      t.equal(toCslItem(cited).title, cited.title);
    }),
  );
});

test('special characters in each style', async (t) => {
  const cited: Citation = {
    id: 'x',
    title: '50% & {new} $_#1 ~ \\ 新基建',
    publisher: 'Smith and Sons Co., Ltd.',
    issued: null,
    accessed: '2026-07-08',
    url: 'https://example.org/a_b?c=%20&d={e}#f',
    language: 'zh',
    note: 'one\ntwo',
  };
  const bibtex = toBibtex(cited);
  t.ok(
    bibtex.includes(
      'title = {{50\\% \\& \\textbraceleft{}new\\textbraceright{} \\$\\_\\#1 \\textasciitilde{} \\textbackslash{} 新基建}}',
    ),
  );
  t.ok(bibtex.includes('url = {https://example.org/a_b?c=%20&d=%7Be%7D#f}'));
  t.ok(bibtex.includes('author = {{Smith and Sons Co., Ltd.}}'));
  t.notMatch(bibtex, /date = \{\}|year|month/);
  const ris = toRis(cited);
  t.notMatch(ris, /^(?:AU|PY|DA) /m);
  t.match(ris, 'N1  - one two\r\n');
});
