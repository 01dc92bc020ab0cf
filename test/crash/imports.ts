import { setTimeout as sleep } from 'node:timers/promises';
import { submission } from './submission.ts';

/** The rows of an import, as NDJSON, made as they are read. */
export async function* importRows(number: number, rows: number): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const batch: string[] = [];
  for (let row = 1; row <= rows; row++) {
    batch.push(JSON.stringify(submission(`import-${number}-${row}`, `row ${row}`)));
    if (batch.length === 500 || row === rows) yield encoder.encode(`${batch.splice(0).join('\n')}\n`);
  }
}

interface ImportJob {
  readonly data: { readonly id: string; readonly status: string };
}

/**
 * Sends an import and waits for its end.
 * @param urlOf where the next request goes
 * @param asksAgain whether to go on asking for its end where an answer is lost, because others answer
 * @returns its last status, or `lost` where no server said so
 */
export async function startImport(
  urlOf: () => string,
  key: string,
  rows: AsyncIterable<Uint8Array>,
  onStatus: (status: string) => void,
  asksAgain: boolean,
): Promise<string> {
  const authorization = `Bearer ${key}`;
  onStatus('sending');
  try {
    const response = await fetch(`${urlOf()}/v1/imports?reason=crash`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-ndjson' },
      body: ReadableStream.from(rows),
      duplex: 'half',
    } as RequestInit);
    if (!response.ok) return `${response.status} ${(await response.text()).slice(0, 300)}`;
    let job = (await response.json()) as ImportJob;
    onStatus(job.data.status);
    const { id } = job.data;
    while (!/^(?:published|failed|refused)$/.test(job.data.status)) {
      await sleep(20);
      job = await asked(
        () => fetch(`${urlOf()}/v1/imports/${id}`, { headers: { authorization } }),
        asksAgain,
        job,
      );
      onStatus(job.data.status);
    }
    return job.data.status;
  } catch {
    return 'lost';
  }
}

/** What a server says of a job; what was said before, where none does. */
async function asked(
  ask: () => Promise<Response>,
  asksAgain: boolean,
  before: ImportJob,
): Promise<ImportJob> {
  try {
    const response = await ask();
    if (response.ok || !asksAgain) return (await response.json()) as ImportJob;
  } catch (error) {
    if (!asksAgain) throw error;
  }
  return before;
}
