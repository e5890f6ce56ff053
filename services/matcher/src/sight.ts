import type { Pool } from '@hedui/postgres';
import { collect } from '@hedui/telemetry';

interface Vouched {
  source: string;
  record_type: string;
  days: number;
}

/**
 * Tells for each source and record type how many days ago the day lies that it last vouched for; of several regions the one that is furthest behind.
 * A type that never arrived is not told: reports name it. Until the returned function is called.
 */
export function watchFreshness(pool: Pool): () => void {
  return collect({
    name: 'freshness',
    async read(say) {
      const { rows } = await pool.query<Vouched>(
        `SELECT source, record_type, max((current_date - date '1970-01-01') - as_of_day) AS days
         FROM coverage GROUP BY source, record_type`,
      );
      for (const { source, record_type: type, days } of rows) say('sourceDays', days, { source, type });
    },
  });
}
