import { type Discard, type LetterAbout, type LetterState, letterAboutSchema } from '@hedui/contracts';
import { asInteger, type Client, type Queryable } from '@hedui/postgres';

/** A dead letter as it is kept. */
export interface StoredLetter {
  no: number;
  id: string;
  topic: string;
  partition: number;
  offset: string | null;
  consumer: string;
  reason: string;
  about: LetterAbout;
  eventType: string | null;
  correlationId: string | null;
  size: number;
  cut: boolean;
  occurredAt: Date;
  times: number;
  state: LetterState;
  decidedBy: string | null;
  decidedAt: Date | null;
  discardReason: Discard['reason'] | null;
  discardReference: string | null;
}
export type NewLetter = Omit<
  StoredLetter,
  'no' | 'times' | 'state' | 'decidedBy' | 'decidedAt' | 'discardReason' | 'discardReference'
> & { value: Uint8Array };

interface Row extends Omit<StoredLetter, 'no' | 'about'> {
  no: string;
  about: unknown;
}

const COLUMNS = `no, id, topic, partition, message_offset AS "offset", consumer, reason, about, event_type AS "eventType",
  correlation_id AS "correlationId", size, cut, occurred_at AS "occurredAt", times, state, decided_by AS "decidedBy",
  decided_at AS "decidedAt", discard_reason AS "discardReason", discard_reference AS "discardReference"`;

const stored = (row: Row): StoredLetter => ({
  ...row,
  no: asInteger(row.no),
  about: letterAboutSchema.parse(row.about),
});

/**
 * Keeps a letter. One that comes again is counted; when it had been mended or replayed it is open again, for that did not help. True when it
 * is open now and was not before.
 */
export async function putLetter(client: Client, letter: NewLetter): Promise<boolean> {
  const known = await client.query<{ state: LetterState }>('SELECT state FROM dead_letter WHERE id = $1 FOR UPDATE', [
    letter.id,
  ]);
  const [before] = known.rows;
  if (before) {
    await client.query(
      `UPDATE dead_letter SET times = times + 1, occurred_at = $2,
         state = CASE WHEN state = 'discarded' THEN state ELSE 'open' END,
         decided_by = CASE WHEN state = 'discarded' THEN decided_by END,
         decided_at = CASE WHEN state = 'discarded' THEN decided_at END
       WHERE id = $1`,
      [letter.id, letter.occurredAt],
    );
    return before.state === 'mended' || before.state === 'replayed';
  }
  await client.query(
    `INSERT INTO dead_letter (id, topic, partition, message_offset, consumer, reason, about, event_type, correlation_id, size, cut, value,
       occurred_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
    [
      letter.id,
      letter.topic,
      letter.partition,
      letter.offset,
      letter.consumer,
      letter.reason,
      JSON.stringify(letter.about),
      letter.eventType,
      letter.correlationId,
      letter.size,
      letter.cut,
      letter.value,
      letter.occurredAt,
    ],
  );
  return true;
}

/** Newest first, those before `before`. */
export async function listLetters(
  db: Queryable,
  asked: { state: LetterState | null; before: number | null; limit: number },
): Promise<StoredLetter[]> {
  const { rows } = await db.query<Row>(
    `SELECT ${COLUMNS} FROM dead_letter
     WHERE ($1::text IS NULL OR state = $1) AND ($2::bigint IS NULL OR no < $2) ORDER BY no DESC LIMIT $3`,
    [asked.state, asked.before, asked.limit],
  );
  return rows.map(stored);
}

export async function findLetter(db: Queryable, id: string): Promise<StoredLetter | null> {
  const { rows } = await db.query<Row>(`SELECT ${COLUMNS} FROM dead_letter WHERE id = $1`, [id]);
  return rows[0] ? stored(rows[0]) : null;
}

/** The same with its bytes, locked until the transaction ends. */
export async function lockLetter(client: Client, id: string): Promise<(StoredLetter & { value: Buffer }) | null> {
  const { rows } = await client.query<Row & { value: Buffer }>(
    `SELECT ${COLUMNS}, value FROM dead_letter WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return rows[0] ? { ...stored(rows[0]), value: rows[0].value } : null;
}

export async function decideLetter(
  client: Client,
  id: string,
  decision: { state: Exclude<LetterState, 'open'>; by: string; discard: Discard | null },
): Promise<StoredLetter> {
  const { rows } = await client.query<Row>(
    `UPDATE dead_letter SET state = $2, decided_by = $3, decided_at = now(), discard_reason = $4, discard_reference = $5
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, decision.state, decision.by, decision.discard?.reason ?? null, decision.discard?.reference ?? null],
  );
  if (!rows[0]) throw new RangeError('a letter that was locked is gone');
  return stored(rows[0]);
}

/** How many are open, and since when in seconds. */
export async function countOpenLetters(db: Queryable): Promise<{ open: number; oldestSeconds: number }> {
  const { rows } = await db.query<{ n: string; age: string }>(
    `SELECT count(*) AS n, coalesce(extract(epoch FROM now() - min(occurred_at)), 0)::bigint AS age
     FROM dead_letter WHERE state = 'open'`,
  );
  return { open: asInteger(rows[0]?.n ?? 0), oldestSeconds: Math.max(0, asInteger(rows[0]?.age ?? 0)) };
}
