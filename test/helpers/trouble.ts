import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/**
 * A directory on a file system of its own, in memory, of a size in bytes; unmounted when the test ends.
 * @returns null where this process may not mount one
 */
export function smallDisk(t: Pick<Test, 'after'>, bytes: number): string | null {
  const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', directory]);
  if (mounted.status !== 0) {
    rmSync(directory, { recursive: true });
    return null;
  }
  t.after(() => {
    spawnSync('umount', ['--lazy', directory]);
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** Makes files immutable, even for root, or lifts it. @returns whether the system let it be done */
export function setImmutable(files: readonly string[], immutable: boolean): boolean {
  return spawnSync('chattr', [immutable ? '+i' : '-i', ...files]).status === 0;
}
