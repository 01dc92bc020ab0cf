ALTER TABLE `records` ADD `amount_approximate` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `records` ADD `stance` text DEFAULT 'projection' NOT NULL;--> statement-breakpoint
ALTER TABLE `records` ADD `scenario_name` text;--> statement-breakpoint
ALTER TABLE `records` ADD `scenario_kind` text;--> statement-breakpoint
ALTER TABLE `records` ADD `interval_low` text;--> statement-breakpoint
ALTER TABLE `records` ADD `interval_high` text;--> statement-breakpoint
ALTER TABLE `records` ADD `interval_percent` text;--> statement-breakpoint
ALTER TABLE `records` ADD `prices_kind` text DEFAULT 'unstated' NOT NULL;--> statement-breakpoint
ALTER TABLE `records` ADD `prices_year` integer;--> statement-breakpoint
CREATE INDEX `records_by_stance` ON `records` (`kind`,`stance`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_by_prices` ON `records` (`kind`,`prices_kind`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX `records_with_scenario` ON `records` (`kind`,"published_on" desc,`id`,`superseded_at`) WHERE superseded_at is null and scenario_kind is not null;