import type { RotationStep } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import { asInteger, type Queryable } from '@hedui/postgres';

/** Places in partitions of the log, each in one life of its topic. */
export type Places = RotationStep['reports'];

/** Where the partitions of a topic end by now. */
export async function endsOf(log: Pick<EventLog, 'offsets'>, topic: string): Promise<Places> {
  const offsets = await log.offsets(topic);
  return offsets.map(({ partition, generation, end }) => ({ topic, partition, generation, next: String(end) }));
}

/** True when the positions of a group have reached these. A partition that began a new life holds nothing of before. */
export async function haveReached(db: Queryable, group: string, places: Places): Promise<boolean> {
  const { rows } = await db.query<{ behind: string }>(
    `SELECT count(*) AS behind FROM unnest($2::text[], $3::int[], $4::text[], $5::bigint[]) AS w(topic, partition, generation, next)
     LEFT JOIN log_position p ON p.consumer_group = $1 AND p.topic = w.topic AND p.partition = w.partition
     WHERE w.next > 0 AND (p.generation IS NULL OR (p.generation = w.generation AND p.next_offset < w.next))`,
    [
      group,
      places.map((place) => place.topic),
      places.map((place) => place.partition),
      places.map((place) => place.generation),
      places.map((place) => place.next),
    ],
  );
  return asInteger(rows[0]?.behind ?? 0) === 0;
}
