import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '@hedui/cli';
import {
  freePort,
  type Kafka,
  type Postgres,
  type Redis,
  startKafka,
  startPostgres,
  startRedis,
  until,
} from '@hedui/local-parts';
import { type Copy, copyOf } from './copies.js';
import { type LogKind, SHIMS, startLauncher } from './launcher.js';
import { startWire, type Wire } from './wire.js';

/** Where and how a service is to fail: see shims/crash.mjs. */
export interface CrashPlan {
  /** Regular expression over the SQL of the statement. */
  statement: string;
  /** One over an earlier statement of the same transaction. */
  in?: string;
  at: 'before' | 'after';
  /** At the nth match (default the first). */
  count?: number;
  action: 'kill' | 'hang' | 'fail';
  /** SQLSTATE of a failure. */
  code?: string;
  /** Length of a hang. */
  ms?: number;
}

export interface WorldOptions {
  log: LogKind;
  /** Services whose clock is wrong, by so many milliseconds. */
  clock?: Readonly<Record<string, number>>;
  /** Further settings of the parts. */
  postgres?: Readonly<Record<string, string>>;
  kafka?: Readonly<Record<string, string>>;
  /** Further environment of the launcher, and so of the services. */
  env?: Readonly<Record<string, string>>;
  /** Folder of PostgreSQL's data, such as a small file system of its own. */
  postgresDir?: string;
}

/** A mesh as `npm start` runs it, over parts of its own behind wires, all of which can be made to fail. */
export interface World {
  readonly log: LogKind;
  readonly home: string;
  readonly url: string;
  readonly token: string;
  readonly parts: { postgres: Postgres; kafka: Kafka | null; redis: Redis | null };
  readonly wires: { postgres: Wire; kafka: Wire | null; redis: Wire | null };
  /** Address of a database past its wire, for whoever judges. */
  databaseUrl(name: string): string;
  /** Brokers past its wire. */
  brokers(): string[];
  /** Makes a service fail at a place in its work; resolves when it is noted. */
  plan(service: string, plan: CrashPlan): Promise<void>;
  /** Resolves when a planned failure has happened. */
  happened(service: string, withinMs?: number): Promise<void>;
  pidOf(service: string): number;
  /** SIGKILL to a service; the launcher starts it again. Returns its process id. */
  kill(service: string): number;
  signal(service: string, name: NodeJS.Signals): number;
  /** A further process of a service, beside the one that the launcher keeps. */
  startCopy(service: string): Promise<Copy>;
  restartPostgres(how: 'fast' | 'crash'): Promise<void>;
  restartKafka(how: 'fast' | 'crash'): Promise<void>;
  restartRedis(): Promise<void>;
  hedui(...words: string[]): Promise<{ status: number; out: string; err: string }>;
  fetch(target: string, init?: RequestInit): Promise<Response>;
  /** Everything that the launcher printed. */
  readonly printed: readonly string[];
  remove(): Promise<void>;
}

/** Starts parts, wires and the mesh, and waits for its `ready` line. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const home = await mkdtemp(path.join(tmpdir(), 'hedui-faults-'));
  const folder = path.join(home, 'world');
  const faults = path.join(folder, 'plans');
  await mkdir(faults, { recursive: true });
  const opened: (() => Promise<unknown>)[] = [];
  try {
    return await open();
  } catch (error) {
    for (const close of opened.reverse()) await close().catch(() => undefined);
    await rm(home, { recursive: true, force: true });
    throw error;
  }

  async function open(): Promise<World> {
    const postgresDir = options.postgresDir ?? path.join(folder, 'postgres');
    const postgresPort = await freePort();
    const bringPostgres = () =>
      startPostgres({
        dataDir: postgresDir,
        port: postgresPort,
        log: path.join(folder, 'postgres.log'),
        ...(options.postgres ? { settings: options.postgres } : {}),
      });
    let postgres = await bringPostgres();
    opened.push(() => postgres.stop());
    const wires: World['wires'] = {
      postgres: await startWire(() => ({ host: '127.0.0.1', port: postgresPort })),
      kafka: null,
      redis: null,
    };
    opened.push(() => wires.postgres.close());

    let kafka: Kafka | null = null;
    const kafkaPort = await freePort();
    const bringKafka = (wire: Wire) =>
      startKafka({
        dir: path.join(folder, 'kafka'),
        port: kafkaPort,
        settings: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${wire.port}`, ...options.kafka },
      });
    if (options.log === 'kafka') {
      wires.kafka = await startWire(() => ({ host: '127.0.0.1', port: kafkaPort }));
      const wire = wires.kafka;
      opened.push(() => wire.close());
      kafka = await bringKafka(wire);
      opened.push(async () => kafka?.stop());
    }

    const redisPort = await freePort();
    const bringRedis = () => startRedis({ dir: path.join(folder, 'redis'), port: redisPort });
    let redis = await bringRedis();
    if (redis) {
      wires.redis = await startWire(() => ({ host: '127.0.0.1', port: redisPort }));
      const wire = wires.redis;
      opened.push(
        () => wire.close(),
        async () => redis?.stop(),
      );
    }
    if (options.clock) await writeFile(path.join(faults, 'clock.json'), JSON.stringify(options.clock));

    const direct = new URL(postgres.adminUrl);
    const wired = new URL(postgres.adminUrl);
    wired.port = String(wires.postgres.port);
    const launcher = await startLauncher(home, {
      log: options.log,
      env: {
        ...options.env,
        DATABASE_URL: wired.toString(),
        HEDUI_FAULTS_DIR: faults,
        NODE_OPTIONS: SHIMS.map((shim) => `--import=${shim}`).join(' '),
        ...(wires.kafka ? { KAFKA_BROKERS: `127.0.0.1:${wires.kafka.port}` } : {}),
        ...(wires.redis ? { REDIS_URL: `redis://127.0.0.1:${wires.redis.port}` } : {}),
      },
    });
    opened.push(launcher.stop);

    const pidOf = (service: string): number => {
      const pid = Number(readFileSync(path.join(home, 'run', `${service}.pid`), 'utf8'));
      if (!Number.isInteger(pid) || pid <= 1) throw new Error(`${service} has no process`);
      return pid;
    };
    const signal = (service: string, name: NodeJS.Signals): number => {
      const pid = pidOf(service);
      process.kill(pid, name);
      return pid;
    };
    const copies: Copy[] = [];
    opened.push(async () => Promise.all(copies.map((copy) => copy.stop('SIGKILL'))));

    return {
      log: options.log,
      home,
      url: launcher.url,
      token: launcher.token,
      get parts() {
        return { postgres, kafka, redis };
      },
      wires,
      printed: launcher.printed,
      databaseUrl: (name) => {
        const address = new URL(direct);
        address.pathname = `/${name}`;
        return address.toString();
      },
      brokers: () => [`127.0.0.1:${kafkaPort}`],
      async plan(service, plan) {
        const file = path.join(faults, `${service}.json`);
        // In one step: a service looks every few milliseconds, and must not read half a plan.
        await writeFile(`${file}.new`, JSON.stringify(plan));
        await rename(`${file}.new`, file);
      },
      async happened(service, withinMs = 60_000) {
        const done = path.join(faults, `${service}.done.json`);
        const seen = await until(async () => (existsSync(done) ? true : undefined), withinMs, 20);
        if (!seen) throw new Error(`what was planned for ${service} did not happen within ${withinMs} ms`);
        await rm(done);
      },
      pidOf,
      signal,
      kill: (service) => signal(service, 'SIGKILL'),
      async startCopy(service) {
        const copy = await copyOf(pidOf(service), service);
        copies.push(copy);
        return copy;
      },
      async restartPostgres(how) {
        if (how === 'crash') postgres.kill();
        else await postgres.stop();
        await postgres.exited;
        postgres = await bringPostgres();
      },
      async restartKafka(how) {
        if (!kafka || !wires.kafka) throw new Error('there is no broker');
        if (how === 'crash') kafka.kill();
        else await kafka.stop();
        await kafka.exited;
        kafka = await bringKafka(wires.kafka);
      },
      async restartRedis() {
        redis?.kill();
        await redis?.exited;
        redis = await bringRedis();
      },
      async hedui(...words) {
        const out: string[] = [];
        const err: string[] = [];
        const sink = { out: (t: string) => void out.push(t), err: (t: string) => void err.push(t), terminal: false };
        const status = await run(words, sink, { HEDUI_HOME: home });
        return { status, out: out.join('\n'), err: err.join('\n') };
      },
      fetch(target, init = {}) {
        const headers = new Headers(init.headers);
        if (!headers.has('authorization')) headers.set('authorization', `Bearer ${launcher.token}`);
        return fetch(new URL(target, launcher.url), { ...init, headers });
      },
      async remove() {
        for (const close of opened.reverse()) await close();
        await rm(home, { recursive: true, force: true });
      },
    };
  }
}
