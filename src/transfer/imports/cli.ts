import type { Command } from 'commander';
import { Option } from 'commander';
import type { PreparedLedger } from '../open-ledger.ts';
import type { ImportCommand } from './command.ts';

type WithLedger = (action: (ledger: PreparedLedger) => Promise<void>) => Promise<void>;

/** `import` and `export`: the whole ledger, or many records, in and out. */
export function addTransferCommands(program: Command, withLedger: WithLedger): void {
  program
    .command('import')
    .description('check a file of records, or an export, and with --commit bring it into the ledger')
    .argument('<file>', 'a CSV, NDJSON or JSON file; - reads the standard input')
    .option('--commit', 'write; without it everything is only checked', false)
    .option('--no-dry-run', 'the same as --commit')
    .addOption(new Option('--format <format>', 'what the file is').choices(['csv', 'ndjson', 'json']))
    .addOption(
      new Option('--on-error <action>', 'refuse: one wrong row, and nothing is written; skip: the others are')
        .choices(['refuse', 'skip'])
        .default('refuse'),
    )
    .option('--restore', 'put the whole history of an export back, into a ledger not written to yet', false)
    .option('--reason <text>', 'why; it stands at every revision', 'import')
    .option('--author <name>', 'who; it stands at every revision', 'command line')
    .action(
      (
        file: string,
        { commit, dryRun, ...options }: Omit<ImportCommand, 'file'> & { readonly dryRun: boolean },
      ) =>
        withLedger(async ({ storage }) => {
          const { describeImport, importFile } = await import('./command.ts');
          const job = await importFile(
            storage,
            { ...options, format: options.format, file, commit: commit || !dryRun },
            { stdin: process.stdin, stderr: process.stderr },
          );
          console.log(describeImport(job));
          if (job.errorCount > 0 || job.status === 'failed') process.exitCode = 1;
        }),
    );

  program
    .command('export')
    .description('write every record with all its revisions, and the catalogue, as NDJSON')
    .argument('[file]', 'where to; without it, the standard output')
    .option('--no-texts', 'leave the texts of documents out')
    .action((file: string | undefined, { texts }: { texts: boolean }) =>
      withLedger(async ({ storage }) => {
        const { exportFile } = await import('../exports/command.ts');
        await exportFile(storage, file ?? process.stdout, { now: new Date(), texts });
      }),
    );
}
