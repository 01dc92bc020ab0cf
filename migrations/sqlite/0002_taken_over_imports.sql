ALTER TABLE `imports` ADD `attempts` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `imports_unfinished` ON `imports` (`created_at`) WHERE finished_at is null;