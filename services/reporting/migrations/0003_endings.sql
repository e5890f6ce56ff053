-- Households whose authorisation ended, by chunk and place: with all that is needed to count them as left out, for the report
-- may come before, after or never. The first ending of a household counts.
CREATE TABLE ending (
  chunk_id text NOT NULL,
  index int NOT NULL,
  reason text NOT NULL CHECK (reason IN ('withdrawn', 'unauthorised')),
  issue_no bigint NOT NULL REFERENCES issue,
  applicant_key bytea NOT NULL,
  month int NOT NULL,
  as_of date NOT NULL,
  programme text NOT NULL,
  verification_type text NOT NULL,
  region text NOT NULL,
  PRIMARY KEY (chunk_id, index)
);
CREATE INDEX ending_month ON ending (month);
