/**
 * The tables of a service's audit log, for its own step of preparing; may run any number of times. `audit_append` is the one way in: it
 * takes the head's row until the transaction ends, so entries are numbered without gaps in the order of commits, and a transaction that is
 * rolled back leaves nothing. An entry's hash is SHA-256(0x00 ‖ body): a leaf of the tree of RFC 6962.
 */
export const AUDIT_SQL = `
CREATE TABLE IF NOT EXISTS audit_head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq bigint NOT NULL,
  hash bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 10);
INSERT INTO audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS audit_entry (
  seq bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  action text NOT NULL,
  actor text NOT NULL,
  object_kind text NOT NULL,
  object_id text NOT NULL,
  region text,
  hash bytea NOT NULL,
  body text NOT NULL
);
CREATE INDEX IF NOT EXISTS audit_entry_of_object ON audit_entry (object_id, seq);
CREATE INDEX IF NOT EXISTS audit_entry_at ON audit_entry (at, seq);
CREATE INDEX IF NOT EXISTS audit_entry_of_actor ON audit_entry (actor, seq);
CREATE TABLE IF NOT EXISTS audit_checkpoint (
  size bigint PRIMARY KEY,
  statement text NOT NULL,
  signature bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS audit_tile (
  no bigint PRIMARY KEY,
  root bytea NOT NULL
);
CREATE TABLE IF NOT EXISTS audit_key (
  id text PRIMARY KEY,
  public_key bytea NOT NULL,
  since timestamptz NOT NULL DEFAULT now()
);
CREATE OR REPLACE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log does not change' USING ERRCODE = '42501';
END $$;
CREATE OR REPLACE FUNCTION audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.seq <> OLD.seq + 1 THEN
    RAISE EXCEPTION 'the audit log does not change' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION audit_append(entry text)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  said jsonb := entry::jsonb;
  head record;
  now_at timestamptz;
  body text;
  entry_hash bytea;
BEGIN
  SELECT h.seq, h.hash, h.at INTO STRICT head FROM audit_head h FOR UPDATE;
  -- A clock that is set back does not make entries seem out of order.
  now_at := greatest(head.at, date_trunc('milliseconds', clock_timestamp()));
  body := '{"at":"' || to_char(now_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '","entry":' || entry
    || ',"previous":"' || encode(head.hash, 'hex') || '","seq":' || (head.seq + 1) || '}';
  entry_hash := sha256('\\x00'::bytea || convert_to(body, 'UTF8'));
  INSERT INTO audit_entry (seq, at, action, actor, object_kind, object_id, region, hash, body) VALUES (
    head.seq + 1, now_at, said->>'action', said->'actor'->>'subject', said->'object'->>'kind', said->'object'->>'id',
    said->>'region', entry_hash, body);
  UPDATE audit_head SET seq = head.seq + 1, hash = entry_hash, at = now_at;
  RETURN head.seq + 1;
END $$;
CREATE OR REPLACE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE OR REPLACE TRIGGER audit_checkpoint_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE OR REPLACE TRIGGER audit_tile_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_tile
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE OR REPLACE TRIGGER audit_key_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_key
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE OR REPLACE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
  FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
CREATE OR REPLACE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_head
  FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on();
`;
