import { randomUUID } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Store } from '../../store/store.ts';
import type { ExportOptions } from './lines.ts';
import { exportLines } from './lines.ts';

/** Writes an export of the ledger as it is now to a file, which is there only when it is whole, or to a stream. */
export async function exportFile(
  store: Store,
  target: string | NodeJS.WritableStream,
  options: ExportOptions,
): Promise<void> {
  await store.snapshot((read) => writeLines(Readable.from(exportLines(read, options)), target));
}

async function writeLines(lines: Readable, target: string | NodeJS.WritableStream): Promise<void> {
  if (typeof target !== 'string') {
    await pipeline(lines, target, { end: false });
    return;
  }
  const unfinished = `${target}.${randomUUID()}.part`;
  try {
    await pipeline(lines, createWriteStream(unfinished, { flags: 'wx', mode: 0o600 }));
    renameSync(unfinished, target);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
