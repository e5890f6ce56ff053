-- Blocks of rows that a full load brought and whose records all still say what they said, in the very scope: the same block in the next
-- file is not read again. `hash` is keyed; slots (chunk, first_at and those behind) are those of the records. A block may lie in several pieces.
-- Whatever changes, withdraws or takes over one of its records removes it.
CREATE TABLE known_block (
  record_type smallint NOT NULL,
  scope_prefix text COLLATE "C" NOT NULL,
  hash bytea NOT NULL,
  chunk bigint NOT NULL,
  first_at int NOT NULL,
  rows int NOT NULL
);
CREATE INDEX known_block_by_slot ON known_block (chunk);
-- Number of the newest load when this one learned which blocks are known; null: it knows none.
ALTER TABLE load ADD COLUMN known_at_seq bigint;
-- Of the rows read: those that lay in known blocks.
ALTER TABLE load ADD COLUMN rows_recognised bigint NOT NULL DEFAULT 0;
