-- In which life of the topic of reports a chunk was counted, and whether verification itself said that it keeps that report (README, "When
-- the topic began a new life"). Null: not known.
ALTER TABLE chunk ADD COLUMN life text, ADD COLUMN kept boolean NOT NULL DEFAULT false;

-- What was counted so far came from the lives that are being read.
UPDATE chunk c SET life = p.generation
FROM issue i, (SELECT DISTINCT ON (topic) topic, generation FROM log_position WHERE consumer_group = 'reporting.ledger') AS p
WHERE i.issue_no = c.issue_no
  AND p.topic = CASE WHEN i.name = c.chunk_id THEN 'hedui.verification.reports.online' ELSE 'hedui.verification.reports' END;
