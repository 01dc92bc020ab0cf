import { test } from 'tap';
import { build } from '../../helpers/build.ts';
import { csv, forecastRow, importer, ndjson } from '../../helpers/imports.ts';

/** UTF-8 that was read as Windows-1252. */
const GARBLED = 'æ–°åŸºå»º';

test('text that was garbled on the way is refused with its column, and sound text is not', async (t) => {
  const app = await build(t);
  const { bring } = await importer(app);
  t.match(await bring('csv', csv([{ id: 'flat-1', notes: GARBLED }])), {
    status: 'refused',
    errorCount: 1,
    errors: [{ row: 1, column: 'notes', code: 'garbledText', value: GARBLED, message: /reads as "新基建"/ }],
  });
  const phrase = { phrase: `${GARBLED} 7 million yuan` };
  const organisation = {
    type: 'organisation',
    id: 'garbled-body',
    name: 'SociÃ©tÃ©',
    originalName: null,
    kind: 'bank',
    country: 'CN',
    description: null,
  };
  const job = await bring(
    'ndjson',
    ndjson([organisation, forecastRow('nested-1', 7, { evidence: phrase, corroboration: [] })]),
  );
  t.match(job.errors, [
    { row: 1, column: 'name', code: 'garbledText', message: /reads as "Société"/ },
    { row: 2, column: 'evidence.phrase', code: 'garbledText' },
  ]);
  for (const [at, notes] of [
    '新基建',
    'Société «CAFÉ»',
    '£5 – 10 %',
    'naïve',
    'Ä°',
    'À la carte',
  ].entries()) {
    const sound = await bring(
      'ndjson',
      ndjson([forecastRow(`sound-${at}`, 20 + at, { notes })]),
      '?dryRun=true',
    );
    const isSound = notes !== 'Ä°';
    t.equal(sound.status, isSound ? 'checked' : 'refused', `${at}: ${JSON.stringify(sound.errors)}`);
  }
});
