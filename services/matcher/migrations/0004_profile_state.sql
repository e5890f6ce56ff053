-- Changes with every change of a profile of the partition (by the record type that changed): what a matcher keeps of these profiles in memory
-- is what stands here while the stamps are the same. Not a number that is counted up: one that a back-up was restored to would come again.
CREATE TABLE profile_state (
  record_type text NOT NULL,
  partition int NOT NULL,
  stamp uuid NOT NULL DEFAULT gen_random_uuid(),
  PRIMARY KEY (record_type, partition)
) WITH (fillfactor = 50);
INSERT INTO profile_state (record_type, partition)
SELECT type, partition
FROM unnest(ARRAY['income', 'registration', 'account', 'role', 'marriage', 'death', 'assistance']) AS type, generate_series(0, 7) AS partition;
