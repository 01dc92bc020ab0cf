CREATE TABLE `catalogue_names` (
	`catalogue` text NOT NULL,
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`entry_id` text NOT NULL,
	PRIMARY KEY(`catalogue`, `kind`, `name`, `entry_id`)
) STRICT;
--> statement-breakpoint
CREATE INDEX `catalogue_names_by_entry` ON `catalogue_names` (`catalogue`,`entry_id`);--> statement-breakpoint
ALTER TABLE `collections` ADD `aliases` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `measures` ADD `aliases` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `organisations` ADD `aliases` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `regions` ADD `aliases` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `scopes` ADD `aliases` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `sectors` ADD `aliases` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `sources` ADD `aliases` text DEFAULT '[]' NOT NULL;