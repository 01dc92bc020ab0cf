import { z } from 'zod';
import type { PictureFormat } from './picture-format.ts';

/** A picture as it is drawn: Scalable Vector Graphics, with its text as text. */
export const svg = {
  name: 'svg',
  mediaType: 'image/svg+xml',
  isText: true,
  write: async (drawing) => Buffer.from(drawing),
  schema: z.string(),
} satisfies PictureFormat & { readonly schema: z.ZodType };
