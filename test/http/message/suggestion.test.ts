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
