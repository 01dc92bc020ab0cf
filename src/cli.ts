import { styleText } from 'node:util';
import { Command } from 'commander';
import { ConfigError, parseConfig } from './config.ts';
import { addKeyCommands } from './ledger/keys/cli.ts';
import { StorageError } from './store/errors.ts';
import { addBackupCommands } from './transfer/backups/backup-commands.ts';
import { addTransferCommands } from './transfer/imports/cli.ts';
import type { PreparedLedger } from './transfer/open-ledger.ts';
import { openLedger } from './transfer/open-ledger.ts';

const program = new Command('forecast-ledger').description(
  'Look after a Forecast Ledger: its database, its records, its backups, its exchange rates and the keys for writing.',
);

program
  .command('migrate')
  .description('bring the database in DATA_DIR to the schema of this version, and its seeds up to date')
  .action(() =>
    withLedger(async ({ migrated, seeded }) => {
      console.log(
        `${migrated} migrations applied; seed files applied: ${seeded.length === 0 ? 'none' : seeded.join(', ')}.`,
      );
    }),
  );

const rates = program.command('rates').description('reference rates of the European Central Bank');

rates
  .command('sync')
  .description('fetch the rates that are missing; corrected days become new revisions, nothing is deleted')
  .option('--full', 'fetch the whole history even where only some days are missing', false)
  .action(({ full }: { full: boolean }) =>
    withLedger(async ({ storage }) => {
      const { syncRates } = await import('./ledger/rates/sync.ts');
      const { createProgress } = await import('./ledger/rates/progress.ts');
      const config = parseConfig(process.env);
      const progress = createProgress(process.stderr);
      try {
        const report = await syncRates(storage, {
          historyUrl: config.RATES_HISTORY_URL,
          seriesUrl: config.RATES_SERIES_URL,
          now: () => new Date(),
          full,
          onProgress: progress.show,
          onRetry: ({ attempt, delayMs, error }) =>
            progress.note(
              `Attempt ${attempt} failed (${error.code}); again in ${Math.round(delayMs / 1000)} s.`,
            ),
        });
        progress.end();
        const { fetched, quotations, added, corrected, quarantined } = report;
        console.log(
          `${fetched}: ${quotations} rates read, ${added} added, ${corrected} corrected, ${quarantined} newly kept out of service.`,
        );
        if (quarantined > 0) console.log('See `rates status` for those kept out, and why.');
      } finally {
        progress.end();
      }
    }),
  );

rates
  .command('status')
  .description('say how old the rates are, how the last fetch went, and which rates are kept out of service')
  .action(() =>
    withLedger(async ({ storage }) => {
      const { listQuarantined, rateFreshness } = await import('./ledger/rates/repository.ts');
      const freshness = await rateFreshness(storage.read, { now: new Date(), asOf: null });
      for (const [name, value] of Object.entries(freshness)) console.log(`${name}: ${value ?? 'none'}`);
      for (const { date, base, quote, rate, reason, comparedWith } of await listQuarantined(storage.read)) {
        console.log(
          `kept out: ${date} ${quote} per ${base} ${rate} (${reason}${comparedWith === null ? '' : `, before it ${comparedWith}`})`,
        );
      }
    }),
  );

addKeyCommands(program, withLedger);
addBackupCommands(program, () => parseConfig(process.env).DATA_DIR);
addTransferCommands(program, withLedger);

/** Runs a command on the ledger in DATA_DIR. */
async function withLedger(action: (ledger: PreparedLedger) => Promise<void>): Promise<void> {
  const ledger = await openLedger(parseConfig(process.env).DATA_DIR);
  try {
    await action(ledger);
  } finally {
    ledger.storage.close();
  }
}

try {
  await program.parseAsync();
} catch (error) {
  const { isSystemError } = await import('./serve.ts');
  const { RateSourceError } = await import('./ledger/rates/errors.ts');
  const { KeyError } = await import('./ledger/keys/errors.ts');
  const { CommandError } = await import('./transfer/imports/command.ts');
  const { storageFailureOf } = await import('./store/failures.ts');
  if (
    !(
      error instanceof ConfigError ||
      error instanceof StorageError ||
      error instanceof RateSourceError ||
      error instanceof KeyError ||
      error instanceof CommandError ||
      isSystemError(error) ||
      (error instanceof Error && storageFailureOf(error) !== null)
    )
  )
    throw error;
  console.error(styleText('red', error.message));
  process.exitCode = 1;
}
