import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { measureImport, writeRows } from './suite/importing.ts';
import { quantile } from './suite/processes.ts';

// How long a server takes to import 100,000 rows of NDJSON, from the first byte sent to the last one published, and how
// much memory its process ever has resident; how long reads take meanwhile. Beside it, in the same run, the same rows
// parsed and inserted as they are into one table without indexes: what better-sqlite3 alone needs.

const ROWS = Number(process.argv[2] ?? 100_000);

function bareInsert(file: string, database: string): number {
  const begun = performance.now();
  const sqlite = new BetterSqlite3(database);
  sqlite.pragma('journal_mode = WAL');
  sqlite.exec('create table bare (id text, content text) strict');
  const insert = sqlite.prepare('insert into bare values (?, ?)');
  sqlite.transaction(() => {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line !== '') insert.run((JSON.parse(line) as { id: string }).id, line);
    }
  })();
  sqlite.close();
  return (performance.now() - begun) / 1000;
}

const directory = mkdtempSync(join(tmpdir(), 'forecast-ledger-import-'));
try {
  const file = join(directory, 'rows.ndjson');
  await writeRows(file, ROWS);
  const { status, added, received, checked, finished, processor, reads, ...resident } = await measureImport(
    directory,
    file,
  );
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB resident`;
  console.log(`before: ${megabytes(resident.residentBefore)}`);
  console.log(`received after ${received.toFixed(1)} s, read and checked after ${checked.toFixed(1)} s`);
  console.log(
    `import: ${status}, ${added} rows in ${finished.toFixed(1)} s (${Math.round(ROWS / finished)} rows/s), of which published in ${(finished - checked).toFixed(1)} s; ${processor.toFixed(1)} s of processor time`,
  );
  console.log(`peak: ${megabytes(resident.residentMost)}`);
  console.log(
    `a list meanwhile: median ${quantile(reads, 0.5).toFixed(1)} ms, at most ${Math.max(...reads).toFixed(0)} ms, ${reads.length} times`,
  );
  const bare = bareInsert(file, join(directory, 'bare.sqlite'));
  console.log(
    `bare better-sqlite3 loop (reference): ${bare.toFixed(1)} s (${Math.round(ROWS / bare)} rows/s)`,
  );
} finally {
  rmSync(directory, { recursive: true });
}
