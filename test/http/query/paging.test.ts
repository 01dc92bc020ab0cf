import { test } from 'tap';
import type { ProblemDocument } from '../../../src/http/message/problem.ts';
import { build } from '../../helpers/build.ts';

test('what is wrong with fields and sort is told in a sentence', async (t) => {
  const { request } = await build(t);
  const detail = async (query: string) => {
    const answer = await request(`/v1/measures?${query}`);
    t.equal(answer.statusCode, 400, query);
    return answer.json<ProblemDocument>().detail;
  };
  t.equal(
    await detail('fields=nmae'),
    'Query parameter "fields" names "nmae", which is no field of these records. Did you mean "name"?',
  );
  t.equal(
    await detail('fields=zzzzzzzz'),
    'Query parameter "fields" names "zzzzzzzz", which is no field of these records.',
  );
  t.equal(
    await detail('sort=-nmae'),
    'Query parameter "sort" names "nmae", by which this list cannot be sorted; it can be by id, name. Did you mean "name"?',
  );
  t.equal(
    await detail('sort=zzzzzzzz'),
    'Query parameter "sort" names "zzzzzzzz", by which this list cannot be sorted; it can be by id, name.',
  );
  t.equal(await detail('sort=id,-id'), 'Query parameter "sort" names "id" twice.');
});
