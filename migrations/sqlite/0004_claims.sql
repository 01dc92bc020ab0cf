ALTER TABLE `import_rows` ADD `claim` text;--> statement-breakpoint
ALTER TABLE `imports` ADD `allow_duplicate` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `records_by_claim` ON `records` ((`source_id` || ' ' || `sector_id` || ' ' || coalesce(`amount_value`, `amount_low`, `amount_high`, ''))) WHERE superseded_at is null;
