ALTER TABLE `sectors` ADD `other_parents` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `sectors` ADD `overlaps_with` text DEFAULT '[]' NOT NULL;