-- Chunks that wait for somebody to decide on a dead letter, and households that were given up with one.
CREATE TABLE chunk_letter (
  letter_id text PRIMARY KEY,
  chunk_no bigint NOT NULL,
  -- the household that it is about; null: the whole chunk
  place int,
  reason text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'again', 'replayed', 'discarded')),
  told_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chunk_letter_open ON chunk_letter (chunk_no) WHERE state = 'open';

-- Not for those who read households: the counts are in the batch.
ALTER TABLE chunk_letter ENABLE ROW LEVEL SECURITY;

ALTER TABLE batch
  -- households without a report whose chunk has an open letter
  ADD COLUMN stuck int NOT NULL DEFAULT 0,
  -- accepted households that were given up
  ADD COLUMN dropped int NOT NULL DEFAULT 0;

ALTER TABLE household_ending DROP CONSTRAINT household_ending_reason_check;
ALTER TABLE household_ending ADD CONSTRAINT household_ending_reason_check
  CHECK (reason IN ('withdrawn', 'unauthorised', 'dropped'));
