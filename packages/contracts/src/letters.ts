import { z } from 'zod';
import { type CorrelationId, KEY_BYTES } from './brands.js';
import { decodeEvent, encodeEvent, MalformedEvent, SCHEMA_VERSION } from './envelope.js';
import { type DeadLetter, TOPICS } from './topics.js';

/** Whom or what a dead letter is about, as its origin knows it. Persons are pseudonyms. */
export const letterAboutSchema = z.discriminatedUnion('kind', [
  /** A chunk of households, or with `place` one household of it. */
  z.strictObject({ kind: z.literal('chunk'), chunkId: z.string(), place: z.int().nullable() }),
  /** A person's slice; without a person the markers of a load. */
  z.strictObject({
    kind: z.literal('slice'),
    source: z.string(),
    recordType: z.string(),
    person: z.string().nullable().describe('pseudonym, 32 hexadecimal digits'),
  }),
  z.strictObject({ kind: z.literal('policies') }),
  z.strictObject({ kind: z.literal('nothing') }),
]);
export type LetterAbout = z.infer<typeof letterAboutSchema>;

/** `again`: the origin makes it anew; `discarded`: it goes on without it. */
export const LETTER_TOLD = ['open', 'again', 'replayed', 'discarded'] as const;

/** Payload of `letter.told`. */
export const letterToldSchema = z.strictObject({
  letterId: z.string(),
  state: z.enum(LETTER_TOLD),
  about: letterAboutSchema,
  /** Why it is a dead letter: a code, perhaps with a detail. */
  reason: z.string(),
});
export type LetterTold = z.infer<typeof letterToldSchema>;

const CHUNK_TOPICS: ReadonlySet<string> = new Set(
  [TOPICS.requests, TOPICS.requestsOnline, TOPICS.reports, TOPICS.reportsOnline, TOPICS.endings].map(
    ({ name }) => name,
  ),
);
const recordTopicForm = /^hedui\.source\.([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)$/;
const chunkIdForm = /^[\x21-\x7e]{1,100}$/;

/** What a dead letter is about, as far as it can be told from its key or its value. */
export function aboutOf(letter: DeadLetter): LetterAbout {
  if (letter.topic === TOPICS.policies.name) return { kind: 'policies' };
  const records = recordTopicForm.exec(letter.topic);
  if (records)
    return { kind: 'slice', source: records[1] ?? '', recordType: records[2] ?? '', person: personOf(letter) };
  if (!CHUNK_TOPICS.has(letter.topic)) return { kind: 'nothing' };
  const chunkId = chunkOf(letter);
  if (chunkId === null) return { kind: 'nothing' };
  const place = letter.part === undefined ? Number.NaN : Number(letter.part);
  return { kind: 'chunk', chunkId, place: Number.isInteger(place) ? place : null };
}

function personOf({ key, value, offset }: DeadLetter): string | null {
  // Of a slice that no topic takes the key alone was kept, as the value.
  const bytes = key ?? (offset === '-' ? value : undefined);
  return bytes?.length === KEY_BYTES ? Buffer.from(bytes).toString('hex') : null;
}

function chunkOf({ key, value }: DeadLetter): string | null {
  const text = key ? Buffer.from(key).toString('latin1') : firstField(value);
  return text !== null && chunkIdForm.test(text) ? text : null;
}

function firstField(value: Uint8Array): string | null {
  try {
    const { payload } = decodeEvent(value);
    return Array.isArray(payload) && typeof payload[0] === 'string' ? payload[0] : null;
  } catch {
    return null;
  }
}

/** Reads a `letter.told` payload; throws MalformedEvent. */
export function readLetterTold(payload: unknown): LetterTold {
  const parsed = letterToldSchema.safeParse(payload);
  if (!parsed.success) throw new MalformedEvent('BAD_PAYLOAD', 'letter.told');
  return parsed.data;
}

/** What became of a letter, as a message. */
export function letterToldMessage(
  told: LetterTold,
  producedBy: string,
  occurredAt: number,
  correlationId: CorrelationId,
) {
  return {
    topic: TOPICS.mending.name,
    partition: 0,
    key: Buffer.from(told.letterId),
    value: encodeEvent({
      id: `letter:${told.letterId}:${told.state}`,
      type: 'letter.told',
      schemaVersion: SCHEMA_VERSION,
      producedBy,
      occurredAt,
      correlationId,
      payload: told,
    }),
  };
}
