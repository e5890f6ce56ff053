-- The version of the pseudonym key that new households are taken in under, and the one that this database began with: what is joined
-- within it (authorisations, the prints of persons) stays under that one for good.
CREATE TABLE key_state (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version text NOT NULL,
  first_version text NOT NULL,
  -- the key of the ring under which everything stands
  sealed_under text
);

-- Every version that was ever used, sealed under the key ring: texts that travelled sealed can be opened as long as their reports are kept.
CREATE TABLE kept_key (
  version text PRIMARY KEY,
  sealed bytea NOT NULL
);

CREATE TABLE key_rotation (
  to_version text PRIMARY KEY,
  from_version text NOT NULL,
  step text NOT NULL CHECK (step IN ('preparing', 'draining', 'clearing', 'done')),
  -- the chunk up to which the ledger has been told whom its applicants' keys become, and how many pairs were told
  followed_to bigint NOT NULL DEFAULT 0,
  followed bigint NOT NULL DEFAULT 0,
  -- the first pass over the chunks is over, and the ledger was asked to say when it has it
  followed_asked boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL DEFAULT now(),
  switched_at timestamptz,
  finished_at timestamptz
);

-- Chunks of which the ledger was told, while a rotation is under way.
CREATE TABLE key_followed (
  chunk_no bigint PRIMARY KEY
);

-- What services told of rotations: `to_version` is a version of the pseudonym key or a key of the ring.
CREATE TABLE key_told (
  kind text NOT NULL,
  to_version text NOT NULL,
  service text NOT NULL,
  about text NOT NULL,
  step text NOT NULL,
  done bigint NOT NULL,
  total bigint,
  first_at timestamptz NOT NULL DEFAULT now(),
  told_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (kind, to_version, service, about, step)
);

CREATE TABLE resealing (
  place text PRIMARY KEY,
  page bigint
);

-- The version under which a chunk's households were sent. Null: from before versions were noted.
ALTER TABLE chunk ADD COLUMN key_version text;
ALTER TABLE batch ADD COLUMN key_version text;
