-- Row-level security as a second wall behind the service's own checks: rates are counted as the role below, which owns nothing and may
-- read no table. It may only ask the function at the end, which shows what lies in the regions that the transaction was given
-- (hedui.regions: patterns of region codes, set apart by commas) and nothing when it was given none.
--
-- Not policies on the tables: which report of a household is its latest must be known over all regions, or a household that has moved
-- would count in both for those who see only one of them.

DO $$
DECLARE
  reader constant name := 'hedui_reporting_reader';
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

ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
ALTER TABLE ending ENABLE ROW LEVEL SECURITY;

-- Every report, and in its place the ending of a household whose authorisation ended: whether its report came or not, it is no
-- conclusion; `conclusion` then is the reason. Of each household its latest entry of the period (of each month, with by_month): by as-of
-- date, then in the order of issue (batches in the order in which their first reports came, the chunks of a batch in the order in which
-- they were made, a chunk's households in turn). Those that are alike in all that is counted are put together.
CREATE FUNCTION latest_in_reach(
  first_month int, last_month int, of_programme text, of_type text, region_prefix text, by_month boolean
) RETURNS TABLE (
  programme text, verification_type text, month int, region text, conclusion text, tier text, flagged boolean,
  sources_flagged int, sources_answered int, findings bytea, households bigint
) LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  household constant text := 'l.applicant_key, l.programme, l.verification_type' || CASE WHEN by_month THEN ', l.month' ELSE '' END;
BEGIN
  RETURN QUERY EXECUTE format($query$
    SELECT programme, verification_type, month, region, conclusion, tier, flagged, sources_flagged, sources_answered, findings, count(*)
    FROM (
      SELECT DISTINCT ON (%1$s) l.programme, l.verification_type, l.month, l.region, l.conclusion, l.tier, l.flagged, l.sources_flagged,
        l.sources_answered, l.findings
      FROM (
        SELECT l.applicant_key, l.programme, l.verification_type, l.month, l.region, l.as_of, l.conclusion, l.tier, l.flagged,
          l.sources_flagged, l.sources_answered, l.findings, c.issue_no, c.chunk_id, l.index
        FROM ledger l JOIN chunk c USING (chunk_no)
        WHERE l.month BETWEEN $1 AND $2
          AND NOT EXISTS (SELECT FROM ending e WHERE e.chunk_id = c.chunk_id AND e.index = l.index)
        UNION ALL
        SELECT applicant_key, programme, verification_type, month, region, as_of, reason, NULL, false, 0, 0, ''::bytea, issue_no,
          chunk_id, index
        FROM ending WHERE month BETWEEN $1 AND $2
      ) AS l
      WHERE ($3 IS NULL OR l.programme = $3) AND ($4 IS NULL OR l.verification_type = $4)
      ORDER BY %1$s, l.as_of DESC, l.issue_no DESC, length(l.chunk_id) DESC, l.chunk_id COLLATE "C" DESC, l.index DESC
    ) AS latest
    WHERE ($5 IS NULL OR starts_with(region, $5))
      AND region LIKE ANY (string_to_array(current_setting('hedui.regions', true), ','))
    GROUP BY programme, verification_type, month, region, conclusion, tier, flagged, sources_flagged, sources_answered, findings
  $query$, household) USING first_month, last_month, of_programme, of_type, region_prefix;
END $$;
DO $$
BEGIN
  -- What it names is found where it was made, whatever a caller's search path says.
  EXECUTE format('ALTER FUNCTION latest_in_reach SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION latest_in_reach FROM PUBLIC;
GRANT EXECUTE ON FUNCTION latest_in_reach TO hedui_reporting_reader;
