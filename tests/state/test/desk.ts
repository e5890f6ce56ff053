import { type CorrelationId, type Load, type Problem, parseDay, type SourceStatus } from '@hedui/contracts';
import { heduiError } from '@hedui/errors';
import type { EventLog } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { createPool } from '@hedui/postgres';
import { buildSourceApp, type SourceApp, type SourceDefinition } from '@hedui/source-kit';
import { eventually, everyone, type TestDatabase, testDatabase } from '@hedui/testing';
import { pseudonyms, sealer } from './people.js';
import type { Guard } from './truth.js';

export const logger = createLogger('test', process.env.TEST_LOG ?? 'silent');

/** What is said of a file that is sent. */
export interface Sending {
  scope: string;
  asOf: string;
  mode: 'delta' | 'full';
  allowOlder: boolean;
  confirm: boolean;
}

export type Answer = { load: Load; code: null } | { load: null; code: string };

/** A source of the mesh, with its database and its own engine; calls go through its routes without a network. */
export interface Desk {
  readonly source: string;
  readonly types: readonly string[];
  send(type: string, sending: Sending, body: string): Promise<Answer>;
  /** The caller goes away when so much of the body has come. Returns the code of the fault. */
  sendHalf(type: string, sending: Sending, half: string): Promise<string>;
  confirm(loadId: string): Promise<Answer>;
  load(loadId: string): Promise<Load>;
  /** Waits until a load has taken effect, was refused or waits for a confirmation. */
  settled(loadId: string): Promise<Load>;
  status(): Promise<SourceStatus>;
  /** Ids in the order in which the loads got their places. */
  inOrder(loadIds: readonly string[]): Promise<string[]>;
  /** Waits until all that took effect has been sent; false only on the way there. */
  idle(): Promise<boolean>;
  /** Loads that took effect and of which the matcher has not yet said that it has them. */
  unapplied(): Promise<string[]>;
  /** Everything a body that broke off might have left. */
  leftovers(): Promise<number>;
  /** Stops the service and starts it again on its database. */
  restart(): Promise<void>;
  /** As after a restoration of the database: everything is sent again under a new epoch. */
  restored(): Promise<number>;
  close(): Promise<void>;
}

const tokens = { verify: async () => everyone({ roles: ['operator', 'source_officer'] }) };
const headers = { authorization: 'Bearer test' };

export async function openDesk(definition: SourceDefinition, log: EventLog, guard: Guard): Promise<Desk> {
  const database: TestDatabase = await testDatabase('state');
  const pool = createPool({ url: database.url, name: 'test', max: 6, logger });
  const { source } = definition;
  const build = async (): Promise<SourceApp> =>
    await buildSourceApp(
      definition,
      { service: `${source}-source`, guard, checkAnswers: true },
      { pool, log, logger, tokens, sealer, pseudonyms },
    );
  let running = await build();
  running.engine.start();

  async function count(sql: string): Promise<number> {
    const { rows } = await pool.query<{ n: string }>(`SELECT (${sql}) AS n`);
    return Number(rows[0]?.n);
  }
  const answerOf = (status: number, json: unknown): Answer =>
    status === 202 ? { load: json as Load, code: null } : { load: null, code: (json as Problem).code };
  async function get<T>(url: string): Promise<T> {
    const answer = await running.app.inject({ url, headers });
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
    return answer.json() as T;
  }
  const load = (id: string) => get<Load>(`/v1/loads/${id}`);

  return {
    source,
    types: definition.recordTypes.map(({ type }) => type),
    async send(type, { scope, asOf, mode, allowOlder, confirm }, body) {
      const answer = await running.app.inject({
        method: 'POST',
        url: `/v1/sources/${source}/${type}/loads`,
        query: { scope, asOf, mode, allowOlder: String(allowOlder), confirmWithdrawals: String(confirm) },
        headers: { ...headers, 'content-type': 'text/csv' },
        payload: body,
      });
      return answerOf(answer.statusCode, answer.json());
    },
    async sendHalf(typeName, { scope, asOf, mode, allowOlder, confirm }, half) {
      const type = definition.recordTypes.find((one) => one.type === typeName);
      const day = parseDay(asOf);
      if (!type || day === null) throw new RangeError('no such load');
      const failure: unknown = await running.engine
        .receive({
          type,
          request: { scope, asOf: day, mode, allowOlder, confirmWithdrawals: confirm },
          format: 'csv',
          body: brokenOff(half),
          correlationId: 'half' as CorrelationId,
        })
        .catch((error: unknown) => error);
      return heduiError(failure)?.code ?? String(failure);
    },
    async confirm(id) {
      const answer = await running.app.inject({ method: 'POST', url: `/v1/loads/${id}/confirm`, headers });
      return answerOf(answer.statusCode, answer.json());
    },
    load,
    settled: (id) =>
      eventually(
        async () => {
          const now = await load(id);
          return now.state !== 'received' || now.waitingFor ? now : null;
        },
        { within: 20_000, what: 'a load to take effect' },
      ),
    async status() {
      const { items } = await get<{ items: SourceStatus[] }>('/v1/sources');
      const [own] = items;
      if (!own) throw new Error('the source does not show itself');
      return own;
    },
    async inOrder(ids) {
      const { rows } = await pool.query<{ id: string }>(
        'SELECT id FROM load WHERE id = ANY($1) ORDER BY received_order',
        [ids],
      );
      return rows.map((row) => row.id);
    },
    idle: async () =>
      (await count(
        `(SELECT count(*) FROM load WHERE state = 'receiving' OR state = 'received' AND (confirmed OR NOT waiting))
         + (SELECT count(*) FROM slice_pending) + (SELECT count(*) FROM load WHERE seq IS NOT NULL AND sent_at IS NULL)`,
      )) === 0,
    async unapplied() {
      const { rows } = await pool.query<{ told: string }>(
        `SELECT t.name || ' ' || l.seq || ' ' || l.mode || ' ' || l.scope AS told FROM load l
         JOIN record_type t ON t.id = l.record_type WHERE l.seq IS NOT NULL AND l.state <> 'applied'`,
      );
      return rows.map((row) => row.told);
    },
    leftovers: () =>
      count(
        `(SELECT count(*) FROM load WHERE state = 'receiving')
         + (SELECT count(*) FROM pg_tables WHERE tablename LIKE 'staged%')
         - 2 * (SELECT count(*) FROM load WHERE state = 'received')
         + (SELECT count(*) FROM load_reject j WHERE NOT EXISTS (SELECT FROM load l WHERE l.no = j.load_no))
         + (SELECT count(*) FROM evidence_chunk e WHERE NOT EXISTS (SELECT FROM load l WHERE l.no = e.load_no))`,
      ),
    async restart() {
      await running.app.close();
      running = await build();
      running.engine.start();
    },
    restored: () => running.engine.restored(),
    async close() {
      await running.app.close();
      await pool.end();
      await database.drop();
    },
  };
}

async function* brokenOff(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
  throw new Error('the caller has gone');
}
