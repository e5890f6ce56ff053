import type { Pool } from '@hedui/postgres';
import { collect } from '@hedui/telemetry';

/** Counting a longer queue costs more than its length tells. */
const MOST = 100_000;

/** Tells what of a source is still on its way, until the returned function is called: slices to be sent and loads that are not applied. */
export function watchSource(pool: Pool, source: string): () => void {
  return collect({
    name: 'source',
    async read(say) {
      const types = await pool.query<{ name: string; pending: string; received: string; stored: string }>(
        `SELECT name,
           (SELECT count(*) FROM (SELECT FROM slice_pending p WHERE p.record_type = t.id LIMIT ${MOST}) AS of_them) AS pending,
           (SELECT count(*) FROM load l WHERE l.record_type = t.id AND l.state = 'received') AS received,
           (SELECT count(*) FROM load l WHERE l.record_type = t.id AND l.state = 'stored') AS stored
         FROM record_type t`,
      );
      for (const { name: type, pending, received, stored } of types.rows) {
        say('slicesPending', Number(pending), { source, type });
        say('loadsOpen', Number(received), { source, type, state: 'received' });
        say('loadsOpen', Number(stored), { source, type, state: 'stored' });
      }
    },
  });
}
