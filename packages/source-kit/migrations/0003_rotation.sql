-- Persons stand in this database under the version of the pseudonym key that it began with, for good: a sealed copy of that version is
-- kept. What is sent bears the version in use; where that is another one, `pseudonym` translates.
ALTER TABLE source_state
  ADD COLUMN own_version text,
  ADD COLUMN own_key bytea,
  -- the version under which slices are sent
  ADD COLUMN sent_version text,
  -- the key of the ring under which everything stands
  ADD COLUMN sealed_under text;

-- Keys of persons, names and benefits as they stand here, and as they are sent under a version.
CREATE TABLE pseudonym (
  version text NOT NULL,
  own bytea NOT NULL,
  sent bytea NOT NULL,
  PRIMARY KEY (version, own)
);

CREATE TABLE key_rotation (
  to_version text PRIMARY KEY,
  from_version text NOT NULL,
  step text NOT NULL CHECK (step IN ('translating', 'doubling', 'doubled', 'clearing', 'done')),
  -- how far the step is: the last (person, name) or person that is done
  after_key bytea NOT NULL DEFAULT '',
  done bigint NOT NULL DEFAULT 0,
  -- verification has said that nothing needs the old version any more
  drained boolean NOT NULL DEFAULT false
);

-- How far a pass of sealing anew is.
CREATE TABLE resealing (
  place text PRIMARY KEY,
  page bigint
);
