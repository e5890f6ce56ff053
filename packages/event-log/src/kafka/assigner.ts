/**
 * Who of a group reads what. kafkajs's own assigner deals all partitions anew at each join, which breaks off the handlers of those that move, and gives
 * a member partitions of topics that it does not read. Here a member says what it holds, and keeps it up to its fair share.
 */
import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';
import type { TopicPartition } from '../port.js';
import { fairShares } from '../reading/shares.js';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const VERSION = 0;

export interface GroupMember {
  id: string;
  topics: readonly string[];
  holds: readonly TopicPartition[];
}

/** The partitions of each member. Every partition of a topic that anybody reads has one reader. */
export function assignPartitions(
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => readonly number[],
): Map<string, TopicPartition[]> {
  const assigned = new Map<string, TopicPartition[]>(members.map((member) => [member.id, []]));
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort();
  for (const topic of topics) {
    const readers = members.filter((member) => member.topics.includes(topic));
    const free = new Set(partitionsOf(topic));
    const held = readers.map(({ id, holds }) => ({
      id,
      partitions: holds.filter((place) => place.topic === topic && free.has(place.partition)),
    }));
    const shares = fairShares(
      free.size,
      held.map(({ id, partitions }) => ({ id, holds: partitions.length, turn: assigned.get(id)?.length ?? 0 })),
    );
    const give = (id: string, partition: number) => {
      free.delete(partition);
      assigned.get(id)?.push({ topic, partition });
      shares.set(id, (shares.get(id) ?? 0) - 1);
    };
    for (const { id, partitions } of held) {
      for (const { partition } of partitions) if ((shares.get(id) ?? 0) > 0 && free.has(partition)) give(id, partition);
    }
    for (const partition of free) {
      const next = [...shares].find(([, share]) => share > 0);
      if (next) give(next[0], partition);
    }
  }
  return assigned;
}

/**
 * The assigner for kafkajs; `holds` tells what this member reads when it joins. `mark` names its process (process-mark.ts): an entry
 * of one text, which a reader that knows nothing of it passes over.
 */
export function createAssigner(holds: () => readonly TopicPartition[], mark: string | null): PartitionAssigner {
  return ({ cluster, logger }) => ({
    name: 'HeduiFairShares',
    version: VERSION,
    protocol: ({ topics }) => ({
      name: 'HeduiFairShares',
      metadata: MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(
          JSON.stringify([
            ...holds().map(({ topic, partition }) => [topic, partition]),
            ...(mark === null ? [] : [[mark]]),
          ]),
        ),
      }),
    }),
    async assign({ members }) {
      const group = members.map(({ memberId, memberMetadata }) => {
        const metadata = MemberMetadata.decode(memberMetadata);
        return { id: memberId, topics: metadata?.topics ?? [], holds: readHolds(metadata?.userData) };
      });
      const topics = [...new Set(group.flatMap((member) => member.topics))];
      await cluster.addMultipleTargetTopics(topics).catch((error: unknown) => {
        logger.warn('a topic of another member could not be looked up', { error: String(error) });
      });
      const assigned = assignPartitions(group, (topic) =>
        cluster.findTopicPartitionMetadata(topic).map((partition) => partition.partitionId),
      );
      return [...assigned].map(([memberId, places]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: byTopic(places),
          userData: Buffer.alloc(0),
        }),
      }));
    },
  });
}

function byTopic(places: readonly TopicPartition[]): Record<string, number[]> {
  const assignment: Record<string, number[]> = {};
  for (const { topic, partition } of places) assignment[topic] = [...(assignment[topic] ?? []), partition];
  return assignment;
}

/** The mark of the process of a member, from what it said when it joined; null when there is none. */
export function markIn(userData: Buffer | undefined): string | null {
  for (const each of entriesOf(userData)) {
    if (Array.isArray(each) && each.length === 1 && typeof each[0] === 'string') return each[0];
  }
  return null;
}

/** What a member says that it holds; anything else than that means nothing. */
function readHolds(userData: Buffer | undefined): TopicPartition[] {
  return entriesOf(userData).flatMap((each) => {
    const [topic, partition] = Array.isArray(each) ? each : [];
    return typeof topic === 'string' && typeof partition === 'number' ? [{ topic, partition }] : [];
  });
}

function entriesOf(userData: Buffer | undefined): unknown[] {
  try {
    const said: unknown = JSON.parse(userData?.toString('utf8') ?? '[]');
    return Array.isArray(said) ? said : [];
  } catch {
    return [];
  }
}
