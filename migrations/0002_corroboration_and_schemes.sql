ALTER TABLE `forecasts` ADD `corroboration` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `sources` ADD `schemes` text DEFAULT '[]' NOT NULL;