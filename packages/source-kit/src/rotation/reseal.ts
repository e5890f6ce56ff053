import { toldMessage } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import {
  allowLonger,
  type Client,
  inTransaction,
  type Pool,
  resealPages,
  type SealedColumn,
  sealedOtherwise,
} from '@hedui/postgres';
import { type KeySource, type Sealer, sealedUnder } from '@hedui/privacy';
import { DIGEST_KEY } from '../db/state.js';
import { evidenceContext, nameContext } from '../intake/evidence.js';
import { ownKeyContext } from './own-keys.js';

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
interface Place extends SealedColumn {
  /** Values of one step at most: a chunk of evidence has hundreds of kilobytes. */
  most?: number;
  context(row: Row): string;
}

const bytesOf = (row: Row, column: string): Buffer => {
  const value = row[column];
  if (!Buffer.isBuffer(value)) throw new TypeError(`${column} is not bytes`);
  return value;
};
const whoseName = (row: Row) => nameContext(bytesOf(row, 'person_key'), bytesOf(row, 'name_key'));

const PLACES: readonly Place[] = [
  { table: 'source_state', columns: [], sealed: 'digest_key', context: () => DIGEST_KEY },
  { table: 'source_state', columns: [], sealed: 'own_key', context: () => ownKeyContext },
  { table: 'person_name', columns: ['person_key', 'name_key'], sealed: 'sealed', context: whoseName },
  {
    table: 'evidence_chunk',
    columns: ['id'],
    sealed: 'sealed',
    context: (row) => evidenceContext(Number(row.id)),
    most: 20,
  },
];
const STEP_VALUES = 500;
const nameOf = (place: SealedColumn) => `${place.table}.${place.sealed}`;

/** Names that stand in the tables of loads on their way in. */
async function stagedPlaces(client: Client): Promise<Place[]> {
  const { rows } = await client.query<{ no: string }>(
    `SELECT no FROM load WHERE state IN ('receiving', 'received') AND to_regclass('staged_name_' || no) IS NOT NULL`,
  );
  return rows.map(({ no }) => ({
    table: `staged_name_${Number(no)}`,
    columns: ['person_key', 'name_key'],
    sealed: 'sealed',
    context: whoseName,
  }));
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
    if (!begun && (await sealSome(parts, client, current))) {
      await tell(parts, current, 'resealing');
      return true;
    }
    if (!begun && !(await nothingLeft(client, current))) return false;
    await client.query('UPDATE source_state SET sealed_under = $1', [current]);
    // Before the commit: it is true already, and a word that is lost would be waited for.
    await tell(parts, current, 'resealed');
    return false;
  });
}

function tell({ log, service }: ResealParts, to: string, step: 'resealing' | 'resealed'): Promise<void> {
  return log.publish([toldMessage({ kind: 'ring', to, service, about: '', step, done: 0, total: null })]);
}

async function sealSome(parts: ResealParts, client: Client, current: string): Promise<boolean> {
  for (const place of [...PLACES, ...(await stagedPlaces(client))]) {
    const name = nameOf(place);
    await client.query('INSERT INTO resealing (place, page) VALUES ($1, 0) ON CONFLICT DO NOTHING', [name]);
    const { rows } = await client.query<{ page: string | null }>('SELECT page FROM resealing WHERE place = $1', [name]);
    const page = rows[0]?.page ?? null;
    if (page === null) continue;
    const limit = Math.min(parts.stepValues ?? STEP_VALUES, place.most ?? STEP_VALUES);
    const { next } = await resealPages(client, place, current, Number(page), limit, (row, sealed) => {
      const context = place.context(row);
      return parts.sealer.seal(parts.sealer.open(sealed, context), context);
    });
    await client.query('UPDATE resealing SET page = $2 WHERE place = $1', [name, next]);
    return true;
  }
  return false;
}

/** The end of a pass: the next one begins anew when something was written under another key meanwhile. */
async function nothingLeft(client: Client, current: string): Promise<boolean> {
  await client.query('DELETE FROM resealing');
  for (const place of [...PLACES, ...(await stagedPlaces(client))]) {
    if ((await sealedOtherwise(client, place, current)) > 0) return false;
  }
  return true;
}
