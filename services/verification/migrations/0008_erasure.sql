-- Households whose named part was destroyed. The index row stays: the report number goes on to say that it was erased.
ALTER TABLE household ADD COLUMN erased_at timestamptz;

-- Somebody asks that a household be erased, and another one agrees. Codes only: no text of theirs is kept.
CREATE TABLE erasure (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  chunk_id text NOT NULL,
  place smallint NOT NULL,
  reason text NOT NULL,
  reference text,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  agreed_by text,
  erased_at timestamptz
);
CREATE INDEX erasure_of_household ON erasure (chunk_id, place);
