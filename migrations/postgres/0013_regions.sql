ALTER TABLE "regions" ALTER COLUMN "alpha3" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "regions" ADD COLUMN "members" text COLLATE "C" DEFAULT '[]' NOT NULL;