import type { SQL } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import {
  check,
  desc,
  foreignKey,
  index,
  integer,
  primaryKey,
  sql,
  sqliteTable,
  text,
  uniqueIndex,
} from '../query.ts';

/*
 * Only `text` and `integer` columns with explicit names, so that the same tables can stand in PostgreSQL. Money is
 * decimal text. Lists that are only ever read with their row are JSON text. Times are ISO 8601 in UTC with
 * milliseconds, dates YYYY-MM-DD: both compare as text.
 */

/** The id of a row of another table, which stays as long as anything refers to it. */
function refersTo(name: string, id: () => SQLiteColumn) {
  return text(name).notNull().references(id, { onDelete: 'restrict' });
}

/** What every entry of the catalogue has. */
function ofEntry() {
  return {
    /** JSON: what else it is called. */
    aliases: text('aliases').notNull().default('[]'),
    /** Of its newest revision. */
    revision: integer('revision').notNull().default(1),
    /** 1 where that is a tombstone: earlier revisions of records may refer to it still. */
    deleted: integer('deleted').notNull().default(0),
  };
}

/** The ledger's own state: `datasetVersion`. */
export const ledgerState = sqliteTable('ledger_state', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});

/** The versions that the ledger has had, each with the time from which it counted. */
export const datasetVersions = sqliteTable('dataset_versions', {
  recordedAt: text('recorded_at').primaryKey(),
  version: text('version').notNull(),
});

/** Which seed files have been applied, by content. */
export const seedFiles = sqliteTable('seed_files', {
  name: text('name').primaryKey(),
  sha256: text('sha256').notNull(),
  appliedAt: text('applied_at').notNull(),
});

/** Countries and areas of ISO 3166-1, their subdivisions, and groups of them. */
export const regions = sqliteTable('regions', {
  id: text('id').primaryKey(),
  /** Null of what is no country. */
  alpha3: text('alpha3'),
  name: text('name').notNull(),
  nameChinese: text('name_chinese'),
  /** JSON: the regions in it, each with the days between which it was, [{ region, from, to }]. */
  members: text('members').notNull().default('[]'),
  ...ofEntry(),
});

/** Bodies that forecast, publish, define or report. */
export const organisations = sqliteTable('organisations', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  originalName: text('original_name'),
  ...ofEntry(),
  kind: text('kind').notNull(),
  country: text('country').references(() => regions.id, { onDelete: 'restrict' }),
  description: text('description'),
  /** When and by whom the ledger was first told of it; null where that was before it kept this. */
  recordedAt: text('recorded_at'),
  author: text('author'),
});

export const measures = sqliteTable('measures', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  ...ofEntry(),
  definition: text('definition').notNull(),
});

/** Whose spending a figure means. */
export const scopes = sqliteTable('scopes', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  ...ofEntry(),
  definition: text('definition').notNull(),
});

/** Documents: what is known of them, and the fingerprint of their text. */
export const sources = sqliteTable(
  'sources',
  {
    id: text('id').primaryKey(),
    title: text('title').notNull(),
    ...ofEntry(),
    publisher: text('publisher').notNull(),
    publishedOn: text('published_on'),
    url: text('url'),
    language: text('language').notNull(),
    documentSha256: text('document_sha256'),
    licence: text('licence'),
    attribution: text('attribution').notNull(),
    /** JSON: the fields which the text itself does not print. */
    supplied: text('supplied').notNull(),
    /** JSON: how the document divides sectors, [{ sector, parts }]. */
    schemes: text('schemes').notNull().default('[]'),
    notes: text('notes'),
    /** When and by whom the ledger was first told of it. */
    recordedAt: text('recorded_at').notNull(),
    author: text('author').notNull(),
  },
  (table) => [
    index('sources_by_published_on').on(table.publishedOn, table.id),
    index('sources_by_title').on(table.title, table.id),
    index('sources_by_publisher').on(table.publisher, table.id),
  ],
);

/** The texts of documents, where a team holds them. */
export const sourceTexts = sqliteTable('source_texts', {
  sourceId: text('source_id')
    .primaryKey()
    .references(() => sources.id, { onDelete: 'restrict' }),
  text: text('text').notNull(),
  /** When the ledger was given it; null where that was before it kept this. */
  recordedAt: text('recorded_at'),
});

/** The taxonomy: a forest. */
export const sectors = sqliteTable(
  'sectors',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    nameChinese: text('name_chinese'),
    ...ofEntry(),
    /** The one under which it is shown. */
    parent: text('parent_id'),
    /** JSON: ids of further sectors that it is a part of. */
    otherParents: text('other_parents').notNull().default('[]'),
    /** JSON: ids of sectors that hold some of its money, and are neither above nor below it. */
    overlapsWith: text('overlaps_with').notNull().default('[]'),
  },
  (table) => [
    foreignKey({ name: 'sectors_parent', columns: [table.parent], foreignColumns: [table.id] }).onDelete(
      'restrict',
    ),
    index('sectors_by_parent').on(table.parent),
  ],
);

/** What a sector means, according to whom, as given in which document. */
export const sectorDefinitions = sqliteTable(
  'sector_definitions',
  {
    sectorId: refersTo('sector_id', () => sectors.id),
    position: integer('position').notNull(),
    text: text('text').notNull(),
    definedBy: text('defined_by').references(() => organisations.id, { onDelete: 'restrict' }),
    source: text('source_id').references(() => sources.id, { onDelete: 'restrict' }),
  },
  (table) => [primaryKey({ columns: [table.sectorId, table.position] })],
);

/**
 * Every revision of every entry of the catalogue, as revisions of records are kept: one counts from `recorded_at` up to, not
 * including, `superseded_at`, and a tombstone never does.
 */
export const entryRevisions = sqliteTable(
  'entry_revisions',
  {
    /** Place in the order in which revisions were written, those of records among them. */
    sequence: integer('sequence').primaryKey(),
    type: text('type').notNull(),
    id: text('id').notNull(),
    revision: integer('revision').notNull(),
    /** 1 for a tombstone. */
    deleted: integer('deleted').notNull().default(0),
    /** JSON: the whole entry, without a document's text. */
    content: text('content').notNull(),
    recordedAt: text('recorded_at').notNull(),
    supersededAt: text('superseded_at'),
    author: text('author').notNull(),
    reason: text('reason').notNull(),
  },
  (table) => [
    uniqueIndex('entry_revisions_revision').on(table.type, table.id, table.revision),
    uniqueIndex('entry_revisions_current').on(table.type, table.id).where(sql`superseded_at is null`),
  ],
);

/**
 * What ledgers of versions before kept of entries for past moments: a sector's parent, a document's own scheme. Read once,
 * where such a ledger is opened or its export put back; see `entryRevisions`.
 */
export const factRevisions = sqliteTable(
  'fact_revisions',
  {
    /** `sectorParent` or `sourceSchemes`. */
    subject: text('subject').notNull(),
    id: text('id').notNull(),
    revision: integer('revision').notNull(),
    /** JSON. */
    value: text('value').notNull(),
    recordedAt: text('recorded_at').notNull(),
    supersededAt: text('superseded_at'),
  },
  (table) => [
    primaryKey({ columns: [table.subject, table.id, table.revision] }),
    uniqueIndex('fact_revisions_current').on(table.subject, table.id).where(sql`superseded_at is null`),
  ],
);

export const collections = sqliteTable('collections', {
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  ...ofEntry(),
  description: text('description').notNull(),
  /** When and by whom it was made; null where that was before the ledger kept this. */
  recordedAt: text('recorded_at'),
  author: text('author'),
});

/** By what an entry of the catalogue is found: a whole name or alias, as it stands in an address, or a word of one. */
export const CATALOGUE_NAME_KINDS = ['name', 'word'] as const;

/** Made from the entries, and made anew with each that is written. */
export const catalogueNames = sqliteTable(
  'catalogue_names',
  {
    /** The table that the entry is in. */
    catalogue: text('catalogue').notNull(),
    kind: text('kind').$type<(typeof CATALOGUE_NAME_KINDS)[number]>().notNull(),
    name: text('name').notNull(),
    entryId: text('entry_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.catalogue, table.kind, table.name, table.entryId] }),
    index('catalogue_names_by_entry').on(table.catalogue, table.entryId),
  ],
);

/** The two kinds of figure that the ledger keeps: what was forecast, and what was reported as realised. */
export const RECORD_KINDS = ['forecast', 'outcome'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/**
 * By what current records that may state the same claim are found: document, sector and figure. `claimLookupOf` in
 * `ledger/records/duplicates.ts` gives the same of a record.
 */
export function claimLookup(
  table: Readonly<Record<'sourceId' | 'sectorId' | 'amountValue' | 'amountLow' | 'amountHigh', SQLiteColumn>>,
): SQL {
  const figure = sql`coalesce(${table.amountValue}, ${table.amountLow}, ${table.amountHigh}, '')`;
  return sql`(${table.sourceId} || ' ' || ${table.sectorId} || ' ' || ${figure})`;
}

/**
 * Every revision of every record. A revision counts from `recorded_at` up to, not including, `superseded_at`; the
 * current one has `superseded_at` null. A tombstone is a revision that never counts: it is superseded as it is
 * recorded, so a deleted record has no current revision.
 */
export const records = sqliteTable(
  'records',
  {
    id: text('id').notNull(),
    revision: integer('revision').notNull(),
    kind: text('kind').$type<RecordKind>().notNull(),
    /**
     * Place in the order in which revisions were written: counts up over the whole ledger. SQLite keeps the rows by it,
     * so every index leads to it, and the full-text index knows a revision by it.
     */
    sequence: integer('sequence').primaryKey(),
    /** 1 for a tombstone. */
    deleted: integer('deleted').notNull().default(0),
    recordedAt: text('recorded_at').notNull(),
    supersededAt: text('superseded_at'),
    author: text('author').notNull(),
    reason: text('reason').notNull(),
    collectionId: refersTo('collection_id', () => collections.id),
    /** Who forecasts, or reports the outcome. */
    organisationId: text('organisation_id').references(() => organisations.id, { onDelete: 'restrict' }),
    /** Through whom an outcome was read, where that is not the reporting body itself. */
    via: text('via'),
    sourceId: refersTo('source_id', () => sources.id),
    sectorId: refersTo('sector_id', () => sectors.id),
    regionId: refersTo('region_id', () => regions.id),
    measureId: refersTo('measure_id', () => measures.id),
    scopeId: refersTo('scope_id', () => scopes.id),
    /** JSON: sector ids. */
    beneficiarySectors: text('beneficiary_sectors').notNull(),
    amountValue: text('amount_value'),
    amountLow: text('amount_low'),
    amountHigh: text('amount_high'),
    amountQualifier: text('amount_qualifier').notNull(),
    amountCurrency: text('amount_currency').notNull(),
    amountAsStated: text('amount_as_stated').notNull(),
    amountInterpretation: text('amount_interpretation'),
    /** 1 where the ends of a range are approximate. */
    amountApproximate: integer('amount_approximate').notNull().default(0),
    /** The value, else the low, else the high bound, padded so that text order is numeric order. */
    amountSortKey: text('amount_sort_key'),
    /** JSON: the document's own conversions, each an amount with its evidence. */
    statedConversions: text('stated_conversions').notNull(),
    periodStart: text('period_start'),
    periodEnd: text('period_end'),
    periodKind: text('period_kind').notNull(),
    periodYears: integer('period_years'),
    periodAsStated: text('period_as_stated'),
    /** JSON: which of the dates are inferred. */
    periodInferred: text('period_inferred').notNull(),
    publishedOn: text('published_on'),
    /** Of a forecast; an outcome has none, and keeps what is given here. */
    stance: text('stance').notNull().default('projection'),
    scenarioName: text('scenario_name'),
    scenarioKind: text('scenario_kind'),
    intervalLow: text('interval_low'),
    intervalHigh: text('interval_high'),
    intervalPercent: text('interval_percent'),
    pricesKind: text('prices_kind').notNull().default('unstated'),
    pricesYear: integer('prices_year'),
    evidencePhrase: text('evidence_phrase').notNull(),
    evidenceStart: integer('evidence_start'),
    evidenceEnd: integer('evidence_end'),
    evidenceDocumentSha256: text('evidence_document_sha256'),
    evidenceUrl: text('evidence_url'),
    evidenceStatus: text('evidence_status').notNull(),
    confidence: text('confidence').notNull(),
    /** JSON: addresses of further pages that state the same. */
    corroboration: text('corroboration').notNull().default('[]'),
    notes: text('notes'),
  },
  (table) => {
    const current = (name: string, ...columns: [SQLiteColumn | SQL, ...(SQLiteColumn | SQL)[]]) =>
      index(`records_by_${name}`)
        .on(table.kind, ...columns, table.supersededAt)
        .where(sql`superseded_at is null`);
    const filtered = {
      sector: table.sectorId,
      organisation: table.organisationId,
      source: table.sourceId,
      measure: table.measureId,
      region: table.regionId,
      scope: table.scopeId,
      collection: table.collectionId,
      confidence: table.confidence,
      qualifier: table.amountQualifier,
      currency: table.amountCurrency,
      stance: table.stance,
      prices: table.pricesKind,
    };
    return [
      uniqueIndex('records_revision').on(table.id, table.revision),
      uniqueIndex('records_current').on(table.id).where(sql`superseded_at is null`),
      // Of the current revisions each list in its default order, newest publication first, under each filter that takes
      // ids, and in the other orders. The last column, always null here, spares a look at the row to see that it is.
      current('id', table.id),
      current('published_on', desc(table.publishedOn), table.id),
      ...Object.entries(filtered).map(([name, column]) =>
        current(name, column, desc(table.publishedOn), table.id),
      ),
      current('amount', table.amountCurrency, table.amountSortKey, table.id),
      current('period_start', table.periodStart, table.id),
      current('period_end', table.periodEnd, table.id),
      current('recorded_at', table.recordedAt, table.id),
      index('records_by_claim').on(claimLookup(table)).where(sql`superseded_at is null`),
      // A search asks of every hit whether it counts and where its record stands in the list; read from the records
      // themselves, which are long, that takes four times as long.
      index('records_found')
        .on(table.sequence, table.kind, table.publishedOn, table.id, table.supersededAt)
        .where(sql`superseded_at is null`),
      // Outcomes are few beside forecasts: whether there is one of a forecast's subject.
      index('records_reported')
        .on(
          table.sectorId,
          table.measureId,
          table.regionId,
          table.scopeId,
          table.amountCurrency,
          table.periodEnd,
        )
        .where(sql`kind = 'outcome' and superseded_at is null`),
      // Few figures are one of several scenarios.
      index('records_with_scenario')
        .on(table.kind, desc(table.publishedOn), table.id, table.supersededAt)
        .where(sql`superseded_at is null and scenario_kind is not null`),
      // Few documents convert their own figures. Revisions that no longer count are in it: a past moment is asked for too.
      index('records_with_conversions').on(table.kind).where(sql`stated_conversions <> '[]'`),
      // What counted at a time and no longer does, for looking back.
      index('records_superseded')
        .on(table.kind, table.supersededAt, table.recordedAt)
        .where(sql`superseded_at is not null`),
      check('records_revision_positive', sql`revision > 0`),
    ];
  },
);

/**
 * The words by which a revision is found, as `domain/search-text.ts` cuts them. Triggers of the migration keep the
 * full-text index `record_texts_index` (SQLite FTS5) in step.
 */
export const recordTexts = sqliteTable('record_texts', {
  /** The revision's. The index knows the row by it. */
  sequence: integer('sequence')
    .primaryKey()
    .references(() => records.sequence, { onDelete: 'restrict' }),
  /** The figure and its phrase. */
  statement: text('statement').notNull(),
  /** Forecaster, sector, measure, region. */
  names: text('names').notNull(),
  /** Title and publisher. */
  document: text('document').notNull(),
  notes: text('notes').notNull(),
});

/**
 * Each revision that is no tombstone as answers show it, written once: see `ledger/records/written.ts`. One that is missing,
 * or in another form than this version's, is made from the revision where it is asked for.
 */
export const recordJson = sqliteTable('record_json', {
  sequence: integer('sequence')
    .primaryKey()
    .references(() => records.sequence, { onDelete: 'restrict' }),
  recordId: text('record_id').notNull(),
  /** The version of the form. */
  form: integer('form').notNull(),
  json: text('json').notNull(),
});

/**
 * What one revision of a record says of another record of its kind: `drives`, `revises`, `alsoStatedIn`, `conflictsWith`.
 * Stated once; the other side (`drivenBy`, `revisedBy`, and the two symmetric ones) is read from here as well.
 */
export const recordRelations = sqliteTable(
  'record_relations',
  {
    recordId: text('record_id').notNull(),
    revision: integer('revision').notNull(),
    kind: text('kind').notNull(),
    targetId: text('target_id').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.recordId, table.revision, table.kind, table.targetId] }),
    foreignKey({
      name: 'record_relations_revision',
      columns: [table.recordId, table.revision],
      foreignColumns: [records.id, records.revision],
    }).onDelete('restrict'),
    index('record_relations_by_target').on(table.targetId, table.kind),
  ],
);

/** ISO 4217 currencies, among them those that have ended. */
export const currencies = sqliteTable('currencies', {
  id: text('id').primaryKey(),
  numeric: text('numeric').notNull(),
  name: text('name').notNull(),
  /** ISO 4217 exponent; null where ISO gives none. */
  minorUnits: integer('minor_units'),
  endedOn: text('ended_on'),
  successor: text('successor'),
  /** JSON: the rate at which another currency replaced it for good, { base, rate, since, law }. */
  irrevocable: text('irrevocable'),
});

/** From when to when a provider sets rates for a currency. */
export const rateSeries = sqliteTable(
  'rate_series',
  {
    provider: text('provider').notNull(),
    base: text('base').notNull(),
    quote: refersTo('quote', () => currencies.id),
    firstDay: text('first_day').notNull(),
    lastDay: text('last_day'),
    /** JSON: spans without rates, [{ from, to }]. */
    gaps: text('gaps').notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.quote] })],
);

/**
 * Every revision of every published rate, never inverted: units of `quote` for one unit of `base`. The current one has
 * `superseded_at` null.
 */
export const rates = sqliteTable(
  'rates',
  {
    provider: text('provider').notNull(),
    base: text('base').notNull(),
    quote: refersTo('quote', () => currencies.id),
    date: text('date').notNull(),
    revision: integer('revision').notNull(),
    /** As published, trailing zeros included. */
    rate: text('rate').notNull(),
    observedAt: text('observed_at').notNull(),
    supersededAt: text('superseded_at'),
  },
  (table) => [
    primaryKey({ columns: [table.provider, table.quote, table.date, table.revision] }),
    index('rates_by_date').on(table.provider, table.date, table.quote).where(sql`superseded_at is null`),
  ],
);

/** Days on which a provider should have published rates, and did not: its whole history leaves them out. */
export const unpublishedDays = sqliteTable(
  'unpublished_days',
  {
    provider: text('provider').notNull(),
    date: text('date').notNull(),
    recordedAt: text('recorded_at').notNull(),
    /** When rates of the day were seen after all. */
    supersededAt: text('superseded_at'),
  },
  (table) => [primaryKey({ columns: [table.provider, table.date, table.recordedAt] })],
);

/** Sums of a calendar year's daily rates: `sum` is exact, the mean is `sum` / `observations`. */
export const rateAverages = sqliteTable(
  'rate_averages',
  {
    provider: text('provider').notNull(),
    base: text('base').notNull(),
    quote: refersTo('quote', () => currencies.id),
    year: integer('year').notNull(),
    firstDay: text('first_day').notNull(),
    lastDay: text('last_day').notNull(),
    observations: integer('observations').notNull(),
    sum: text('sum').notNull(),
    recordedAt: text('recorded_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.quote, table.year] })],
);

/** Rates that a provider stated and that are kept out of service, each with its reason. */
export const rateQuarantine = sqliteTable(
  'rate_quarantine',
  {
    provider: text('provider').notNull(),
    base: text('base').notNull(),
    quote: text('quote').notNull(),
    date: text('date').notNull(),
    rate: text('rate').notNull(),
    reason: text('reason').notNull(),
    comparedWith: text('compared_with'),
    reportedAt: text('reported_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.quote, table.date, table.rate] })],
);

/** How the last fetch from each provider went. */
export const rateSyncs = sqliteTable('rate_syncs', {
  provider: text('provider').primaryKey(),
  attemptedAt: text('attempted_at').notNull(),
  succeededAt: text('succeeded_at'),
  /** Code and data of the last failure, JSON; null when the last attempt succeeded. */
  failure: text('failure'),
});

/** Keys for writing. Of a key only its digest is held. */
export const apiKeys = sqliteTable('api_keys', {
  /** The part of the key by which it is found; no secret. */
  id: text('id').primaryKey(),
  name: text('name').notNull().unique('api_keys_name'),
  scope: text('scope').notNull(),
  /**
   * Where records belong that are sent with it and do not say it. No reference: a key is made before its collection, and
   * a restore replaces the catalogue under it.
   */
  collection: text('collection'),
  /** SHA-256 of the whole key, hexadecimal. */
  sha256: text('sha256').notNull(),
  createdAt: text('created_at').notNull(),
  expiresAt: text('expires_at'),
  revokedAt: text('revoked_at'),
  lastUsedAt: text('last_used_at'),
});

/** Answers to writes that named an `Idempotency-Key`, for as long as they are repeated. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    apiKeyId: refersTo('api_key_id', () => apiKeys.id),
    key: text('key').notNull(),
    /** SHA-256 of method, path and body, hexadecimal. */
    requestSha256: text('request_sha256').notNull(),
    status: integer('status').notNull(),
    /** JSON: the headers that belong to the answer. */
    headers: text('headers').notNull(),
    body: text('body').notNull(),
    createdAt: text('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.apiKeyId, table.key] }),
    index('idempotency_keys_by_created_at').on(table.createdAt),
  ],
);

/** Imports: jobs that bring many records at once. */
export const imports = sqliteTable(
  'imports',
  {
    id: text('id').primaryKey(),
    createdAt: text('created_at').notNull(),
    finishedAt: text('finished_at'),
    author: text('author').notNull(),
    reason: text('reason').notNull(),
    /** `queued`, `reading`, `publishing`, `published`, `checked` (a dry run without fault), `refused`, `failed`. */
    status: text('status').notNull(),
    format: text('format').notNull(),
    dryRun: integer('dry_run').notNull(),
    onError: text('on_error').notNull(),
    /** 1 where claims that others state already are written all the same. */
    allowDuplicate: integer('allow_duplicate').notNull().default(0),
    /** 1 where the file is an export whose whole history is put back. */
    restore: integer('restore').notNull().default(0),
    /** Length of the file; null while it is not known. */
    bytesTotal: integer('bytes_total'),
    bytesRead: integer('bytes_read').notNull().default(0),
    /** JSON: columns that were not read, because the ledger computes them. */
    ignoredColumns: text('ignored_columns').notNull().default('[]'),
    rowsRead: integer('rows_read').notNull(),
    rowsInvalid: integer('rows_invalid').notNull(),
    /** JSON: the first errors, each with row, column, code, message and value. */
    errors: text('errors').notNull(),
    errorCount: integer('error_count').notNull(),
    /** JSON: the first records of which parts were filled in, each with its row, and what that was. */
    filledIn: text('filled_in').notNull().default('[]'),
    /** JSON: how many records were added, revised and left as they were; null until published. */
    result: text('result'),
    /** JSON: code and detail of what ended the job before its time. */
    failure: text('failure'),
    /** How often a process has begun with it. */
    attempts: integer('attempts').notNull().default(0),
  },
  (table) => [
    index('imports_unfinished').on(table.createdAt).where(sql`finished_at is null`),
    index('imports_by_author').on(table.author, table.createdAt, table.id),
  ],
);

/** Rows of an import that were read and are valid, until they are published. */
export const importRows = sqliteTable(
  'import_rows',
  {
    importId: refersTo('import_id', () => imports.id),
    /** Counts from 1; a CSV's header is not counted. */
    row: integer('row').notNull(),
    recordId: text('record_id').notNull(),
    /** JSON: the record as it will be written. */
    content: text('content').notNull(),
    /** Equal for records that may state one claim; null where that makes no difference. */
    claim: text('claim'),
  },
  (table) => [
    primaryKey({ columns: [table.importId, table.row] }),
    uniqueIndex('import_rows_record').on(table.importId, table.recordId),
  ],
);
