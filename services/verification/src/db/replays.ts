import type { ChunkId } from '@hedui/contracts';
import type { Client, Queryable } from '@hedui/postgres';

/** Nobody waits longer than a minute: what is older was left by a call that died. */
const LEFT_BEHIND = '10 minutes';

/** Notes that somebody waits for the answer to a replay, and forgets what was left behind. */
export async function awaitReplay(db: Queryable, id: ChunkId): Promise<void> {
  await db.query(
    `WITH gone AS (DELETE FROM replay WHERE asked_at < now() - interval '${LEFT_BEHIND}')
     INSERT INTO replay (chunk_id) VALUES ($1)`,
    [id],
  );
}

/** Hands an answer to the call that waits for it; false when none does. The first answer stays. */
export async function answerReplay(client: Client, id: ChunkId, event: Buffer): Promise<boolean> {
  const { rowCount } = await client.query('UPDATE replay SET event = $2 WHERE chunk_id = $1 AND event IS NULL', [
    id,
    event,
  ]);
  return rowCount === 1;
}

/** The answer to a replay; null while there is none. */
export async function replayAnswer(db: Queryable, id: ChunkId): Promise<Buffer | null> {
  const { rows } = await db.query<{ event: Buffer | null }>('SELECT event FROM replay WHERE chunk_id = $1', [id]);
  return rows[0]?.event ?? null;
}

/** Nobody waits any longer. */
export async function forgetReplay(db: Queryable, id: ChunkId): Promise<void> {
  await db.query('DELETE FROM replay WHERE chunk_id = $1', [id]);
}
