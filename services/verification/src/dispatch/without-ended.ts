import { decodeEvent, encodeEvent, readRequestChunk, requestChunkPayload } from '@hedui/contracts';
import type { WaitingChunk } from '../db/sending.js';

/**
 * A chunk as it is sent when some of its households have ended: they are not asked about, the others keep their places. What is stored stays
 * whole. Null when nobody is left.
 */
export function withoutEnded(chunk: WaitingChunk, ended: ReadonlySet<number> | undefined): WaitingChunk | null {
  if (ended === undefined || ended.size === 0) return chunk;
  const event = decodeEvent(chunk.request);
  const asked = readRequestChunk(event.payload);
  const households = asked.households.filter(({ index }) => !ended.has(index));
  if (households.length === 0) return null;
  return { ...chunk, request: encodeEvent({ ...event, payload: requestChunkPayload({ ...asked, households }) }) };
}
