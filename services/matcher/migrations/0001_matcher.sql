-- One narrow row a person. Each record type has a version (epoch, counter) and the folded facts as one MessagePack value
-- (see src/records/fold.ts). Only the key is indexed and pages keep room, so that a newer slice is a heap-only update.
CREATE TABLE profile (
  person_key bytea PRIMARY KEY,
  income_epoch int,
  income_counter bigint,
  income bytea,
  registration_epoch int,
  registration_counter bigint,
  registration bytea,
  account_epoch int,
  account_counter bigint,
  account bytea,
  role_epoch int,
  role_counter bigint,
  role bytea,
  marriage_epoch int,
  marriage_counter bigint,
  marriage bytea,
  death_epoch int,
  death_counter bigint,
  death bytea,
  assistance_epoch int,
  assistance_counter bigint,
  assistance bytea
) WITH (fillfactor = 75);

-- The newest load of each scope that has been applied whole. Days are days since 1970-01-01.
CREATE TABLE coverage (
  source text NOT NULL,
  record_type text NOT NULL,
  scope text NOT NULL,
  load_id text NOT NULL,
  epoch int NOT NULL,
  seq bigint NOT NULL,
  mode text NOT NULL,
  as_of_day int NOT NULL,
  first_full_seq bigint,
  PRIMARY KEY (source, record_type, scope)
);

-- How far the markers of a scope have come through each partition of the record topic.
CREATE TABLE load_progress (
  source text NOT NULL,
  record_type text NOT NULL,
  scope text NOT NULL,
  partition int NOT NULL,
  begun_epoch int,
  begun_seq bigint,
  begun_mode text,
  complete_epoch int,
  complete_seq bigint,
  load_id text,
  mode text,
  as_of_day int,
  first_full_seq bigint,
  PRIMARY KEY (source, record_type, scope, partition)
);

-- Loads that are applied but not yet said to be: a matcher that still reads what was there when it started says nothing.
CREATE TABLE announcement (
  load_id text PRIMARY KEY,
  source text NOT NULL,
  record_type text NOT NULL,
  correlation_id text NOT NULL,
  marker jsonb NOT NULL
);

-- Moves with every change of coverage, load_progress or of a topic's being caught up, so that readers can keep what they read.
CREATE TABLE coverage_version (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  version bigint NOT NULL
);
INSERT INTO coverage_version (version) VALUES (0);

CREATE TABLE policy (
  id text NOT NULL,
  version int NOT NULL,
  digest text NOT NULL,
  canonical text NOT NULL,
  PRIMARY KEY (id, version)
);
