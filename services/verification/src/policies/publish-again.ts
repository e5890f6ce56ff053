import { type CorrelationId, encodeEvent, type PolicyPublished, SCHEMA_VERSION, TOPICS } from '@hedui/contracts';
import { enqueue, type OutgoingMessage } from '@hedui/event-log';
import type { Client } from '@hedui/postgres';
import { everyPolicy } from '../db/policies.js';

/** The message of a published version. */
export function policyMessage(id: string, policy: PolicyPublished, correlationId: CorrelationId): OutgoingMessage {
  const value = encodeEvent({
    id,
    type: 'policy.published',
    schemaVersion: SCHEMA_VERSION,
    producedBy: 'verification',
    occurredAt: Date.now(),
    correlationId,
    payload: policy,
  });
  return { topic: TOPICS.policies.name, partition: 0, key: Buffer.from(`${policy.id}@${policy.version}`), value };
}

/** Puts every published version on its way once more: whoever has it finds it unchanged. How many. */
export async function publishPoliciesAgain(client: Client): Promise<number> {
  const policies = await everyPolicy(client);
  await enqueue(
    client,
    policies.map((policy) => {
      const id = `policy:${policy.id}@${policy.version}`;
      return policyMessage(id, policy, id as CorrelationId);
    }),
  );
  return policies.length;
}
