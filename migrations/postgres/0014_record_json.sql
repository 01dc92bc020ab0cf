CREATE TABLE "record_json" (
	"sequence" bigint PRIMARY KEY NOT NULL,
	"record_id" text COLLATE "C" NOT NULL,
	"form" bigint NOT NULL,
	"json" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
ALTER TABLE "record_json" ADD CONSTRAINT "record_json_sequence_records_sequence_fk" FOREIGN KEY ("sequence") REFERENCES "public"."records"("sequence") ON DELETE restrict ON UPDATE no action;