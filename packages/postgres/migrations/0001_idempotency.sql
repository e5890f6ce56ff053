-- Answers of requests that carried an Idempotency-Key, and which of them are under way.
CREATE TABLE idempotency_key (
  route text NOT NULL,
  caller text NOT NULL,
  key text NOT NULL,
  -- The one call that works on it; others wait for its answer or for its lease to end.
  holder uuid,
  lease_until timestamptz,
  finished_at timestamptz,
  fingerprint text,
  status smallint,
  body text,
  PRIMARY KEY (route, caller, key),
  CHECK ((holder IS NULL) = (lease_until IS NULL)),
  CHECK ((holder IS NULL) = (finished_at IS NOT NULL)),
  CHECK ((finished_at IS NULL) = (fingerprint IS NULL) AND (finished_at IS NULL) = (status IS NULL) AND (finished_at IS NULL) = (body IS NULL))
);
CREATE INDEX idempotency_key_under_way ON idempotency_key (holder) WHERE holder IS NOT NULL;
CREATE INDEX idempotency_key_finished ON idempotency_key (finished_at) WHERE finished_at IS NOT NULL;
