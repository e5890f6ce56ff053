import { type ChunkId, parseDay, ROUTES, reachableBy } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { EventLog } from '@hedui/event-log';
import { defineRoute } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import { findReportParts, type HouseholdParts } from '../db/reports.js';
import type { Deps } from '../deps.js';
import type { PolicyChooser } from '../policies/choose.js';
import { pending } from '../reports/pending.js';
import { openChunk, reportAt } from '../reports/report.js';
import { judgeCheck, storeCheck } from './receive-check.js';

const DEFAULT_WAIT_S = 5;
const LONGEST_WAIT_S = 60;
/** News of a report may be lost: we look by ourselves after so long. */
const LOOK_AGAIN_MS = 500;

/** Verify one household: its report when it is ready within the wait, else where to look. */
export function addCheckRoutes(
  app: FastifyInstance,
  deps: Deps,
  choosePolicy: PolicyChooser,
  log: Pick<EventLog, 'publish'>,
): void {
  const { pool, ring, pseudonyms } = deps;

  defineRoute(app, ROUTES.createVerification, async (call) => {
    const { body, wait, correlationId, signal, caller, made, note } = call;
    const reach = reachableBy(caller, ROUTES.createVerification);
    const asOf = parseDay(body.asOf);
    if (asOf === null) throw new HeduiError('AS_OF_INVALID');
    const store = async () => {
      const { policy, ref } = await choosePolicy(pool, body.policy, asOf);
      const household = await judgeCheck(body, policy, asOf, reach);
      const origin = { asOf, policy: ref, correlationId, owner: reach.department, note };
      return await storeCheck(deps, log, household, Boolean(body.householdRef), origin);
    };
    const id = made === null ? await store() : (made as ChunkId);
    const seconds = Math.min(wait ?? DEFAULT_WAIT_S, LONGEST_WAIT_S);
    const parts = await reported(deps, id, { until: Date.now() + seconds * 1000, signal, justStored: made === null });
    const chunk = parts && openChunk(parts, ring, pseudonyms);
    return chunk ? { json: reportAt(chunk, 0) } : pending(id, 0);
  });
}

/** The check as soon as its report is stored; null at the end of the wait or when the caller has gone. */
async function reported(
  { pool, changes }: Pick<Deps, 'pool' | 'changes'>,
  id: ChunkId,
  { until, signal, justStored }: { until: number; signal: AbortSignal; justStored: boolean },
): Promise<HouseholdParts | null> {
  for (let nothingYet = justStored; ; nothingYet = false) {
    const left = until - Date.now();
    if (left <= 0 || signal.aborted) return null;
    // Begun before the look, so that news in between is not missed.
    const news = changes.next(id, Math.min(left, LOOK_AGAIN_MS), signal);
    const parts = nothingYet ? null : await findReportParts(pool, id, 0);
    if (parts && parts.event !== null) return parts;
    await news;
  }
}
