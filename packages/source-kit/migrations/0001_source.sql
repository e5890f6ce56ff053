-- One schema for every source: what differs between sources is their definition, not their tables.
-- Keys of persons and names are pseudonyms; whatever identifies a person or tells of them in clear is sealed.

CREATE TABLE source_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  -- raised when this database is restored from a copy, so that slices sent before are recognised as older
  epoch int NOT NULL DEFAULT 1,
  -- data key under which rows are digested, sealed under the key ring
  digest_key bytea NOT NULL
);

CREATE TABLE record_type (
  id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  -- number of the last load stored: loads are numbered in the order in which they took effect
  seq bigint NOT NULL DEFAULT 0,
  records bigint NOT NULL DEFAULT 0,
  -- the life of the record topic that holds what was sent; another one gets everything again
  generation text
);

CREATE TABLE load (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  record_type smallint NOT NULL REFERENCES record_type,
  scope text NOT NULL,
  scope_prefix text NOT NULL,
  as_of int NOT NULL, -- days since 1970-01-01
  mode text NOT NULL CHECK (mode IN ('delta', 'full')),
  allow_older boolean NOT NULL,
  confirmed boolean NOT NULL,
  -- stopped before it took effect, until somebody confirms what it would withdraw
  waiting boolean NOT NULL DEFAULT false,
  -- receiving: the body is still coming; such a load is not shown
  state text NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'received', 'stored', 'applied', 'refused')),
  received_order bigint,
  seq bigint,
  rows_read bigint NOT NULL DEFAULT 0,
  rows_rejected bigint NOT NULL DEFAULT 0,
  rows_superseded bigint NOT NULL DEFAULT 0,
  rows_applied bigint NOT NULL DEFAULT 0,
  rows_unchanged bigint NOT NULL DEFAULT 0,
  records_withdrawn bigint NOT NULL DEFAULT 0,
  warnings text[] NOT NULL DEFAULT '{}',
  refusal text,
  correlation_id text NOT NULL,
  touched_at timestamptz NOT NULL DEFAULT now(),
  received_at timestamptz NOT NULL DEFAULT now(),
  stored_at timestamptz,
  sent_at timestamptz,
  applied_at timestamptz
);
CREATE UNIQUE INDEX load_by_seq ON load (record_type, seq) WHERE seq IS NOT NULL;
CREATE INDEX load_to_apply ON load (record_type, received_order) WHERE state = 'received';
CREATE INDEX load_to_send ON load (record_type, seq) WHERE seq IS NOT NULL AND sent_at IS NULL;
CREATE SEQUENCE load_order;

CREATE TABLE load_reject (
  load_no bigint NOT NULL,
  n bigint NOT NULL,
  line int NOT NULL,
  ref text COLLATE "C",
  "column" text,
  code text NOT NULL,
  rule text NOT NULL,
  PRIMARY KEY (load_no, n)
);

-- Who someone is: sealed once for each spelling-independent name under which records of the person stand.
CREATE TABLE person_name (
  person_key bytea NOT NULL,
  name_key bytea NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (person_key, name_key)
);

-- The rows as they were sent, many in one sealed value; a record points to its place.
CREATE TABLE evidence_chunk (
  id bigint PRIMARY KEY,
  load_no bigint NOT NULL,
  sealed bytea NOT NULL
);
CREATE INDEX evidence_chunk_of_load ON evidence_chunk (load_no);
ALTER TABLE evidence_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TABLE record (
  record_type smallint NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  person_key bytea NOT NULL,
  name_key bytea NOT NULL,
  other_person_key bytea,
  other_name_key bytea,
  order_key int NOT NULL,
  blind bytea NOT NULL,
  chunk bigint NOT NULL,
  chunk_at int NOT NULL,
  digest bytea NOT NULL,
  -- scope of the load that last held the record, without its trailing pairs of zeros
  scope_prefix text COLLATE "C" NOT NULL,
  -- seq of the load that gave the record its present content
  load_seq bigint NOT NULL,
  PRIMARY KEY (record_type, record_id)
) WITH (fillfactor = 90);
CREATE INDEX record_of_person ON record (record_type, person_key);
CREATE INDEX record_of_other_person ON record (record_type, other_person_key) WHERE other_person_key IS NOT NULL;

-- What records said before: kept through retention, so that a report can be explained later.
CREATE TABLE record_version (
  record_type smallint NOT NULL,
  record_id text COLLATE "C" NOT NULL,
  person_key bytea NOT NULL,
  name_key bytea NOT NULL,
  other_person_key bytea,
  other_name_key bytea,
  order_key int NOT NULL,
  blind bytea NOT NULL,
  chunk bigint NOT NULL,
  chunk_at int NOT NULL,
  digest bytea NOT NULL,
  scope_prefix text COLLATE "C" NOT NULL,
  load_seq bigint NOT NULL,
  -- seq of the load that changed or withdrew it
  until_seq bigint NOT NULL,
  PRIMARY KEY (record_type, record_id, until_seq)
);

-- Persons whose slice changed and has not been sent. `since` is the first unsent change, `counter` the newest: a load is
-- announced as complete when nobody waits since it or before, and the slice sent carries the newest number.
CREATE TABLE slice_pending (
  record_type smallint NOT NULL,
  person_key bytea NOT NULL,
  since bigint NOT NULL,
  counter bigint NOT NULL,
  PRIMARY KEY (record_type, person_key)
);
