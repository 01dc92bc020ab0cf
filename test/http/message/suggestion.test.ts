import { test } from 'tap';
import { didYouMean } from '../../../src/http/message/suggestion.ts';

test('the nearest allowed word is suggested where it is near enough', async (t) => {
  const words = ['sector', 'source', 'forecaster', 'new-infrastructure', '5g'];
  t.equal(didYouMean('secotr', words), 'sector');
  t.equal(didYouMean('SOURCE', words), 'source');
  t.equal(didYouMean('infrastructure', words), 'new-infrastructure');
  t.equal(didYouMean('zzzzzzzz', words), undefined);
  t.equal(didYouMean('', words), undefined);
  t.equal(didYouMean('anything', []), undefined);
});

test('short words are suggested for each other only where they are the same', (t) => {
  t.equal(didYouMean('ai', ['5g', 'uhv']), undefined);
  t.equal(didYouMean('5G', ['5g', 'uhv']), '5g');
  t.equal(didYouMean('5gg', ['5g', 'uhv']), '5g');
  t.equal(didYouMean('ZZ', ['NZ', 'CZ']), undefined);
  t.end();
});

test('what other services call a parameter leads to its name here', (t) => {
  const parameters = ['cursor', 'limit', 'q', 'sort', 'forecaster', 'publishedTo', 'confidence'];
  for (const [given, meant] of Object.entries({
    page: 'cursor',
    offset: 'cursor',
    search: 'q',
    by: 'forecaster',
    until: 'publishedTo',
    status: 'confidence',
  }))
    t.equal(didYouMean(given, parameters), meant);
  t.equal(didYouMean('by', ['q']), undefined);
  t.equal(didYouMean('constructor', ['q']), undefined);
  t.end();
});
