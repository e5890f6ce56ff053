import { z } from 'zod';
import { type CorrelationId, KEY_BYTES } from './brands.js';
import { encodeEvent, MalformedEvent, SCHEMA_VERSION } from './envelope.js';
import { TOPICS } from './topics.js';

/**
 * The rotation of the pseudonym key, as it is told on `hedui.pseudonyms` (one partition, so that everybody reads it in one order).
 * Verification leads it:
 *
 *   begun ─▶ (sources send every slice under both versions, `pseudonyms.mark doubled` behind them;
 *   │         verification tells the ledger whom the applicants' keys become, `followed` behind them)
 *   ▼
 *   switched ─▶ (what is taken in from here on bears the new version; what was taken in before is finished under the old one)
 *   ▼
 *   drained ─▶ (sources take back what stood under the old version, `pseudonyms.mark cleared` behind it; the ledger is re-keyed)
 *   ▼
 *   done: the old version may be removed from the key file
 */
export const ROTATION_STEPS = ['begun', 'followed', 'switched', 'drained', 'done'] as const;

const readUpTo = z.strictObject({
  topic: z.string(),
  partition: z.int(),
  generation: z.string(),
  next: z.string().regex(/^\d+$/),
});

/** Payload of `pseudonyms.step`. */
export const rotationStepSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  step: z.enum(ROTATION_STEPS),
  /** With `drained`: the positions of the report topics below which every report under the old version lies. */
  reports: z.array(readUpTo),
});
export type RotationStep = z.infer<typeof rotationStepSchema>;

/** Payload of `pseudonyms.told`: how far a service is with a rotation. */
export const rotationToldSchema = z.strictObject({
  /** `pseudonyms`: of the pseudonym key; `ring`: of the key ring. */
  kind: z.enum(['pseudonyms', 'ring']),
  /** The version that is rotated to. */
  to: z.string(),
  service: z.string(),
  /** What of the service: a record type as `source/type`, or nothing. */
  about: z.string(),
  step: z.enum(['translating', 'doubling', 'doubled', 'followed', 'clearing', 'cleared', 'resealing', 'resealed']),
  done: z.int(),
  /** Null: not counted. */
  total: z.int().nullable(),
});
export type RotationTold = z.infer<typeof rotationToldSchema>;

/** Payload of `pseudonyms.mark`, through every partition of a record topic behind what it speaks of. */
export const rotationMarkSchema = z.strictObject({
  source: z.string(),
  recordType: z.string(),
  to: z.string(),
  /** `doubled`: every slice was sent under both versions. `cleared`: those under the old one were taken back. */
  step: z.enum(['doubled', 'cleared']),
});
export type RotationMark = z.infer<typeof rotationMarkSchema>;

/** Payload of `person.moved`: this person's slice of this type lives under another key from now on. */
export const personMovedSchema = z.strictObject({ source: z.string(), recordType: z.string() });
export type PersonMoved = z.infer<typeof personMovedSchema>;

/** Old and new pseudonym of one person, 16 bytes each. */
export interface FollowedKey {
  old: Buffer;
  new: Buffer;
}

/** Payload of `pseudonyms.follow`: pairs of old and new keys of applicants. Both are pseudonyms: it names nobody. */
export const followSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  pairs: z.instanceof(Uint8Array),
});

export function followPayload(from: string, to: string, pairs: readonly FollowedKey[]): unknown {
  return { from, to, pairs: Buffer.concat(pairs.flatMap((pair) => [pair.old, pair.new])) };
}

/** Reads a `pseudonyms.follow` payload; throws MalformedEvent. */
export function readFollow(payload: unknown): { from: string; to: string; pairs: FollowedKey[] } {
  const parsed = followSchema.safeParse(payload);
  if (!parsed.success || parsed.data.pairs.length % (2 * KEY_BYTES) !== 0) {
    throw new MalformedEvent('BAD_PAYLOAD', 'pseudonyms.follow');
  }
  const bytes = Buffer.from(parsed.data.pairs);
  const pairs = Array.from({ length: bytes.length / (2 * KEY_BYTES) }, (_, i) => {
    const at = i * 2 * KEY_BYTES;
    return { old: bytes.subarray(at, at + KEY_BYTES), new: bytes.subarray(at + KEY_BYTES, at + 2 * KEY_BYTES) };
  });
  return { from: parsed.data.from, to: parsed.data.to, pairs };
}

/** Key of a mark on a record topic: compaction keeps the newest of each step. Never 16 bytes long. */
export function rotationMarkKey(step: RotationMark['step']): Buffer {
  return Buffer.from(`pseudonyms.mark:${step}`);
}

/** Reads a payload by its schema; throws MalformedEvent. */
export function readRotationPayload<T>(schema: z.ZodType<T>, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (!parsed.success) throw new MalformedEvent('BAD_PAYLOAD', 'rotation');
  return parsed.data;
}

/** A message for `hedui.pseudonyms`. */
export function pseudonymsMessage(
  producedBy: string,
  type: 'pseudonyms.step' | 'pseudonyms.told' | 'pseudonyms.follow',
  id: string,
  payload: unknown,
) {
  return {
    topic: TOPICS.pseudonyms.name,
    partition: 0,
    key: Buffer.from(id),
    value: encodeEvent({
      id,
      type,
      schemaVersion: SCHEMA_VERSION,
      producedBy,
      occurredAt: Date.now(),
      correlationId: id as CorrelationId,
      payload,
    }),
  };
}

/** A service's word on how far it is. */
export function toldMessage(told: RotationTold) {
  const id = `told:${told.kind}:${told.to}:${told.service}:${told.about}:${told.step}:${told.done}`;
  return pseudonymsMessage(told.service, 'pseudonyms.told', id, told);
}
