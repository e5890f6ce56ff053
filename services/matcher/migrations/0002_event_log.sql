-- Positions of the event log, stored with the data (packages/event-log, positions.ts).
CREATE TABLE log_position (
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  generation text NOT NULL,
  next_offset bigint NOT NULL,
  -- the end that the partition had when this group began to read it: until then its state is not whole
  catch_up_to bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer_group, topic, partition)
);

-- Messages to be published after the commit (packages/event-log, outbox.ts).
CREATE TABLE outbox_message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  partition int NOT NULL,
  key bytea NOT NULL,
  value bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE outbox_message ALTER COLUMN value SET STORAGE EXTERNAL;
