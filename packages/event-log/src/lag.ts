import type { Queryable } from '@hedui/postgres';
import type { EventLog, PartitionOffsets } from './port.js';

/** Where a group of this database stands in a partition that is there. */
export interface GroupPlace {
  group: string;
  topic: string;
  partition: number;
  generation: string;
  next: bigint;
  now: PartitionOffsets;
}

/**
 * Where every group whose positions stand in this database is, beside what the log holds now. `missing`: topics that the log cannot be
 * asked about; positions in them are left out.
 */
export async function groupPlaces(
  db: Queryable,
  log: Pick<EventLog, 'offsets'>,
): Promise<{ places: GroupPlace[]; missing: string[] }> {
  const { rows } = await db.query<{
    consumer_group: string;
    topic: string;
    partition: number;
    generation: string;
    next_offset: string;
  }>('SELECT consumer_group, topic, partition, generation, next_offset FROM log_position');
  const partitions = new Map<string, PartitionOffsets>();
  const missing: string[] = [];
  await Promise.all(
    [...new Set(rows.map(({ topic }) => topic))].map(async (topic) => {
      const offsets = await log.offsets(topic).catch(() => null);
      if (offsets === null) missing.push(topic);
      for (const one of offsets ?? []) partitions.set(`${topic}/${one.partition}`, one);
    }),
  );
  const places = rows.flatMap(({ consumer_group: group, topic, partition, generation, next_offset }) => {
    const now = partitions.get(`${topic}/${partition}`);
    return now === undefined ? [] : [{ group, topic, partition, generation, next: BigInt(next_offset), now }];
  });
  return { places, missing: missing.sort() };
}

/** Messages between `next` and the end; what was removed from the start needs no reading. */
export function messagesAhead(next: bigint, { start, end }: PartitionOffsets): number {
  return Math.max(0, Number(end - (next > start ? next : start)));
}
