#!/bin/sh
# Copies the primary (PGHOST, PGUSER, PGPASSWORD) into PGDATA once, then serves as its replica. Its arguments go to PostgreSQL.
set -e
if [ ! -d "$PGDATA" ]; then
  # A copy that was broken off is begun anew.
  rm -rf "$PGDATA.new"
  pg_basebackup --pgdata="$PGDATA.new" --write-recovery-conf --wal-method=stream --checkpoint=fast
  mv "$PGDATA.new" "$PGDATA"
fi
exec postgres -c hba_file="${HBA_FILE:-/etc/forecast-ledger/pg_hba.conf}" -c hot_standby_feedback=on -c listen_addresses='*' "$@"
