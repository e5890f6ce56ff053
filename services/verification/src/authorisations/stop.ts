import {
  type BatchId,
  type CorrelationId,
  decodeEvent,
  encodeEvent,
  HOUSEHOLD_ENDINGS,
  type HouseholdEnding,
  type HouseholdEndingReason,
  householdEndingPayload,
  type PersonKey,
  partitionOfId,
  readRequestChunk,
  SCHEMA_VERSION,
  TOPICS,
} from '@hedui/contracts';
import { enqueue, type OutgoingMessage } from '@hedui/event-log';
import { type Client, inTransaction, type Queryable } from '@hedui/postgres';
import { openDataKey, type Sealer } from '@hedui/privacy';
import { countEnded, endedPlaces, endHouseholds, markApplied, type StoredEnding } from '../db/endings.js';
import {
  chunksWithPerson,
  dropChunk,
  householdEndings,
  lockChunk,
  type NamedChunkRow,
  readNamedChunk,
} from '../db/person-chunks.js';
import type { Deps } from '../deps.js';
import { type NamedHousehold, openNamed } from '../intake/named-chunk.js';
import { isUnderPaper, openNames, type PaperNames } from './paper-keys.js';
import { printOf } from './person-prints.js';

/** What an ending stopped. */
export interface Stopped {
  /** Households that get no report, or whose report counts no longer. */
  stopped: number;
  /** Households whose report had been issued and stands. */
  issued: number;
}

const UNDER_WAY = ['ready', 'sent'] as const;
const UNDER_WAY_OR_ISSUED = [...UNDER_WAY, 'reported'] as const;

/** The households of a chunk; null when its key was destroyed. */
export function namedOf(chunk: NamedChunkRow, ring: Sealer): NamedHousehold[] | null {
  if (chunk.dataKey === null) return null;
  return openNamed(chunk.named, openDataKey(ring, chunk.dataKey, chunk.batchId ?? chunk.id).sealer, chunk.id);
}

/**
 * Stops what is under way under an authorisation that has ended, chunk by chunk, and tells the ledger. Withdrawn: households without a
 * report get none; reports issued before stand. Unsigned: reports made under it count no longer either. Not eligible: nothing is under
 * way. Doing it again changes nothing.
 */
export async function stopWork(deps: Deps, ending: StoredEnding): Promise<Stopped> {
  const total: Stopped = { stopped: 0, issued: 0 };
  const changed = new Set<string>();
  if (ending.reason !== 'not_eligible') {
    for (const no of await chunksOf(deps.pool, ending)) {
      const { stopped, issued, ids } = await inTransaction(deps.pool, (client) =>
        stopInChunk(client, deps, ending, no),
      );
      total.stopped += stopped;
      total.issued += issued;
      for (const id of ids) changed.add(id);
    }
  }
  await markApplied(deps.pool, ending.id);
  deps.changes.announce([...changed]);
  if (changed.size > 0) deps.wakeSenders();
  return total;
}

/** The same for the chunks of one batch, in the transaction that releases them: what ended while it was received. */
export async function stopInBatch(client: Client, deps: Deps, ending: StoredEnding, batchId: BatchId): Promise<void> {
  for (const no of await chunksOf(client, ending, batchId)) await stopInChunk(client, deps, ending, no);
}

async function chunksOf(db: Queryable, ending: StoredEnding, batchId?: BatchId): Promise<number[]> {
  const print = printOf(ending.personKey.toString('hex') as PersonKey);
  return await chunksWithPerson(db, print, { states: UNDER_WAY_OR_ISSUED, ...(batchId ? { batchId } : {}) });
}

async function stopInChunk(
  client: Client,
  { ring, keys }: Pick<Deps, 'ring' | 'keys'>,
  ending: StoredEnding,
  no: number,
): Promise<Stopped & { ids: string[] }> {
  const nothing = { stopped: 0, issued: 0, ids: [] };
  if (!(await lockChunk(client, no))) return nothing;
  const chunk = await readNamedChunk(client, no);
  const named = chunk && namedOf(chunk, ring);
  if (!chunk || !named || chunk.state === 'held' || chunk.state === 'dropped') return nothing;
  const places = placesUnder(named, openNames(ring, ending.id, ending.named));
  if (places.length === 0) return nothing;
  const reported = chunk.state === 'reported';
  if (reported && ending.reason === 'withdrawn') {
    const ended = (await endedPlaces(client, [no])).get(no);
    return { ...nothing, issued: places.filter((place) => !ended?.has(place)).length };
  }
  const reason: HouseholdEndingReason = ending.reason === 'withdrawn' ? 'withdrawn' : 'unauthorised';
  const fresh = await endHouseholds(client, no, places, reason);
  if (fresh.length === 0) return nothing;
  if (chunk.state === 'ready' && (await endedPlaces(client, [no])).get(no)?.size === chunk.households) {
    await dropChunk(client, no);
  }
  if (chunk.batchId !== null) {
    await countEnded(client, chunk.batchId, fresh.length, reported ? fresh.length : 0);
  }
  await enqueue(
    client,
    endingMessages(chunk, applicantsOf(named, keys), fresh, reason, ending.correlationId as CorrelationId),
  );
  return { stopped: fresh.length, issued: 0, ids: chunk.batchId === null ? [chunk.id] : [chunk.id, chunk.batchId] };
}

/** Tells the ledger once more which households of a chunk count no longer. Those whose data key was destroyed are left to what it has. */
export async function publishEndingsOf(
  client: Client,
  { ring, keys }: Pick<Deps, 'ring' | 'keys'>,
  no: number,
): Promise<void> {
  const chunk = await readNamedChunk(client, no);
  const named = chunk && namedOf(chunk, ring);
  if (!chunk || !named) return;
  const ended = [...(await householdEndings(client, no))];
  const applicants = applicantsOf(named, keys);
  const correlationId = decodeEvent(chunk.request).correlationId;
  for (const reason of HOUSEHOLD_ENDINGS) {
    const places = ended.filter(([, ending]) => ending.reason === reason).map(([place]) => place);
    await enqueue(client, endingMessages(chunk, applicants, places, reason, correlationId));
  }
}

/** Places of the households one of whose rows was submitted under the paper. */
export function placesUnder(named: readonly NamedHousehold[], paper: PaperNames): number[] {
  return named.flatMap(({ persons }, place) => (persons.some((row) => isUnderPaper(row, paper)) ? [place] : []));
}

/** The applicants' keys by place, under the version in use: the ledger knows no other for ever. */
function applicantsOf(named: readonly NamedHousehold[], keys: Deps['keys']): (PersonKey | undefined)[] {
  return named.map(({ persons }) => {
    const applicant = persons.find(({ relation }) => relation === 'applicant');
    return applicant && keys.pseudonyms.person({ type: applicant.idType, number: applicant.idNumber });
  });
}

function endingMessages(
  chunk: NamedChunkRow,
  applicants: readonly (PersonKey | undefined)[],
  places: readonly number[],
  reason: HouseholdEndingReason,
  correlationId: CorrelationId,
): OutgoingMessage[] {
  const { asOf, households } = readRequestChunk(decodeEvent(chunk.request).payload);
  return places.flatMap((index) => {
    const household = households.find((one) => one.index === index);
    const applicant = applicants[index];
    if (!household || !applicant) return [];
    const { programme, verificationType, region } = household;
    const ending: HouseholdEnding = {
      chunkId: chunk.id,
      batchId: chunk.batchId,
      index,
      reason,
      asOf,
      applicant,
      programme,
      verificationType,
      region,
    };
    const value = encodeEvent({
      id: `ending-${chunk.id}-${index}`,
      type: 'verification.ended',
      schemaVersion: SCHEMA_VERSION,
      producedBy: 'verification',
      occurredAt: Date.now(),
      correlationId,
      payload: householdEndingPayload(ending),
    });
    return [{ topic: TOPICS.endings.name, partition: partitionOfId(chunk.id), key: Buffer.from(chunk.id), value }];
  });
}
