import { until } from '@hedui/local-parts';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { World } from './world.js';

/** How many processes read for a group just now. */
export async function membersOf(world: World, group: string): Promise<number> {
  if (world.log === 'kafka') {
    const admin = new Kafka({ clientId: 'counting', brokers: world.brokers(), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const { groups } = await admin.describeGroups([group]);
      return groups[0]?.members.length ?? 0;
    } finally {
      await admin.disconnect();
    }
  }
  const db = new pg.Client({ connectionString: world.databaseUrl('hedui_log') });
  await db.connect();
  try {
    const { rows } = await db.query<{ n: number }>(
      'SELECT count(DISTINCT member_id)::int AS n FROM log_lease WHERE consumer_group = $1',
      [group],
    );
    return rows[0]?.n ?? 0;
  } finally {
    await db.end();
  }
}

/** Resolves when so many processes share the partitions of a group. */
export async function shared(world: World, group: string, members: number, withinMs = 90_000): Promise<void> {
  const seen = { last: -1 };
  const done = await until(
    async () => {
      seen.last = await membersOf(world, group);
      return seen.last === members ? true : undefined;
    },
    withinMs,
    200,
  );
  if (!done) throw new Error(`${seen.last} processes read for ${group} after ${withinMs} ms, not ${members}`);
}
