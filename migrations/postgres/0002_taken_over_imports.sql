CREATE UNLOGGED TABLE "rate_limits" (
	"key" varchar(255) PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
CREATE TABLE "scratch" (
	"name" text COLLATE "C" NOT NULL,
	"part" integer NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "scratch_name_part_pk" PRIMARY KEY("name","part")
);
--> statement-breakpoint
ALTER TABLE "imports" ADD COLUMN "attempts" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "imports_unfinished" ON "imports" USING btree ("created_at") WHERE finished_at is null;