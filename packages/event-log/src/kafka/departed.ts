/**
 * A broker keeps the partitions of a member that was killed until its session has run out, and whoever joins waits for that. A member whose
 * process is certainly gone is therefore signed off by the one that comes in its place, as it would have done itself.
 */
import type { Logger } from '@hedui/logging';
import { AssignerProtocol, type Cluster } from 'kafkajs';
import { isGone } from '../process-mark.js';
import { markIn } from './assigner.js';
import { protocolError } from './client.js';

interface Described {
  memberId: string;
  memberMetadata: Buffer;
}

/** Never rejects: what is not done here the session's end does. */
export async function signOffDeparted(cluster: Cluster, groupId: string, logger: Logger): Promise<void> {
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    const { groups } = (await coordinator.describeGroups({ groupIds: [groupId] })) as {
      groups: { members: Described[] }[];
    };
    for (const { memberId, memberMetadata } of groups.flatMap(({ members }) => members)) {
      const mark = markOf(memberMetadata);
      if (mark === null || !isGone(mark)) continue;
      // kafkajs has the request and does not name it in its types.
      if (!('leaveGroup' in coordinator) || typeof coordinator.leaveGroup !== 'function') return;
      await coordinator.leaveGroup({ groupId, memberId });
      logger.info({ memberId }, 'a member whose process is gone was signed off');
    }
  } catch (error) {
    // Somebody else was faster.
    if (protocolError(error) === 'UNKNOWN_MEMBER_ID') return;
    logger.debug({ err: error }, 'whether members of the group are gone could not be seen');
  }
}

/** Only a settled group tells what its members said when they joined. */
const markOf = (metadata: Buffer): string | null =>
  metadata.length === 0 ? null : markIn(AssignerProtocol.MemberMetadata.decode(metadata)?.userData);
