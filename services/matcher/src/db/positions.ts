import type { TopicPartition } from '@hedui/event-log';
import type { Queryable } from '@hedui/postgres';

/** The offset that the partition has to be read up to before its state is whole. */
export async function catchUpOffset(db: Queryable, group: string, at: TopicPartition): Promise<bigint> {
  const { rows } = await db.query<{ catch_up_to: string }>(
    'SELECT catch_up_to FROM log_position WHERE consumer_group = $1 AND topic = $2 AND partition = $3',
    [group, at.topic, at.partition],
  );
  return BigInt(rows[0]?.catch_up_to ?? 0);
}
