import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
  /** What the service is, in one sentence. */
  readonly description: string;
}

const MANIFEST = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
) as Manifest;

/** package.json's version, which is the API's too, and its description, with which every page begins. */
export const { version: VERSION, description: DESCRIPTION } = MANIFEST;
