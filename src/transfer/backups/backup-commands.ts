import type { Command } from 'commander';
import { createProgressBar } from '../../ledger/progress-bar.ts';
import type { LedgerSummary } from '../../store/engine.ts';
import { backUp, check, restore } from '../../store/engine.ts';
import { StorageError } from '../../store/errors.ts';

export function addBackupCommands(
  program: Command,
  settings: () => {
    readonly DATA_DIR: string;
    readonly DATABASE_URL?: string | undefined;
    readonly CLOCK_TOLERANCE_MS: number;
  },
): void {
  /** Of a ledger in PostgreSQL, PostgreSQL's own programs make backups and put them back. */
  const dataDirectory = (instead: string): string => {
    const { DATA_DIR, DATABASE_URL } = settings();
    if (DATABASE_URL === undefined) return DATA_DIR;
    throw new StorageError(
      'backupRefused',
      `The ledger is in PostgreSQL: ${instead}. docs/operating.md has the commands.`,
    );
  };
  program
    .command('backup')
    .description('copy the ledger into one file while the server runs, and check the copy')
    .argument('<file>', 'where the copy goes')
    .option('--force', 'replace the file if it exists', false)
    .action(async (file: string, { force }: { force: boolean }) => {
      const bar = createProgressBar('copying {bar} {percentage}% | {value} of {total} pages');
      try {
        const summary = await backUp(dataDirectory('back it up with pg_dump'), file, {
          force,
          onProgress: bar.show,
        });
        bar.end();
        print(file, summary);
      } finally {
        bar.end();
      }
    });

  program
    .command('restore')
    .description('check a backup and put it in the place of the ledger, which is kept under a dated name')
    .argument('<file>', 'a backup')
    .action(async (file: string) => {
      const { replaced, ledger, ...summary } = await restore(
        dataDirectory('put a backup back with pg_restore'),
        file,
        new Date(),
      );
      print(ledger, summary);
      if (replaced !== null) console.log(`The ledger that was there is now ${replaced}.`);
    });

  program
    .command('check')
    .description('read all of a ledger, or of a backup, and say whether it is sound; writes nothing')
    .argument('[file]', 'a backup; without it the ledger in DATA_DIR')
    .action((given: string | undefined) => {
      const { DATA_DIR, CLOCK_TOLERANCE_MS: toleranceMs } = settings();
      if (given === undefined) dataDirectory('check it with pg_amcheck');
      const { file, pending, clock, records, revisions, datasetVersion } = check(
        DATA_DIR,
        given ?? null,
        console.error,
        { toleranceMs },
      );
      console.log(`${file} is sound: ${records} records, ${revisions} revisions, dataset ${datasetVersion}.`);
      if (pending > 0) console.log(`Its next start applies ${pending} migrations.`);
      for (const sentence of clock) console.log(sentence);
    });
}

function print(file: string, { bytes, sha256, records, revisions, datasetVersion }: LedgerSummary): void {
  console.log(`${file}: checked, sound.`);
  for (const [name, value] of Object.entries({ bytes, records, revisions, datasetVersion, sha256 }))
    console.log(`${name}: ${value}`);
}
