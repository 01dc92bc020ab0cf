import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'tap';
import { completeAmount, sameAmount } from '../../../src/domain/money/amount.ts';
import { checkEvidence, readPhrase } from '../../../src/domain/phrase/evidence.ts';
import { SubmittedForecast } from '../../../src/ledger/records/schemas.ts';
import { parseSeedFile } from '../../../src/transfer/seeds/seed-import.ts';

const DOCUMENTS = new URL('../../../../shared/documents/', import.meta.url);
const SEEDS = new URL('../../../seeds/', import.meta.url);

const skip = existsSync(DOCUMENTS) ? false : 'the documents are not on this machine';

test('every located phrase stands at its place in the document and reads back to its amount', {
  skip,
}, async (t) => {
  const texts = new Map<string, string>();
  for (const name of readdirSync(DOCUMENTS)) {
    const bytes = readFileSync(new URL(name, DOCUMENTS));
    texts.set(createHash('sha256').update(bytes).digest('hex'), bytes.toString('utf8'));
  }
  const seeds = parseSeedFile(
    'seed-documents.json',
    readFileSync(new URL('seed-documents.json', SEEDS), 'utf8'),
  );
  const fingerprints = new Map(
    seeds.sources.map(({ id, documentSha256 }) => [id, documentSha256 as string | null]),
  );
  let located = 0;
  for (const forecast of seeds.forecasts.map((row) =>
    SubmittedForecast.parse({ collection: 'any', ...row }),
  )) {
    const documentSha256 = fingerprints.get(forecast.source) ?? null;
    const text = texts.get(documentSha256 ?? '');
    if (text === undefined) throw new Error(`the document of ${forecast.id} is not among the documents`);
    for (const stated of [forecast, ...forecast.statedConversions]) {
      const amount = completeAmount(stated.amount ?? {});
      if (amount === null) throw new Error(`an amount of ${forecast.id} is not whole`);
      const status = stated.evidence.status ?? 'unverified';
      const { phrase, start, end } = stated.evidence;
      checkEvidence({ ...stated.evidence, status, documentSha256, url: null }, amount);
      if (status === 'located') t.equal([...text].slice(start ?? 0, end ?? 0).join(''), phrase);
      t.ok(sameAmount(readPhrase(phrase, amount), amount), phrase);
      located += 1;
    }
  }
  t.equal(located, 6);
});
