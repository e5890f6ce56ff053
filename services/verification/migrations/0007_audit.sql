-- What proves that a household of a chunk stands in the audit log: the hashes over which the Merkle root of the chunk's entry was taken.
-- They say nothing without the reports and stay when these are erased, so that proofs of other households hold.
CREATE TABLE audit_chunk (
  chunk_no bigint PRIMARY KEY,
  root bytea NOT NULL,
  -- 32 bytes for each household, by place
  leaves bytea NOT NULL,
  -- places of the leaves; null: 0 to n - 1
  places smallint[]
);
ALTER TABLE audit_chunk ALTER leaves SET STORAGE EXTERNAL;
