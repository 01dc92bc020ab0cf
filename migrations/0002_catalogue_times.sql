ALTER TABLE `collections` ADD `recorded_at` text;--> statement-breakpoint
ALTER TABLE `collections` ADD `author` text;--> statement-breakpoint
ALTER TABLE `organisations` ADD `recorded_at` text;--> statement-breakpoint
ALTER TABLE `organisations` ADD `author` text;