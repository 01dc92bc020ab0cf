import { createWriteStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { bytesOfFile } from '../file-bytes.ts';
import type { Scratch } from '../store.ts';
import { makeDirectory } from './files.ts';

/** Keeps files in a directory, which is made for the first of them. */
export function filesIn(directory: string): Scratch {
  const place = (name: string): string => join(directory, name);
  return {
    write: async (name, bytes) => {
      makeDirectory(directory);
      await pipeline(bytes, createWriteStream(place(name)));
    },
    read: (name) => bytesOfFile(place(name)),
    remove: (name) => rm(place(name), { force: true }),
    names: () =>
      readdir(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return [];
        throw error;
      }),
  };
}
