import { readFileSync } from 'node:fs';
import { test } from 'tap';
import { START_FLAGS } from '../../bench/suite/processes.ts';

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> };

test('every script runs in a POSIX shell and in the command prompt of Windows', async (t) => {
  for (const [name, command] of Object.entries(scripts)) {
    t.notMatch(command, /(?:^|\s)[A-Za-z_]+=\S/, `${name} sets no variable`);
    t.notMatch(command, /\bexec\b|['$`;|*]/, `${name} needs no shell of its own`);
  }
});

test('npm start, the container and the benchmark run Node with the same flags', async (t) => {
  t.equal(scripts.start, `node ${START_FLAGS.join(' ')} scripts/start.js`);
  t.match(
    read('Dockerfile'),
    `CMD ["node", ${START_FLAGS.map((flag) => `"${flag}"`).join(', ')}, "dist/server.js"]`,
  );
});
