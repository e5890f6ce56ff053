-- Authorisations of families: papers that were registered ahead, and what ended them. Most papers are never registered: the number and
-- the dates in the row of a household are the evidence, and no row per person is kept.
--
-- person_key and number_key are keyed hashes; who it is and what the number is stands in `named`, sealed under the key ring, from which
-- both can be made anew when the key changes.

-- One order of registrations and endings: it grows in the order of commits, for both are written under one lock.
CREATE SEQUENCE authorisation_change;

CREATE TABLE authorisation (
  id text PRIMARY KEY,
  seq bigint NOT NULL UNIQUE DEFAULT nextval('authorisation_change'),
  person_key bytea NOT NULL,
  number_key bytea NOT NULL,
  kind text NOT NULL CHECK (kind IN ('signed', 'guardian', 'green_channel')),
  purposes text[] NOT NULL,
  -- null: every source
  sources text[],
  -- where the paper was taken in, and by which department (null: the centre)
  region text NOT NULL,
  owner text,
  signed_on date NOT NULL,
  until date,
  -- green channel: last day for the signature, and when it came
  due_on date,
  signature_on date,
  named bytea NOT NULL,
  registered_by text NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (number_key, person_key),
  CHECK ((kind = 'green_channel') = (due_on IS NOT NULL))
);
CREATE INDEX authorisation_of_person ON authorisation (person_key);
CREATE INDEX authorisation_owed ON authorisation (due_on) WHERE kind = 'green_channel' AND signature_on IS NULL;

CREATE TABLE authorisation_ending (
  id text PRIMARY KEY,
  seq bigint NOT NULL UNIQUE DEFAULT nextval('authorisation_change'),
  person_key bytea NOT NULL,
  number_key bytea NOT NULL,
  -- not_eligible ends the paper for the programme that was applied for; '': for every programme
  programme text NOT NULL DEFAULT '',
  reason text NOT NULL CHECK (reason IN ('withdrawn', 'not_eligible', 'unsigned')),
  -- not_eligible: the chunk whose report said so
  chunk_no bigint,
  named bytea NOT NULL,
  ended_by text NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now(),
  correlation_id text NOT NULL,
  -- when everything under way had been stopped
  applied_at timestamptz,
  UNIQUE (number_key, person_key, programme)
);
CREATE INDEX authorisation_ending_of_person ON authorisation_ending (person_key);
CREATE INDEX authorisation_ending_unapplied ON authorisation_ending (seq) WHERE applied_at IS NULL;

-- Accepted households that get no report, or whose report counts no longer.
CREATE TABLE household_ending (
  chunk_no bigint NOT NULL,
  place smallint NOT NULL,
  reason text NOT NULL CHECK (reason IN ('withdrawn', 'unauthorised')),
  ended_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (chunk_no, place)
);
ALTER TABLE batch ADD COLUMN withdrawn int NOT NULL DEFAULT 0;

-- The first eight bytes of each person's key, one after the other: chunks that may hold a person are found without opening all of
-- them. Null in chunks from before: they may hold anybody.
ALTER TABLE chunk ADD COLUMN persons bytea;
ALTER TABLE chunk ALTER persons SET STORAGE EXTERNAL;

-- True when the objection period is over and the authorisations of those found not eligible have ended.
ALTER TABLE chunk_report ADD COLUMN settled boolean NOT NULL DEFAULT false;
CREATE INDEX chunk_report_unsettled ON chunk_report (stored_at) WHERE NOT settled;

-- Registrations and endings are read by the service itself, which holds each against the caller's reach; who reads households may see
-- which of those in reach have ended.
ALTER TABLE authorisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE authorisation_ending ENABLE ROW LEVEL SECURITY;
ALTER TABLE household_ending ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON household_ending TO hedui_verification_reader;
CREATE POLICY in_reach ON household_ending FOR SELECT TO hedui_verification_reader USING (
  EXISTS (SELECT FROM household h WHERE h.chunk_no = household_ending.chunk_no AND h.place = household_ending.place)
);
