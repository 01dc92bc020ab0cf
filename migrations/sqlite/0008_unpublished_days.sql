CREATE TABLE `unpublished_days` (
	`provider` text NOT NULL,
	`date` text NOT NULL,
	`recorded_at` text NOT NULL,
	`superseded_at` text,
	PRIMARY KEY(`provider`, `date`, `recorded_at`)
) STRICT;
