/**
 * Verification leads the rotation of the pseudonym key: it alone knows who is under way under which version.
 *
 *   preparing ─▶ draining ─▶ clearing ─▶ done
 *
 * preparing: sources send every slice under both versions, and the ledger is told whom its applicants' keys become. When the matcher has all
 * slices and the ledger all pairs, the new version is taken into use. draining: what was taken in before is finished under the old one, which
 * the matcher knows as well. clearing: nothing is under way under it any more; sources take back what stands under it, the ledger is
 * re-keyed. Chunks that are stored keep what they were sent as: their reports and digests stand.
 */

import { recordAudit, SYSTEM } from '@hedui/audit';
import {
  type FollowedKey,
  followPayload,
  pseudonymsMessage,
  RECORD_TYPES,
  type RotationStep,
  toldMessage,
} from '@hedui/contracts';
import { enqueue, type OutgoingMessage, readPositions } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import { openDataKey, type Sealer } from '@hedui/privacy';
import {
  becomeLeader,
  beginRotation,
  beginToFollowAgain,
  type ChunkToFollow,
  chunksToFollow,
  enterStep,
  forgetFollowed,
  type KeyRotation,
  listTold,
  noteAsked,
  noteFollowed,
  openRotation,
  openUnderOther,
  waitForLeader,
} from '../db/key-rotation.js';
import { readKeyState, writeVersion } from '../db/key-state.js';
import { openNamed } from '../intake/named-chunk.js';
import { REPORTS_GROUP } from '../reports/consume.js';
import type { VersionedKeys } from './keys.js';

export interface LeadParts {
  pool: Pool;
  ring: Sealer;
  keys: VersionedKeys;
  logger: Logger;
  /** Chunks of one step (default 20). */
  stepChunks?: number;
}

export const SERVICE = 'verification';
const STEP_CHUNKS = 20;

/** Does one bounded step of the rotation under way, or begins one when the key file names another version. True: there is more to do at once. */
export async function leadStep(parts: LeadParts): Promise<boolean> {
  const { pool, keys, logger } = parts;
  await keys.refresh();
  return await inTransaction(pool, async (client) => {
    await allowLonger(client, 600);
    if (!(await becomeLeader(client))) return false;
    const rotation = await openRotation(client);
    if (rotation === null) {
      const from = (await readKeyState(client)).version;
      const to = keys.wanted();
      if (from === to) return false;
      if (!(await beginRotation(client, from, to))) {
        throw new Error(`version ${to} of the pseudonym key was used before: a rotation needs a new version`);
      }
      await forgetFollowed(client);
      await tellStep(client, { from, to, step: 'begun', reports: [] });
      logger.warn({ from, to }, 'the pseudonym key is rotated');
      return true;
    }
    if (rotation.step === 'clearing') return await finish(parts, client, rotation);
    if (await followSome(parts, client, rotation)) return true;
    return rotation.step === 'preparing' ? await switchOver(parts, client, rotation) : await drain(client, rotation);
  });
}

/**
 * Tells a rotation under way once more, because the topic on which it was told is lost: that it has begun, whom applicants' keys become, and then
 * again what comes after that. What services had said is kept here; what was lost before it was heard they say again.
 */
export async function tellAgain(client: Client): Promise<void> {
  await waitForLeader(client);
  const { sealedUnder } = await readKeyState(client);
  if (sealedUnder !== null) await enqueue(client, [ownWord(sealedUnder, 'resealed')]);
  const rotation = await openRotation(client);
  if (rotation === null) return;
  const { from, to } = rotation;
  await forgetFollowed(client);
  await beginToFollowAgain(client, to);
  const begun: RotationStep = { from, to, step: 'begun', reports: [] };
  await enqueue(client, [pseudonymsMessage(SERVICE, 'pseudonyms.step', `step:${to}:begun`, begun)]);
  await recordAudit(client, {
    action: 'keys.told_again',
    actor: SYSTEM,
    object: { kind: 'pseudonym_key', id: to },
    details: { from, step: rotation.step },
  });
}

/** Tells a step and puts it on record, as the end of the transaction that takes it. */
async function tellStep(client: Client, told: RotationStep): Promise<void> {
  const { from, to, step } = told;
  await enqueue(client, [pseudonymsMessage(SERVICE, 'pseudonyms.step', `step:${to}:${step}`, told)]);
  await recordAudit(client, {
    action: `keys.${step}`,
    actor: SYSTEM,
    object: { kind: 'pseudonym_key', id: to },
    details: { from },
  });
}

/** Tells the ledger of the applicants of the next chunks. False when it knows of all. */
async function followSome(parts: LeadParts, client: Client, rotation: KeyRotation): Promise<boolean> {
  const { from, to } = rotation;
  const limit = parts.stepChunks ?? STEP_CHUNKS;
  const chunks = await chunksToFollow(client, rotation.followedTo, to, limit);
  if (chunks.length === 0) {
    if (rotation.followedTo === 0) return false;
    // Chunks may have been committed behind the place of the pass: another one tells.
    await noteFollowed(client, to, [], 0, 0);
    return true;
  }
  const pairs = chunks.flatMap((chunk) => pairsOf(parts, chunk, from, to));
  const after = chunks.at(-1)?.no ?? 0;
  await noteFollowed(
    client,
    to,
    chunks.map(({ no }) => no),
    after,
    pairs.length,
  );
  const messages =
    pairs.length === 0
      ? []
      : [pseudonymsMessage(SERVICE, 'pseudonyms.follow', `follow:${to}:${after}`, followPayload(from, to, pairs))];
  await enqueue(client, messages);
  return true;
}

/** Of a chunk whose key was destroyed nobody can be followed. */
function pairsOf({ ring, keys }: LeadParts, chunk: ChunkToFollow, from: string, to: string): FollowedKey[] {
  if (chunk.dataKey === null) return [];
  const { sealer } = openDataKey(ring, chunk.dataKey, chunk.batchId ?? chunk.id);
  const [before, after] = [keys.at(from), keys.at(to)];
  return openNamed(chunk.named, sealer, chunk.id).flatMap(({ persons }) => {
    const applicant = persons.find(({ relation }) => relation === 'applicant');
    if (!applicant) return [];
    const document = { type: applicant.idType, number: applicant.idNumber };
    return [{ old: Buffer.from(before.person(document), 'hex'), new: Buffer.from(after.person(document), 'hex') }];
  });
}

/** What has not been told yet of what a step needs. */
export function missingFor(
  step: 'doubled' | 'cleared',
  to: string,
  told: readonly { to: string; service: string; about: string; step: string }[],
): string[] {
  const has = (service: string, about: string, what: string) =>
    told.some((one) => one.to === to && one.service === service && one.about === about && one.step === what);
  const ledger = step === 'doubled' ? 'followed' : 'cleared';
  return [
    ...RECORD_TYPES.map(({ source, type }) => `${source}/${type}`)
      .filter((about) => !has('matcher', about, step))
      .map((about) => `matcher ${about} ${step}`),
    ...(has('reporting', '', ledger) ? [] : [`reporting ${ledger}`]),
  ];
}

async function switchOver(parts: LeadParts, client: Client, rotation: KeyRotation): Promise<boolean> {
  const { from, to } = rotation;
  if (!rotation.followedAsked) {
    await noteAsked(client, to);
    await tellStep(client, { from, to, step: 'followed', reports: [] });
    return false;
  }
  if (missingFor('doubled', to, await listTold(client, 'pseudonyms')).length > 0) return false;
  // Waits for whoever is taking a household in at this moment.
  await writeVersion(client, to);
  await enterStep(client, to, 'draining');
  await tellStep(client, { from, to, step: 'switched', reports: [] });
  parts.logger.warn({ from, to }, 'households are taken in under the new version of the pseudonym key');
  return true;
}

async function drain(client: Client, { from, to }: KeyRotation): Promise<boolean> {
  if ((await openUnderOther(client, to)).length > 0) return false;
  // Every report under the old version is stored here, so it lies below these positions.
  const positions = await readPositions(client, REPORTS_GROUP);
  const reports = positions.map(({ next, ...place }) => ({ ...place, next: String(next) }));
  await enterStep(client, to, 'clearing');
  await tellStep(client, { from, to, step: 'drained', reports });
  return true;
}

async function finish(parts: LeadParts, client: Client, { from, to }: KeyRotation): Promise<boolean> {
  if (missingFor('cleared', to, await listTold(client, 'pseudonyms')).length > 0) return false;
  await forgetFollowed(client);
  await enterStep(client, to, 'done');
  await tellStep(client, { from, to, step: 'done', reports: [] });
  parts.logger.warn({ from, to }, 'the pseudonym key has been rotated: the old version may leave the key file');
  return true;
}

/** A service's word about itself, through its own outbox. */
export const ownWord = (to: string, step: 'resealing' | 'resealed'): OutgoingMessage =>
  toldMessage({ kind: 'ring', to, service: SERVICE, about: '', step, done: 0, total: null });
