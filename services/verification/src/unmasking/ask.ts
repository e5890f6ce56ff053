import { safeId } from '@hedui/audit';
import type { Unmasking, unmaskingRequestSchema } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Client, inTransaction } from '@hedui/postgres';
import type { z } from 'zod';
import { householdInReach } from '../access/reach.js';
import { agreeing, type HouseholdAct, recordWish, secondOf } from '../access/two-people.js';
import { findReportParts, type HouseholdParts } from '../db/reports.js';
import { findUnmasking, grantUnmasking, insertUnmasking, type StoredUnmasking } from '../db/unmaskings.js';
import type { Deps } from '../deps.js';
import { isUnmaskingId, newUnmaskingId, reportNoOf } from '../identifiers.js';
import { findParts } from '../reports/report.js';

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
  act: HouseholdAct,
): Promise<StoredUnmasking> {
  const { at, parts } = await findParts(reportNo, act.reach);
  const second = secondOf(act.caller);
  return await inTransaction(pool, async (client) => {
    const asked = await insertUnmasking(client, {
      id: newUnmaskingId(),
      ...at,
      reason,
      reference: reference ?? null,
      askedBy: act.caller.subject,
    });
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
  act: HouseholdAct,
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
  const by = agreeing(act.caller, asked.askedBy);
  return await inTransaction(pool, async (client) => {
    const granted = await grantUnmasking(client, id, { by, minutes: settings.unmaskingMinutes });
    if (granted === null) return (await findUnmasking(client, id)) ?? asked;
    await record(client, 'report.unmasking.grant', granted, parts, act);
    return granted;
  });
}

function record(
  client: Client,
  action: string,
  unmasking: StoredUnmasking,
  at: Pick<HouseholdParts, 'region' | 'programme'>,
  act: HouseholdAct,
): Promise<void> {
  const grantedBy = unmasking.grantedBy === null ? null : safeId(unmasking.grantedBy);
  return recordWish(client, action, unmasking, { unmasking: unmasking.id, grantedBy }, at, act);
}
