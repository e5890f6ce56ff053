-- Loads that this source completed, as the log says, and that are not here: the database was restored from an older copy.
CREATE TABLE lost_load (
  load_id text PRIMARY KEY,
  record_type smallint NOT NULL REFERENCES record_type,
  scope text NOT NULL,
  as_of int NOT NULL,
  seen_at timestamptz NOT NULL DEFAULT now()
);
-- Persons who are on the record topic and not here have to be taken back from it, as soon as every scope of a lost load was loaded again or
-- is in the copy: until then what is on the topic is all that is known of them.
ALTER TABLE record_type ADD COLUMN reconcile boolean NOT NULL DEFAULT false;
