import { randomUUID } from 'node:crypto';
import { actorOf, recordAudit, safeId } from '@hedui/audit';
import { formatDay } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { enqueue } from '@hedui/event-log';
import { type Client, inTransaction, type Pool } from '@hedui/postgres';
import { type Act, agreeing, secondOf } from '../access/two-people.js';
import { findPolicy, insertPolicy, type StoredPolicy } from '../db/policies.js';
import { decideProposal, findProposal, insertProposal, lockProposal, type StoredProposal } from '../db/proposals.js';
import { type PolicyBody, readPolicy } from './document-body.js';
import { policyMessage } from './publish-again.js';

/** What came of a document: a published version, or a proposal that waits for a second policy maker. */
export type Published = { policy: StoredPolicy; created: boolean } | { proposal: StoredProposal };

type Version = Pick<StoredPolicy, 'id' | 'version' | 'digest' | 'canonical' | 'effectiveFrom'>;

/**
 * Publishes a policy document, or proposes it: publishing takes two people, and a caller who stands for one only proposes. The same
 * content again changes nothing. Throws HeduiError POLICY_VERSION_EXISTS when the version is published with other content,
 * POLICY_VERSION_PROPOSED when other content waits for it, and what `readPolicy` throws.
 */
export async function publishPolicy(pool: Pool, sent: PolicyBody, act: Act): Promise<Published> {
  const { policy, canonical, digest } = await readPolicy(sent);
  const { id, version, effectiveFrom } = policy;
  const wanted: Version = { id, version, digest, canonical, effectiveFrom };
  const second = secondOf(act.caller);
  return await inTransaction(pool, async (client): Promise<Published> => {
    const known = await findPolicy(client, id, version);
    if (known !== null) return sameOrRefused(known, digest);
    if (second === null) return { proposal: await propose(client, wanted, act) };
    const people = { proposedBy: act.caller.subject, approvedBy: second };
    const published = await release(client, wanted, people, act);
    const waiting = await lockProposal(client, id, version);
    if (waiting?.digest === digest) await decideProposal(client, id, version, { state: 'approved', by: second });
    return published;
  });
}

/** A published version with the same content is the answer; with another one it stays as it is. */
function sameOrRefused(known: StoredPolicy, digest: string): Published {
  if (known.digest !== digest) throw new HeduiError('POLICY_VERSION_EXISTS');
  return { policy: known, created: false };
}

async function propose(client: Client, wanted: Version, { caller, correlationId }: Act): Promise<StoredProposal> {
  const { id, version, digest } = wanted;
  const created = await insertProposal(client, { ...wanted, proposedBy: caller.subject });
  if (created === null) {
    const waiting = await findProposal(client, id, version);
    if (waiting?.digest !== digest) throw new HeduiError('POLICY_VERSION_PROPOSED');
    return waiting;
  }
  await recordAudit(client, {
    action: 'policy.propose',
    actor: actorOf(caller),
    object: { kind: 'policy', id: `${id}@${version}` },
    correlationId,
    details: { digest, effectiveFrom: formatDay(wanted.effectiveFrom) },
  });
  return created;
}

/** Stores a version for ever, lets the log know and records both people, in one transaction. */
async function release(
  client: Client,
  wanted: Version,
  people: { proposedBy: string; approvedBy: string },
  { caller, correlationId }: Act,
): Promise<Published> {
  const { id, version, digest, canonical } = wanted;
  const created = await insertPolicy(client, wanted, people);
  if (created === null) {
    const known = await findPolicy(client, id, version);
    if (known === null) throw new HeduiError('POLICY_VERSION_EXISTS');
    return sameOrRefused(known, digest);
  }
  const published = { id, version, digest, document: canonical };
  await enqueue(client, [policyMessage(randomUUID(), published, correlationId)]);
  await recordAudit(client, {
    action: 'policy.publish',
    actor: actorOf(caller),
    object: { kind: 'policy', id: `${id}@${version}` },
    correlationId,
    details: { digest, proposedBy: safeId(people.proposedBy), approvedBy: safeId(people.approvedBy) },
  });
  return { policy: created, created: true };
}

/**
 * Approves a proposed version: it is published. `digest` is that of the document that was read. Throws HeduiError NOT_FOUND when there is
 * none, SECOND_PERSON_NEEDED for whoever proposed it, STATE_CONFLICT when it was withdrawn or another document waits.
 */
export async function approvePolicy(
  pool: Pool,
  { id, version, digest }: { id: string; version: number; digest: string | undefined },
  act: Act,
): Promise<{ policy: StoredPolicy; created: boolean }> {
  return await inTransaction(pool, async (client) => {
    const proposal = await lockProposal(client, id, version);
    const known = await findPolicy(client, id, version);
    const wanted = known ?? proposal;
    if (wanted === null) throw new HeduiError('NOT_FOUND');
    if (digest !== undefined && wanted.digest !== digest) {
      throw new HeduiError('STATE_CONFLICT', { detail: 'another document waits under this version' });
    }
    if (known !== null) return { policy: known, created: false };
    if (proposal?.state !== 'proposed')
      throw new HeduiError('STATE_CONFLICT', { detail: 'the proposal was withdrawn' });
    const approvedBy = agreeing(act.caller, proposal.proposedBy);
    await decideProposal(client, id, version, { state: 'approved', by: approvedBy });
    const published = await release(client, proposal, { proposedBy: proposal.proposedBy, approvedBy }, act);
    if ('proposal' in published) throw new HeduiError('INTERNAL', { detail: 'an approved version was proposed again' });
    return published;
  });
}

/** Withdraws a proposed version. Throws HeduiError NOT_FOUND when there is none, STATE_CONFLICT when it was decided on. */
export async function withdrawProposal(
  pool: Pool,
  { id, version }: { id: string; version: number },
  { caller, correlationId }: Act,
): Promise<StoredProposal> {
  return await inTransaction(pool, async (client) => {
    const known = await lockProposal(client, id, version);
    if (known === null) throw new HeduiError('NOT_FOUND');
    if (known.state === 'withdrawn') return known;
    const withdrawn = await decideProposal(client, id, version, { state: 'withdrawn', by: caller.subject });
    if (withdrawn === null) throw new HeduiError('STATE_CONFLICT', { detail: 'the version is published' });
    await recordAudit(client, {
      action: 'policy.withdraw',
      actor: actorOf(caller),
      object: { kind: 'policy', id: `${id}@${version}` },
      correlationId,
      details: { digest: withdrawn.digest },
    });
    return withdrawn;
  });
}
