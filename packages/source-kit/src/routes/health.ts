import { checkAuditChain } from '@hedui/audit';
import { formatDay, type HealthCheck } from '@hedui/contracts';
import { checkLag, type EventLog } from '@hedui/event-log';
import type { Look } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import { newestLoads, type SourceFigures, sourceFigures } from '../db/health.js';
import { type LostLoad, lostLoads } from '../db/restored.js';
import { readEpoch } from '../db/state.js';

const UNSENT_WARNS_S = 120;

/** What a source looks at when it is asked how it is. */
export function looksOf(source: string, pool: Pool, log: Pick<EventLog, 'offsets'>): Look[] {
  return [
    () => checkLag(pool, log),
    () => checkAuditChain(pool),
    async () => restoredCheck(await lostLoads(pool)),
    async () => loadsChecks(await sourceFigures(pool)),
    async () => {
      const epoch = await readEpoch(pool);
      const loads = await newestLoads(pool);
      const facts = loads.flatMap(({ type, seq }): [string, number][] => [
        [`epoch:${source}/${type}`, epoch],
        [`stored:${source}/${type}`, seq],
      ]);
      return { facts: Object.fromEntries(facts) };
    },
  ];
}

function restoredCheck(lost: readonly LostLoad[]): HealthCheck {
  const list = lost
    .slice(0, 10)
    .map(({ recordType, scope, asOf }) => `${recordType} ${scope} ${formatDay(asOf)}`)
    .join(', ');
  return {
    check: 'LOST',
    state: lost.length > 0 ? 'warning' : 'ok',
    seen:
      lost.length > 0
        ? { zh: `恢复旧备份而丢失的装载：${list}`, en: `loads were lost when an older copy was restored: ${list}` }
        : { zh: '日志中的装载均在本数据库', en: 'every load that the log knows is here' },
    todo: lost.length > 0 ? { zh: '重新装载这些文件', en: 'Load these files again' } : null,
  };
}

function loadsChecks({ unsent, unsentSeconds, unapplied, waiting, pending }: SourceFigures): HealthCheck[] {
  const late = unsent > 0 && unsentSeconds > UNSENT_WARNS_S;
  return [
    {
      check: 'UNSENT',
      state: late ? 'warning' : 'ok',
      seen: {
        zh: `${unsent} 次装载未发完，${pending} 人待发`,
        en: `${unsent} loads have not been sent whole, ${pending} persons wait to be sent`,
      },
      todo: late
        ? {
            zh: '检查事件日志是否可用及本服务日志',
            en: 'See whether the event log can be reached, and read the log of this service',
          }
        : null,
    },
    {
      check: 'UNAPPLIED',
      state: unapplied > 0 ? 'warning' : 'ok',
      seen: {
        zh: `${unapplied} 次装载发出逾 10 分钟未应用`,
        en: `${unapplied} loads were sent more than 10 minutes ago and not applied`,
      },
      todo: unapplied > 0 ? { zh: '检查匹配服务', en: 'See whether a matcher runs and how far it is' } : null,
    },
    {
      check: 'WAITING',
      state: waiting > 0 ? 'warning' : 'ok',
      seen: {
        zh: `${waiting} 次装载等待确认撤销`,
        en: `${waiting} loads wait until somebody confirms what they withdraw`,
      },
      todo:
        waiting > 0
          ? { zh: 'hedui source confirm，或重新装载', en: '`hedui source confirm`, or load the right file' }
          : null,
    },
  ];
}
