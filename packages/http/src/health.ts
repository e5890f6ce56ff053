import { statfs } from 'node:fs/promises';
import { type HealthCheck, ROUTES, type ServiceHealth } from '@hedui/contracts';
import { describeError } from '@hedui/errors';
import type { FastifyInstance } from 'fastify';
import { defineRoute } from './route.js';

/** What one look at a service found. */
export interface Findings {
  checks?: readonly HealthCheck[];
  /** Figures that are compared between services. */
  facts?: Readonly<Record<string, number>>;
}

/** Looks at one thing; what it throws is a finding too. */
export type Look = () => Promise<Findings | HealthCheck | readonly HealthCheck[]>;

const LOOK_MS = 20_000;

/** Answers what the service finds when it looks at itself. Looks run one after the other, so that a check of health is no load. */
export function addHealthRoute(app: FastifyInstance, service: string, looks: readonly Look[]): void {
  defineRoute(app, ROUTES.getServiceHealth, async () => {
    const checks: HealthCheck[] = [];
    const facts: Record<string, number> = {};
    for (const look of [...looks, checkDisk]) {
      const found = await within(look);
      if ('check' in found) checks.push(found);
      else if ('length' in found) checks.push(...found);
      else {
        checks.push(...(found.checks ?? []));
        Object.assign(facts, found.facts);
      }
    }
    const health: ServiceHealth = { service, now: new Date().toISOString(), checks, facts };
    return { json: health };
  });
}

async function within(look: Look): Promise<Awaited<ReturnType<Look>>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), LOOK_MS);
  });
  try {
    return await Promise.race([look(), late]);
  } catch (error) {
    return {
      check: 'SELF',
      state: 'broken',
      seen: { zh: `自检失败：${describeError(error)}`, en: `could not look at itself: ${describeError(error)}` },
      todo: { zh: '检查该服务的数据库与事件日志', en: 'See whether its database and the event log can be reached' },
    };
  } finally {
    clearTimeout(timer);
  }
}

const GIB = 1024 ** 3;

async function checkDisk(): Promise<HealthCheck> {
  const { bavail, blocks, bsize } = await statfs('.');
  const free = bavail * bsize;
  const share = blocks === 0 ? 1 : bavail / blocks;
  const state = free < GIB / 4 ? 'broken' : free < 2 * GIB || share < 0.05 ? 'warning' : 'ok';
  const gib = (free / GIB).toFixed(1);
  return {
    check: 'DISK',
    state,
    seen: { zh: `可用磁盘 ${gib} GiB`, en: `${gib} GiB of disk are free` },
    todo: state === 'ok' ? null : { zh: '清理或扩容磁盘', en: 'Make room or add disk' },
  };
}
