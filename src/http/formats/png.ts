import { extname } from 'node:path';
import type { Piscina } from 'piscina';
import { z } from 'zod';
import type { PictureFormat } from './picture-format.ts';

/** A picture for what shows no SVG: slides, chats, mail. One that is asked for twice as wide has twice the detail. */
export const png = {
  name: 'png',
  mediaType: 'image/png',
  isText: false,
  write: async (drawing: string, width: number) => {
    const bytes = await (await painters()).run({ drawing, width }, { name: 'paint' });
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },
  schema: z.unknown(),
} satisfies PictureFormat & { readonly schema: z.ZodType };

interface Order {
  readonly drawing: string;
  readonly width: number;
}

/** So long after the last picture its thread is kept, with its fonts. */
const IDLE_MS = 60_000;

let pool: Promise<Piscina<Order, Uint8Array>> | undefined;

/** One thread beside the one that answers: painting takes some 100 ms, in which lists go on being answered. */
function painters(): Promise<Piscina<Order, Uint8Array>> {
  pool ??= import('piscina').then(({ Piscina }) => {
    const filename = new URL(`./png-painter${extname(import.meta.url)}`, import.meta.url).href;
    return new Piscina<Order, Uint8Array>({ filename, minThreads: 0, maxThreads: 1, idleTimeout: IDLE_MS });
  });
  return pool;
}
