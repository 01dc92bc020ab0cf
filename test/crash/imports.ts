import { setTimeout as sleep } from 'node:timers/promises';
import { submission } from './submission.ts';

/** Whether the server takes imports. */
export async function importsAreServed(url: string): Promise<boolean> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
    paths: Readonly<Record<string, { readonly post?: object }>>;
  };
  return paths['/v1/imports']?.post !== undefined;
}

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
 * @returns its last status, or `lost` where the server went away before it said so
 */
export async function startImport(
  url: string,
  key: string,
  rows: AsyncIterable<Uint8Array>,
  onStatus: (status: string) => void,
): Promise<string> {
  const authorization = `Bearer ${key}`;
  onStatus('sending');
  try {
    const response = await fetch(`${url}/v1/imports?reason=crash`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-ndjson' },
      body: ReadableStream.from(rows),
      duplex: 'half',
    } as RequestInit);
    if (!response.ok) return `${response.status} ${(await response.text()).slice(0, 300)}`;
    let job = (await response.json()) as ImportJob;
    onStatus(job.data.status);
    while (/^(?:queued|reading|publishing)$/.test(job.data.status)) {
      await sleep(20);
      job = (await (
        await fetch(`${url}/v1/imports/${job.data.id}`, { headers: { authorization } })
      ).json()) as ImportJob;
      onStatus(job.data.status);
    }
    return job.data.status;
  } catch {
    return 'lost';
  }
}
