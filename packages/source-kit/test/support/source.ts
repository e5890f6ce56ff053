import { randomBytes } from 'node:crypto';
import type { Load, LoadMode, SourceStatus } from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool, type Pool } from '@hedui/postgres';
import { createPseudonyms, createRingSealer, createSealer, type Pseudonyms, type Sealer } from '@hedui/privacy';
import { eventually, everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import {
  buildSourceApp,
  type KeyFiles,
  type SourceApp,
  type SourceAppConfig,
  type SourceDefinition,
} from '../../src/index.js';
import { type RecordingLog, recordingLog } from './recording-log.js';

const key = (byte: number) => ({ current: '1', keys: new Map([['1', Buffer.alloc(32, byte)]]) });
export const pseudonyms: Pseudonyms = createPseudonyms(key(1));
export const sealer: Sealer = createSealer(key(2));
export const logger = createLogger('test', process.env.TEST_LOG ?? 'silent');

export interface LoadOptions {
  scope?: string;
  asOf?: string;
  mode?: LoadMode;
  allowOlder?: boolean;
  confirmWithdrawals?: boolean;
  contentType?: string;
  idempotencyKey?: string;
}

/** A source under test: its database, a log in memory, its routes without a network. */
export interface SourceUnderTest<L extends EventLog = RecordingLog> extends SourceApp {
  database: TestDatabase;
  pool: Pool;
  log: L;
  /** Sends a file and returns the answer. */
  post(type: string, body: string | Buffer, options?: LoadOptions): Promise<{ status: number; json: unknown }>;
  /** Sends a file and waits until it has taken effect, was refused or waits. */
  load(type: string, body: string | Buffer, options?: LoadOptions): Promise<Load>;
  getLoad(id: string): Promise<Load>;
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; text: string; json: unknown }>;
  status(): Promise<SourceStatus>;
  /** Waits until everything that was noted has been sent. */
  allSent(): Promise<void>;
  close(): Promise<void>;
}

const tokens = {
  verify: async () => everyone({ subject: 'tester', roles: ['operator', 'source_officer', 'administrator'] }),
};
const authorization = 'Bearer test';

export async function startSource(
  definition: SourceDefinition,
  config: Partial<SourceAppConfig> = {},
): Promise<SourceUnderTest> {
  return await startSourceOn(definition, recordingLog(), config);
}

export async function startSourceOn<L extends EventLog>(
  definition: SourceDefinition,
  log: L,
  config: Partial<SourceAppConfig> = {},
  existing?: TestDatabase,
  keys?: KeyFiles,
): Promise<SourceUnderTest<L>> {
  const database = existing ?? (await testDatabase('source'));
  const pool = createPool({ url: database.url, name: 'test', max: 8, logger });
  const { app, engine } = await buildSourceApp(
    definition,
    { service: `${definition.source}-source`, checkAnswers: true, ...config },
    keys
      ? { pool, log, logger, tokens, sealer: createRingSealer(keys.ring), pseudonyms, keys }
      : { pool, log, logger, tokens, sealer, pseudonyms },
  );
  engine.start();

  async function post(type: string, body: string | Buffer, options: LoadOptions = {}) {
    const query: Record<string, string> = { scope: options.scope ?? '520100', asOf: options.asOf ?? '2026-10-01' };
    if (options.mode) query.mode = options.mode;
    if (options.allowOlder) query.allowOlder = 'true';
    if (options.confirmWithdrawals) query.confirmWithdrawals = 'true';
    const answer = await app.inject({
      method: 'POST',
      url: `/v1/sources/${definition.source}/${type}/loads`,
      query,
      headers: {
        authorization,
        'content-type': options.contentType ?? 'text/csv',
        ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
      },
      payload: body,
    });
    return { status: answer.statusCode, json: answer.json() as unknown };
  }
  const getLoad = async (id: string): Promise<Load> => (await get(`/v1/loads/${id}`)).json as Load;
  async function get(path: string, headers: Record<string, string> = {}) {
    const answer = await app.inject({ method: 'GET', url: path, headers: { authorization, ...headers } });
    const isJson = String(answer.headers['content-type']).includes('json');
    return { status: answer.statusCode, text: answer.body, json: isJson ? (answer.json() as unknown) : null };
  }
  async function load(type: string, body: string | Buffer, options: LoadOptions = {}): Promise<Load> {
    const { status, json } = await post(type, body, options);
    if (status !== 202) throw new Error(`refused with ${status}: ${JSON.stringify(json)}`);
    const { id } = json as Load;
    return await eventually(async () => {
      const now = await getLoad(id);
      return now.state !== 'received' || now.waitingFor ? now : null;
    });
  }
  return {
    app,
    engine,
    database,
    pool,
    log,
    post,
    load,
    getLoad,
    get,
    async status() {
      const { json } = await get('/v1/sources');
      const [item] = (json as { items: SourceStatus[] }).items;
      if (!item) throw new Error('the source does not show itself');
      return item;
    },
    async allSent() {
      await eventually(async () => {
        const { rows } = await pool.query(
          `SELECT (SELECT count(*) FROM load WHERE state = 'received' AND NOT waiting) + (SELECT count(*) FROM slice_pending)
             + (SELECT count(*) FROM load WHERE seq IS NOT NULL AND sent_at IS NULL) AS open`,
        );
        return rows[0]?.open === '0';
      });
    },
    async close() {
      await app.close();
      await log.close();
      await pool.end();
      await database.drop();
    },
  };
}

/** A name for a request that was never used. */
export const newKey = () => randomBytes(8).toString('hex');
