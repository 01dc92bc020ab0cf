import { existsSync } from 'node:fs';

/** Where Chromium is; undefined where there is none. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => existsSync(path),
);

/** What a test says that is skipped; false where there is one. */
export const NO_CHROMIUM = CHROMIUM === undefined ? 'there is no Chromium on this machine' : false;

export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
];
