import { asInteger, type Client, type Queryable, ready } from '@hedui/postgres';
import type { LogBatch, PartitionOffsets, StoredPosition } from './port.js';

/**
 * Positions stored with the data. `advance` is called first in the handler's transaction: it locks the partition's
 * row, so two consumers of one partition cannot both write, and tells from which offset on the batch is new.
 * A fenced consumer finds everything done and does nothing: what it repeats has no effect.
 */
export const POSITIONS_SQL = `
CREATE TABLE IF NOT EXISTS log_position (
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition int NOT NULL,
  generation text NOT NULL,
  next_offset bigint NOT NULL,
  -- the end that the partition had when this group began to read it: until then its state is not whole
  catch_up_to bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (consumer_group, topic, partition)
)`;

/** The position is behind the batch: messages between them were not applied. The consumer must read again. */
export class PositionGap extends Error {
  readonly code = 'POSITION_GAP';
}

export async function readPositions(db: Queryable, group: string): Promise<StoredPosition[]> {
  const { rows } = await db.query<{ topic: string; partition: number; generation: string; next_offset: string }>(
    'SELECT topic, partition, generation, next_offset FROM log_position WHERE consumer_group = $1',
    [group],
  );
  return rows.map((row) => ({
    topic: row.topic,
    partition: row.partition,
    generation: row.generation,
    next: BigInt(row.next_offset),
  }));
}

/** Notes where each partition ended when the group began to read it. Positions that are there stay as they are. */
export async function beginPositions(
  db: Queryable,
  group: string,
  offsets: readonly PartitionOffsets[],
): Promise<void> {
  await db.query(
    `INSERT INTO log_position (consumer_group, topic, partition, generation, next_offset, catch_up_to)
     SELECT $1, t.topic, t.partition, t.generation, 0, t.end_offset
     FROM unnest($2::text[], $3::int[], $4::text[], $5::bigint[]) AS t(topic, partition, generation, end_offset)
     ON CONFLICT DO NOTHING`,
    [
      group,
      offsets.map((o) => o.topic),
      offsets.map((o) => o.partition),
      offsets.map((o) => o.generation),
      offsets.map((o) => String(o.end)),
    ],
  );
}

/**
 * Puts a position that means nothing any more to the start of what the log holds now, which has to be caught up with again. False
 * when the position is not `stored` any more: somebody else has reset it, or gone on.
 */
export async function resetPosition(
  client: Client,
  group: string,
  stored: StoredPosition,
  now: PartitionOffsets,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `UPDATE log_position SET generation = $6, next_offset = 0, catch_up_to = $7
     WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND generation = $4 AND next_offset = $5`,
    [group, stored.topic, stored.partition, stored.generation, String(stored.next), now.generation, String(now.end)],
  );
  return rowCount === 1;
}

/** True when every partition of the topic has been read up to the end that it had at the start. */
export async function caughtUp(db: Queryable, group: string, topic: string): Promise<boolean> {
  const { rows } = await db.query<{ behind: string }>(
    'SELECT count(*) AS behind FROM log_position WHERE consumer_group = $1 AND topic = $2 AND next_offset < catch_up_to',
    [group, topic],
  );
  return asInteger(rows[0]?.behind ?? 0) === 0;
}

const moveOn = ready(
  `UPDATE log_position SET next_offset = $6
   WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND generation = $4 AND next_offset = $5`,
);

/**
 * Locks the partition's position, moves it to the end of the batch and returns the offset from which the batch is
 * new (`batch.next` when all of it was done before). Throws PositionGap when messages below the batch were not applied:
 * a batch that is the first of its generation says `from` 0, whatever offsets its messages have.
 */
export async function advance(client: Client, group: string, batch: LogBatch): Promise<bigint> {
  const place = [group, batch.topic, batch.partition];
  // Nearly always the position is where the batch begins: one statement then.
  const moved = await client.query(moveOn([...place, batch.generation, String(batch.from), String(batch.next)]));
  if (moved.rowCount === 1) return batch.from;
  await client.query(
    `INSERT INTO log_position (consumer_group, topic, partition, generation, next_offset)
     VALUES ($1, $2, $3, $4, 0) ON CONFLICT DO NOTHING`,
    [...place, batch.generation],
  );
  const { rows } = await client.query<{ generation: string; next_offset: string }>(
    `SELECT generation, next_offset FROM log_position
     WHERE consumer_group = $1 AND topic = $2 AND partition = $3 FOR UPDATE`,
    place,
  );
  const stored = rows[0];
  if (!stored) throw new PositionGap('the position vanished');
  const sameLife = stored.generation === batch.generation;
  const next = sameLife ? BigInt(stored.next_offset) : 0n;
  if (next < batch.from) throw new PositionGap(`${batch.topic}/${batch.partition}`);
  if (next >= batch.next) return batch.next;
  await client.query(
    `UPDATE log_position SET generation = $4, next_offset = $5 WHERE consumer_group = $1 AND topic = $2 AND partition = $3`,
    [...place, batch.generation, String(batch.next)],
  );
  return next;
}
