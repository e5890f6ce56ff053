import { setTimeout as delay } from 'node:timers/promises';
import { errorCode, HeduiError, isUnavailable } from '@hedui/errors';
import type { Logger } from '@hedui/logging';
import { collect, count } from '@hedui/telemetry';
import pg from 'pg';
import { endSilentClients, waitedInVain } from './silent-clients.js';

export { isUnavailable };

export type Pool = pg.Pool;
export type Client = pg.PoolClient;
/** What a query needs: a pool, or the client of a transaction. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>;

export interface PoolOptions {
  url: string;
  /** Shown in pg_stat_activity. */
  name: string;
  max?: number;
  logger: Logger;
  /** Milliseconds; 0: none. Long set-based work sets its own with `SET LOCAL`. */
  statementTimeout?: number;
  /**
   * Milliseconds that this side waits for an answer (default 130 s). The server's timeouts are of no use when the network is gone without a
   * word. They are kept below it, and the server gives up a transaction whose client has been silent as long.
   */
  answerTimeout?: number;
}

const ANSWER_MS = 130_000;
const STATEMENT_MS = 120_000;
const IDLE_IN_TRANSACTION_MS = 300_000;

/** Waits for answers no longer than its limit, which one transaction may raise for itself. */
class PatientClient extends pg.Client {
  /** pg reads the limit here at each statement. */
  declare readonly connectionParameters: { query_timeout: number };
}

const usualLimits = new WeakMap<object, number>();

/**
 * Lets the statements of this transaction take up to so many seconds, here and at the server; for long set-based work. Without it, what takes
 * longer than the pool's limits is given up.
 */
export async function allowLonger(client: Client, seconds: number): Promise<void> {
  await client.query(`SET LOCAL statement_timeout = ${Math.round(seconds * 1000)}`);
  if (!(client instanceof PatientClient)) return;
  const { connectionParameters } = client;
  if (!usualLimits.has(client)) usualLimits.set(client, connectionParameters.query_timeout);
  connectionParameters.query_timeout = Math.max(connectionParameters.query_timeout, seconds * 1000 + 10_000);
}

/**
 * A pool with timeouts that end what hangs. `int8` comes as text, as pg gives it: read it with `asInteger`.
 */
export function createPool(options: PoolOptions): Pool {
  const answer = options.answerTimeout ?? ANSWER_MS;
  const pool = new pg.Pool({
    Client: PatientClient,
    connectionString: options.url,
    application_name: options.name,
    max: options.max ?? 8,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: options.statementTimeout ?? Math.min(STATEMENT_MS, Math.ceil(answer * 0.9)),
    lock_timeout: 60_000,
    idle_in_transaction_session_timeout: Math.min(IDLE_IN_TRANSACTION_MS, Math.max(answer, 5_000)),
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    query_timeout: answer,
  });
  pool.on('acquire', (client) => {
    const usual = usualLimits.get(client);
    if (usual === undefined || !(client instanceof PatientClient)) return;
    client.connectionParameters.query_timeout = usual;
    usualLimits.delete(client);
  });
  // The pool hears only of idle connections; one that is lost while it is lent out would end the process. Its query fails anyway.
  pool.on('connect', (client) => {
    client.on('error', (error) => options.logger.debug({ err: error }, 'a database connection was lost'));
  });
  pool.on('error', (error) => options.logger.warn({ err: error }, 'an idle database connection was lost'));
  measure(pool, options.name);
  return pool;
}

/** How many connections are at work, and how large the database is, for as long as the pool lives. */
function measure(pool: Pool, name: string): void {
  const forget = [
    collect({
      name: 'pool',
      read(say) {
        const { totalCount, idleCount, waitingCount } = pool;
        say('pool', totalCount - idleCount, { pool: name, state: 'busy' });
        say('pool', idleCount, { pool: name, state: 'idle' });
        say('pool', waitingCount, { pool: name, state: 'waiting' });
      },
    }),
    collect({
      name: 'database_size',
      async read(say) {
        const { rows } = await pool.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
        say('databaseBytes', Number(rows[0]?.bytes ?? 0), { pool: name });
      },
    }),
  ];
  const end = pool.end.bind(pool) as () => Promise<void>;
  pool.end = async () => {
    for (const one of forget) one();
    await end();
  };
}

/** The pool of a service, as its environment asks for it (packages/config: `serviceSchema`, `databaseSchema`). */
export function createServicePool(
  config: { HEDUI_SERVICE: string; DATABASE_URL: string; DATABASE_POOL: number; DATABASE_ANSWER_SECONDS: number },
  logger: Logger,
): Pool {
  return createPool({
    url: config.DATABASE_URL,
    name: config.HEDUI_SERVICE,
    max: config.DATABASE_POOL,
    answerTimeout: config.DATABASE_ANSWER_SECONDS * 1000,
    logger,
  });
}

export interface TransactionOptions {
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  readOnly?: boolean;
  /** How often a deadlock or serialisation failure is tried again (default 5). */
  retries?: number;
}

const RETRIED = new Set(['40001', '40P01']);
/** STORAGE_UNAVAILABLE for a lost database, else the error itself. */
export function storageError(error: unknown): unknown {
  return isUnavailable(error) ? new HeduiError('STORAGE_UNAVAILABLE', { retriable: true, cause: error }) : error;
}

/**
 * Runs `work` in a transaction. A deadlock or serialisation failure is tried again from the start, so `work` must
 * have no effect outside the database. A client whose connection failed is destroyed, not given back. Where a lock was waited for in vain, whoever
 * holds locks and has been silent for too long is ended, so that the next attempt finds the way free.
 */
export async function inTransaction<T>(
  pool: Pool,
  work: (client: Client) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const begin = `BEGIN ISOLATION LEVEL ${options.isolation ?? 'READ COMMITTED'}${options.readOnly ? ' READ ONLY' : ''}`;
  for (let attempt = 0; ; attempt++) {
    const client = await pool.connect().catch((error: unknown) => {
      throw storageError(error);
    });
    let broken = false;
    try {
      await client.query(begin);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      broken = isUnavailable(error);
      if (!broken) {
        await client.query('ROLLBACK').catch(() => {
          broken = true;
        });
      }
      if (!broken && waitedInVain(error)) await endSilent(client, pool);
      if (!RETRIED.has(errorCode(error)) || attempt >= (options.retries ?? 5)) throw storageError(error);
    } finally {
      client.release(broken);
    }
    count('retries', 1, { what: 'transaction' });
    await delay(2 ** attempt * 10 + Math.random() * 20);
  }
}

/** On the client that waited: others of the pool may all be waiting for the same lock. */
async function endSilent(client: Client, { options }: Pool): Promise<void> {
  const limit = options.idle_in_transaction_session_timeout ?? IDLE_IN_TRANSACTION_MS;
  const ended = await endSilentClients(client, limit).catch(() => 0);
  if (ended > 0) count('retries', ended, { what: 'silent client' });
}

/** An `int8` or `numeric` of the database as a number; throws RangeError beyond 2^53. */
export function asInteger(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError('a database integer is not a safe integer');
  return number;
}
