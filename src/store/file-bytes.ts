import { open } from 'node:fs/promises';

/** Files are read in chunks of at most so many bytes. */
export const CHUNK_BYTES = 65_536;

/**
 * A file's bytes, some at a time, always in the same buffer: what is not read before the next are asked for is gone. A
 * stream's buffers, a new one each time, would stay in memory by the dozen megabytes until they are collected. The file
 * is opened when the first bytes are asked for, and closed when no more are.
 */
export async function* bytesOfFile(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file);
  try {
    const buffer = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
