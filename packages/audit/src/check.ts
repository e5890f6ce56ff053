import type { HealthCheck } from '@hedui/contracts';
import type { Queryable } from '@hedui/postgres';
import { readEntries, readHashes, readHead } from './db.js';
import { leafHash } from './proof/merkle.js';
import { GENESIS } from './proof/records.js';

/** The newest entries that a check of health verifies; an export verifies all. */
const NEWEST = 20_000;
const AT_ONCE = 1_000;

/** Verifies the newest entries of the log up to its head: each entry's hash, its number and its link to the one before. */
export async function checkAuditChain(db: Queryable): Promise<HealthCheck> {
  const head = await readHead(db);
  const first = Math.max(1, head.size - NEWEST + 1);
  let previous = GENESIS;
  if (first > 1) previous = (await readHashes(db, first - 1, first - 1))[0]?.toString('hex') ?? '';
  let wrong: number | null = null;
  let next = first;
  while (next <= head.size && wrong === null) {
    const entries = await readEntries(db, next, Math.min(next + AT_ONCE - 1, head.size));
    if (entries.length === 0) wrong = next;
    for (const { seq, hash, body } of entries) {
      const said: { previous?: unknown } = JSON.parse(body);
      const isRight = seq === next && said.previous === previous && leafHash(body).equals(hash);
      if (!isRight) wrong ??= next;
      previous = hash.toString('hex');
      next++;
    }
  }
  if (wrong === null && head.size > 0 && previous !== head.hash.toString('hex')) wrong = head.size;
  return wrong === null
    ? {
        check: 'AUDIT_CHAIN',
        state: 'ok',
        seen: {
          zh: `审计日志第 ${first} 至 ${head.size} 条已验证`,
          en: `entries ${first} to ${head.size} of the audit log verify`,
        },
        todo: null,
      }
    : {
        check: 'AUDIT_CHAIN',
        state: 'broken',
        seen: { zh: `审计日志在第 ${wrong} 条中断`, en: `the audit log is broken at entry ${wrong}` },
        todo: {
          zh: '立即导出并以 hedui audit verify 核验，保全现场',
          en: 'Export it and verify it with `hedui audit verify`; keep everything as it is',
        },
      };
}
