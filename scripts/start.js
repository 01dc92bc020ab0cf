/*
 * What `npm start` runs, on every system: the server, in this process. It is JavaScript so that the compile cache is on
 * before the first TypeScript file is read (the server's start takes the same processor time as with NODE_COMPILE_CACHE).
 */
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const PARENT_CHECK_MS = 100;

enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/node', import.meta.url)));

// npm passes a signal on to the shell that it runs this in. A shell such as dash ends without passing it on to us, so the
// end of our parent counts as the signal.
if (process.env.npm_lifecycle_event === 'start') {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== shell) process.kill(process.pid, 'SIGTERM');
  }, PARENT_CHECK_MS).unref();
  // A second signal would end the server without finishing what is under way.
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => clearInterval(watch));
}

await import('../src/server.ts');
