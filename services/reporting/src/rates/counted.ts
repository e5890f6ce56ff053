import { setTimeout as delay } from 'node:timers/promises';
import { TOPICS } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import type { Pool } from '@hedui/postgres';
import { endsOf, haveReached } from '../db/positions.js';
import { LEDGER_GROUP } from '../ledger/apply.js';
import { ENDINGS_GROUP } from '../ledger/apply-endings.js';

const READ = [
  { group: LEDGER_GROUP, topics: [TOPICS.reports.name, TOPICS.reportsOnline.name] },
  { group: ENDINGS_GROUP, topics: [TOPICS.endings.name] },
];
const WITHIN_MS = 2_000;
const LOOK_MS = 20;

/**
 * Waits until the ledger has what lies on the log by now, so that whoever sees a batch done finds it counted. Never for long: false when the
 * ledger is further behind, or the log does not answer.
 */
export async function countedSoFar(
  { pool, log }: { pool: Pool; log: Pick<EventLog, 'offsets'> },
  withinMs = WITHIN_MS,
): Promise<boolean> {
  const late = new AbortController();
  const waited = delay(withinMs, null, { signal: late.signal }).catch(() => null);
  const told = Promise.all(
    READ.map(async ({ group, topics }) => {
      const ends = await Promise.all(topics.map((topic) => endsOf(log, topic)));
      return { group, places: ends.flat() };
    }),
  ).catch(() => null);
  const until = Date.now() + withinMs;
  try {
    const ends = await Promise.race([told, waited]);
    if (ends === null) return false;
    const reached = async () => {
      for (const { group, places } of ends) if (!(await haveReached(pool, group, places))) return false;
      return true;
    };
    while (!(await reached())) {
      if (Date.now() >= until) return false;
      await delay(LOOK_MS);
    }
    return true;
  } finally {
    late.abort();
  }
}
