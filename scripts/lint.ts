import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

// Biome's own launcher wants every platform's package; the binary itself is all that is needed.
const binary = `@biomejs/cli-${process.platform}-${process.arch}/biome`;
let path: string;
try {
  path = createRequire(import.meta.url).resolve(binary);
} catch {
  console.error(`No lint here: ${binary} is not installed on this platform.`);
  process.exit(1);
}
const { status } = spawnSync(path, ['check', '--error-on-warnings', ...process.argv.slice(2), '.'], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
