import { readFileSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type Child, startChild } from './children.js';
import { until } from './deadline.js';
import { errorCode, messageOf } from './error-code.js';
import { freePort } from './ports.js';
import { postgresPrograms } from './postgres-binaries.js';
import { clearLeftover, dataFolder, initialise, passwordOf } from './postgres-data.js';
import { PartUnavailable } from './unavailable.js';
import { unprivilegedUser } from './users.js';

const READY_MS = 60_000;

export interface PostgresOptions {
  /** Folder of this server's data; made when absent, gone on with when present. */
  dataDir: string;
  /** Default: a free one. */
  port?: number;
  /** File for the server's log. Default: `postgres.log` in `dataDir`. */
  log?: string;
  /** Further settings, such as `{ shared_buffers: '1GB' }`; they win over the defaults. */
  settings?: Readonly<Record<string, string>>;
  /** False trades safety against a power cut for speed (tests). A kill -9 loses nothing either way. */
  durable?: boolean;
}

/** A PostgreSQL server, whether started here or given. */
export interface Postgres {
  readonly host: string;
  readonly port: number;
  /** Address of the database `postgres`. */
  readonly adminUrl: string;
  /** Address of a database of this server. */
  url(database: string): string;
  /** Makes a database unless it exists; its address. */
  createDatabase(name: string): Promise<string>;
  /** Null for a server that was given. */
  readonly pid: number | null;
  /** Settles when the server has ended; never for one that was given. */
  readonly exited: Promise<unknown>;
  /** Ends the server (fast shutdown, connections are closed); does nothing to one that was given. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would. */
  kill(): void;
}

const LEAST_BUFFERS_MB = 256;
const MOST_BUFFERS_MB = 2048;

/**
 * An eighth of the memory that this process may use: profiles of a few million persons are read from PostgreSQL's own memory then, not from the
 * kernel's. It is taken as it is needed, not at the start.
 */
function sharedBuffers(): string {
  const allowed = process.constrainedMemory();
  const memory = allowed > 0 ? Math.min(allowed, totalmem()) : totalmem();
  const eighth = Math.floor(memory / 8 / 2 ** 20);
  return `${Math.max(LEAST_BUFFERS_MB, Math.min(MOST_BUFFERS_MB, eighth))}MB`;
}

const SETTINGS = {
  shared_buffers: sharedBuffers(),
  max_connections: '200',
  max_wal_size: '4GB',
  maintenance_work_mem: '128MB',
  checkpoint_timeout: '10min',
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  synchronous_commit: 'on',
  logging_collector: 'off',
  log_checkpoints: 'off',
};
const FAST_SETTINGS = { fsync: 'off', full_page_writes: 'off' };

async function connectOnce<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

async function createDatabase(adminUrl: string, name: string): Promise<void> {
  await connectOnce(adminUrl, async (client) => {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount) return;
    try {
      await client.query(`create database ${pg.escapeIdentifier(name)} template template0 encoding 'UTF8'`);
    } catch (error) {
      // Another start made it meanwhile.
      const code = errorCode(error);
      if (code !== '42P04' && code !== '23505') throw error;
    }
  });
}

/** Address of another database of the server that `url` names. */
export function databaseUrl(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${encodeURIComponent(database)}`;
  return address.toString();
}

/**
 * The server behind `url` (DATABASE_URL), whose user may create databases.
 * @throws PartUnavailable when it does not answer.
 */
export async function externalPostgres(url: string): Promise<Postgres> {
  const address = new URL(url);
  try {
    await connectOnce(url, (client) => client.query('select 1'));
  } catch (error) {
    throw new PartUnavailable(
      'PostgreSQL',
      `the server of DATABASE_URL (${address.host}) does not answer: ${messageOf(error)}`,
      'Start that server or correct DATABASE_URL; without DATABASE_URL a server is started here.',
      error,
    );
  }
  return {
    host: address.hostname,
    port: Number(address.port || 5432),
    adminUrl: url,
    url: (database) => databaseUrl(url, database),
    async createDatabase(name) {
      await createDatabase(url, name);
      return databaseUrl(url, name);
    },
    pid: null,
    exited: new Promise(() => {}),
    stop: async () => {},
    kill: () => {},
  };
}

const tail = (file: string, from: number) =>
  readFileSync(file).subarray(from).toString('utf8').trim().split('\n').slice(-8).join('\n');

/**
 * Starts PostgreSQL on `dataDir`, as this user or, for root, as an unprivileged one, and returns when it accepts
 * connections: on 127.0.0.1 only, with a generated password.
 * @throws PartUnavailable when it cannot be started, with the end of its log.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const user = unprivilegedUser();
  const bin = postgresPrograms(user);
  const folder = dataFolder(path.resolve(options.dataDir), user);
  const password = passwordOf(folder, user);
  await initialise(bin, folder, user, options.durable ?? true);
  const cluster = path.join(folder, 'cluster');
  await clearLeftover(cluster);

  const log = options.log ?? path.join(folder, 'postgres.log');
  const settings = { ...SETTINGS, ...(options.durable === false ? FAST_SETTINGS : {}), ...options.settings };
  const end = Date.now() + READY_MS;
  for (;;) {
    const port = options.port ?? (await freePort());
    const logFrom = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    const args = ['-D', cluster, '-p', String(port)];
    for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
    const child = await startChild({
      command: path.join(bin, 'postgres'),
      args,
      cwd: folder,
      env: { LC_ALL: 'C', PGTZ: 'UTC' },
      user,
      log,
      stopSignal: 'SIGINT',
      graceMs: 20_000,
      order: 2,
    });
    const adminUrl = `postgres://hedui:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
    if (await becomesReady(child, adminUrl, end - Date.now())) return running(child, adminUrl, port);
    const why = tail(log, logFrom);
    // A crashed server's helpers let go of its memory within moments, and a free port may be taken in between: once more.
    if (
      /pre-existing shared memory|could not bind|Address already in use/.test(why) &&
      Date.now() < end &&
      child.hasExited()
    )
      continue;
    await child.stop();
    throw new PartUnavailable('PostgreSQL', `the server did not start on ${cluster}:\n${why}`, `See ${log}.`);
  }
}

async function becomesReady(child: Child, adminUrl: string, withinMs: number): Promise<boolean> {
  const outcome = await until(
    async () => {
      if (child.hasExited()) return false;
      try {
        await connectOnce(adminUrl, (client) => client.query('select 1'));
        return true;
      } catch {
        return undefined;
      }
    },
    withinMs,
    100,
  );
  return outcome ?? false;
}

function running(child: Child, adminUrl: string, port: number): Postgres {
  return {
    host: '127.0.0.1',
    port,
    adminUrl,
    url: (database) => databaseUrl(adminUrl, database),
    async createDatabase(name) {
      await createDatabase(adminUrl, name);
      return databaseUrl(adminUrl, name);
    },
    pid: child.pid,
    exited: child.exited,
    stop: () => child.stop(),
    kill: () => child.kill(),
  };
}
