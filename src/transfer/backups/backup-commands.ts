import type { Command } from 'commander';
import { createProgressBar } from '../../ledger/progress-bar.ts';
import type { LedgerSummary } from '../../store/engine.ts';
import { backUp, check, checkDatabase, commandsInstead, restore } from '../../store/engine.ts';
import { StorageError } from '../../store/errors.ts';

const INSTEAD = {
  backUp: 'Back it up',
  restore: 'Put a backup back, into an empty database and with all servers stopped,',
} as const;

export function addBackupCommands(
  program: Command,
  settings: () => {
    readonly DATA_DIR: string;
    readonly DATABASE_URL?: string | undefined;
    readonly CLOCK_TOLERANCE_MS: number;
  },
): void {
  /** Of a ledger in a database, the database's own programs make backups and put them back. */
  const dataDirectory = (action: keyof typeof INSTEAD, file: string): string => {
    const { DATA_DIR, DATABASE_URL } = settings();
    const commands = DATABASE_URL === undefined ? null : commandsInstead(DATABASE_URL, file);
    if (commands === null) return DATA_DIR;
    throw new StorageError(
      'backupRefused',
      [
        `The ledger is in PostgreSQL. ${INSTEAD[action]} with (password from PGPASSWORD or ~/.pgpass):`,
        ...commands[action].map((command) => `  ${command}`),
      ].join('\n'),
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
        const summary = await backUp(dataDirectory('backUp', file), file, {
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
        dataDirectory('restore', file),
        file,
        new Date(),
      );
      print(ledger, summary);
      if (replaced !== null) console.log(`The ledger that was there is now ${replaced}.`);
    });

  program
    .command('check')
    .description('read all of a ledger, or of a backup, and say whether it is sound; writes nothing')
    .argument('[file]', 'a backup; without it the ledger in DATA_DIR or DATABASE_URL')
    .action(async (given: string | undefined) => {
      const { DATA_DIR, DATABASE_URL, CLOCK_TOLERANCE_MS: toleranceMs } = settings();
      if (given === undefined && DATABASE_URL !== undefined) {
        const { address, records, revisions, datasetVersion } = await checkDatabase(
          DATABASE_URL,
          console.error,
        );
        console.log(
          `${address} is sound: ${records} records, ${revisions} revisions, dataset ${datasetVersion}.`,
        );
        console.log('Its files and indexes are checked, as a superuser, by:');
        for (const command of commandsInstead(DATABASE_URL, '')?.check ?? []) console.log(`  ${command}`);
        return;
      }
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
