import { safeId } from '@hedui/audit';
import type { Erasure, erasureRequestSchema } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Client, inTransaction } from '@hedui/postgres';
import type { z } from 'zod';
import { householdInReach } from '../access/reach.js';
import { agreeing, type HouseholdAct, recordWish, secondOf } from '../access/two-people.js';
import { agreeErasure, findErasure, insertErasure, type StoredErasure } from '../db/erasures.js';
import { findReportParts, type HouseholdParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { newErasureId, reportNoOf } from '../identifiers.js';
import { findParts } from '../reports/report.js';
import { eraseHousehold } from './erase-household.js';

/** As callers see it. */
export function erasureOf(stored: StoredErasure): Erasure {
  return {
    id: stored.id,
    reportNo: reportNoOf(stored.chunkId, stored.place),
    state: stored.erasedAt === null ? 'asked' : 'erased',
    reason: stored.reason,
    reference: stored.reference,
    askedBy: stored.askedBy,
    askedAt: stored.askedAt.toISOString(),
    agreedBy: stored.agreedBy,
    erasedAt: stored.erasedAt?.toISOString() ?? null,
  };
}

/**
 * Asks that the household of a report be erased. It takes a second person; a caller who stands for two has it done at once. Throws
 * HeduiError NOT_FOUND for one out of reach, STATE_CONFLICT while the report is made, REPORT_ERASED.
 */
export async function askErasure(
  { pool, ring }: Pick<Deps, 'pool' | 'ring'>,
  reportNo: string,
  { reason, reference }: z.infer<typeof erasureRequestSchema>,
  act: HouseholdAct,
): Promise<StoredErasure> {
  const { at, parts } = await findParts(reportNo, act.reach);
  if (parts.event === null) throw new HeduiError('STATE_CONFLICT', { detail: 'the report is still being made' });
  const second = secondOf(act.caller);
  return await inTransaction(pool, async (client) => {
    const asked = await insertErasure(client, {
      id: newErasureId(),
      ...at,
      reason,
      reference: reference ?? null,
      askedBy: act.caller.subject,
    });
    if (second !== null) return await erase(client, ring, asked, second, parts, act);
    await record(client, 'household.erasure.ask', asked, parts, act);
    return asked;
  });
}

/**
 * Agrees to an erasure that somebody else asked for, and erases. Done already, it stays as it is. Throws HeduiError NOT_FOUND, also when its
 * household is out of reach, SECOND_PERSON_NEEDED for whoever asked.
 */
export async function approveErasure(
  { pool, ring }: Pick<Deps, 'pool' | 'ring'>,
  id: string,
  act: HouseholdAct,
): Promise<StoredErasure> {
  const asked = await findErasure(pool, id);
  const parts = householdInReach(
    asked && (await act.reach.read((db) => findReportParts(db, asked.chunkId, asked.place))),
    act.reach.reachable,
  );
  if (asked === null) throw new HeduiError('NOT_FOUND');
  if (asked.erasedAt !== null) return asked;
  const by = agreeing(act.caller, asked.askedBy);
  return await inTransaction(pool, (client) => erase(client, ring, asked, by, parts, act));
}

async function erase(
  client: Client,
  ring: Deps['ring'],
  asked: StoredErasure,
  by: string,
  parts: Pick<HouseholdParts, 'region' | 'programme'>,
  act: HouseholdAct,
): Promise<StoredErasure> {
  const erased = await agreeErasure(client, asked.id, by);
  // Somebody agreed at the same moment.
  if (erased === null) return (await findErasure(client, asked.id)) ?? asked;
  await eraseHousehold(client, ring, asked.chunkId, asked.place);
  await record(client, 'household.erase', erased, parts, act);
  return erased;
}

function record(
  client: Client,
  action: string,
  asked: StoredErasure,
  at: Pick<HouseholdParts, 'region' | 'programme'>,
  act: HouseholdAct,
): Promise<void> {
  const agreedBy = asked.agreedBy === null ? null : safeId(asked.agreedBy);
  return recordWish(client, action, asked, { erasure: asked.id, agreedBy }, at, act);
}
