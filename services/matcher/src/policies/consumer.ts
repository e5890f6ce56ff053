import { decodeEvent, MalformedEvent, type PolicyPublished, policyPublishedSchema, TOPICS } from '@hedui/contracts';
import {
  type ApplyContext,
  consumeInTransaction,
  type EventLog,
  type LogConsumer,
  type LogMessage,
} from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { policyFromCanonical } from '@hedui/means-test';
import type { Client, Pool } from '@hedui/postgres';
import { putPolicy } from '../db/policies.js';

/** Keeps every published policy version that it meets. */
export async function consumePolicies(parts: { log: EventLog; pool: Pool; logger: Logger }): Promise<LogConsumer> {
  return await consumeInTransaction({
    ...parts,
    group: 'matcher.policies',
    topics: [TOPICS.policies.name],
    apply: applyPolicies,
  });
}

/** Keeps published policies in the transaction that moved the position. */
async function applyPolicies(
  client: Client,
  fresh: readonly LogMessage[],
  context: Pick<ApplyContext, 'decodeOrDeadLetter'>,
): Promise<void> {
  const published = context.decodeOrDeadLetter(fresh, (message) => readPolicyEvent(message.value));
  for (const { value } of published) await putPolicy(client, value);
}

function readPolicyEvent(value: Uint8Array): PolicyPublished {
  const event = decodeEvent(value);
  if (event.type !== 'policy.published') throw new MalformedEvent('UNKNOWN_TYPE', event.type);
  const published = policyPublishedSchema.safeParse(event.payload);
  if (!published.success) throw new MalformedEvent('BAD_PAYLOAD', 'policy');
  try {
    policyFromCanonical(published.data.document);
  } catch {
    throw new MalformedEvent('BAD_PAYLOAD', 'the policy document is not valid');
  }
  return published.data;
}
