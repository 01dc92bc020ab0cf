ALTER TABLE "import_rows" ADD COLUMN "claim" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "allow_duplicate" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "records_by_claim" ON "records" USING btree (("source_id" || ' ' || "sector_id" || ' ' || coalesce("amount_value", "amount_low", "amount_high", ''))) WHERE superseded_at is null;