-- The rotation of the pseudonym key: which applicant's key becomes which. Empty but while one is under way. Both are pseudonyms: nobody
-- is named, but who holds the old key and this table can tell who the new ones are.
CREATE TABLE follow (
  old_key bytea PRIMARY KEY,
  new_key bytea NOT NULL
);
CREATE INDEX follow_new ON follow (new_key);

-- A rotation after which nothing comes under the old keys, once the reports below these positions have been read.
CREATE TABLE key_rotation (
  to_version text PRIMARY KEY,
  reports jsonb NOT NULL,
  -- the chunk up to which the ledger has the new keys
  after_chunk bigint NOT NULL DEFAULT 0,
  done boolean NOT NULL DEFAULT false
);

CREATE TABLE outbox_message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  partition int NOT NULL,
  key bytea NOT NULL,
  value bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE outbox_message ALTER COLUMN value SET STORAGE EXTERNAL;

-- The same as before, but households are known through `follow`.
CREATE OR REPLACE FUNCTION latest_in_reach(
  first_month int, last_month int, of_programme text, of_type text, region_prefix text, by_month boolean
) RETURNS TABLE (
  programme text, verification_type text, month int, region text, conclusion text, tier text, flagged boolean,
  sources_flagged int, sources_answered int, findings bytea, households bigint
) LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  household constant text := 'l.applicant_key, l.programme, l.verification_type' || CASE WHEN by_month THEN ', l.month' ELSE '' END;
  -- While the pseudonym key is rotated, an applicant's key may be the old or the new one: the household is one.
  rotating constant boolean := EXISTS (SELECT FROM follow);
  applicant constant text := CASE WHEN rotating THEN 'coalesce(f.new_key, l.applicant_key)' ELSE 'l.applicant_key' END;
  following constant text := CASE WHEN rotating THEN 'LEFT JOIN follow f ON f.old_key = l.applicant_key' ELSE '' END;
BEGIN
  RETURN QUERY EXECUTE format($query$
    SELECT programme, verification_type, month, region, conclusion, tier, flagged, sources_flagged, sources_answered, findings, count(*)
    FROM (
      SELECT DISTINCT ON (%1$s) l.programme, l.verification_type, l.month, l.region, l.conclusion, l.tier, l.flagged, l.sources_flagged,
        l.sources_answered, l.findings
      FROM (
        SELECT %2$s AS applicant_key, l.programme, l.verification_type, l.month, l.region, l.as_of, l.conclusion, l.tier, l.flagged,
          l.sources_flagged, l.sources_answered, l.findings, c.issue_no, c.chunk_id, l.index
        FROM ledger l JOIN chunk c USING (chunk_no) %3$s
        WHERE l.month BETWEEN $1 AND $2
          AND NOT EXISTS (SELECT FROM ending e WHERE e.chunk_id = c.chunk_id AND e.index = l.index)
        UNION ALL
        SELECT %2$s, l.programme, l.verification_type, l.month, l.region, l.as_of, l.reason, NULL, false, 0, 0, ''::bytea, l.issue_no,
          l.chunk_id, l.index
        FROM ending l %3$s WHERE l.month BETWEEN $1 AND $2
      ) AS l
      WHERE ($3 IS NULL OR l.programme = $3) AND ($4 IS NULL OR l.verification_type = $4)
      ORDER BY %1$s, l.as_of DESC, l.issue_no DESC, length(l.chunk_id) DESC, l.chunk_id COLLATE "C" DESC, l.index DESC
    ) AS latest
    WHERE ($5 IS NULL OR starts_with(region, $5))
      AND region LIKE ANY (string_to_array(current_setting('hedui.regions', true), ','))
    GROUP BY programme, verification_type, month, region, conclusion, tier, flagged, sources_flagged, sources_answered, findings
  $query$, household, applicant, following) USING first_month, last_month, of_programme, of_type, region_prefix;
END $$;
DO $$
BEGIN
  -- A function that is replaced loses what it was given before.
  EXECUTE format('ALTER FUNCTION latest_in_reach SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;
