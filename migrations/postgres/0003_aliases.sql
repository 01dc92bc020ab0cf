CREATE TABLE "catalogue_names" (
	"catalogue" text COLLATE "C" NOT NULL,
	"kind" text COLLATE "C" NOT NULL,
	"name" text COLLATE "C" NOT NULL,
	"entry_id" text COLLATE "C" NOT NULL,
	CONSTRAINT "catalogue_names_catalogue_kind_name_entry_id_pk" PRIMARY KEY("catalogue","kind","name","entry_id")
);
--> statement-breakpoint
ALTER TABLE "collections" ADD COLUMN "aliases" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "measures" ADD COLUMN "aliases" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "organisations" ADD COLUMN "aliases" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "regions" ADD COLUMN "aliases" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "scopes" ADD COLUMN "aliases" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "sectors" ADD COLUMN "aliases" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE "sources" ADD COLUMN "aliases" text COLLATE "C" DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX "catalogue_names_by_entry" ON "catalogue_names" USING btree ("catalogue","entry_id");