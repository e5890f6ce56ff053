-- The event log in tables: one machine, no broker.

CREATE TABLE log_topic (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  -- names one life of the topic: a topic that was deleted and made again has another
  generation text NOT NULL DEFAULT gen_random_uuid(),
  partitions int NOT NULL CHECK (partitions > 0),
  compacted boolean NOT NULL,
  retention_ms bigint NOT NULL,
  max_message_bytes int NOT NULL
);

CREATE TABLE log_partition (
  topic_id int NOT NULL REFERENCES log_topic ON DELETE CASCADE,
  partition int NOT NULL,
  start_offset bigint NOT NULL DEFAULT 0,
  next_offset bigint NOT NULL DEFAULT 0,
  -- below this offset no key stands twice
  compacted_to bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 50);

CREATE TABLE log_message (
  topic_id int NOT NULL,
  partition int NOT NULL,
  message_offset bigint NOT NULL,
  -- milliseconds since 1970 by the database's clock
  published_ms bigint NOT NULL,
  key bytea NOT NULL,
  value bytea NOT NULL,
  PRIMARY KEY (topic_id, partition, message_offset)
);
-- chunks are compressed and sealed already
ALTER TABLE log_message ALTER COLUMN value SET STORAGE EXTERNAL;

-- a foreign key would be checked for every message; this happens once for every partition that goes
CREATE FUNCTION log_partition_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM log_message WHERE topic_id = OLD.topic_id AND partition = OLD.partition;
  RETURN NULL;
END $$;
CREATE TRIGGER log_partition_gone AFTER DELETE ON log_partition
  FOR EACH ROW EXECUTE FUNCTION log_partition_gone();

CREATE TABLE log_member (
  id uuid PRIMARY KEY,
  consumer_group text NOT NULL,
  topic_ids int[] NOT NULL,
  seen_at timestamptz NOT NULL
);
CREATE INDEX log_member_group ON log_member (consumer_group);

CREATE TABLE log_lease (
  consumer_group text NOT NULL,
  topic_id int NOT NULL REFERENCES log_topic ON DELETE CASCADE,
  partition int NOT NULL,
  member_id uuid NOT NULL REFERENCES log_member ON DELETE CASCADE,
  PRIMARY KEY (consumer_group, topic_id, partition)
);
CREATE INDEX log_lease_member ON log_lease (member_id);
