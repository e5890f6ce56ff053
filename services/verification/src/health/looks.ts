import { checkAuditChain } from '@hedui/audit';
import type { HealthCheck } from '@hedui/contracts';
import { checkLag, checkOutbox, type EventLog } from '@hedui/event-log';
import type { Findings, Look } from '@hedui/http';
import { openDataKey } from '@hedui/privacy';
import { batchesWithoutWork, countStuck, countUnanswered, newestBatchKey, recountBatches } from '../db/health.js';
import { lostWork } from '../db/rebuild.js';
import type { Deps } from '../deps.js';

const LATE_S = 300;
const LOST_S = 1_800;
/** Batches whose counts are held against their rows, and against the ledger. */
const BATCHES = 20;

/** What this service looks at when it is asked how it is. */
export function looksOf({ pool, ring }: Pick<Deps, 'pool' | 'ring'>, log: Pick<EventLog, 'offsets'>): Look[] {
  return [
    () => checkOutbox(pool),
    () => checkLag(pool, log),
    () => checkAuditChain(pool),
    async () => chunksCheck(await countUnanswered(pool, LATE_S)),
    async () => batchesCheck(await batchesWithoutWork(pool)),
    async () => stuckCheck(await countStuck(pool)),
    async () => lostCheck(await lostWork(pool)),
    async () => countsCheck(await recountBatches(pool, BATCHES)),
    async () => {
      const newest = await newestBatchKey(pool);
      return keysCheck(newest === null || opens(() => openDataKey(ring, newest.dataKey, newest.id)));
    },
  ];
}

function opens(open: () => unknown): boolean {
  try {
    open();
    return true;
  } catch {
    return false;
  }
}

function chunksCheck({ chunks, oldestSeconds }: { chunks: number; oldestSeconds: number }): HealthCheck {
  const minutes = Math.round(oldestSeconds / 60);
  return {
    check: 'CHUNKS',
    state: chunks === 0 ? 'ok' : oldestSeconds > LOST_S ? 'broken' : 'warning',
    seen: {
      zh: `${chunks} 个分块已发出逾 5 分钟未答${chunks > 0 ? `，最久 ${minutes} 分钟` : ''}`,
      en: `${chunks} chunks were sent more than 5 minutes ago and not answered${chunks > 0 ? `, the oldest ${minutes} min ago` : ''}`,
    },
    todo:
      chunks === 0
        ? null
        : {
            zh: '检查匹配服务是否在运行及死信列表；重启核对服务会重发',
            en: 'See whether a matcher runs, and `hedui dead-letter list`; a restart of verification sends them again',
          },
  };
}

function batchesCheck(ids: readonly string[]): HealthCheck {
  return {
    check: 'BATCHES',
    state: ids.length > 0 ? 'broken' : 'ok',
    seen:
      ids.length > 0
        ? { zh: `批次无未完成分块却仍在运行：${ids.join(', ')}`, en: `run without anything open: ${ids.join(', ')}` }
        : { zh: '运行中的批次均有未完成分块', en: 'every running batch has open chunks' },
    todo:
      ids.length > 0
        ? { zh: '比对批次计数；取消批次后重新提交', en: 'Compare their counts; cancel them and submit them again' }
        : null,
  };
}

function stuckCheck({ batches, households }: { batches: number; households: number }): HealthCheck {
  return {
    check: 'STUCK',
    state: batches > 0 ? 'warning' : 'ok',
    seen: {
      zh: `${batches} 个批次的 ${households} 户等待死信处置`,
      en: `${households} households of ${batches} batches wait for a decision on a dead letter`,
    },
    todo:
      batches > 0
        ? { zh: 'hedui dead-letter list，逐条处置', en: '`hedui dead-letter list`, and decide on each' }
        : null,
  };
}

function lostCheck({ batches, households, checks }: Awaited<ReturnType<typeof lostWork>>): HealthCheck {
  const lost = batches.length > 0 || checks > 0;
  const list = batches.slice(0, 10).join(', ');
  return {
    check: 'LOST',
    state: lost ? 'warning' : 'ok',
    seen: lost
      ? {
          zh: `本数据库不认识的批次（曾恢复旧备份）：${list || '无'}；${households} 户，单户核对 ${checks} 次`,
          en: `reports of batches that are not here, as after a restore: ${list || 'none'}; ${households} households, ${checks} single checks`,
        }
      : { zh: '日志中的报告均属已知批次', en: 'every report on the log is of a known batch' },
    todo: lost
      ? {
          zh: '重新提交这些批次；台账已计入，新报告将取代旧报告',
          en: 'Submit these batches again: the ledger has counted them, and newer reports take the place of older ones',
        }
      : null,
  };
}

function countsCheck(batches: Awaited<ReturnType<typeof recountBatches>>): Findings {
  const wrong = batches.filter(({ said, counted }) => said !== counted).map(({ id }) => id);
  const check: HealthCheck = {
    check: 'COUNTS',
    state: wrong.length > 0 ? 'broken' : 'ok',
    seen:
      wrong.length > 0
        ? {
            zh: `计数与报告不符的批次：${wrong.join(', ')}`,
            en: `counts differ from the reports of ${wrong.join(', ')}`,
          }
        : {
            zh: `最近 ${batches.length} 个批次的计数与报告相符`,
            en: `the counts of the last ${batches.length} batches are those of their reports`,
          },
    todo:
      wrong.length > 0
        ? { zh: '保全数据库并报告此问题', en: 'Keep the database as it is and report this fault' }
        : null,
  };
  return { checks: [check], facts: Object.fromEntries(batches.map(({ id, reported }) => [`reports:${id}`, reported])) };
}

function keysCheck(fits: boolean): HealthCheck {
  return {
    check: 'KEYS',
    state: fits ? 'ok' : 'broken',
    seen: fits
      ? { zh: '密钥可打开最新批次', en: 'the key ring opens the newest batch' }
      : { zh: '密钥环不能打开最新批次', en: 'the key ring does not open the newest batch' },
    todo: fits
      ? null
      : { zh: '恢复正确的密钥文件', en: 'Put the right key files back: without them nothing can be read' },
  };
}
