ALTER TABLE "records" ADD COLUMN "amount_approximate" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "stance" text COLLATE "C" DEFAULT 'projection' NOT NULL;--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "scenario_name" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "scenario_kind" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "interval_low" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "interval_high" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "interval_percent" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "prices_kind" text COLLATE "C" DEFAULT 'unstated' NOT NULL;--> statement-breakpoint
ALTER TABLE "records" ADD COLUMN "prices_year" bigint;--> statement-breakpoint
CREATE INDEX "records_by_stance" ON "records" USING btree ("kind","stance","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_prices" ON "records" USING btree ("kind","prices_kind","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_with_scenario" ON "records" USING btree ("kind","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null and scenario_kind is not null;