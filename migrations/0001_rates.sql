CREATE TABLE `currencies` (
	`id` text PRIMARY KEY NOT NULL,
	`numeric` text NOT NULL,
	`name` text NOT NULL,
	`minor_units` integer,
	`ended_on` text,
	`successor` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_averages` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`year` integer NOT NULL,
	`first_day` text NOT NULL,
	`last_day` text NOT NULL,
	`observations` integer NOT NULL,
	`sum` text NOT NULL,
	PRIMARY KEY(`provider`, `quote`, `year`),
	FOREIGN KEY (`quote`) REFERENCES `currencies`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_quarantine` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`date` text NOT NULL,
	`rate` text NOT NULL,
	`reason` text NOT NULL,
	`compared_with` text,
	`reported_at` text NOT NULL,
	PRIMARY KEY(`provider`, `quote`, `date`, `rate`)
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_series` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`first_day` text NOT NULL,
	`last_day` text,
	`gaps` text NOT NULL,
	PRIMARY KEY(`provider`, `quote`),
	FOREIGN KEY (`quote`) REFERENCES `currencies`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT;
--> statement-breakpoint
CREATE TABLE `rate_syncs` (
	`provider` text PRIMARY KEY NOT NULL,
	`attempted_at` text NOT NULL,
	`succeeded_at` text,
	`failure` text
) STRICT;
--> statement-breakpoint
CREATE TABLE `rates` (
	`provider` text NOT NULL,
	`base` text NOT NULL,
	`quote` text NOT NULL,
	`date` text NOT NULL,
	`revision` integer NOT NULL,
	`rate` text NOT NULL,
	`observed_at` text NOT NULL,
	`superseded_at` text,
	PRIMARY KEY(`provider`, `quote`, `date`, `revision`),
	FOREIGN KEY (`quote`) REFERENCES `currencies`(`id`) ON UPDATE no action ON DELETE restrict
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `rates_by_date` ON `rates` (`provider`,`date`,`quote`) WHERE superseded_at is null;