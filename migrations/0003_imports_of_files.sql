ALTER TABLE `imports` ADD `restore` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `imports` ADD `bytes_total` integer;--> statement-breakpoint
ALTER TABLE `imports` ADD `bytes_read` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `imports` ADD `ignored_columns` text DEFAULT '[]' NOT NULL;