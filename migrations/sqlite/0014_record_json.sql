CREATE TABLE `record_json` (
	`sequence` integer PRIMARY KEY NOT NULL,
	`record_id` text NOT NULL,
	`form` integer NOT NULL,
	`json` text NOT NULL,
	FOREIGN KEY (`sequence`) REFERENCES `records`(`sequence`) ON UPDATE no action ON DELETE restrict
) STRICT;
