import { test } from 'tap';
import { blocksOf, isShown, runBlocks } from '../helpers/pages.ts';

const fence = '```';
const sh = (text: string): string => `${fence}sh\n${text}\n${fence}\n`;

test('blocks are found with their language, their answer and why they are not tested', async (t) => {
  const page = `${sh('echo 1')}\n${fence}text\n1\n${fence}\n\nProse.\n\n${fence}json\n{}\n${fence}\n\n${sh('# Not tested: needs Docker\ndocker')}`;
  t.match(blocksOf('page', page), [
    { language: 'sh', text: 'echo 1\n', isAnswer: false, untested: null, place: 'page:1' },
    { language: 'text', text: '1\n', isAnswer: true },
    { language: 'json', isAnswer: false },
    { language: 'sh', untested: 'needs Docker' },
  ]);
});

test('a page is run as a reader would run it, and nothing that fails is hidden', async (t) => {
  const page = [
    'ADDRESS=localhost:3000',
    'curl -s $ADDRESS/v1/forecasts/none | cat',
    'curl -s -X DELETE $ADDRESS/v1/forecasts/none -o answer.json; curl -s $ADDRESS/health/live',
    'VALUE=$(curl -s $ADDRESS/health/live | jq -r .status); echo "$VALUE at $ADDRESS"; ls data',
    'curl -s $ADDRESS/health/live | jq -e .absent',
    'echo never',
  ].map(sh);
  const runs = await runBlocks(t, blocksOf('page', page.join('\n')));
  t.strictSame(
    runs.map(({ exitCode, statuses }) => [exitCode, ...[...statuses].sort()].join(' ')),
    ['0', '0 404', '0 200 401', '0 200', '1 200', ''],
    'the shell ends at the first command that fails',
  );
  t.match(
    runs[3]?.stdout,
    /^live at localhost:3000\n[\s\S]*^ledger.sqlite$/m,
    'variables last, and the ledger is a new one',
  );
});

test('an answer is compared as JSON or as text, with … for what differs each time', async (t) => {
  const shown = (language: string, text: string) => {
    const [, answer] = blocksOf('page', `${sh('true')}\n${fence}${language}\n${text}\n${fence}\n`);
    if (answer === undefined) throw new Error('no answer');
    return answer;
  };
  const json = shown('json', '{"id": "…-r1", "n": [1, null]}\n"next"');
  t.ok(isShown(json, '{ "n": [1, null],\n "id": "a-r1" }\n"next"\n'));
  for (const other of [
    '{"id":"a-r2","n":[1,null]}\n"next"',
    '{"id":"a-r1","n":[1]}\n"next"',
    '{"id":"a-r1","n":[1,null],"more":1}\n"next"',
    '{"id":"a-r1","n":[1,null]}',
    'no JSON',
    '',
  ])
    t.notOk(isShown(json, other), other);
  t.ok(isShown(shown('text', 'at …: (done)'), 'at 12:30: (done)\n'));
  t.notOk(isShown(shown('text', 'at …: (done)'), 'at 12:30: (done) not'));
});
