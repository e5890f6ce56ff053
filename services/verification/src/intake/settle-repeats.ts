import { ruleText } from '@hedui/contracts';
import type { Client } from '@hedui/postgres';
import type { DataKey } from '@hedui/privacy';
import {
  chunkNumbers,
  deleteChunk,
  deleteHouseholds,
  insertHouseholds,
  readChunk,
  replaceChunk,
} from '../db/chunks.js';
import {
  addRejectAt,
  deleteFaultlessRejects,
  forgetRejectedHouseholds,
  insertRejects,
  type NewReject,
} from '../db/rejects.js';
import { findRepeats } from '../db/repeats.js';
import { rejectContext } from './batch-writer.js';
import { type NamedHousehold, openNamed, sealNamed } from './named-chunk.js';
import { type BatchOrigin, type ChunkOrigin, decodeRequest, encodeRequest } from './pack-chunk.js';
import type { RefHash } from './ref-hash.js';

const REPEATED = 'HOUSEHOLD_REF_REPEATED';

/**
 * Rejects every household whose household_ref came again after other households' rows: accepted ones are taken out of their
 * chunks, which are packed anew, and those rejected already get the reason too. Nothing has been sent yet, so a
 * household's place in its chunk may change. Returns what was taken out.
 */
export async function settleRepeats(
  client: Client,
  origin: BatchOrigin,
  key: DataKey,
  hash: RefHash,
): Promise<{ households: number; rows: number }> {
  const { batchId } = origin;
  const repeats = await findRepeats(client, batchId, await chunkNumbers(client, batchId, 'held'));
  await addRejectAt(client, batchId, repeats.rejectedLines, REPEATED, ruleText(REPEATED));
  await deleteFaultlessRejects(client, batchId, repeats.rejectedLines);
  const byChunk = new Map<number, Set<number>>();
  for (const { chunkNo, place } of repeats.accepted) {
    byChunk.set(chunkNo, (byChunk.get(chunkNo) ?? new Set()).add(place));
  }
  let rows = 0;
  for (const [chunkNo, places] of byChunk) {
    const taken = await takeOut(client, chunkNo, places, origin, key, hash);
    rows += taken.reduce((sum, household) => sum + household.persons.length, 0);
    await insertRejects(
      client,
      batchId,
      taken.flatMap((household) => rejectsOf(household, batchId, key)),
    );
  }
  await forgetRejectedHouseholds(client, batchId);
  return { households: repeats.accepted.length, rows };
}

async function takeOut(
  client: Client,
  chunkNo: number,
  places: ReadonlySet<number>,
  origin: ChunkOrigin,
  key: DataKey,
  hash: RefHash,
): Promise<NamedHousehold[]> {
  const chunk = await readChunk(client, chunkNo);
  if (chunk === null) throw new RangeError('a chunk of the batch vanished while it was received');
  const named = openNamed(chunk.named, key.sealer, chunk.id);
  const blind = decodeRequest(chunk.request);
  const kept = named.filter((_, place) => !places.has(place));
  await deleteHouseholds(client, chunkNo);
  if (kept.length === 0) {
    await deleteChunk(client, chunkNo);
  } else {
    const requests = blind.filter((_, place) => !places.has(place)).map((request, index) => ({ ...request, index }));
    await replaceChunk(client, chunkNo, {
      households: kept.length,
      named: sealNamed(kept, key.sealer, chunk.id),
      request: encodeRequest(chunk.id, origin, requests, Date.now()),
    });
    await insertHouseholds(
      client,
      chunkNo,
      requests.map((request, place) => ({
        place,
        line: kept[place]?.persons[0]?.line ?? 0,
        refHash: hash(kept[place]?.ref ?? ''),
        region: request.region,
        programme: request.programme,
      })),
    );
  }
  return named.filter((_, place) => places.has(place));
}

function rejectsOf(household: NamedHousehold, batchId: string, key: DataKey): NewReject[] {
  const ref = key.sealer.seal(Buffer.from(household.ref ?? ''), rejectContext(batchId));
  return household.persons.map((person, i) => {
    const code = i === 0 ? REPEATED : 'HOUSEHOLD_REJECTED';
    return { line: person.line, ref, column: null, code, rule: ruleText(code) };
  });
}
