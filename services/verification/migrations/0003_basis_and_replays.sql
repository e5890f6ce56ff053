-- What the reports of a chunk were computed from, packed and deflated as it came: pseudonyms, figures, dates and codes. Apart from
-- the reports, so that reading these does not read it. Null: it did not fit into the message.
ALTER TABLE chunk_report ADD COLUMN basis bytea;
ALTER TABLE chunk_report ALTER basis SET STORAGE EXTERNAL;

-- Questions of what today's data would say about a household that has its report. Answers are fetched by the call that asked and
-- removed by it; what a call that died left behind goes with a later question. Never a report.
CREATE UNLOGGED TABLE replay (
  chunk_id text PRIMARY KEY,
  asked_at timestamptz NOT NULL DEFAULT now(),
  event bytea
);
