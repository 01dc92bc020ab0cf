import { registerHooks } from 'node:module';
import { test } from 'tap';

/* What draws is loaded by the first picture: a start is as fast as without. */

const loaded: string[] = [];
registerHooks({
  load: (url, context, next) => {
    loaded.push(url);
    return next(url, context);
  },
});
const isDrawing = (url: string) =>
  /\/pages\/pictures\/(?!pictures\.ts)|\/node_modules\/(?:d3-|piscina|@resvg)|png-painter/.test(url);

test('nothing that draws is loaded before the first picture, nor what paints before the first PNG', async (t) => {
  const { build } = await import('../../helpers/build.ts');
  const { app } = await build(t);
  const drawn = () => loaded.filter(isDrawing).map((url) => url.replace(/.*\/(?=[^/]+\/[^/]+$)/, ''));
  t.equal((await app.inject('/v1/comparisons?sector=5g')).statusCode, 200);
  t.ok(loaded.some((url) => url.endsWith('/src/http/formats/png.ts')));
  t.strictSame(drawn(), []);
  t.equal((await app.inject('/v1/comparisons.svg?sector=5g')).statusCode, 200);
  t.ok(drawn().includes('pictures/comparison.ts'), 'the one that is asked for');
  t.notOk(
    drawn().some((url) => /assessment|track-record|stack|resvg|piscina/.test(url)),
    drawn().join(' '),
  );
  t.equal((await app.inject('/v1/comparisons.png?sector=5g')).statusCode, 200);
  t.ok(drawn().some((url) => url.includes('piscina')));
});
