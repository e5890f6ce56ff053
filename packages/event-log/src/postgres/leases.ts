/**
 * Which member of a group reads which partition. Every member looks at the group each second, under the group's
 * advisory lock, and all compute the same fair share: a member gives back what it has above its share and takes what is free up to it.
 * Times are the database's.
 */
import { type Client, inTransaction, type Pool, type Queryable } from '@hedui/postgres';
import { isGone } from '../process-mark.js';
import { fairShares } from '../reading/shares.js';
import { CHANNEL } from './messages.js';

/** A member that was not seen for this long is dead, and its partitions are free. */
export const EXPIRY_MS = 10_000;

export interface LeasedPartition {
  topicId: number;
  partition: number;
}

export interface Lease {
  /** What this member holds now. */
  held: readonly LeasedPartition[];
  /** Of those, what it has to give back when its batches have ended. */
  excess: readonly LeasedPartition[];
  /** False when the others had given this member up: what it held may have been read by others since. */
  known: boolean;
}

interface MemberRow {
  id: string;
  process: string | null;
  topic_ids: number[];
}

/**
 * Tells the group that this member lives, drops the dead, takes what is free and due to it. Dead is who was silent for too long, and at once
 * whose process (`mark`) is certainly gone.
 */
export async function renew(
  pool: Pool,
  group: string,
  { id: member, mark }: { id: string; mark: string | null },
  topics: readonly { id: number; partitions: number }[],
): Promise<Lease> {
  return inTransaction(pool, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`event-log:group:${group}`]);
    const gone = await client.query(
      `DELETE FROM log_member WHERE consumer_group = $1 AND id <> $2 AND seen_at < now() - $3 * interval '1 ms'`,
      [group, member, EXPIRY_MS],
    );
    const renewed = await client.query('UPDATE log_member SET seen_at = now(), topic_ids = $2 WHERE id = $1', [
      member,
      topics.map((topic) => topic.id),
    ]);
    const known = renewed.rowCount === 1;
    if (!known) {
      await client.query(
        'INSERT INTO log_member (id, consumer_group, topic_ids, seen_at, process) VALUES ($1, $2, $3, now(), $4)',
        [member, group, topics.map((topic) => topic.id), mark],
      );
    }
    const { rows } = await client.query<MemberRow>(
      'SELECT id, topic_ids, process FROM log_member WHERE consumer_group = $1 ORDER BY id',
      [group],
    );
    const killed = rows.filter(({ id, process }) => id !== member && process !== null && isGone(process));
    if (killed.length > 0)
      await client.query('DELETE FROM log_member WHERE id = ANY($1)', [killed.map(({ id }) => id)]);
    const members = rows.filter((row) => !killed.includes(row));
    if (!known || gone.rowCount || killed.length > 0) await tellGroup(client, group);
    const leases = await client.query<{ topic_id: number; partition: number; member_id: string }>(
      'SELECT topic_id, partition, member_id FROM log_lease WHERE consumer_group = $1 AND topic_id = ANY($2)',
      [group, topics.map((topic) => topic.id)],
    );
    const held: LeasedPartition[] = [];
    const excess: LeasedPartition[] = [];
    const taken: LeasedPartition[] = [];
    for (const topic of topics) {
      const ofTopic = leases.rows.filter((lease) => lease.topic_id === topic.id);
      const holders = ofTopic.map((lease) => lease.member_id);
      const share = shareOf(topic, members, holders, member);
      const mine = ofTopic
        .filter((lease) => lease.member_id === member)
        .map((lease) => lease.partition)
        .sort((a, b) => a - b);
      const occupied = new Set(ofTopic.map((lease) => lease.partition));
      const free = Array.from({ length: topic.partitions }, (_, n) => n).filter((n) => !occupied.has(n));
      const fresh = free.slice(0, Math.max(0, share - mine.length));
      for (const partition of [...mine, ...fresh]) held.push({ topicId: topic.id, partition });
      for (const partition of mine.slice(share)) excess.push({ topicId: topic.id, partition });
      for (const partition of fresh) taken.push({ topicId: topic.id, partition });
    }
    if (taken.length > 0) await insertLeases(client, group, member, taken);
    return { held, excess, known };
  });
}

function shareOf(
  topic: { id: number; partitions: number },
  members: readonly MemberRow[],
  holders: readonly string[],
  member: string,
): number {
  const readers = members
    .filter((row) => row.topic_ids.includes(topic.id))
    .map(({ id }, index, all) => ({
      id,
      holds: holders.filter((holder) => holder === id).length,
      // Another member first for each topic.
      turn: (index + topic.id) % all.length,
    }));
  return fairShares(topic.partitions, readers).get(member) ?? 0;
}

async function insertLeases(client: Client, group: string, member: string, taken: readonly LeasedPartition[]) {
  await client.query(
    `INSERT INTO log_lease (consumer_group, topic_id, partition, member_id)
     SELECT $1, t.topic_id, t.partition, $2 FROM unnest($3::int[], $4::int[]) AS t(topic_id, partition)`,
    [group, member, taken.map((t) => t.topicId), taken.map((t) => t.partition)],
  );
}

/** Gives one partition back, and tells the others. */
export async function giveBack(db: Queryable, group: string, member: string, lease: LeasedPartition): Promise<void> {
  await db.query(
    `WITH gone AS (
       DELETE FROM log_lease WHERE consumer_group = $1 AND member_id = $2 AND topic_id = $3 AND partition = $4)
     SELECT pg_notify('${CHANNEL}', $5)`,
    [group, member, lease.topicId, lease.partition, groupPayload(group)],
  );
}

/** Leaves the group with everything. */
export async function leave(db: Queryable, group: string, member: string): Promise<void> {
  await db.query(`WITH gone AS (DELETE FROM log_member WHERE id = $1) SELECT pg_notify('${CHANNEL}', $2)`, [
    member,
    groupPayload(group),
  ]);
}

/** What a notification says when the group has changed. */
export const groupPayload = (group: string): string => `group:${group}`;

const tellGroup = (client: Client, group: string) =>
  client.query(`SELECT pg_notify('${CHANNEL}', $1)`, [groupPayload(group)]);
