import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type CorrelationId, encodeEvent, type PolicyPublished, SCHEMA_VERSION, TOPICS } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { enqueue } from '@hedui/event-log';
import { parsePolicy } from '@hedui/means-test';
import { inTransaction, type Pool } from '@hedui/postgres';
import { findPolicy, insertPolicy, type StoredPolicy } from '../db/policies.js';

const MAX_BYTES = 1024 * 1024;

/**
 * Publishes a policy document: checks it, stores it for ever, and lets the log know in the same transaction. The same content
 * again changes nothing (`created` is false). Throws HeduiError BODY_TOO_LARGE, POLICY_INVALID with line and key of each
 * error, POLICY_VERSION_EXISTS when the version is published with other content.
 */
export async function publishPolicy(
  pool: Pool,
  body: Readable,
  format: 'yaml' | 'json',
  correlationId: CorrelationId,
): Promise<{ policy: StoredPolicy; created: boolean }> {
  const parsed = parsePolicy(await readText(body), format);
  if (!parsed.ok) throw new HeduiError('POLICY_INVALID', { errors: parsed.errors });
  const { policy, canonical, digest } = parsed;
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

async function readText(body: Readable): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new HeduiError('BODY_TOO_LARGE', { detail: 'a policy document has at most 1 MiB' });
    pieces.push(piece);
  }
  if (bytes === 0) throw new HeduiError('FILE_EMPTY');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch (cause) {
    throw new HeduiError('ENCODING_INVALID', { cause });
  }
}
