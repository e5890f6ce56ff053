import { checkAuditChain } from '@hedui/audit';
import type { HealthCheck } from '@hedui/contracts';
import { checkLag, checkOutbox, type EventLog } from '@hedui/event-log';
import type { Look } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import { countOpenLetters } from './db/dead-letters.js';
import { countLedger } from './db/health.js';

const BATCHES = 20;
const DAY_S = 86_400;

/** What this service looks at when it is asked how it is. */
export function looksOf(pool: Pool, log: Pick<EventLog, 'offsets'>): Look[] {
  return [
    () => checkOutbox(pool),
    () => checkLag(pool, log),
    () => checkAuditChain(pool),
    async () => lettersCheck(await countOpenLetters(pool)),
    async () => {
      const counts = await countLedger(pool, BATCHES);
      return { facts: Object.fromEntries([...counts].map(([id, n]) => [`reports:${id}`, n])) };
    },
  ];
}

function lettersCheck({ open, oldestSeconds }: { open: number; oldestSeconds: number }): HealthCheck {
  return {
    check: 'DEAD_LETTERS',
    state: open === 0 ? 'ok' : oldestSeconds > DAY_S ? 'broken' : 'warning',
    seen: { zh: `${open} 条死信未处置`, en: `${open} dead letters wait for a decision` },
    todo:
      open === 0
        ? null
        : { zh: 'hedui dead-letter list，逐条处置', en: '`hedui dead-letter list`, and decide on each' },
  };
}
