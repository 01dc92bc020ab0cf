import { test } from 'tap';
import { NameMatcher } from '../../../src/domain/text/name-matcher.ts';

function named(kind: string, id: string, called: string, isProper = false) {
  return { kind, id, called, nameKind: 'name', isProper };
}

const MATCHER = new NameMatcher([
  named('region', 'CN', 'China', true),
  named('forecaster', 'caict', 'China Academy of Information and Communications Technology', true),
  named('forecaster', 'caict', '中国信通院', true),
  named('sector', '5g', '5G'),
  named('sector', '5g', '5G network'),
  named('sector', 'artificial-intelligence', 'AI'),
  named('sector', 'data-centres', 'Data centres'),
  named('region', 'US', 'US', true),
]);

function found(text: string): string[] {
  return MATCHER.mentions(text).map(({ named: { id }, text: printed }) => `${id}: ${printed}`);
}

test('names are found whole, the longest of those that stand in each other', (t) => {
  t.strictSame(found('The China Academy of Information and Communications Technology, in China’s capital'), [
    'caict: China Academy of Information and Communications Technology',
    'CN: China',
  ]);
  t.strictSame(found('5G networks and the 5g phone, not 15G'), ['5g: 5G networks', '5g: 5g']);
  t.strictSame(found('据中国信通院预计'), ['caict: 中国信通院']);
  t.end();
});

test('spelling variants are found; proper names and short ones in capitals as they are written', (t) => {
  t.strictSame(found('a data center and a 数据中心'), [
    'data-centres: data center',
    'data-centres: 数据中心',
  ]);
  t.strictSame(found('AI for us in China, ai and china for the US'), [
    'artificial-intelligence: AI',
    'CN: China',
    'US: US',
  ]);
  t.end();
});

test('places are code points', (t) => {
  const text = '𠮷𠮷 and China';
  const [mention] = MATCHER.mentions(text);
  t.match(mention, { start: 7, end: 12 });
  t.end();
});

test('a text is read in one pass, however its words begin', (t) => {
  const started = process.cpuUsage();
  MATCHER.mentions('China Academy of Information and '.repeat(20_000));
  const { user } = process.cpuUsage(started);
  t.ok(user < 20_000_000, `${user} microseconds`);
  t.end();
});
