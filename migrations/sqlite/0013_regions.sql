-- SQLite cannot drop a NOT NULL: the table is made anew. Foreign keys are off while migrating.
CREATE TABLE `__new_regions` (
	`id` text PRIMARY KEY NOT NULL,
	`alpha3` text,
	`name` text NOT NULL,
	`name_chinese` text,
	`members` text DEFAULT '[]' NOT NULL,
	`aliases` text DEFAULT '[]' NOT NULL,
	`revision` integer DEFAULT 1 NOT NULL,
	`deleted` integer DEFAULT 0 NOT NULL
) STRICT;
--> statement-breakpoint
INSERT INTO `__new_regions`(`id`, `alpha3`, `name`, `name_chinese`, `aliases`, `revision`, `deleted`) SELECT `id`, `alpha3`, `name`, `name_chinese`, `aliases`, `revision`, `deleted` FROM `regions`;
--> statement-breakpoint
DROP TABLE `regions`;
--> statement-breakpoint
ALTER TABLE `__new_regions` RENAME TO `regions`;
