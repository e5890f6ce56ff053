import type { ChunkId } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { Client } from '@hedui/postgres';
import { newDataKey, openDataKey, type Sealer } from '@hedui/privacy';
import {
  chunksUnderKey,
  lockDataKey,
  markErased,
  sealedRejects,
  writeDataKey,
  writeNamed,
  writeRejects,
} from '../db/erasures.js';
import { rejectContext } from '../intake/batch-writer.js';
import { openNamed, sealNamed } from '../intake/named-chunk.js';

const CHUNKS_AT_ONCE = 20;
const REJECTS_AT_ONCE = 1_000;

/**
 * Erases one household: everything that its batch's data key sealed is sealed anew under another key, without the household, and the old
 * key is destroyed, so that no copy of the old bytes opens any more. A batch of 300,000 households is some 300 chunks. In the caller's
 * transaction. Throws HeduiError NOT_FOUND, REPORT_ERASED.
 */
export async function eraseHousehold(client: Client, ring: Sealer, chunkId: ChunkId, place: number): Promise<void> {
  const held = await lockDataKey(client, chunkId);
  if (held === null) throw new HeduiError('NOT_FOUND');
  if (held.dataKey === null) throw new HeduiError('REPORT_ERASED');
  const { batchId } = held;
  const context = batchId ?? chunkId;
  const before = openDataKey(ring, held.dataKey, context).sealer;
  const after = newDataKey(ring, context);
  const of = { batchId, chunkId };
  for (let last = 0; ; ) {
    const chunks = await chunksUnderKey(client, of, last, CHUNKS_AT_ONCE);
    for (const { no, id, named } of chunks) {
      const households = openNamed(named, before, id);
      if (id === chunkId) households[place] = { ref: null, benefitNo: null, persons: [] };
      await writeNamed(client, no, sealNamed(households, after.sealer, id));
      last = no;
    }
    if (chunks.length < CHUNKS_AT_ONCE) break;
  }
  for (let last = 0; batchId !== null; ) {
    const rejects = await sealedRejects(client, batchId, last, REJECTS_AT_ONCE);
    const anew = rejects.map(({ no, ref }) => ({
      no,
      ref: after.sealer.seal(before.open(ref, rejectContext(batchId)), rejectContext(batchId)),
    }));
    if (anew.length > 0) await writeRejects(client, anew);
    last = anew.at(-1)?.no ?? last;
    if (rejects.length < REJECTS_AT_ONCE) break;
  }
  await writeDataKey(client, of, after.wrapped);
  await markErased(client, chunkId, place);
}
