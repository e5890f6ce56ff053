import {
  type CheckState,
  type Doctor,
  type HealthCheck,
  ROUTES,
  type ServiceHealth,
  serviceHealthSchema,
} from '@hedui/contracts';
import { describeError } from '@hedui/errors';
import { routeSettings } from '@hedui/http';
import type { FastifyInstance } from 'fastify';
import type { Dispatcher } from 'undici';
import { everyService, type Upstreams } from './owners.js';

/** Counting everything that a service holds takes its time. */
const ANSWER_MS = 60_000;
/** A service that works tells in less that it lives; of one that hangs the operator hears at once. */
const LIVE_MS = 5_000;
/** Clocks further apart than this make times in logs and reports hard to follow. */
const CLOCKS_MS = 5_000;

/** What one service answered, and how far its clock is from ours. */
export interface Examined {
  service: string;
  health: ServiceHealth | null;
  failure: string | null;
  clockMs: number;
}

type Item = Doctor['items'][number];

/** Rejects when the service does not say in time that it lives. */
async function seeAlive(agent: Dispatcher, origin: string): Promise<void> {
  const answer = await agent.request({
    origin,
    path: '/live',
    method: 'GET',
    signal: AbortSignal.timeout(LIVE_MS),
  });
  await answer.body.dump();
}

/** Never rejects. */
export async function examine(
  agent: Dispatcher,
  [service, origin]: [string, string],
  headers: Readonly<Record<string, string>>,
): Promise<Examined> {
  try {
    await seeAlive(agent, origin);
    const asked = Date.now();
    const answer = await agent.request({
      origin,
      path: `/v1/doctor/service?service=${service}`,
      method: 'GET',
      headers: { ...headers },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const answered = Date.now();
    const body: unknown = await answer.body.json();
    if (answer.statusCode !== 200) throw new Error(`it answered ${answer.statusCode}`);
    const health = serviceHealthSchema.parse(body);
    const now = Date.parse(health.now);
    const clockMs = now < asked ? now - asked : now > answered ? now - answered : 0;
    return { service, health, failure: null, clockMs };
  } catch (error) {
    return { service, health: null, failure: describeError(error), clockMs: 0 };
  }
}

function reachCheck({ failure }: Examined): HealthCheck {
  return failure === null
    ? { check: 'REACHED', state: 'ok', seen: { zh: '已答复', en: 'it answers' }, todo: null }
    : {
        check: 'REACHED',
        state: 'broken',
        seen: { zh: `未答复：${failure}`, en: `it does not answer: ${failure}` },
        todo: { zh: '查看该服务是否在运行及其日志', en: 'See whether it runs, and read its log' },
      };
}

function clockCheck({ clockMs }: Examined): HealthCheck {
  const seconds = Math.round(clockMs / 1000);
  const far = Math.abs(clockMs) > CLOCKS_MS;
  return {
    check: 'CLOCK',
    state: far ? 'warning' : 'ok',
    seen: { zh: `时钟相差 ${seconds} 秒`, en: `its clock is ${seconds} s from the gateway's` },
    todo: far
      ? { zh: '用 NTP 校准时钟', en: 'Set the clocks by NTP; order does not depend on them, times that are shown do' }
      : null,
  };
}

const factsOf = (all: readonly Examined[], service: string) =>
  all.find((one) => one.service === service)?.health?.facts;

/** Each batch has as many reports in the ledger as verification has stored. */
export function compareLedger(all: readonly Examined[]): HealthCheck | null {
  const stored = factsOf(all, 'verification');
  const ledger = factsOf(all, 'reporting');
  if (!stored || !ledger) return null;
  const named = Object.keys(stored).filter((key) => key.startsWith('reports:'));
  const others = Object.keys(ledger).filter((key) => key.startsWith('reports:')).length;
  // A batch of before those that the ledger names is not missing there.
  const missing = (key: string) => ledger[key] === undefined && (stored[key] === 0 || others >= named.length);
  const differ = named.filter((key) => !missing(key) && (ledger[key] ?? 0) !== stored[key]);
  const lag = all.find(({ service }) => service === 'reporting')?.health?.checks.find(({ check }) => check === 'LAG');
  const behind = lag !== undefined && lag.seen.en.startsWith('0 ') === false;
  const list = differ
    .slice(0, 3)
    .map((key) => key.slice('reports:'.length))
    .join(', ');
  return {
    check: 'LEDGER',
    state: differ.length === 0 ? 'ok' : behind ? 'warning' : 'broken',
    seen:
      differ.length === 0
        ? { zh: '各批次在台账中的报告数相符', en: 'the ledger has as many reports of each batch as verification' }
        : { zh: `台账与核对服务的报告数不符：${list}`, en: `the ledger and verification differ about ${list}` },
    todo:
      differ.length === 0
        ? null
        : {
            zh: '稍后再查；仍不符则按《重建与恢复》重建台账',
            en: 'Look again in a minute; if it stays, rebuild the ledger (README, "When something is lost")',
          },
  };
}

/** The matcher has applied, of each record type, what its source has stored. */
export function compareLoads(all: readonly Examined[]): HealthCheck | null {
  const applied = factsOf(all, 'matcher');
  if (!applied) return null;
  const behind: string[] = [];
  const ahead: string[] = [];
  for (const { health } of all) {
    for (const [key, seq] of Object.entries(health?.facts ?? {})) {
      if (!key.startsWith('stored:')) continue;
      const type = key.slice('stored:'.length);
      const epoch = health?.facts[`epoch:${type}`] ?? 0;
      const has = applied[`applied:${type}`] ?? 0;
      const hasEpoch = applied[`epoch:${type}`] ?? epoch;
      if (hasEpoch > epoch || (hasEpoch === epoch && has > seq)) ahead.push(type);
      else if (seq > 0 && (hasEpoch < epoch || has < seq)) behind.push(type);
    }
  }
  const list = [...ahead, ...behind].join(', ');
  return {
    check: 'PROFILES',
    state: ahead.length > 0 ? 'broken' : behind.length > 0 ? 'warning' : 'ok',
    seen:
      ahead.length > 0
        ? { zh: `档案比来源更新：${list}`, en: `profiles know more than their sources: ${list}` }
        : behind.length > 0
          ? { zh: `档案落后于来源：${list}`, en: `profiles are behind their sources: ${list}` }
          : { zh: '档案与来源一致', en: 'profiles have every load of their sources' },
    todo:
      ahead.length > 0
        ? {
            zh: '来源数据库曾恢复至旧备份：重启该来源服务',
            en: 'A source database was restored: restart that source, it sends everything again',
          }
        : behind.length > 0
          ? {
              zh: '稍后再查；仍落后则检查该来源与匹配服务',
              en: 'Look again in a while; if it stays, look at that source and the matcher',
            }
          : null,
  };
}

const WORST: readonly CheckState[] = ['ok', 'warning', 'broken'];

/** What was found, service by service, then what the comparison of services says. */
export function diagnosis(all: readonly Examined[], at: Date): Doctor {
  const items: Item[] = all.flatMap((one) =>
    [reachCheck(one), ...(one.health ? [clockCheck(one), ...one.health.checks] : [])].map((check) => ({
      service: one.service,
      ...check,
    })),
  );
  for (const check of [compareLoads(all), compareLedger(all)]) {
    if (check) items.push({ service: 'mesh', ...check });
  }
  const state = WORST[Math.max(0, ...items.map((item) => WORST.indexOf(item.state)))] ?? 'ok';
  return { state, at: at.toISOString(), items };
}

/** `GET /v1/doctor` */
export function addDoctor(app: FastifyInstance, upstreams: Upstreams, agent: Dispatcher): void {
  app.route({
    ...routeSettings(ROUTES.getDoctor),
    async handler({ id, headers }) {
      const passed = { authorization: headers.authorization ?? '', 'x-correlation-id': id };
      const all = await Promise.all(everyService(upstreams).map((one) => examine(agent, one, passed)));
      return diagnosis(all, new Date());
    },
  });
}
