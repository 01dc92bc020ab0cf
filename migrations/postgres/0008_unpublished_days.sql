CREATE TABLE "unpublished_days" (
	"provider" text COLLATE "C" NOT NULL,
	"date" text COLLATE "C" NOT NULL,
	"recorded_at" text COLLATE "C" NOT NULL,
	"superseded_at" text COLLATE "C",
	CONSTRAINT "unpublished_days_provider_date_recorded_at_pk" PRIMARY KEY("provider","date","recorded_at")
);
