/** Parameters of a URL that PostgreSQL's own programs know as well, and that are no secret. */
const SHARED_PARAMETERS = ['host', 'port', 'user', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/**
 * Commands for a shell that do with PostgreSQL's own programs what those of the command line do with SQLite. They name the
 * database without its password, which is read from `PGPASSWORD` or `~/.pgpass`.
 * @param file of the backup
 */
export function postgresCommands(url: string, file: string) {
  const database = quoted(withoutPassword(url));
  return {
    backUp: [`pg_dump --format custom --file ${quoted(file)} --dbname ${database}`],
    restore: [
      `pg_restore --no-owner --single-transaction --dbname ${database} ${quoted(file)}`,
      // `pg_restore` leaves the planner without statistics until autovacuum comes by.
      `vacuumdb --analyze-only --dbname ${database}`,
    ],
    check: [
      `pg_amcheck --install-missing --heapallindexed ${database}`,
      // A dump that has it could be restored by superusers only.
      `psql --command 'drop extension amcheck' ${database}`,
    ],
  } as const;
}

function withoutPassword(url: string): string {
  const address = new URL(url);
  address.password = '';
  for (const name of [...address.searchParams.keys()])
    if (!SHARED_PARAMETERS.includes(name)) address.searchParams.delete(name);
  return address.href;
}

/** A word for a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
