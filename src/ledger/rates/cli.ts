import type { Command } from 'commander';
import type { Store } from '../../store/store.ts';
import type { FetchOptions, ProviderAdapter } from './fetching.ts';
import { PROVIDERS } from './provider.ts';

type WithLedger = (action: (ledger: { readonly store: Store }) => Promise<void>) => Promise<void>;

/** `rates sync`, `rates import` and `rates status`. What they do is loaded when one of them runs. */
export function addRateCommands(
  program: Command,
  withLedger: WithLedger,
  addresses: () => FetchOptions['addresses'],
): void {
  const names = PROVIDERS.map(({ name }) => name).join(', ');
  const rates = program.command('rates').description(`reference rates of the ${names}`);

  rates
    .command('sync')
    .description('fetch the rates that are missing; corrected days become new revisions, nothing is deleted')
    .option('--full', 'fetch the whole history even where only some days are missing', false)
    .action(({ full }: { full: boolean }) =>
      withLedger(async ({ store }) => {
        for (const provider of PROVIDERS) await sync(store, provider, full, addresses());
      }),
    );

  rates
    .command('import')
    .description(
      'bring in the rates of another provider from a CSV file: date,base,quote,rate, with the rate as units of quote for one base; corrected days become new revisions',
    )
    .argument('<file>', 'the CSV file; - reads the standard input')
    .requiredOption('--provider <name>', 'by which `rateProvider` and `/v1/rates?provider=` name the rates')
    .action((file: string, { provider }: { provider: string }) =>
      withLedger(async ({ store }) => {
        const [{ importRates }, { createReadStream }] = await Promise.all([
          import('./file-import.ts'),
          import('node:fs'),
        ]);
        const bytes: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
        const { rows, added, corrected } = await importRates(store, { provider, bytes, now: new Date() });
        console.log(`${provider}: ${rows} rates read, ${added} added, ${corrected} corrected.`);
      }),
    );

  rates
    .command('status')
    .description(
      'say how old the rates are, how the last fetch went, and which rates are kept out of service',
    )
    .action(() =>
      withLedger(async ({ store }) => {
        const { listQuarantined, rateFreshness } = await import('./repository.ts');
        const { importedProviders } = await import('./book.ts');
        await store.snapshot(async (read) => {
          for (const provider of [...PROVIDERS, ...(await importedProviders(read))]) {
            const freshness = await rateFreshness(read, provider, { now: new Date(), asOf: null });
            console.log(provider.name);
            for (const [name, value] of Object.entries(freshness)) console.log(`${name}: ${value ?? 'none'}`);
          }
          for (const { date, base, quote, rate, reason, comparedWith } of await listQuarantined(read)) {
            const before = comparedWith === null ? '' : `, before it ${comparedWith}`;
            console.log(`kept out: ${date} ${quote} per ${base} ${rate} (${reason}${before})`);
          }
        });
      }),
    );
}

async function sync(
  store: Store,
  provider: ProviderAdapter,
  full: boolean,
  addresses: FetchOptions['addresses'],
): Promise<void> {
  const { syncRates } = await import('./sync.ts');
  const { createProgressBar } = await import('../progress-bar.ts');
  const bar = createProgressBar('fetching rates {bar} {percentage}%');
  try {
    const { fetched, quotations, added, corrected, quarantined, unpublishedDays } = await syncRates(
      store,
      provider,
      {
        addresses,
        full,
        now: () => new Date(),
        onProgress: ({ receivedBytes, totalBytes }) => bar.show(receivedBytes, totalBytes),
        onRetry: ({ attempt, delayMs, error }) =>
          bar.note(`Attempt ${attempt} failed (${error.code}); again in ${Math.round(delayMs / 1000)} s.`),
      },
    );
    bar.end();
    console.log(
      `${provider.name}, ${fetched}: ${quotations} rates read, ${added} added, ${corrected} corrected, ${quarantined} newly kept out of service.`,
    );
    if (unpublishedDays > 0)
      console.log(`${unpublishedDays} open days are now known to have no rates: the history skips them.`);
    if (quarantined > 0) console.log('See `rates status` for those kept out, and why.');
  } finally {
    bar.end();
  }
}
