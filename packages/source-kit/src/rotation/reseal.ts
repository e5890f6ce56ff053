import { toldMessage } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import {
  allowLonger,
  type Client,
  inTransaction,
  type Pool,
  resealedWhole,
  resealNext,
  type SealedPlace,
} from '@hedui/postgres';
import { type KeySource, type Sealer, sealedUnder } from '@hedui/privacy';
import { DIGEST_KEY } from '../db/state.js';
import { evidenceContext, nameContext } from '../intake/evidence.js';
import { ownKeyContext } from './own-keys.js';
import { recordResealed } from './record.js';

export interface ResealParts {
  pool: Pool;
  log: Pick<EventLog, 'publish'>;
  sealer: Sealer;
  ring: KeySource;
  service: string;
  /** Values of one step (default 500). */
  stepValues?: number;
}

type Row = Readonly<Record<string, unknown>>;

const bytesOf = (row: Row, column: string): Buffer => {
  const value = row[column];
  if (!Buffer.isBuffer(value)) throw new TypeError(`${column} is not bytes`);
  return value;
};
const whoseName = (row: Row) => nameContext(bytesOf(row, 'person_key'), bytesOf(row, 'name_key'));

const PLACES: readonly SealedPlace[] = [
  { table: 'source_state', columns: [], sealed: 'digest_key', context: () => DIGEST_KEY },
  { table: 'source_state', columns: [], sealed: 'own_key', context: () => ownKeyContext },
  { table: 'person_name', columns: ['person_key', 'name_key'], sealed: 'sealed', context: whoseName },
  {
    table: 'evidence_chunk',
    columns: ['id'],
    sealed: 'sealed',
    context: (row) => evidenceContext(Number(row.id)),
    // A chunk of evidence has hundreds of kilobytes.
    most: 20,
  },
];

/** Every place, names in the tables of loads on their way in included: these come and go. */
async function places(client: Client): Promise<SealedPlace[]> {
  const { rows } = await client.query<{ no: string }>(
    `SELECT no FROM load WHERE state IN ('receiving', 'received') AND to_regclass('staged_name_' || no) IS NOT NULL`,
  );
  const staged = rows.map(({ no }) => ({
    table: `staged_name_${Number(no)}`,
    columns: ['person_key', 'name_key'],
    sealed: 'sealed',
    context: whoseName,
  }));
  return [...PLACES, ...staged];
}

/**
 * One bounded step of sealing everything anew under the ring's current key. True: there is more to do. When a pass is over, everything is
 * counted once more, so that nothing that another process wrote under the key before stays; then the service says so, and the key before may
 * leave the ring.
 */
export async function resealStep(parts: ResealParts): Promise<boolean> {
  const { current } = parts.ring.read();
  return await inTransaction(parts.pool, async (client) => {
    await allowLonger(client, 1800);
    const { rows } = await client.query<{ sealed_under: string | null; digest_key: Buffer }>(
      'SELECT sealed_under, digest_key FROM source_state FOR UPDATE',
    );
    const state = rows[0];
    if (!state || state.sealed_under === current) return false;
    const begun = state.sealed_under === null && sealedUnder(state.digest_key) === current;
    if (!begun) {
      if (await resealNext(client, await places(client), current, parts.sealer, parts.stepValues)) {
        await tell(parts, current, 'resealing');
        return true;
      }
      if (!(await resealedWhole(client, await places(client), current))) return false;
    }
    await client.query('UPDATE source_state SET sealed_under = $1', [current]);
    // Before the commit: it is true already, and a word that is lost would be waited for.
    await tell(parts, current, 'resealed');
    if (!begun) await recordResealed(client, current);
    return false;
  });
}

/** Says once more that everything stands under the ring's current key, for who was not there when it was said. Nothing while it does not. */
export async function sayResealed(parts: Pick<ResealParts, 'pool' | 'log' | 'ring' | 'service'>): Promise<void> {
  const { current } = parts.ring.read();
  const { rows } = await parts.pool.query('SELECT FROM source_state WHERE sealed_under = $1', [current]);
  if (rows.length > 0) await tell(parts, current, 'resealed');
}

function tell(
  { log, service }: Pick<ResealParts, 'log' | 'service'>,
  to: string,
  step: 'resealing' | 'resealed',
): Promise<void> {
  return log.publish([toldMessage({ kind: 'ring', to, service, about: '', step, done: 0, total: null })]);
}
