#!/usr/bin/env node
import { styleText } from 'node:util';
import { Command } from 'commander';
import { addReadingCommand } from './analysis/readings/cli.ts';
import { ConfigError, isSystemError, ledgerOf, parseConfig } from './config.ts';
import { addKeyCommands } from './ledger/keys/cli.ts';
import { KeyError } from './ledger/keys/keys.ts';
import { addRateCommands } from './ledger/rates/cli.ts';
import { RateFileError, RateSourceError } from './ledger/rates/errors.ts';
import { describeClock } from './store/clock.ts';
import { openStore, storageFailureOf } from './store/engine.ts';
import { StorageError } from './store/errors.ts';
import { addBackupCommands } from './transfer/backups/backup-commands.ts';
import { addTransferCommands } from './transfer/imports/cli.ts';
import type { PreparedLedger } from './transfer/open-ledger.ts';
import { openLedger } from './transfer/open-ledger.ts';

const program = new Command('forecast-ledger').description(
  'Serve and look after a Forecast Ledger: its database, its records, its backups, its exchange rates and the keys for writing.',
);

program
  .command('serve')
  .description('serve the ledger over HTTP until a signal comes; the settings are environment variables')
  .action(async () => {
    const { serve } = await import('./serve.ts');
    await serve(process.env, () => undefined);
  });

program
  .command('migrate')
  .description("bring the ledger's database to the schema of this version, and its seeds up to date")
  .action(() =>
    withLedger(async ({ migrated, seeded }) => {
      console.log(
        `${migrated} migrations applied; seed files applied: ${seeded.length === 0 ? 'none' : seeded.join(', ')}.`,
      );
    }),
  );

program
  .command('clock')
  .description('the times under which writes are recorded')
  .command('accept')
  .description('let writes go on although the clock is behind the newest time recorded: times run on from it')
  .requiredOption('--reason <text>', 'what happened; `check` shows it')
  .action(async ({ reason }: { reason: string }) => {
    const { location, options } = ledgerOf(parseConfig(process.env));
    // Without the seeds, which could not be recorded before this.
    const { store, ...opened } = await openStore(location, { ...options, mustExist: true }, (ledger) =>
      ledger.acceptClock(reason),
    );
    tellOpened(opened);
    for (const sentence of describeClock(await store.clock())) console.log(sentence);
    await store.close();
  });

addRateCommands(program, withLedger, () => parseConfig(process.env));
addKeyCommands(program, withLedger);
addBackupCommands(program, () => parseConfig(process.env));
addTransferCommands(program, withLedger);
addReadingCommand(program, withLedger, async (store, rows) => {
  const { importRows } = await import('./transfer/imports/command.ts');
  return importRows(store, rows, 'read from a text');
});

/**
 * Runs a command on the ledger of the settings.
 * @param makes whether it may make one where there is none: otherwise a misspelt DATA_DIR would be an empty ledger
 */
async function withLedger(
  action: (ledger: PreparedLedger) => Promise<void>,
  { makes = false }: { readonly makes?: boolean } = {},
): Promise<void> {
  const { location, options } = ledgerOf(parseConfig(process.env));
  const ledger = await openLedger(location, { ...options, mustExist: !makes });
  tellOpened(ledger);
  try {
    await action(ledger);
  } finally {
    await ledger.store.close();
  }
}

/** On the standard error: the output may go into a file. */
function tellOpened({ place, isNew }: Pick<PreparedLedger, 'place' | 'isNew'>): void {
  console.error(isNew ? `New ledger: ${place}` : `Ledger: ${place}`);
}

try {
  await program.parseAsync();
} catch (error) {
  const { CommandError } = await import('./transfer/imports/command.ts');
  const isTold = [ConfigError, StorageError, RateSourceError, RateFileError, KeyError, CommandError].some(
    (kind) => error instanceof kind,
  );
  if (!(isTold || isSystemError(error) || storageFailureOf(error) !== null)) throw error;
  console.error(styleText('red', (error as Error).message));
  process.exitCode = 1;
}
