import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import { fillingRecords } from '../db/first-records.js';
import { type LoadRow, lastAsOf, markRefused, markStored, markWaiting, nextReceived } from '../db/loads.js';
import {
  adoptUnchanged,
  analyseChanges,
  countHeld,
  countStaged,
  deleteEvidence,
  dropUnusedEvidence,
  holdsNone,
  insertAllRecords,
  insertRecords,
  keepNames,
  keepVersions,
  lockRecordType,
  noteAllPersons,
  noteChanges,
  noteDifference,
  notePersonsAfter,
  notePersonsBefore,
  type TypeState,
  updateRecords,
  type Writing,
  withdrawRecords,
  writeTypeState,
} from '../db/records.js';
import { analyseStaging, dropStaging } from '../db/staging.js';

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
  const writing = { typeId, no, seq, scopePrefix };
  const written = (await holdsNone(client, typeId))
    ? await writeAll(client, writing, load)
    : await writeDifference(client, writing, load, guard);
  if (written === null) return false;
  const { added, changed, unchanged, withdrawn } = written;
  await keepNames(client, no);
  await writeTypeState(client, typeId, { seq, records: before.records + added - withdrawn });
  await markStored(client, no, { seq, applied: added + changed, unchanged, withdrawn });
  await dropStaging(client, no);
  return true;
}

interface Written {
  added: number;
  changed: number;
  unchanged: number;
  withdrawn: number;
}

/** There is no record of the type: every row is new, and there is nothing to compare with. */
async function writeAll(client: Client, writing: Writing, { read, superseded }: LoadRow): Promise<Written> {
  const added = await fillingRecords(client, read, () => insertAllRecords(client, writing));
  await noteAllPersons(client, writing.typeId, writing.no, writing.seq);
  if (superseded > 0) await dropUnusedEvidence(client, writing.no, 'staged');
  return { added, changed: 0, unchanged: 0, withdrawn: 0 };
}

/** Null when the load has to be confirmed first. */
async function writeDifference(
  client: Client,
  writing: Writing,
  load: LoadRow,
  guard: WithdrawalGuard,
): Promise<Written | null> {
  const { no, typeId, scopePrefix, seq } = writing;
  await analyseStaging(client, no);
  const found =
    load.mode === 'full'
      ? await noteDifference(client, typeId, no, scopePrefix)
      : await noteChanges(client, typeId, no);
  if (found.withdrawn > guard.records && !load.confirmed) {
    const held = await countHeld(client, typeId, scopePrefix);
    if (found.withdrawn * 100 > held * guard.percent) {
      await markWaiting(client, no);
      return null;
    }
  }
  const rows = await countStaged(client, no);
  if (found.changed + found.withdrawn === 0) {
    await adoptUnchanged(client, writing);
    await deleteEvidence(client, no);
    return { added: 0, changed: 0, unchanged: rows, withdrawn: 0 };
  }
  await analyseChanges(client);
  await keepVersions(client, typeId, seq);
  await notePersonsBefore(client, typeId, seq);
  const withdrawn = await withdrawRecords(client, typeId);
  const changed = await updateRecords(client, writing);
  const added = await insertRecords(client, writing);
  await adoptUnchanged(client, writing);
  await notePersonsAfter(client, typeId, no, seq);
  await dropUnusedEvidence(client, no, 'changed');
  return { added, changed, unchanged: rows - added - changed, withdrawn };
}
