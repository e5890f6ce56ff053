-- The life of each topic that this service writes. Another life holds nothing of what was written: it is published again.
CREATE TABLE topic_life (
  topic text PRIMARY KEY,
  generation text NOT NULL,
  -- while it is published again: what stands up to here is on its way; null: everything is
  after_at timestamptz,
  after_no bigint
);

-- Reports on the log of chunks that are not here: this database was restored from a copy that is older than they are.
CREATE TABLE unknown_chunk (
  chunk_id text PRIMARY KEY,
  batch_id text,
  households int NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX chunk_report_in_order ON chunk_report (stored_at, chunk_no);
