CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`scope` text NOT NULL,
	`sha256` text NOT NULL,
	`created_at` text NOT NULL,
	`expires_at` text,
	`revoked_at` text,
	`last_used_at` text
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_name` ON `api_keys` (`name`);--> statement-breakpoint
CREATE TABLE `collections` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL,
	`recorded_at` text,
	`author` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `currencies` (
	`id` text PRIMARY KEY NOT NULL,
	`numeric` text NOT NULL,
	`name` text NOT NULL,
	`minor_units` integer,
	`ended_on` text,
	`successor` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `fact_revisions` (
	`subject` text NOT NULL,
	`id` text NOT NULL,
	`revision` integer NOT NULL,
	`value` text NOT NULL,
	`recorded_at` text NOT NULL,
	`superseded_at` text,
	PRIMARY KEY(`subject`, `id`, `revision`)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `fact_revisions_current` ON `fact_revisions` (`subject`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`api_key_id` text NOT NULL,
	`key` text NOT NULL,
	`request_sha256` text NOT NULL,
	`status` integer NOT NULL,
	`headers` text NOT NULL,
	`body` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`api_key_id`, `key`),
	FOREIGN KEY (`api_key_id`) REFERENCES `api_keys`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_created_at` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `import_rows` (
	`import_id` text NOT NULL,
	`row` integer NOT NULL,
	`record_id` text NOT NULL,
	`content` text NOT NULL,
	PRIMARY KEY(`import_id`, `row`),
	FOREIGN KEY (`import_id`) REFERENCES `imports`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `import_rows_record` ON `import_rows` (`import_id`,`record_id`);--> statement-breakpoint
CREATE TABLE `imports` (
	`id` text PRIMARY KEY NOT NULL,
	`created_at` text NOT NULL,
	`finished_at` text,
	`author` text NOT NULL,
	`reason` text NOT NULL,
	`status` text NOT NULL,
	`format` text NOT NULL,
	`dry_run` integer NOT NULL,
	`on_error` text NOT NULL,
	`restore` integer DEFAULT 0 NOT NULL,
	`bytes_total` integer,
	`bytes_read` integer DEFAULT 0 NOT NULL,
	`ignored_columns` text DEFAULT '[]' NOT NULL,
	`rows_read` integer NOT NULL,
	`rows_invalid` integer NOT NULL,
	`errors` text NOT NULL,
	`error_count` integer NOT NULL,
	`result` text,
	`failure` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `ledger_state` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `measures` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`definition` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `organisations` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`original_name` text,
	`kind` text NOT NULL,
	`country` text,
	`description` text,
	`recorded_at` text,
	`author` text,
	FOREIGN KEY (`country`) REFERENCES `regions`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_averages` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`year` integer NOT NULL,
	`first_day` text NOT NULL,
	`last_day` text NOT NULL,
	`observations` integer NOT NULL,
	`sum` text NOT NULL,
	`recorded_at` text NOT NULL,
	PRIMARY KEY(`provider`, `quote`, `year`),
	FOREIGN KEY (`quote`) REFERENCES `currencies`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_quarantine` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`date` text NOT NULL,
	`rate` text NOT NULL,
	`reason` text NOT NULL,
	`compared_with` text,
	`reported_at` text NOT NULL,
	PRIMARY KEY(`provider`, `quote`, `date`, `rate`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_series` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`first_day` text NOT NULL,
	`last_day` text,
	`gaps` text NOT NULL,
	PRIMARY KEY(`provider`, `quote`),
	FOREIGN KEY (`quote`) REFERENCES `currencies`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_syncs` (
	`provider` text PRIMARY KEY NOT NULL,
	`attempted_at` text NOT NULL,
	`succeeded_at` text,
	`failure` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `rates` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`date` text NOT NULL,
	`revision` integer NOT NULL,
	`rate` text NOT NULL,
	`observed_at` text NOT NULL,
	`superseded_at` text,
	PRIMARY KEY(`provider`, `quote`, `date`, `revision`),
	FOREIGN KEY (`quote`) REFERENCES `currencies`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE INDEX `rates_by_date` ON `rates` (`provider`,`date`,`quote`) WHERE superseded_at is null;--> statement-breakpoint
CREATE TABLE `record_relations` (
	`record_id` text NOT NULL,
	`revision` integer NOT NULL,
	`kind` text NOT NULL,
	`target_id` text NOT NULL,
	PRIMARY KEY(`record_id`, `revision`, `kind`, `target_id`),
	FOREIGN KEY (`record_id`,`revision`) REFERENCES `records`(`id`,`revision`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE INDEX `record_relations_by_target` ON `record_relations` (`target_id`,`kind`);--> statement-breakpoint
CREATE TABLE `record_texts` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`statement` text NOT NULL,
	`names` text NOT NULL,
	`document` text NOT NULL,
	`notes` text NOT NULL,
	FOREIGN KEY (`sequence`) REFERENCES `records`(`sequence`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `records` (
	`id` text NOT NULL,
	`revision` integer NOT NULL,
	`kind` text NOT NULL,
	`sequence` integer PRIMARY KEY NOT NULL,
	`deleted` integer DEFAULT 0 NOT NULL,
	`recorded_at` text NOT NULL,
	`superseded_at` text,
	`author` text NOT NULL,
	`reason` text NOT NULL,
	`collection_id` text NOT NULL,
	`organisation_id` text,
	`via` text,
	`source_id` text NOT NULL,
	`sector_id` text NOT NULL,
	`region_id` text NOT NULL,
	`measure_id` text NOT NULL,
	`scope_id` text NOT NULL,
	`beneficiary_sectors` text NOT NULL,
	`amount_value` text,
	`amount_low` text,
	`amount_high` text,
	`amount_qualifier` text NOT NULL,
	`amount_currency` text NOT NULL,
	`amount_as_stated` text NOT NULL,
	`amount_interpretation` text,
	`amount_sort_key` text,
	`stated_conversions` text NOT NULL,
	`period_start` text,
	`period_end` text,
	`period_kind` text NOT NULL,
	`period_years` integer,
	`period_as_stated` text,
	`period_inferred` text NOT NULL,
	`published_on` text,
	`evidence_phrase` text NOT NULL,
	`evidence_start` integer,
	`evidence_end` integer,
	`evidence_document_sha256` text,
	`evidence_url` text,
	`evidence_status` text NOT NULL,
	`confidence` text NOT NULL,
	`corroboration` text DEFAULT '[]' NOT NULL,
	`notes` text,
	FOREIGN KEY (`collection_id`) REFERENCES `collections`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`organisation_id`) REFERENCES `organisations`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`source_id`) REFERENCES `sources`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`sector_id`) REFERENCES `sectors`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`region_id`) REFERENCES `regions`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`measure_id`) REFERENCES `measures`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`scope_id`) REFERENCES `scopes`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "records_revision_positive" CHECK(revision > 0)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `records_revision` ON `records` (`id`,`revision`);--> statement-breakpoint
CREATE UNIQUE INDEX `records_current` ON `records` (`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_id` ON `records` (`kind`,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_published_on` ON `records` (`kind`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_sector` ON `records` (`kind`,`sector_id`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_organisation` ON `records` (`kind`,`organisation_id`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_source` ON `records` (`kind`,`source_id`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_measure` ON `records` (`kind`,`measure_id`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_region` ON `records` (`kind`,`region_id`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_scope` ON `records` (`kind`,`scope_id`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_collection` ON `records` (`kind`,`collection_id`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_confidence` ON `records` (`kind`,`confidence`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_qualifier` ON `records` (`kind`,`amount_qualifier`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_currency` ON `records` (`kind`,`amount_currency`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_amount` ON `records` (`kind`,`amount_currency`,`amount_sort_key`,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_period_start` ON `records` (`kind`,`period_start`,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_period_end` ON `records` (`kind`,`period_end`,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_recorded_at` ON `records` (`kind`,`recorded_at`,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_found` ON `records` (`sequence`,`kind`,`published_on`,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_with_conversions` ON `records` (`kind`) WHERE stated_conversions <> '[]';--> statement-breakpoint
CREATE INDEX `records_superseded` ON `records` (`kind`,`superseded_at`,`recorded_at`) WHERE superseded_at is not null;--> statement-breakpoint
CREATE TABLE `regions` (
	`id` text PRIMARY KEY NOT NULL,
	`alpha3` text NOT NULL,
	`name` text NOT NULL,
	`name_chinese` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `scopes` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`definition` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `sector_definitions` (
	`sector_id` text NOT NULL,
	`position` integer NOT NULL,
	`text` text NOT NULL,
	`defined_by` text,
	`source_id` text,
	PRIMARY KEY(`sector_id`, `position`),
	FOREIGN KEY (`sector_id`) REFERENCES `sectors`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`defined_by`) REFERENCES `organisations`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`source_id`) REFERENCES `sources`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `sectors` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`name_chinese` text,
	`parent_id` text,
	FOREIGN KEY (`parent_id`) REFERENCES `sectors`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE INDEX `sectors_by_parent` ON `sectors` (`parent_id`);--> statement-breakpoint
CREATE TABLE `seed_files` (
	`name` text PRIMARY KEY NOT NULL,
	`sha256` text NOT NULL,
	`applied_at` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `source_texts` (
	`source_id` text PRIMARY KEY NOT NULL,
	`text` text NOT NULL,
	FOREIGN KEY (`source_id`) REFERENCES `sources`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `sources` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`publisher` text NOT NULL,
	`published_on` text,
	`url` text,
	`language` text NOT NULL,
	`document_sha256` text,
	`licence` text,
	`attribution` text NOT NULL,
	`supplied` text NOT NULL,
	`schemes` text DEFAULT '[]' NOT NULL,
	`notes` text,
	`recorded_at` text NOT NULL,
	`author` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE INDEX `sources_by_published_on` ON `sources` (`published_on`,`id`);--> statement-breakpoint
CREATE INDEX `sources_by_title` ON `sources` (`title`,`id`);--> statement-breakpoint
CREATE INDEX `sources_by_publisher` ON `sources` (`publisher`,`id`);