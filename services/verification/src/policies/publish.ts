import { randomUUID } from 'node:crypto';
import { type CorrelationId, encodeEvent, type PolicyPublished, SCHEMA_VERSION, TOPICS } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { enqueue } from '@hedui/event-log';
import { inTransaction, type Pool } from '@hedui/postgres';
import { findPolicy, insertPolicy, type StoredPolicy } from '../db/policies.js';
import { type PolicyBody, readPolicy } from './document-body.js';

/**
 * Publishes a policy document: checks it, stores it for ever, and lets the log know in the same transaction. The same content
 * again changes nothing (`created` is false). Throws HeduiError POLICY_VERSION_EXISTS when the version is published with other
 * content, and what `readPolicy` throws.
 */
export async function publishPolicy(
  pool: Pool,
  sent: PolicyBody,
  correlationId: CorrelationId,
): Promise<{ policy: StoredPolicy; created: boolean }> {
  const { policy, canonical, digest } = await readPolicy(sent);
  const { id, version, effectiveFrom } = policy;
  return await inTransaction(pool, async (client) => {
    const created = await insertPolicy(client, { id, version, digest, canonical, effectiveFrom });
    if (created === null) {
      const known = await findPolicy(client, id, version);
      if (known?.digest !== digest) throw new HeduiError('POLICY_VERSION_EXISTS');
      return { policy: known, created: false };
    }
    const payload: PolicyPublished = { id, version, digest, document: canonical };
    const value = encodeEvent({
      id: randomUUID(),
      type: 'policy.published',
      schemaVersion: SCHEMA_VERSION,
      producedBy: 'verification',
      occurredAt: Date.now(),
      correlationId,
      payload,
    });
    await enqueue(client, [{ topic: TOPICS.policies.name, partition: 0, key: Buffer.from(`${id}@${version}`), value }]);
    return { policy: created, created: true };
  });
}
