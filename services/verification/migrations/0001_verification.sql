-- Policies, batches, chunks of households, their reports and rejects. Names and document numbers stand only in sealed
-- columns (chunk.named, reject.ref); everything else is pseudonyms, codes and counts.

CREATE TABLE policy (
  id text NOT NULL,
  version int NOT NULL,
  digest text NOT NULL,
  -- the document as JSON with sorted keys; never changed once it stands here
  canonical text NOT NULL,
  effective_from date NOT NULL,
  published_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, version)
);
CREATE FUNCTION policy_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a published policy version does not change';
END $$;
CREATE TRIGGER policy_is_immutable BEFORE UPDATE OR DELETE ON policy
  FOR EACH ROW EXECUTE FUNCTION policy_is_immutable();

CREATE TABLE batch (
  id text PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  as_of date NOT NULL,
  policy_id text NOT NULL,
  policy_version int NOT NULL,
  policy_digest text NOT NULL,
  state text NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'running', 'done', 'cancelled')),
  -- the batch's own key, wrapped by the key ring; null once the batch is erased
  data_key bytea,
  households int NOT NULL DEFAULT 0,
  accepted int NOT NULL DEFAULT 0,
  rejected int NOT NULL DEFAULT 0,
  rejected_rows int NOT NULL DEFAULT 0,
  reports int NOT NULL DEFAULT 0,
  warnings text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz,
  -- while it is received: when the receiver last said that it lives
  alive_at timestamptz NOT NULL DEFAULT now(),
  correlation_id text NOT NULL,
  FOREIGN KEY (policy_id, policy_version) REFERENCES policy
);
CREATE INDEX batch_receiving ON batch (alive_at) WHERE state = 'receiving';
CREATE INDEX batch_running ON batch (seq) WHERE state = 'running';

CREATE TABLE chunk (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  -- null: a single check
  batch_id text REFERENCES batch,
  ordinal int NOT NULL,
  households int NOT NULL,
  state text NOT NULL CHECK (state IN ('held', 'ready', 'sent', 'reported', 'dropped')),
  -- of a single check: its own key, wrapped by the key ring
  data_key bytea,
  -- who the households are, sealed as a whole
  named bytea NOT NULL,
  -- the event as it is sent: pseudonyms only
  request bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz
);
-- sealed and compressed already: trying to compress again costs time and gains nothing
ALTER TABLE chunk ALTER named SET STORAGE EXTERNAL, ALTER request SET STORAGE EXTERNAL;
CREATE INDEX chunk_of_batch ON chunk (batch_id, ordinal);
CREATE INDEX chunk_open ON chunk (state, batch_id, ordinal) WHERE state IN ('ready', 'sent');

-- One narrow row per accepted household: a chunk is opened only through it. No foreign key: it would cost a look-up for
-- each of a million rows; whoever deletes a chunk deletes these with it.
CREATE TABLE household (
  chunk_no bigint NOT NULL,
  place smallint NOT NULL,
  line int NOT NULL,
  -- keyed hash of the household_ref; null for a single check without one
  ref_hash bytea,
  region text NOT NULL,
  programme text NOT NULL,
  PRIMARY KEY (chunk_no, place)
);

CREATE TABLE reject (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  batch_id text NOT NULL,
  line int NOT NULL,
  -- the household_ref, sealed: a caller may have put anything there
  ref bytea,
  column_name text,
  code text NOT NULL,
  rule text NOT NULL
);
CREATE INDEX reject_of_batch ON reject (batch_id, line, no);

-- Rejected households of a batch that is still being received: a household_ref that comes again is found with these too.
CREATE TABLE rejected_household (
  batch_id text NOT NULL,
  line int NOT NULL,
  ref_hash bytea NOT NULL
);
CREATE INDEX rejected_household_of_batch ON rejected_household (batch_id);

-- The first report chunk of a chunk, as it came: it holds no name.
CREATE TABLE chunk_report (
  chunk_no bigint PRIMARY KEY REFERENCES chunk,
  event bytea NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE chunk_report ALTER event SET STORAGE EXTERNAL;
