import type { Pool } from '@hedui/postgres';
import { collect } from '@hedui/telemetry';
import { readProgress } from './db/sight.js';

/** Tells how batches and single checks get on, until the returned function is called. */
export function watchProgress(pool: Pool): () => void {
  return collect({
    name: 'progress',
    async read(say) {
      const progress = await readProgress(pool);
      say('batchesRunning', Number(progress.running));
      say('batchHouseholds', Number(progress.accepted), { state: 'accepted' });
      say('batchHouseholds', Number(progress.reported), { state: 'reported' });
      say('batchQuiet', Math.max(0, Number(progress.quiet ?? 0)));
      say('chunksOpen', Number(progress.ready), { state: 'ready' });
      say('chunksOpen', Number(progress.sent), { state: 'sent' });
      say('checksOpen', Number(progress.checks));
      say('checkSeconds', Math.max(0, Number(progress.check_seconds ?? 0)));
    },
  });
}
