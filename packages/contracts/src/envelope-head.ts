import { Unpackr } from 'msgpackr';
import { type Envelope, MalformedEvent } from './envelope.js';

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
/** An array of seven in MessagePack. */
const ENVELOPE = 0x97;
/** Far more than all that comes before a payload. */
const HEAD_BYTES = 2_048;
const BEFORE_PAYLOAD = 6;

/** Who an event belongs to, without reading its payload: of a chunk of a thousand households that is nearly all of it. Throws MalformedEvent. */
export function eventHead(bytes: Uint8Array): Pick<Envelope, 'id' | 'type' | 'correlationId'> {
  if (bytes[0] !== ENVELOPE) throw new MalformedEvent('NOT_AN_ENVELOPE');
  const values: unknown[] = [];
  try {
    unpackr.unpackMultiple(bytes.subarray(1, HEAD_BYTES), (value: unknown) => {
      values.push(value);
      return values.length < BEFORE_PAYLOAD;
    });
  } catch {
    // What is cut off behind the head is of no interest.
  }
  const [, type, id, , , correlationId] = values;
  if (typeof type !== 'string' || typeof id !== 'string' || typeof correlationId !== 'string') {
    throw new MalformedEvent('NOT_AN_ENVELOPE');
  }
  return { id, type, correlationId } as Pick<Envelope, 'id' | 'type' | 'correlationId'>;
}
