-- The columns hold words that the service has cut itself, so the simplest tokenizer does: ASCII letters and digits, the
-- point of "17.1", and whatever is not ASCII make words; the rest separates them.
CREATE VIRTUAL TABLE `record_texts_index` USING fts5(
	`statement`, `names`, `document`, `notes`,
	content = 'record_texts', content_rowid = 'sequence', tokenize = "ascii tokenchars '.'"
);
--> statement-breakpoint
CREATE TRIGGER `record_texts_added` AFTER INSERT ON `record_texts` BEGIN
	INSERT INTO `record_texts_index` (`rowid`, `statement`, `names`, `document`, `notes`)
	VALUES (new.`sequence`, new.`statement`, new.`names`, new.`document`, new.`notes`);
END;
--> statement-breakpoint
CREATE TRIGGER `record_texts_removed` AFTER DELETE ON `record_texts` BEGIN
	INSERT INTO `record_texts_index` (`record_texts_index`, `rowid`, `statement`, `names`, `document`, `notes`)
	VALUES ('delete', old.`sequence`, old.`statement`, old.`names`, old.`document`, old.`notes`);
END;
--> statement-breakpoint
CREATE TRIGGER `record_texts_changed` AFTER UPDATE ON `record_texts` BEGIN
	INSERT INTO `record_texts_index` (`record_texts_index`, `rowid`, `statement`, `names`, `document`, `notes`)
	VALUES ('delete', old.`sequence`, old.`statement`, old.`names`, old.`document`, old.`notes`);
	INSERT INTO `record_texts_index` (`rowid`, `statement`, `names`, `document`, `notes`)
	VALUES (new.`sequence`, new.`statement`, new.`names`, new.`document`, new.`notes`);
END;
