CREATE TABLE `collections` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`description` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `forecast_relations` (
	`forecast_id` text NOT NULL,
	`revision` integer NOT NULL,
	`kind` text NOT NULL,
	`target_id` text NOT NULL,
	PRIMARY KEY(`forecast_id`, `revision`, `kind`, `target_id`),
	FOREIGN KEY (`forecast_id`,`revision`) REFERENCES `forecasts`(`id`,`revision`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE INDEX `forecast_relations_by_target` ON `forecast_relations` (`target_id`,`kind`);--> statement-breakpoint
CREATE TABLE `forecasts` (
	`id` text NOT NULL,
	`revision` integer NOT NULL,
	`recorded_at` text NOT NULL,
	`superseded_at` text,
	`author` text NOT NULL,
	`reason` text NOT NULL,
	`collection_id` text NOT NULL,
	`forecaster_id` text,
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
	`notes` text,
	PRIMARY KEY(`id`, `revision`),
	FOREIGN KEY (`collection_id`) REFERENCES `collections`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`forecaster_id`) REFERENCES `organisations`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`source_id`) REFERENCES `sources`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`sector_id`) REFERENCES `sectors`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`region_id`) REFERENCES `regions`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`measure_id`) REFERENCES `measures`(`id`) ON UPDATE no action ON DELETE restrict,
	FOREIGN KEY (`scope_id`) REFERENCES `scopes`(`id`) ON UPDATE no action ON DELETE restrict,
	CONSTRAINT "forecasts_revision_positive" CHECK(revision > 0)
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `forecasts_current` ON `forecasts` (`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_published_on` ON `forecasts` (`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_sector` ON `forecasts` (`sector_id`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_forecaster` ON `forecasts` (`forecaster_id`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_source` ON `forecasts` (`source_id`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_measure` ON `forecasts` (`measure_id`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_region` ON `forecasts` (`region_id`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_scope` ON `forecasts` (`scope_id`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_collection` ON `forecasts` (`collection_id`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_confidence` ON `forecasts` (`confidence`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_amount` ON `forecasts` (`amount_currency`,`amount_sort_key`,`id`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `forecasts_by_period` ON `forecasts` (`period_start`,`period_end`,`id`) WHERE superseded_at is null;--> statement-breakpoint
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
	FOREIGN KEY (`country`) REFERENCES `regions`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
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
	`notes` text
) STRICT;
--> statement-breakpoint
CREATE INDEX `sources_by_published_on` ON `sources` (`published_on`,`id`);