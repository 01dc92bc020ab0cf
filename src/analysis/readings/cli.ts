import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { buffer } from 'node:stream/consumers';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import type { Store } from '../../store/store.ts';
import type { Means } from './accepting.ts';
import type { Paint } from './describe.ts';
import type { Reading, ReadingBody } from './schemas.ts';

type WithLedger = (action: (ledger: { readonly store: Store }) => Promise<void>) => Promise<void>;

/** Brings rows into the ledger, all or none. */
export type WriteRows = (
  store: Store,
  rows: readonly object[],
) => Promise<{ readonly report: string; readonly isWritten: boolean }>;

interface ReadOptions extends Omit<ReadingBody, 'text'> {
  readonly json: boolean;
  readonly import?: string;
}

/** `read`: the figures of a text, and with `--import` its drafts into the ledger. */
export function addReadingCommand(program: Command, withLedger: WithLedger, writeRows: WriteRows): void {
  program
    .command('read')
    .description('show the sums of money in a text, what they may be of, and what is on record of them')
    .argument('<file>', 'a text in UTF-8; - reads the standard input')
    .option('--language <tag>', 'the language of the text, which decides how its numbers read: en, zh-TW, de')
    .option('--published-on <date>', 'the day of the text, from which "the next five years" count')
    .option('--currency <code>', 'the currency meant where the text leaves it open')
    .option('--region <code>', 'where the text was written: which 元 is meant')
    .option('--json', 'the answer of POST /v1/readings', false)
    .option('--import <collection>', 'ask for each draft, and write those that you take to this collection')
    .option('--source <id>', 'with --import: the id of the document, which is added where there is none')
    .action(async (file: string, options: ReadOptions, command: Command) => {
      const { import: collection, json, source, ...body } = options;
      const asks = collection !== undefined;
      if (asks && (!process.stdin.isTTY || file === '-'))
        command.error('--import asks for each draft, which needs a terminal; --json prints the drafts.');
      if (asks && source === undefined)
        command.error('--import needs --source, the id of the document that the drafts are from.');
      const { ReadingBody } = await import('./schemas.ts');
      const bytes = file === '-' ? await buffer(process.stdin) : readFileSync(file);
      const order = ReadingBody.safeParse({ text: textOf(bytes, command), ...body });
      if (!order.success) {
        const faults = order.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
        return command.error(faults.join('\n'));
      }
      return withLedger(async ({ store }) => {
        const paint: Paint = (style, text) => styleText(style, text, { stream: process.stdout });
        const { reading, isKnown } = await readFrom(store, { ...order.data, source });
        if (json) console.log(JSON.stringify(reading, null, 2));
        else {
          const { describeReading } = await import('./describe.ts');
          console.log(describeReading(reading, paint));
        }
        if (collection === undefined || source === undefined) return;
        const into = { text: order.data.text ?? '', source, collection };
        await importDrafts(store, reading, into, { paint, isKnown }, writeRows);
      });
    });
}

function textOf(bytes: Uint8Array, command: Command): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return command.error('The text is not UTF-8. Save it as UTF-8, and read it again.');
  }
}

async function readFrom(store: Store, { text = '', ...order }: ReadingBody) {
  const [{ readingOf }, { createNames }, { createRateBooks }] = await Promise.all([
    import('./reading.ts'),
    import('./names.ts'),
    import('../../ledger/rates/book.ts'),
  ]);
  return store.snapshot(async (read) => {
    const view = { read, now: () => new Date(), rates: createRateBooks()(read) };
    const names = await createNames()(read, order.language);
    const hrefOf = (id: string): string => `/v1/forecasts/${id}`;
    const { signal } = new AbortController();
    const reading = await readingOf(view, { ...order, text }, { names, hrefOf, signal });
    return { reading, isKnown: (kind: string, id: string) => names.nameOf(kind, id) !== undefined };
  });
}

async function importDrafts(
  store: Store,
  reading: Reading,
  into: { readonly text: string; readonly source: string; readonly collection: string },
  shown: Pick<Means, 'paint' | 'isKnown'>,
  writeRows: WriteRows,
): Promise<void> {
  const { askForDrafts, askForEntries } = await import('./accepting.ts');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const ask = (question: string) => terminal.question(question);
    const say = (text: string): void => console.log(text);
    const drafts = await askForDrafts(reading, into, { ...shown, ask, say });
    if (drafts.length === 0) return console.log('Nothing was written.');
    const entries = await store.snapshot((read) => askForEntries(read, reading, into, ask));
    const { report, isWritten } = await writeRows(store, [...entries, ...drafts]);
    console.log(report);
    if (!isWritten) process.exitCode = 1;
  } finally {
    terminal.close();
  }
}
