/** What holds in every ledger beyond structure and references, as SQL that both engines read: rows found are wrong. */
export const LEDGER_RULES: readonly { readonly sql: string; readonly fault: string }[] = [
  {
    sql: 'select id from records group by id having count(*) <> max(revision)',
    fault: 'records lack a revision',
  },
  {
    sql: `select id from records as newest where revision = (select max(revision) from records where id = newest.id)
      and (deleted = 1) = (superseded_at is null)`,
    fault: 'records have a newest revision that does not count, or a deleted one that does',
  },
  {
    sql: `select id from records where deleted = 0 and not exists
      (select 1 from record_texts where record_texts.sequence = records.sequence)`,
    fault: 'revisions are missing from the full-text search',
  },
];
