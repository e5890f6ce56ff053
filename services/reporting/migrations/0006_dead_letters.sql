-- What could not be processed anywhere in the mesh, and what became of it. It stands here because this is the blind zone and has an audit log: the
-- bytes hold pseudonyms only, and nobody reads them but the program.
CREATE TABLE dead_letter (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  topic text NOT NULL,
  partition int NOT NULL,
  -- null: it never reached its topic
  message_offset text,
  consumer text NOT NULL,
  reason text NOT NULL,
  about jsonb NOT NULL,
  event_type text,
  correlation_id text,
  size int NOT NULL,
  -- the bytes were cut to what a letter holds
  cut boolean NOT NULL,
  value bytea NOT NULL,
  occurred_at timestamptz NOT NULL,
  times int NOT NULL DEFAULT 1,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'replayed', 'mended', 'discarded')),
  decided_by text,
  decided_at timestamptz,
  discard_reason text,
  discard_reference text,
  CHECK ((state = 'open') = (decided_by IS NULL)),
  CHECK ((state = 'discarded') = (discard_reason IS NOT NULL))
);
ALTER TABLE dead_letter ALTER COLUMN value SET STORAGE EXTERNAL;
CREATE INDEX dead_letter_open ON dead_letter (no) WHERE state = 'open';
