-- The columns hold words that the service has cut itself, separated by spaces: each is a lexeme as it stands. A lexeme is
-- at most 2,046 bytes long, a place at most 16,383; the service looks at the texts themselves where that matters. Weights:
-- statement and names A, document B, notes C.
CREATE FUNCTION "record_words"(statement text, names text, document text, notes text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT coalesce(
		string_agg(
			'''' || replace(replace(left(word, 511), '\', '\\'), '''', '''''') || ''':' || least(place, 16383) || weight,
			' '
		),
		''
	)::tsvector
	FROM (
		SELECT word, weight, row_number() OVER () AS place
		FROM (VALUES (statement, 'A'), (names, 'A'), (document, 'B'), (notes, 'C')) AS texts(text, weight),
			unnest(string_to_array(text, ' ')) AS word
	) AS words
	WHERE word <> ''
$$;
--> statement-breakpoint
ALTER TABLE "record_texts" ADD COLUMN "words" tsvector
	GENERATED ALWAYS AS (record_words("statement", "names", "document", "notes")) STORED;
--> statement-breakpoint
CREATE INDEX "record_texts_words" ON "record_texts" USING gin ("words");
