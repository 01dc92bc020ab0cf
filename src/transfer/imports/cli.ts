import type { Command } from 'commander';
import { Option } from 'commander';
import { createProgressBar } from '../../ledger/progress-bar.ts';
import type { PreparedLedger } from '../open-ledger.ts';
import type { ImportCommand } from './command.ts';

type WithLedger = (
  action: (ledger: PreparedLedger) => Promise<void>,
  options?: { readonly makes?: boolean },
) => Promise<void>;

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
    .option(
      '--allow-duplicate',
      'write claims that another record states already as well, each with the relation to that',
      false,
    )
    .option('--restore', 'put the whole history of an export back, into a ledger not written to yet', false)
    .option('--reason <text>', 'why; it stands at every revision', 'import')
    .option('--author <name>', 'who; it stands at every revision', 'command line')
    .action(
      (
        file: string,
        { commit, dryRun, ...options }: Omit<ImportCommand, 'file'> & { readonly dryRun: boolean },
      ) =>
        withLedger(
          async ({ store }) => {
            const { describeImport, importFile } = await import('./command.ts');
            const bar = createProgressBar('{status} {bar} {percentage}% | {rows} rows, {invalid} wrong');
            const command = { ...options, format: options.format, file, commit: commit || !dryRun };
            const job = await importFile(store, command, process.stdin, (reached, bytesTotal) => {
              const { status, rowsRead: rows, rowsInvalid: invalid } = reached;
              const [done, total] =
                status === 'publishing'
                  ? [reached.rowsPublished, Math.max(rows - invalid, 1)]
                  : [reached.bytesRead, bytesTotal];
              bar.show(done, total, { status, rows, invalid });
            }).finally(bar.end);
            console.log(describeImport(job));
            if (job.errorCount > 0 || job.status === 'failed') process.exitCode = 1;
          },
          { makes: options.restore },
        ),
    );

  program
    .command('export')
    .description('write every record with all its revisions, and the catalogue, as NDJSON')
    .argument('[file]', 'where to; without it, the standard output')
    .option('--no-texts', 'leave the texts of documents out')
    .action((file: string | undefined, { texts }: { texts: boolean }) =>
      withLedger(async ({ store }) => {
        const { exportFile } = await import('../exports/lines.ts');
        await exportFile(store, file ?? process.stdout, { now: new Date(), texts });
      }),
    );
}
