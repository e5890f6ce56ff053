import type { HealthCheck } from '@hedui/contracts';
import { checkLag, checkOutbox, type EventLog } from '@hedui/event-log';
import type { Look } from '@hedui/http';
import type { Pool } from '@hedui/postgres';
import { appliedLoads, partitionsBehind } from './db/health.js';

/** What this service looks at when it is asked how it is. */
export function looksOf(pool: Pool, log: Pick<EventLog, 'offsets'>): Look[] {
  return [
    () => checkOutbox(pool),
    () => checkLag(pool, log),
    async () => rebuildCheck(await partitionsBehind(pool)),
    async () => {
      const loads = await appliedLoads(pool);
      const facts = loads.flatMap(({ type, epoch, seq }): [string, number][] => [
        [`epoch:${type}`, epoch],
        [`applied:${type}`, seq],
      ]);
      return { facts: Object.fromEntries(facts) };
    },
  ];
}

function rebuildCheck(partitions: number): HealthCheck {
  return {
    check: 'REBUILD',
    state: partitions > 0 ? 'warning' : 'ok',
    seen: {
      zh: partitions > 0 ? `${partitions} 个分区仍在追读` : '已读完启动时的全部内容',
      en:
        partitions > 0
          ? `${partitions} partitions are still being caught up with`
          : 'everything that was there at the start was read',
    },
    todo:
      partitions > 0
        ? { zh: '等待追读完成；其间报告会注明正在装载', en: 'Wait for it; reports say `loading` meanwhile' }
        : null,
  };
}
