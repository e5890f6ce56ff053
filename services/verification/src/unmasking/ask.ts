import { actorOf, recordAudit, safeId } from '@hedui/audit';
import {
  type Caller,
  type CorrelationId,
  purposeOf,
  type Unmasking,
  type unmaskingRequestSchema,
} from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Client, inTransaction } from '@hedui/postgres';
import type { z } from 'zod';
import { type CallerReach, householdInReach } from '../access/reach.js';
import type { HouseholdParts } from '../db/reports.js';
import { findReportParts } from '../db/reports.js';
import { findUnmasking, grantUnmasking, insertUnmasking, type StoredUnmasking } from '../db/unmaskings.js';
import type { Deps } from '../deps.js';
import { isUnmaskingId, newUnmaskingId, reportNoOf } from '../identifiers.js';
import { findParts } from '../reports/report.js';

/** Who acts, what that one may see, and under which correlation id it is recorded. */
export interface Act {
  caller: Caller;
  reach: CallerReach;
  correlationId: CorrelationId;
}

/** Nobody grants what was asked for so long ago. */
const ASKED_DAYS = 7;
const DAY_MS = 86_400_000;

/** As callers see it. */
export function unmaskingOf(stored: StoredUnmasking, now = Date.now()): Unmasking {
  const over = stored.until !== null ? stored.until.getTime() <= now : tooOld(stored, now);
  return {
    id: stored.id,
    reportNo: reportNoOf(stored.chunkId, stored.place),
    state: over ? 'ended' : stored.until === null ? 'asked' : 'granted',
    reason: stored.reason,
    reference: stored.reference,
    askedBy: stored.askedBy,
    askedAt: stored.askedAt.toISOString(),
    grantedBy: stored.grantedBy,
    grantedAt: stored.grantedAt?.toISOString() ?? null,
    until: stored.until?.toISOString() ?? null,
  };
}

const tooOld = ({ askedAt }: StoredUnmasking, now: number): boolean => askedAt.getTime() < now - ASKED_DAYS * DAY_MS;

/**
 * Asks to see a report unmasked. It takes a second person to grant it; a caller who stands for two has it at once. Throws HeduiError
 * NOT_FOUND for a report out of reach.
 */
export async function askUnmasking(
  { pool, settings }: Pick<Deps, 'pool' | 'settings'>,
  reportNo: string,
  { reason, reference }: z.infer<typeof unmaskingRequestSchema>,
  act: Act,
): Promise<StoredUnmasking> {
  const { at, parts } = await findParts(reportNo, act.reach);
  const { subject, secondedBy } = act.caller;
  return await inTransaction(pool, async (client) => {
    const asked = await insertUnmasking(client, {
      id: newUnmaskingId(),
      ...at,
      reason,
      reference: reference ?? null,
      askedBy: subject,
    });
    const second = secondedBy === subject ? null : secondedBy;
    const granted =
      second === null
        ? null
        : await grantUnmasking(client, asked.id, { by: second, minutes: settings.unmaskingMinutes });
    await record(
      client,
      granted === null ? 'report.unmasking.ask' : 'report.unmasking.grant',
      granted ?? asked,
      parts,
      act,
    );
    return granted ?? asked;
  });
}

/**
 * Grants what somebody else asked for. Granted already, it stays as it is. Throws HeduiError NOT_FOUND, also when its household is out of
 * reach, SECOND_PERSON_NEEDED for whoever asked, STATE_CONFLICT when it was asked too long ago.
 */
export async function approveUnmasking(
  { pool, settings }: Pick<Deps, 'pool' | 'settings'>,
  id: string,
  act: Act,
): Promise<StoredUnmasking> {
  const { reachable, read } = act.reach;
  const { asked, household } = await read(async (db) => {
    const found = isUnmaskingId(id) ? await findUnmasking(db, id) : null;
    return { asked: found, household: found && (await findReportParts(db, found.chunkId, found.place)) };
  });
  const parts = householdInReach(household, reachable);
  if (asked === null) throw new HeduiError('NOT_FOUND');
  if (asked.grantedBy !== null) return asked;
  if (tooOld(asked, Date.now())) throw new HeduiError('STATE_CONFLICT', { detail: 'it was asked too long ago' });
  const { subject, secondedBy } = act.caller;
  const by = asked.askedBy === subject ? secondedBy : subject;
  if (by === null || by === asked.askedBy) throw new HeduiError('SECOND_PERSON_NEEDED');
  return await inTransaction(pool, async (client) => {
    const granted = await grantUnmasking(client, id, { by, minutes: settings.unmaskingMinutes });
    if (granted === null) return (await findUnmasking(client, id)) ?? asked;
    await record(client, 'report.unmasking.grant', granted, parts, act);
    return granted;
  });
}

async function record(
  client: Client,
  action: string,
  unmasking: StoredUnmasking,
  { region, programme }: Pick<HouseholdParts, 'region' | 'programme'>,
  { caller, correlationId }: Act,
): Promise<void> {
  const { id, chunkId, place, reason, reference, askedBy, grantedBy } = unmasking;
  await recordAudit(client, {
    action,
    actor: actorOf(caller),
    object: { kind: 'report', id: reportNoOf(chunkId, place) },
    purpose: purposeOf(programme),
    region,
    correlationId,
    details: {
      unmasking: id,
      reason,
      reference: reference === null ? null : safeId(reference),
      askedBy: safeId(askedBy),
      grantedBy: grantedBy === null ? null : safeId(grantedBy),
    },
  });
}
