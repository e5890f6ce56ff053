import { recordAudit, SYSTEM } from '@hedui/audit';
import { enqueue } from '@hedui/event-log';
import { allowLonger, inTransaction, type Pool, resealedWhole, resealNext, type SealedPlace } from '@hedui/postgres';
import { type KeySource, type Sealer, sealedUnder } from '@hedui/privacy';
import { keptContext } from './keys.js';
import { ownWord } from './lead.js';

export interface ResealParts {
  pool: Pool;
  ring: Sealer;
  /** The key ring as it is now. */
  ringFile: KeySource;
  /** Values of one step (default 500). */
  stepValues?: number;
}

type Row = Readonly<Record<string, unknown>>;
const textOf = (row: Row, column: string): string => {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`${column} is not text`);
  return value;
};

/** What stands under the key ring itself. Households and rejects stand under data keys, which are wrapped by it: they need not be touched. */
const PLACES: readonly SealedPlace[] = [
  { table: 'kept_key', columns: ['version'], sealed: 'sealed', context: (row) => keptContext(textOf(row, 'version')) },
  { table: 'batch', columns: ['id'], sealed: 'data_key', context: (row) => `data-key:${textOf(row, 'id')}` },
  { table: 'chunk', columns: ['id'], sealed: 'data_key', context: (row) => `data-key:${textOf(row, 'id')}` },
  { table: 'authorisation', columns: ['id'], sealed: 'named', context: (row) => `authorisation:${textOf(row, 'id')}` },
  {
    table: 'authorisation_ending',
    columns: ['id'],
    sealed: 'named',
    context: (row) => `authorisation:${textOf(row, 'id')}`,
  },
];

/**
 * One bounded step of wrapping and sealing anew under the ring's current key. True: there is more to do. When a pass is over, everything is
 * counted once more, so that nothing that another copy wrote under the key before stays; then the key before may leave the ring.
 */
export async function resealStep(parts: ResealParts): Promise<boolean> {
  const { current } = parts.ringFile.read();
  return await inTransaction(parts.pool, async (client) => {
    await allowLonger(client, 600);
    const lock = await client.query<{ won: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtext('verification:resealing')) AS won`,
    );
    if (!lock.rows[0]?.won) return false;
    const { rows } = await client.query<{ sealed_under: string | null; sealed: Buffer | null }>(
      'SELECT sealed_under, (SELECT sealed FROM kept_key LIMIT 1) AS sealed FROM key_state',
    );
    const state = rows[0];
    if (!state || state.sealed_under === current) return false;
    if (state.sealed_under === null && state.sealed && sealedUnder(state.sealed) === current) {
      await client.query('UPDATE key_state SET sealed_under = $1', [current]);
      await enqueue(client, [ownWord(current, 'resealed')]);
      return false;
    }
    if (await resealNext(client, PLACES, current, parts.ring, parts.stepValues)) {
      await enqueue(client, [ownWord(current, 'resealing')]);
      return true;
    }
    if (!(await resealedWhole(client, PLACES, current))) return false;
    await client.query('UPDATE key_state SET sealed_under = $1', [current]);
    await enqueue(client, [ownWord(current, 'resealed')]);
    await recordAudit(client, { action: 'keys.resealed', actor: SYSTEM, object: { kind: 'ring_key', id: current } });
    return false;
  });
}
