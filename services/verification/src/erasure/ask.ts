import { actorOf, recordAudit, safeId } from '@hedui/audit';
import { type Caller, type CorrelationId, type Erasure, type erasureRequestSchema, purposeOf } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { type Client, inTransaction } from '@hedui/postgres';
import type { z } from 'zod';
import { type CallerReach, householdInReach } from '../access/reach.js';
import { agreeErasure, findErasure, insertErasure, type StoredErasure } from '../db/erasures.js';
import { findReportParts, type HouseholdParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import { newErasureId, reportNoOf } from '../identifiers.js';
import { findParts } from '../reports/report.js';
import { eraseHousehold } from './erase-household.js';

/** Who acts, what that one may see, and under which correlation id it is recorded. */
interface Act {
  caller: Caller;
  reach: CallerReach;
  correlationId: CorrelationId;
}

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
  act: Act,
): Promise<StoredErasure> {
  const { at, parts } = await findParts(reportNo, act.reach);
  if (parts.event === null) throw new HeduiError('STATE_CONFLICT', { detail: 'the report is still being made' });
  const { subject, secondedBy } = act.caller;
  return await inTransaction(pool, async (client) => {
    const asked = await insertErasure(client, {
      id: newErasureId(),
      ...at,
      reason,
      reference: reference ?? null,
      askedBy: subject,
    });
    if (secondedBy !== null && secondedBy !== subject) return await erase(client, ring, asked, secondedBy, parts, act);
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
  act: Act,
): Promise<StoredErasure> {
  const asked = await findErasure(pool, id);
  const parts = householdInReach(
    asked && (await act.reach.read((db) => findReportParts(db, asked.chunkId, asked.place))),
    act.reach.reachable,
  );
  if (asked === null) throw new HeduiError('NOT_FOUND');
  if (asked.erasedAt !== null) return asked;
  const { subject, secondedBy } = act.caller;
  const by = asked.askedBy === subject ? secondedBy : subject;
  if (by === null || by === asked.askedBy) throw new HeduiError('SECOND_PERSON_NEEDED');
  return await inTransaction(pool, (client) => erase(client, ring, asked, by, parts, act));
}

async function erase(
  client: Client,
  ring: Deps['ring'],
  asked: StoredErasure,
  by: string,
  parts: Pick<HouseholdParts, 'region' | 'programme'>,
  act: Act,
): Promise<StoredErasure> {
  const erased = await agreeErasure(client, asked.id, by);
  // Somebody agreed at the same moment.
  if (erased === null) return (await findErasure(client, asked.id)) ?? asked;
  await eraseHousehold(client, ring, asked.chunkId, asked.place);
  await record(client, 'household.erase', erased, parts, act);
  return erased;
}

async function record(
  client: Client,
  action: string,
  { id, chunkId, place, reason, reference, askedBy, agreedBy }: StoredErasure,
  { region, programme }: Pick<HouseholdParts, 'region' | 'programme'>,
  { caller, correlationId }: Act,
): Promise<void> {
  await recordAudit(client, {
    action,
    actor: actorOf(caller),
    object: { kind: 'report', id: reportNoOf(chunkId, place) },
    purpose: purposeOf(programme),
    region,
    correlationId,
    details: {
      erasure: id,
      reason,
      reference: reference === null ? null : safeId(reference),
      askedBy: safeId(askedBy),
      agreedBy: agreedBy === null ? null : safeId(agreedBy),
    },
  });
}
