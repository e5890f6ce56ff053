-- Whose a batch or a check is, where its households live and what they are looked at for; and row-level security as a second wall behind
-- the service's own checks. The service writes as owner; what it reads on behalf of a caller it reads as the role below, which owns
-- nothing, may do nothing but read these tables, and sees nothing unless the transaction says for whom it reads:
--   hedui.regions     patterns of region codes, set apart by commas
--   hedui.purposes    purposes, set apart by commas
--   hedui.department  '*' for the centre, else 'd:' and the department
-- Settings are empty or null when nobody set them, and then every policy is false.

DO $$
DECLARE
  reader constant name := 'hedui_verification_reader';
  may_take boolean;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('hedui:roles'));
  -- Roles belong to the whole cluster: another installation's migration may make it at the same moment.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = reader) THEN
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT', reader);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  EXECUTE format('SELECT pg_has_role(current_user, %L, %L)', reader,
    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) INTO may_take;
  IF NOT may_take THEN
    EXECUTE format('GRANT %I TO %I', reader, current_user);
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), reader);
END $$;

CREATE FUNCTION purpose_of(programme text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE programme
  WHEN 'public_housing' THEN 'housing' WHEN 'education' THEN 'education' WHEN 'medical' THEN 'medical' ELSE 'assistance'
END;

CREATE FUNCTION in_reach_of_regions(region text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN region LIKE ANY (string_to_array(current_setting('hedui.regions', true), ','));

CREATE FUNCTION reader_purposes() RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN string_to_array(current_setting('hedui.purposes', true), ',');

CREATE FUNCTION in_reach_of_department(owner text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE current_setting('hedui.department', true) WHEN '*' THEN true
  ELSE coalesce('d:' || owner = current_setting('hedui.department', true), false)
END;

-- owner: the department that submitted it; null: the centre
ALTER TABLE chunk ADD COLUMN owner text;
ALTER TABLE batch
  ADD COLUMN owner text,
  -- of its accepted households; while it is received, and when none was accepted: those of whoever submits it
  ADD COLUMN regions text[],
  ADD COLUMN purposes text[];
UPDATE batch b SET (regions, purposes) = (
  SELECT coalesce(array_agg(DISTINCT h.region), '{000000}'), coalesce(array_agg(DISTINCT purpose_of(h.programme)), '{assistance}')
  FROM chunk c JOIN household h ON h.chunk_no = c.no WHERE c.batch_id = b.id
);
ALTER TABLE batch ALTER COLUMN regions SET NOT NULL, ALTER COLUMN purposes SET NOT NULL;

-- As its owner, so that the policies of chunk and household do not ask each other in a circle.
CREATE FUNCTION chunk_owner(chunk_no bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
RETURN (SELECT chunk.owner FROM chunk WHERE chunk.no = chunk_no);
-- The wrapped key of a batch that the reader need not see as a whole to see one household of it. It opens nothing by itself.
CREATE FUNCTION batch_key(batch_id text) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER
RETURN (SELECT batch.data_key FROM batch WHERE batch.id = batch_id);
REVOKE EXECUTE ON FUNCTION chunk_owner, batch_key FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chunk_owner, batch_key TO hedui_verification_reader;

-- Somebody wants to see who stands behind a report, and another one grants it. No text of theirs is kept: codes only.
CREATE TABLE unmasking (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  chunk_id text NOT NULL,
  place smallint NOT NULL,
  reason text NOT NULL,
  reference text,
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL DEFAULT now(),
  granted_by text,
  granted_at timestamptz,
  until timestamptz,
  CONSTRAINT two_people CHECK (granted_by <> asked_by)
);
CREATE INDEX unmasking_of_report ON unmasking (chunk_id, place, asked_by);

ALTER TABLE household ENABLE ROW LEVEL SECURITY;
ALTER TABLE chunk ENABLE ROW LEVEL SECURITY;
ALTER TABLE chunk_report ENABLE ROW LEVEL SECURITY;
ALTER TABLE batch ENABLE ROW LEVEL SECURITY;
ALTER TABLE reject ENABLE ROW LEVEL SECURITY;
ALTER TABLE unmasking ENABLE ROW LEVEL SECURITY;
ALTER TABLE rejected_household ENABLE ROW LEVEL SECURITY;
ALTER TABLE replay ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_print ENABLE ROW LEVEL SECURITY;

GRANT SELECT ON household, chunk, chunk_report, batch, reject, unmasking, policy TO hedui_verification_reader;

CREATE POLICY in_reach ON household FOR SELECT TO hedui_verification_reader USING (
  in_reach_of_regions(region)
  AND purpose_of(programme) = ANY (reader_purposes())
  AND (current_setting('hedui.department', true) = '*' OR in_reach_of_department(chunk_owner(chunk_no)))
);
-- A chunk is opened only through an index row that the caller may see.
CREATE POLICY in_reach ON chunk FOR SELECT TO hedui_verification_reader USING (
  in_reach_of_department(owner) AND EXISTS (SELECT FROM household h WHERE h.chunk_no = chunk.no)
);
CREATE POLICY in_reach ON chunk_report FOR SELECT TO hedui_verification_reader USING (
  EXISTS (SELECT FROM chunk c WHERE c.no = chunk_report.chunk_no)
);
CREATE POLICY in_reach ON batch FOR SELECT TO hedui_verification_reader USING (
  in_reach_of_department(owner)
  AND cardinality(regions) > 0
  AND NOT EXISTS (SELECT FROM unnest(regions) AS r (region) WHERE in_reach_of_regions(r.region) IS NOT TRUE)
  AND purposes && reader_purposes()
);
-- What was rejected may be of any of the batch's purposes: it is for those who have them all.
CREATE POLICY in_reach ON reject FOR SELECT TO hedui_verification_reader USING (
  EXISTS (SELECT FROM batch b WHERE b.id = reject.batch_id AND b.purposes <@ reader_purposes())
);
CREATE POLICY in_reach ON unmasking FOR SELECT TO hedui_verification_reader USING (
  EXISTS (
    SELECT FROM chunk c JOIN household h ON h.chunk_no = c.no AND h.place = unmasking.place WHERE c.id = unmasking.chunk_id
  )
);

-- Versions that wait for a second policy maker. Only what is in `policy` is published.
CREATE TABLE policy_proposal (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL,
  version int NOT NULL CHECK (version >= 1),
  digest text NOT NULL CHECK (digest = encode(sha256(convert_to(canonical, 'UTF8')), 'hex')),
  canonical text NOT NULL,
  effective_from date NOT NULL,
  state text NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'approved', 'withdrawn')),
  proposed_by text NOT NULL,
  proposed_at timestamptz NOT NULL DEFAULT now(),
  decided_by text,
  decided_at timestamptz
);
CREATE UNIQUE INDEX policy_proposal_open ON policy_proposal (id, version) WHERE state = 'proposed';
CREATE INDEX policy_proposal_of_version ON policy_proposal (id, version, no);

-- Publishing takes two people, whatever the program says; versions from before are as they are.
ALTER TABLE policy ADD COLUMN proposed_by text, ADD COLUMN approved_by text;
ALTER TABLE policy ADD CONSTRAINT two_people
  CHECK (proposed_by IS NOT NULL AND approved_by IS NOT NULL AND proposed_by <> approved_by) NOT VALID;
