-- Through which partitions of a record topic a mark of a rotation of the pseudonym key has come.
CREATE TABLE rotation_mark (
  source text NOT NULL,
  record_type text NOT NULL,
  to_version text NOT NULL,
  step text NOT NULL,
  partition int NOT NULL,
  PRIMARY KEY (source, record_type, to_version, step, partition)
);
