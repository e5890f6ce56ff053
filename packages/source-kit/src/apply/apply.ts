import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import { type LoadRow, lastAsOf, markRefused, markStored, markWaiting, nextReceived } from '../db/loads.js';
import {
  adoptUnchanged,
  analyseChanges,
  countStaged,
  deleteEvidence,
  dropUnusedEvidence,
  insertRecords,
  keepNames,
  keepVersions,
  lockRecordType,
  noteChanges,
  notePersons,
  noteWithdrawals,
  type TypeState,
  updateRecords,
  withdrawRecords,
  writeTypeState,
} from '../db/records.js';
import { dropStaging } from '../db/staging.js';

/** When a full load has to be confirmed: it would withdraw more than both. */
export interface WithdrawalGuard {
  /** Per cent of what the scope holds. */
  percent: number;
  records: number;
}

export type ApplyOutcome = { done: 'nothing' } | { done: 'stored' | 'refused' | 'waiting'; loadId: string };

/**
 * Lets the next received load of a record type take effect, whole or not at all: one transaction writes the records, their
 * versions, whose slices changed, and the load. `nothing`: none is there, or another process is at it.
 */
export function applyNext(pool: Pool, typeId: number, guard: WithdrawalGuard): Promise<ApplyOutcome> {
  return inTransaction(pool, async (client): Promise<ApplyOutcome> => {
    await allowLonger(client, 7200);
    await client.query("SET LOCAL work_mem = '64MB'");
    const state = await lockRecordType(client, typeId);
    const load = state ? await nextReceived(client, typeId) : null;
    if (!state || !load) return { done: 'nothing' };
    const last = load.allowOlder ? null : await lastAsOf(client, typeId, load.scope);
    if (last !== null && load.asOf < last) {
      await markRefused(client, load.no, 'AS_OF_BACKWARDS');
      await deleteEvidence(client, load.no);
      await dropStaging(client, load.no);
      return { done: 'refused', loadId: load.id };
    }
    const stored = await store(client, load, state, guard);
    return { done: stored ? 'stored' : 'waiting', loadId: load.id };
  });
}

/** False when the load has to be confirmed first; nothing but that was written then. */
async function store(client: Client, load: LoadRow, before: TypeState, guard: WithdrawalGuard): Promise<boolean> {
  const { no, typeId, scopePrefix } = load;
  const seq = before.seq + 1;
  await noteChanges(client, typeId, no);
  if (load.mode === 'full') {
    const { held, withdrawn } = await noteWithdrawals(client, typeId, no, scopePrefix);
    const tooMany = withdrawn > guard.records && withdrawn * 100 > held * guard.percent;
    if (tooMany && !load.confirmed) {
      await markWaiting(client, no);
      return false;
    }
  }
  await analyseChanges(client);
  await keepVersions(client, typeId, seq);
  await notePersons(client, typeId, seq);
  const withdrawn = await withdrawRecords(client, typeId);
  const writing = { typeId, no, seq, scopePrefix };
  const changed = await updateRecords(client, writing);
  const added = await insertRecords(client, writing);
  await adoptUnchanged(client, writing);
  await notePersons(client, typeId, seq);
  await keepNames(client, no);
  await dropUnusedEvidence(client, no);
  const rows = await countStaged(client, no);
  await writeTypeState(client, typeId, { seq, records: before.records + added - withdrawn });
  await markStored(client, no, { seq, applied: added + changed, unchanged: rows - added - changed, withdrawn });
  await dropStaging(client, no);
  return true;
}
