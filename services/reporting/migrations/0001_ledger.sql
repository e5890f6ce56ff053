-- Order of issue: a batch has its place when its first reports arrive, an online check is a batch of its own.
CREATE TABLE issue (
  issue_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE
);

-- Report chunks that were counted; the first of a chunk id is the one that counts.
CREATE TABLE chunk (
  chunk_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  chunk_id text NOT NULL UNIQUE,
  issue_no bigint NOT NULL REFERENCES issue,
  -- Chunk ids of one batch sort by length, then by text.
  engine_version text NOT NULL,
  policy_id text NOT NULL,
  policy_version int NOT NULL,
  assessed_at timestamptz NOT NULL
);

-- One narrow row a report. Bit numbers of findings and sources are those of src/ledger/marks.ts.
CREATE TABLE ledger (
  chunk_no bigint NOT NULL REFERENCES chunk,
  index int NOT NULL,
  applicant_key bytea NOT NULL,
  -- year * 12 + month - 1 of the as-of date
  month int NOT NULL,
  as_of date NOT NULL,
  programme text NOT NULL,
  verification_type text NOT NULL,
  region text NOT NULL,
  area text NOT NULL,
  conclusion text NOT NULL,
  tier text,
  flagged boolean NOT NULL,
  -- bit masks over the sources
  sources_flagged int NOT NULL,
  sources_answered int NOT NULL,
  -- pairs of bytes: finding number, source number + 1 (0: of no source); each pair once
  findings bytea NOT NULL,
  PRIMARY KEY (chunk_no, index)
);

CREATE INDEX ledger_month ON ledger (month, programme, verification_type);
