CREATE TABLE "api_keys" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"scope" text COLLATE "C" NOT NULL,
	"sha256" text COLLATE "C" NOT NULL,
	"created_at" text COLLATE "C" NOT NULL,
	"expires_at" text COLLATE "C",
	"revoked_at" text COLLATE "C",
	"last_used_at" text COLLATE "C",
	CONSTRAINT "api_keys_name" UNIQUE("name")
);
--> statement-breakpoint
CREATE TABLE "collections" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"description" text COLLATE "C" NOT NULL,
	"recorded_at" text COLLATE "C",
	"author" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "currencies" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"numeric" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"minor_units" bigint,
	"ended_on" text COLLATE "C",
	"successor" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "fact_revisions" (
	"subject" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"revision" bigint NOT NULL,
	"value" text COLLATE "C" NOT NULL,
	"recorded_at" text COLLATE "C" NOT NULL,
	"superseded_at" text COLLATE "C",
	CONSTRAINT "fact_revisions_subject_id_revision_pk" PRIMARY KEY("subject","id","revision")
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"api_key_id" text COLLATE "C" NOT NULL,
	"key" text COLLATE "C" NOT NULL,
	"request_sha256" text COLLATE "C" NOT NULL,
	"status" bigint NOT NULL,
	"headers" text COLLATE "C" NOT NULL,
	"body" text COLLATE "C" NOT NULL,
	"created_at" text COLLATE "C" NOT NULL,
	CONSTRAINT "idempotency_keys_api_key_id_key_pk" PRIMARY KEY("api_key_id","key")
);
--> statement-breakpoint
CREATE TABLE "import_rows" (
	"import_id" text COLLATE "C" NOT NULL,
	"row" bigint NOT NULL,
	"record_id" text COLLATE "C" NOT NULL,
	"content" text COLLATE "C" NOT NULL,
	CONSTRAINT "import_rows_import_id_row_pk" PRIMARY KEY("import_id","row"),
	CONSTRAINT "import_rows_record" UNIQUE("import_id","record_id")
);
--> statement-breakpoint
CREATE TABLE "imports" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"created_at" text COLLATE "C" NOT NULL,
	"finished_at" text COLLATE "C",
	"author" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"status" text COLLATE "C" NOT NULL,
	"format" text COLLATE "C" NOT NULL,
	"dry_run" bigint NOT NULL,
	"on_error" text COLLATE "C" NOT NULL,
	"restore" bigint DEFAULT 0 NOT NULL,
	"bytes_total" bigint,
	"bytes_read" bigint DEFAULT 0 NOT NULL,
	"ignored_columns" text COLLATE "C" DEFAULT '[]' NOT NULL,
	"rows_read" bigint NOT NULL,
	"rows_invalid" bigint NOT NULL,
	"errors" text COLLATE "C" NOT NULL,
	"error_count" bigint NOT NULL,
	"result" text COLLATE "C",
	"failure" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "ledger_state" (
	"key" text COLLATE "C" PRIMARY KEY NOT NULL,
	"value" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "measures" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"definition" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "organisations" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"original_name" text COLLATE "C",
	"kind" text COLLATE "C" NOT NULL,
	"country" text COLLATE "C",
	"description" text COLLATE "C",
	"recorded_at" text COLLATE "C",
	"author" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "rate_averages" (
	"provider" text COLLATE "C" NOT NULL,
	"base" text COLLATE "C" NOT NULL,
	"quote" text COLLATE "C" NOT NULL,
	"year" bigint NOT NULL,
	"first_day" text COLLATE "C" NOT NULL,
	"last_day" text COLLATE "C" NOT NULL,
	"observations" bigint NOT NULL,
	"sum" text COLLATE "C" NOT NULL,
	"recorded_at" text COLLATE "C" NOT NULL,
	CONSTRAINT "rate_averages_provider_quote_year_pk" PRIMARY KEY("provider","quote","year")
);
--> statement-breakpoint
CREATE TABLE "rate_quarantine" (
	"provider" text COLLATE "C" NOT NULL,
	"base" text COLLATE "C" NOT NULL,
	"quote" text COLLATE "C" NOT NULL,
	"date" text COLLATE "C" NOT NULL,
	"rate" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"compared_with" text COLLATE "C",
	"reported_at" text COLLATE "C" NOT NULL,
	CONSTRAINT "rate_quarantine_provider_quote_date_rate_pk" PRIMARY KEY("provider","quote","date","rate")
);
--> statement-breakpoint
CREATE TABLE "rate_series" (
	"provider" text COLLATE "C" NOT NULL,
	"base" text COLLATE "C" NOT NULL,
	"quote" text COLLATE "C" NOT NULL,
	"first_day" text COLLATE "C" NOT NULL,
	"last_day" text COLLATE "C",
	"gaps" text COLLATE "C" NOT NULL,
	CONSTRAINT "rate_series_provider_quote_pk" PRIMARY KEY("provider","quote")
);
--> statement-breakpoint
CREATE TABLE "rate_syncs" (
	"provider" text COLLATE "C" PRIMARY KEY NOT NULL,
	"attempted_at" text COLLATE "C" NOT NULL,
	"succeeded_at" text COLLATE "C",
	"failure" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "rates" (
	"provider" text COLLATE "C" NOT NULL,
	"base" text COLLATE "C" NOT NULL,
	"quote" text COLLATE "C" NOT NULL,
	"date" text COLLATE "C" NOT NULL,
	"revision" bigint NOT NULL,
	"rate" text COLLATE "C" NOT NULL,
	"observed_at" text COLLATE "C" NOT NULL,
	"superseded_at" text COLLATE "C",
	CONSTRAINT "rates_provider_quote_date_revision_pk" PRIMARY KEY("provider","quote","date","revision")
);
--> statement-breakpoint
CREATE TABLE "record_relations" (
	"record_id" text COLLATE "C" NOT NULL,
	"revision" bigint NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"target_id" text COLLATE "C" NOT NULL,
	CONSTRAINT "record_relations_record_id_revision_kind_target_id_pk" PRIMARY KEY("record_id","revision","kind","target_id")
);
--> statement-breakpoint
CREATE TABLE "record_texts" (
	"sequence" bigint PRIMARY KEY NOT NULL,
	"statement" text COLLATE "C" NOT NULL,
	"names" text COLLATE "C" NOT NULL,
	"document" text COLLATE "C" NOT NULL,
	"notes" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "records" (
	"id" text COLLATE "C" NOT NULL,
	"revision" bigint NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"sequence" bigint PRIMARY KEY NOT NULL,
	"deleted" bigint DEFAULT 0 NOT NULL,
	"recorded_at" text COLLATE "C" NOT NULL,
	"superseded_at" text COLLATE "C",
	"author" text COLLATE "C" NOT NULL,
	"reason" text COLLATE "C" NOT NULL,
	"collection_id" text COLLATE "C" NOT NULL,
	"organisation_id" text COLLATE "C",
	"via" text COLLATE "C",
	"source_id" text COLLATE "C" NOT NULL,
	"sector_id" text COLLATE "C" NOT NULL,
	"region_id" text COLLATE "C" NOT NULL,
	"measure_id" text COLLATE "C" NOT NULL,
	"scope_id" text COLLATE "C" NOT NULL,
	"beneficiary_sectors" text COLLATE "C" NOT NULL,
	"amount_value" text COLLATE "C",
	"amount_low" text COLLATE "C",
	"amount_high" text COLLATE "C",
	"amount_qualifier" text COLLATE "C" NOT NULL,
	"amount_currency" text COLLATE "C" NOT NULL,
	"amount_as_stated" text COLLATE "C" NOT NULL,
	"amount_interpretation" text COLLATE "C",
	"amount_sort_key" text COLLATE "C",
	"stated_conversions" text COLLATE "C" NOT NULL,
	"period_start" text COLLATE "C",
	"period_end" text COLLATE "C",
	"period_kind" text COLLATE "C" NOT NULL,
	"period_years" bigint,
	"period_as_stated" text COLLATE "C",
	"period_inferred" text COLLATE "C" NOT NULL,
	"published_on" text COLLATE "C",
	"evidence_phrase" text COLLATE "C" NOT NULL,
	"evidence_start" bigint,
	"evidence_end" bigint,
	"evidence_document_sha256" text COLLATE "C",
	"evidence_url" text COLLATE "C",
	"evidence_status" text COLLATE "C" NOT NULL,
	"confidence" text COLLATE "C" NOT NULL,
	"corroboration" text COLLATE "C" DEFAULT '[]' NOT NULL,
	"notes" text COLLATE "C",
	CONSTRAINT "records_revision" UNIQUE("id","revision"),
	CONSTRAINT "records_revision_positive" CHECK (revision > 0)
);
--> statement-breakpoint
CREATE TABLE "regions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"alpha3" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"name_chinese" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "scopes" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"definition" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sector_definitions" (
	"sector_id" text COLLATE "C" NOT NULL,
	"position" bigint NOT NULL,
	"text" text COLLATE "C" NOT NULL,
	"defined_by" text COLLATE "C",
	"source_id" text COLLATE "C",
	CONSTRAINT "sector_definitions_sector_id_position_pk" PRIMARY KEY("sector_id","position")
);
--> statement-breakpoint
CREATE TABLE "sectors" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"name_chinese" text COLLATE "C",
	"parent_id" text COLLATE "C"
);
--> statement-breakpoint
CREATE TABLE "seed_files" (
	"name" text COLLATE "C" PRIMARY KEY NOT NULL,
	"sha256" text COLLATE "C" NOT NULL,
	"applied_at" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "source_texts" (
	"source_id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"text" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sources" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"title" text COLLATE "C" NOT NULL,
	"publisher" text COLLATE "C" NOT NULL,
	"published_on" text COLLATE "C",
	"url" text COLLATE "C",
	"language" text COLLATE "C" NOT NULL,
	"document_sha256" text COLLATE "C",
	"licence" text COLLATE "C",
	"attribution" text COLLATE "C" NOT NULL,
	"supplied" text COLLATE "C" NOT NULL,
	"schemes" text COLLATE "C" DEFAULT '[]' NOT NULL,
	"notes" text COLLATE "C",
	"recorded_at" text COLLATE "C" NOT NULL,
	"author" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_api_key_id_api_keys_id_fk" FOREIGN KEY ("api_key_id") REFERENCES "public"."api_keys"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "import_rows" ADD CONSTRAINT "import_rows_import_id_imports_id_fk" FOREIGN KEY ("import_id") REFERENCES "public"."imports"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "organisations" ADD CONSTRAINT "organisations_country_regions_id_fk" FOREIGN KEY ("country") REFERENCES "public"."regions"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rate_averages" ADD CONSTRAINT "rate_averages_quote_currencies_id_fk" FOREIGN KEY ("quote") REFERENCES "public"."currencies"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rate_series" ADD CONSTRAINT "rate_series_quote_currencies_id_fk" FOREIGN KEY ("quote") REFERENCES "public"."currencies"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "rates" ADD CONSTRAINT "rates_quote_currencies_id_fk" FOREIGN KEY ("quote") REFERENCES "public"."currencies"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_relations" ADD CONSTRAINT "record_relations_revision" FOREIGN KEY ("record_id","revision") REFERENCES "public"."records"("id","revision") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "record_texts" ADD CONSTRAINT "record_texts_sequence_records_sequence_fk" FOREIGN KEY ("sequence") REFERENCES "public"."records"("sequence") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_collection_id_collections_id_fk" FOREIGN KEY ("collection_id") REFERENCES "public"."collections"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_organisation_id_organisations_id_fk" FOREIGN KEY ("organisation_id") REFERENCES "public"."organisations"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_source_id_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."sources"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_sector_id_sectors_id_fk" FOREIGN KEY ("sector_id") REFERENCES "public"."sectors"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_region_id_regions_id_fk" FOREIGN KEY ("region_id") REFERENCES "public"."regions"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_measure_id_measures_id_fk" FOREIGN KEY ("measure_id") REFERENCES "public"."measures"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "records" ADD CONSTRAINT "records_scope_id_scopes_id_fk" FOREIGN KEY ("scope_id") REFERENCES "public"."scopes"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sector_definitions" ADD CONSTRAINT "sector_definitions_sector_id_sectors_id_fk" FOREIGN KEY ("sector_id") REFERENCES "public"."sectors"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sector_definitions" ADD CONSTRAINT "sector_definitions_defined_by_organisations_id_fk" FOREIGN KEY ("defined_by") REFERENCES "public"."organisations"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sector_definitions" ADD CONSTRAINT "sector_definitions_source_id_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."sources"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sectors" ADD CONSTRAINT "sectors_parent" FOREIGN KEY ("parent_id") REFERENCES "public"."sectors"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "source_texts" ADD CONSTRAINT "source_texts_source_id_sources_id_fk" FOREIGN KEY ("source_id") REFERENCES "public"."sources"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "fact_revisions_current" ON "fact_revisions" USING btree ("subject","id") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "idempotency_keys_by_created_at" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "rates_by_date" ON "rates" USING btree ("provider","date","quote") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "record_relations_by_target" ON "record_relations" USING btree ("target_id","kind");--> statement-breakpoint
CREATE UNIQUE INDEX "records_current" ON "records" USING btree ("id") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_id" ON "records" USING btree ("kind","id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_published_on" ON "records" USING btree ("kind","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_sector" ON "records" USING btree ("kind","sector_id","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_organisation" ON "records" USING btree ("kind","organisation_id","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_source" ON "records" USING btree ("kind","source_id","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_measure" ON "records" USING btree ("kind","measure_id","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_region" ON "records" USING btree ("kind","region_id","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_scope" ON "records" USING btree ("kind","scope_id","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_collection" ON "records" USING btree ("kind","collection_id","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_confidence" ON "records" USING btree ("kind","confidence","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_qualifier" ON "records" USING btree ("kind","amount_qualifier","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_currency" ON "records" USING btree ("kind","amount_currency","published_on" DESC NULLS FIRST,"id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_amount" ON "records" USING btree ("kind","amount_currency","amount_sort_key","id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_period_start" ON "records" USING btree ("kind","period_start","id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_period_end" ON "records" USING btree ("kind","period_end","id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_by_recorded_at" ON "records" USING btree ("kind","recorded_at","id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_found" ON "records" USING btree ("sequence","kind","published_on","id","superseded_at") WHERE superseded_at is null;--> statement-breakpoint
CREATE INDEX "records_with_conversions" ON "records" USING btree ("kind") WHERE stated_conversions <> '[]';--> statement-breakpoint
CREATE INDEX "records_superseded" ON "records" USING btree ("kind","superseded_at","recorded_at") WHERE superseded_at is not null;--> statement-breakpoint
CREATE INDEX "sectors_by_parent" ON "sectors" USING btree ("parent_id");--> statement-breakpoint
CREATE INDEX "sources_by_published_on" ON "sources" USING btree ("published_on","id");--> statement-breakpoint
CREATE INDEX "sources_by_title" ON "sources" USING btree ("title","id");--> statement-breakpoint
CREATE INDEX "sources_by_publisher" ON "sources" USING btree ("publisher","id");