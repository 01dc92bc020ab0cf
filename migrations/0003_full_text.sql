CREATE TABLE `forecast_texts` (
	`row` integer PRIMARY KEY NOT NULL,
	`forecast_id` text NOT NULL,
	`statement` text NOT NULL,
	`names` text NOT NULL,
	`document` text NOT NULL,
	`notes` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE UNIQUE INDEX `forecast_texts_forecast` ON `forecast_texts` (`forecast_id`);--> statement-breakpoint
CREATE INDEX `forecasts_by_qualifier` ON `forecasts` (`amount_qualifier`,`published_on`,`id`) WHERE superseded_at is null;--> statement-breakpoint
-- The columns hold words that the service has cut itself, so the simplest tokenizer does: ASCII letters and digits, the
-- point of "17.1", and whatever is not ASCII make words; the rest separates them.
CREATE VIRTUAL TABLE `forecast_texts_index` USING fts5(
	`statement`, `names`, `document`, `notes`,
	content = 'forecast_texts', content_rowid = 'row', tokenize = "ascii tokenchars '.'"
);
--> statement-breakpoint
CREATE TRIGGER `forecast_texts_added` AFTER INSERT ON `forecast_texts` BEGIN
	INSERT INTO `forecast_texts_index` (`rowid`, `statement`, `names`, `document`, `notes`)
	VALUES (new.`row`, new.`statement`, new.`names`, new.`document`, new.`notes`);
END;
--> statement-breakpoint
CREATE TRIGGER `forecast_texts_removed` AFTER DELETE ON `forecast_texts` BEGIN
	INSERT INTO `forecast_texts_index` (`forecast_texts_index`, `rowid`, `statement`, `names`, `document`, `notes`)
	VALUES ('delete', old.`row`, old.`statement`, old.`names`, old.`document`, old.`notes`);
END;
--> statement-breakpoint
CREATE TRIGGER `forecast_texts_changed` AFTER UPDATE ON `forecast_texts` BEGIN
	INSERT INTO `forecast_texts_index` (`forecast_texts_index`, `rowid`, `statement`, `names`, `document`, `notes`)
	VALUES ('delete', old.`row`, old.`statement`, old.`names`, old.`document`, old.`notes`);
	INSERT INTO `forecast_texts_index` (`rowid`, `statement`, `names`, `document`, `notes`)
	VALUES (new.`row`, new.`statement`, new.`names`, new.`document`, new.`notes`);
END;
