ALTER TABLE `api_keys` ADD `collection` text;--> statement-breakpoint
ALTER TABLE `imports` ADD `filled_in` text DEFAULT '[]' NOT NULL;