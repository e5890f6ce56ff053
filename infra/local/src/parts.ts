import { connect } from 'node:net';
import {
  externalPostgres,
  freePort,
  KAFKA_VERSION,
  NO_REDIS,
  PartUnavailable,
  type Postgres,
  redisProgram,
  startKafka,
  startPostgres,
  startRedis,
} from '@hedui/local-parts';
import { type Home, logFile } from './home.js';
import { type Kept, keepRunning } from './keep-running.js';
import type { LogKind, StartOptions } from './options.js';

/** A part and the line about it. */
export interface StartedPart<T> {
  value: T;
  told: string;
  /** Null for a server that was given. */
  kept: Kept | null;
}

type Say = (text: string) => void;

/** PostgreSQL: the server of DATABASE_URL, else one of our own, which comes back on the same port when it dies. */
export async function bringPostgres(options: StartOptions, home: Home, say: Say): Promise<StartedPart<Postgres>> {
  if (options.databaseUrl) {
    const value = await externalPostgres(options.databaseUrl);
    return { value, told: `PostgreSQL given at ${value.host}:${value.port}`, kept: null };
  }
  const log = logFile(home, 'postgres');
  const port = await freePort();
  const servers: Postgres[] = [];
  const kept = await keepRunning({
    name: 'PostgreSQL',
    say,
    start: async () => {
      const server = await startPostgres({ dataDir: home.postgres, log, port });
      servers.push(server);
      return server;
    },
  });
  const [value] = servers;
  if (!value) throw new Error('keepRunning returned before its start');
  return { value, told: `PostgreSQL on 127.0.0.1:${port}`, kept };
}

/** Whether one of the brokers accepts connections. */
async function anyAnswers(brokers: readonly string[]): Promise<boolean> {
  const answers = brokers.map(
    (broker) =>
      new Promise<boolean>((resolve) => {
        const [host = '127.0.0.1', port = '9092'] = broker.split(/:(?=\d+$)/);
        const socket = connect({ host, port: Number(port), timeout: 5_000 });
        const end = (reached: boolean) => {
          socket.destroy();
          resolve(reached);
        };
        socket.on('connect', () => end(true));
        socket.on('timeout', () => end(false));
        socket.on('error', () => end(false));
      }),
  );
  return (await Promise.all(answers)).includes(true);
}

/** Where the event log lies. For `postgres` the address is known when its database is made. */
export interface EventLog {
  kind: LogKind;
  brokers: string[];
}

const inPostgres = (told: string): StartedPart<EventLog> => ({
  value: { kind: 'postgres', brokers: [] },
  told,
  kept: null,
});

async function ownKafka(home: Home, say: Say): Promise<StartedPart<EventLog>> {
  const log = logFile(home, 'kafka');
  const brokers: string[] = [];
  const kept = await keepRunning({
    name: 'Kafka',
    say,
    start: async () => {
      // Its ports are kept in its folder, so it comes back where it was.
      const broker = await startKafka({ dir: home.kafka, log });
      brokers.splice(0, brokers.length, ...broker.brokers);
      return broker;
    },
  });
  return { value: { kind: 'kafka', brokers }, told: `Kafka ${KAFKA_VERSION} on ${brokers.join(',')}`, kept };
}

/**
 * The event log. An installation keeps the one of its first start, because its data lies there; otherwise it is the one that
 * is insisted on, else Kafka when it can be had, else PostgreSQL, saying why.
 * @throws PartUnavailable when the one that has to be used cannot be had.
 */
export async function bringLog(
  options: StartOptions,
  home: Home,
  remembered: LogKind | null,
  say: Say,
): Promise<StartedPart<EventLog>> {
  if (remembered && options.log && remembered !== options.log) {
    throw new PartUnavailable(
      'event log',
      `this installation keeps its events in ${remembered}, and ${options.log} was asked for`,
      `Start without --log, or begin anew with --reset --log ${options.log}.`,
    );
  }
  const wanted = remembered ?? options.log;
  if (wanted === 'postgres') return inPostgres('event log in PostgreSQL');
  if (options.brokers) {
    if (!(await anyAnswers(options.brokers))) {
      throw new PartUnavailable(
        'Kafka',
        `no broker of KAFKA_BROKERS (${options.brokers.join(', ')}) answers`,
        'Start that broker or correct KAFKA_BROKERS; without it a broker is started here.',
      );
    }
    const value: EventLog = { kind: 'kafka', brokers: options.brokers };
    return { value, told: `Kafka given at ${options.brokers.join(', ')}`, kept: null };
  }
  if (wanted === 'kafka') return await ownKafka(home, say);
  try {
    return await ownKafka(home, say);
  } catch (error) {
    if (!(error instanceof PartUnavailable)) throw error;
    return inPostgres(`event log in PostgreSQL: no Kafka, as ${error.message.split('\n')[0]}`);
  }
}

/** Redis holds only what may vanish, so the mesh runs without it: null then, and the services keep such things in process. */
export async function bringRedis(options: StartOptions, home: Home, say: Say): Promise<StartedPart<string | null>> {
  if (options.redisUrl) return { value: options.redisUrl, told: 'Redis given', kept: null };
  if (!redisProgram())
    return {
      value: null,
      told: `no Redis (limits and caches in process): ${NO_REDIS}, and REDIS_URL is not set`,
      kept: null,
    };
  const log = logFile(home, 'redis');
  const port = await freePort();
  try {
    const kept = await keepRunning({
      name: 'Redis',
      say,
      start: async () => {
        const server = await startRedis({ dir: home.redis, log, port });
        if (!server) throw new PartUnavailable('Redis', NO_REDIS, 'Install it again.');
        return server;
      },
    });
    return { value: `redis://127.0.0.1:${port}`, told: `Redis on 127.0.0.1:${port}`, kept };
  } catch (error) {
    if (!(error instanceof PartUnavailable)) throw error;
    return { value: null, told: `no Redis (limits and caches in process): ${error.message}`, kept: null };
  }
}
