import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import type { Batch, Caller, Report } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { createEventLog, type EventLog } from '@hedui/event-log';
import type { TokenVerifier } from '@hedui/http';
import { createLogger } from '@hedui/logging';
import { createPool, type Pool } from '@hedui/postgres';
import { createPseudonyms, createSealer, parseKeyFile } from '@hedui/privacy';
import { createFanOut } from '@hedui/redis';
import { eventually, everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import type { FastifyInstance } from 'fastify';
import { buildApp, type Parts, prepare } from '../../src/app.js';
import { DEFAULT_SETTINGS, type Settings } from '../../src/settings.js';

const key = (fill: number) => Buffer.alloc(32, fill).toString('base64');
const keyFile = (fill: number) => parseKeyFile(JSON.stringify({ current: '1', keys: { 1: key(fill) } }), 'test');
const ring = createSealer(keyFile(1));
const pseudonyms = createPseudonyms(keyFile(2));

/** Any token but `bad` may do everything; `good` stands for two people, every other one for the person that it names. */
const tokens: TokenVerifier = {
  verify: async (token) => {
    if (token === 'bad') throw new HeduiError('TOKEN_INVALID');
    if (token.startsWith('as.')) {
      const over = JSON.parse(Buffer.from(token.slice(3), 'base64url').toString()) as Partial<Caller>;
      return everyone({ secondedBy: null, ...over });
    }
    return token === 'good' ? everyone({ subject: 'tester' }) : everyone({ subject: token, secondedBy: null });
  },
};

/** The token of a caller who is not everyone: the headers of a call. */
export const as = (over: Partial<Caller>): { authorization: string } => ({
  authorization: `Bearer as.${Buffer.from(JSON.stringify(over)).toString('base64url')}`,
});

export const POLICY = readFileSync(path.join(__dirname, '../../../../infra/local/sample/policy.yaml'), 'utf8');

export interface RunningService {
  readonly app: FastifyInstance;
  readonly url: string;
  stop(): Promise<void>;
}

/** A database and a log of their own, and any number of copies of the service on them. */
export interface Installation {
  readonly pool: Pool;
  readonly log: EventLog;
  readonly database: TestDatabase;
  readonly logDatabase: TestDatabase;
  /** Everything that the copies logged. */
  logged(): string;
  start(settings?: Partial<Settings>, parts?: Pick<Parts, 'partThreads'>): Promise<RunningService>;
  /** The log loses every topic. */
  wipeLog(): Promise<void>;
  close(): Promise<void>;
}

export async function install(): Promise<Installation> {
  const empty = await installEmpty();
  await empty.prepare();
  return empty;
}

/** The same before its tables and topics are made. */
export async function installEmpty(
  /** The address at which the database is reached. */
  through: (url: string) => Promise<string> = async (url) => url,
): Promise<Installation & { prepare(): Promise<void> }> {
  const [database, logDatabase] = await Promise.all([testDatabase('verification'), testDatabase('log')]);
  const sink = new PassThrough();
  const lines: string[] = [];
  sink.on('data', (piece: Buffer) => lines.push(piece.toString()));
  const logger = createLogger('verification', 'info', sink);
  const pool = createPool({ url: await through(database.url), name: 'test', logger });
  const log = await createEventLog(
    { HEDUI_LOG: 'postgres', EVENT_LOG_URL: logDatabase.url },
    { logger, clientId: 'test' },
  );
  const running = new Set<RunningService>();
  return {
    prepare: () => prepare({ pool, log }),
    pool,
    log,
    database,
    logDatabase,
    logged: () => lines.join(''),
    async wipeLog() {
      const its = createPool({ url: logDatabase.url, name: 'wipe', logger });
      await its.query('DELETE FROM log_message');
      await its.query('DELETE FROM log_topic');
      await its.end();
    },
    async start(settings = {}, parts = {}) {
      const fanOut = createFanOut(undefined, { logger });
      const app = await buildApp({
        pool,
        log,
        fanOut,
        tokens,
        ring,
        pseudonyms,
        logger,
        settings: { ...DEFAULT_SETTINGS, senderPauseMs: 50, ...settings },
        checkAnswers: true,
        ...parts,
        close: () => fanOut.close(),
      });
      const url = await app.listen({ host: '127.0.0.1', port: 0 });
      const service: RunningService = {
        app,
        url,
        async stop() {
          if (running.delete(service)) await app.close();
        },
      };
      running.add(service);
      return service;
    },
    async close() {
      await Promise.all([...running].map((service) => service.stop()));
      await log.close();
      await pool.end();
      await Promise.all([database.drop(), logDatabase.drop()]);
    },
  };
}

/** One call with a token. */
export function call(service: RunningService, at: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: 'Bearer good', ...(init.headers as Record<string, string> | undefined) };
  return fetch(`${service.url}${at}`, { ...init, headers });
}

export function post(service: RunningService, at: string, body: string, headers: Record<string, string> = {}) {
  return call(service, at, { method: 'POST', body, headers });
}

export const publish = (service: RunningService, text = POLICY) =>
  post(service, '/v1/policies', text, { 'content-type': 'application/yaml' });

export const submit = (service: RunningService, rows: string, headers: Record<string, string> = {}) =>
  post(service, '/v1/batches?asOf=2026-11-15', rows, { 'content-type': 'text/csv', ...headers });

export async function batchOf(service: RunningService, id: string): Promise<Batch> {
  return (await (await call(service, `/v1/batches/${id}`)).json()) as Batch;
}

/** Waits until a batch is in a state. */
export function inState(service: RunningService, id: string, state: Batch['state']): Promise<Batch> {
  const check = async () => {
    const batch = await batchOf(service, id);
    return batch.state === state ? batch : null;
  };
  return eventually(check, { within: 15_000, what: `batch is ${state}` });
}

export async function reportsOf(service: RunningService, id: string): Promise<Report[]> {
  const text = await (await call(service, `/v1/batches/${id}/reports`)).text();
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Report);
}
