import { readFileSync } from 'node:fs';
import path from 'node:path';
import { businessRegistrySource } from '@hedui/business-registry-source';
import { civilAffairsSource } from '@hedui/civil-affairs-source';
import type { Batch, DetectionRates, KeyRotations, Load, Replay, Report } from '@hedui/contracts';
import { createEventLog, type EventLog } from '@hedui/event-log';
import { housingFundSource } from '@hedui/housing-fund-source';
import { createLogger } from '@hedui/logging';
import { MATCHER_TOPICS, startMatcher } from '@hedui/matcher';
import { createPool, migrate, type Pool } from '@hedui/postgres';
import { createPseudonyms, createRingSealer, type KeyFile, type KeySource } from '@hedui/privacy';
import { createFanOut } from '@hedui/redis';
import { buildApp as buildReporting } from '@hedui/reporting';
import { buildSourceApp, type SourceDefinition } from '@hedui/source-kit';
import { taxSource } from '@hedui/tax-source';
import { eventually, everyone, testDatabase } from '@hedui/testing';
import { vehicleSource } from '@hedui/vehicle-source';
import { buildApp as buildVerification, prepare } from '@hedui/verification';
import type { FastifyInstance } from 'fastify';
import { DEFAULT_SETTINGS } from '../../../services/verification/src/settings.js';

const SAMPLE = path.join(__dirname, '../../../infra/local/sample');
const DEFINITIONS: readonly SourceDefinition[] = [
  taxSource,
  vehicleSource,
  housingFundSource,
  businessRegistrySource,
  civilAffairsSource,
];
const logger = createLogger('test', process.env.TEST_LOG ?? 'silent');
const tokens = { verify: async () => everyone({ subject: 'tester' }) };
const headers = { authorization: 'Bearer test' };
const sample = (file: string) => readFileSync(path.join(SAMPLE, file), 'utf8');

/** Keys that a test changes while the services run. */
export interface ChangingKeys extends KeySource {
  become(file: KeyFile): void;
}

export function changingKeys(versions: Readonly<Record<string, number>>, current: string): ChangingKeys {
  let file = keyFile(versions, current);
  return {
    read: () => file,
    become: (next) => {
      file = next;
    },
  };
}

export function keyFile(versions: Readonly<Record<string, number>>, current: string): KeyFile {
  return { current, keys: new Map(Object.entries(versions).map(([name, byte]) => [name, Buffer.alloc(32, byte)])) };
}

/** Five sources, a matcher, verification and reporting in one process, each on its database, on the event log in PostgreSQL. */
export interface Mesh {
  readonly pools: Readonly<Record<'matcher' | 'verification' | 'reporting' | 'log', Pool>>;
  readonly sources: Readonly<Record<string, Pool>>;
  loadCity(asOf: string): Promise<void>;
  submit(): Promise<string>;
  done(id: string): Promise<Report[]>;
  rates(): Promise<DetectionRates>;
  rotations(): Promise<KeyRotations>;
  replay(reportNo: string): Promise<Replay>;
  /** Ends all services; what they stored stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function openMesh(keys: { pseudonyms: KeySource; ring: KeySource }): Promise<Mesh> {
  const databases = new Map<string, Awaited<ReturnType<typeof testDatabase>>>();
  const pools = new Map<string, Pool>();
  for (const name of ['log', 'matcher', 'verification', 'reporting', ...DEFINITIONS.map(({ source }) => source)]) {
    const database = await testDatabase('rotation');
    databases.set(name, database);
    pools.set(name, createPool({ url: database.url, name, max: 10, logger }));
  }
  const pool = (name: string): Pool => {
    const found = pools.get(name);
    if (!found) throw new RangeError(name);
    return found;
  };
  const url = (name: string) => databases.get(name)?.url ?? '';
  const settings = { HEDUI_LOG: 'postgres', EVENT_LOG_URL: url('log') } as const;
  const sealer = createRingSealer(keys.ring);
  const apps = new Map<string, FastifyInstance>();
  let stops: (() => Promise<unknown>)[] = [];

  async function start(): Promise<void> {
    const log: EventLog = await createEventLog(settings, { logger, clientId: 'test' });
    stops.push(() => log.close());
    const pseudonyms = createPseudonyms(keys.pseudonyms.read());
    for (const definition of DEFINITIONS) {
      const service = `${definition.source.replaceAll('_', '-')}-source`;
      const parts = { pool: pool(definition.source), log, logger, tokens, sealer, pseudonyms, keys };
      const { app, engine } = await buildSourceApp(definition, { service }, parts);
      engine.start();
      apps.set(definition.source, app);
      stops.push(() => app.close());
    }
    await migrate(pool('matcher'), path.join(__dirname, '../../../services/matcher/migrations'));
    await log.ensureTopics(MATCHER_TOPICS);
    const limits = { policyMs: 20_000, loadMs: 20_000, rebuildMs: 20_000, pollMs: 20 };
    const matcher = await startMatcher({ pool: pool('matcher'), log, logger, limits, residentBytes: 4 * 1024 * 1024 });
    stops.push(() => matcher.close());
    await prepare({ pool: pool('verification'), log });
    const fanOut = createFanOut(undefined, { logger });
    const verification = await buildVerification({
      pool: pool('verification'),
      log,
      fanOut,
      tokens,
      ring: sealer,
      pseudonyms,
      keys,
      logger,
      settings: { ...DEFAULT_SETTINGS, senderPauseMs: 50 },
      checkAnswers: true,
      close: () => fanOut.close(),
    });
    await verification.ready();
    apps.set('verification', verification);
    stops.push(() => verification.close());
    const reporting = await buildReporting(
      {
        HEDUI_SERVICE: 'reporting',
        HEDUI_HOST: '127.0.0.1',
        HEDUI_PORT: 0,
        LOG_LEVEL: 'silent',
        HEDUI_TOKEN_JWKS: 'none',
        HEDUI_TLS_CLIENTS: 'any',
        DATABASE_URL: url('reporting'),
        DATABASE_POOL: 10,
        DATABASE_ANSWER_SECONDS: 130,
        ...settings,
      },
      { logger, tokens },
    );
    apps.set('reporting', reporting);
    stops.push(() => reporting.close());
  }

  async function stop(): Promise<void> {
    for (const end of stops.reverse()) await end();
    stops = [];
  }

  async function call(
    service: string,
    request: { method?: 'GET' | 'POST'; url: string; payload?: string; type?: string },
  ) {
    const app = apps.get(service);
    if (!app) throw new RangeError(service);
    const { method = 'GET', type, ...rest } = request;
    const answer = await app.inject({
      method,
      ...rest,
      headers: { ...headers, ...(type ? { 'content-type': type } : {}) },
    });
    if (answer.statusCode >= 300) throw new Error(`${request.url}: ${answer.statusCode} ${answer.body}`);
    return answer;
  }

  await start();
  await call('verification', {
    method: 'POST',
    url: '/v1/policies',
    payload: sample('policy.yaml'),
    type: 'application/yaml',
  });

  return {
    pools: {
      matcher: pool('matcher'),
      verification: pool('verification'),
      reporting: pool('reporting'),
      log: pool('log'),
    },
    sources: Object.fromEntries(DEFINITIONS.map(({ source }) => [source, pool(source)])),
    async loadCity(asOf) {
      const loads: { source: string; type: string; file: string; scope: string; mode: string }[] = JSON.parse(
        sample('city/loads.json'),
      );
      const ids = await Promise.all(
        loads.map(async ({ source, type, file, scope, mode }) => {
          const url = `/v1/sources/${source}/${type}/loads?scope=${scope}&asOf=${asOf}&mode=${mode}&confirmWithdrawals=true`;
          const answer = await call(source, { method: 'POST', url, payload: sample(`city/${file}`), type: 'text/csv' });
          return { source, id: answer.json<Load>().id };
        }),
      );
      for (const { source, id } of ids) {
        await eventually(
          async () => (await call(source, { url: `/v1/loads/${id}` })).json<Load>().state === 'applied',
          { within: 60_000, what: 'the load is applied' },
        );
      }
    },
    async submit() {
      const answer = await call('verification', {
        method: 'POST',
        url: '/v1/batches?asOf=2026-11-15',
        payload: sample('city/households.csv'),
        type: 'text/csv',
      });
      return answer.json<Batch>().id;
    },
    async done(id) {
      await eventually(
        async () => (await call('verification', { url: `/v1/batches/${id}` })).json<Batch>().state === 'done',
        { within: 60_000, what: 'the batch is done' },
      );
      const { body } = await call('verification', { url: `/v1/batches/${id}/reports` });
      return body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Report]));
    },
    async rates() {
      const url = '/v1/detection-rates?from=2026-01&to=2026-12&groupBy=programme';
      return (await call('reporting', { url })).json<DetectionRates>();
    },
    async rotations() {
      return (await call('verification', { url: '/v1/keys/rotations' })).json<KeyRotations>();
    },
    async replay(reportNo) {
      const answer = await call('verification', { method: 'POST', url: `/v1/reports/${reportNo}/replay` });
      return answer.json<Replay>();
    },
    stop,
    start,
    async close() {
      await stop();
      await Promise.all([...pools.values()].map((one) => one.end()));
      await Promise.all([...databases.values()].map((database) => database.drop()));
    },
  };
}
