CREATE TABLE `dataset_versions` (
	`recorded_at` text PRIMARY KEY NOT NULL,
	`version` text NOT NULL
) STRICT;
--> statement-breakpoint
ALTER TABLE `source_texts` ADD `recorded_at` text;
--> statement-breakpoint
-- The version of now counts from what was recorded last; those before it were not kept.
INSERT INTO `dataset_versions` (`recorded_at`, `version`)
SELECT `at`, `value` FROM `ledger_state`, (
	SELECT max(`at`) AS `at` FROM (
		SELECT max(`recorded_at`) AS `at` FROM `records`
		UNION ALL SELECT max(`recorded_at`) FROM `entry_revisions`
		UNION ALL SELECT max(`observed_at`) FROM `rates`
	) AS `times`
) AS `newest` WHERE `key` = 'datasetVersion' AND `at` IS NOT NULL;
