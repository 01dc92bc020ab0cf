ALTER TABLE "api_keys" ADD COLUMN "collection" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "filled_in" text COLLATE "C" DEFAULT '[]' NOT NULL;