import { get } from 'node:http';

/*
 * A program that takes an answer as fast as it comes and says, as JSON, how many lines it had: a process of its own, so
 * that whoever measures something else meanwhile is not kept busy by it.
 */
const LINE_FEED = 10;
const begun = performance.now();
get(process.argv[2] ?? '', (answer) => {
  let lines = 0;
  answer.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines += 1;
  });
  answer.on('end', () => {
    console.log(JSON.stringify({ lines, seconds: (performance.now() - begun) / 1000 }));
  });
});
