import { allowLonger, type Client, inTransaction, type Pool } from '@hedui/postgres';
import { fillingRecords } from '../db/first-records.js';
import { adoptHeld, countHeldSlots } from '../db/held.js';
import { forgetChangedBlocks, rememberAllBlocks, rememberBlocks } from '../db/known-blocks.js';
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
  withdrawRecords,
  writeTypeState,
} from '../db/records.js';
import { analyseStaging, bringBack, dropStaging } from '../db/staging.js';
import type { Writing } from '../db/writing.js';
import { type HeldRows, resolveRepeated, takeHeld } from './held-rows.js';

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
  await client.query('SAVEPOINT unwritten');
  await bringBack(client, no);
  const held = await takeHeld(client, writing, load);
  const written =
    held.rows === 0 && (await holdsNone(client, typeId))
      ? await writeAll(client, writing, load)
      : await writeDifference(client, writing, load, guard, held);
  if (written === null) {
    await client.query('ROLLBACK TO SAVEPOINT unwritten');
    await markWaiting(client, no);
    return false;
  }
  const { added, changed, unchanged, withdrawn, superseded } = written;
  await keepNames(client, no);
  await writeTypeState(client, typeId, { seq, records: before.records + added - withdrawn });
  await markStored(client, no, { seq, applied: added + changed, unchanged, withdrawn, superseded });
  await dropStaging(client, no);
  return true;
}

interface Written {
  added: number;
  changed: number;
  unchanged: number;
  withdrawn: number;
  superseded: number;
}

/** There is no record of the type: every row is new, and there is nothing to compare with. */
async function writeAll(client: Client, writing: Writing, { read, superseded, knownAtSeq }: LoadRow): Promise<Written> {
  const added = await fillingRecords(client, read, () => insertAllRecords(client, writing));
  await noteAllPersons(client, writing.typeId, writing.no, writing.seq);
  if (superseded > 0) await dropUnusedEvidence(client, writing.no, 'staged');
  if (knownAtSeq !== null) await rememberAllBlocks(client, writing);
  return { added, changed: 0, unchanged: 0, withdrawn: 0, superseded: 0 };
}

/** Null when the load has to be confirmed first; what was written is to be rolled back then. */
async function writeDifference(
  client: Client,
  writing: Writing,
  load: LoadRow,
  guard: WithdrawalGuard,
  held: HeldRows,
): Promise<Written | null> {
  const { no, typeId, scopePrefix, seq } = writing;
  const remembering = load.knownAtSeq !== null;
  await analyseStaging(client, no);
  let found =
    load.mode === 'full' ? await noteDifference(client, writing, remembering) : await noteChanges(client, typeId, no);
  if (found.repeated > 0) {
    await resolveRepeated(client, writing, held);
    found = await noteDifference(client, writing, remembering);
  }
  if (found.withdrawn > guard.records && !load.confirmed) {
    const holds = await countHeld(client, typeId, scopePrefix);
    if (found.withdrawn * 100 > holds * guard.percent) return null;
  }
  const distinct = await countHeldSlots(client);
  // A block that stands in the file more than once: all rows but the last of each id.
  const superseded = held.superseded + held.rows - distinct;
  const rows = distinct + (await countStaged(client, no));
  if (found.changed + found.withdrawn === 0) {
    await adoptUnchanged(client, writing);
    if (held.foreign) await adoptHeld(client, writing);
    if (remembering) await rememberBlocks(client, writing);
    await deleteEvidence(client, no);
    return { added: 0, changed: 0, unchanged: rows, withdrawn: 0, superseded };
  }
  await analyseChanges(client);
  await forgetChangedBlocks(client, typeId);
  await keepVersions(client, typeId, seq);
  await notePersonsBefore(client, typeId, seq);
  const withdrawn = await withdrawRecords(client, typeId);
  const changed = await updateRecords(client, writing);
  const added = await insertRecords(client, writing);
  await adoptUnchanged(client, writing);
  if (held.foreign) await adoptHeld(client, writing);
  if (remembering) await rememberBlocks(client, writing);
  await notePersonsAfter(client, typeId, no, seq);
  await dropUnusedEvidence(client, no, 'changed');
  return { added, changed, unchanged: rows - added - changed, withdrawn, superseded };
}
