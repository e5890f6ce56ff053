import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '@hedui/cli';
import { freePort, type Kafka, removePostgres, startKafka, startPostgres, startRedis, until } from '@hedui/local-parts';
import { type Copy, copyOf } from './copies.js';
import { SHIMS, startLauncher } from './launcher.js';
import type { World, WorldOptions } from './shape.js';
import { startWire, type Wire } from './wire.js';

export type { CrashPlan, World, WorldOptions } from './shape.js';

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
    const kafkaDir = options.kafkaDir ?? path.join(folder, 'kafka');
    const bringKafka = (wire: Wire) =>
      startKafka({
        dir: kafkaDir,
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

    const direct = new URL(postgres.adminUrl);
    const wired = new URL(postgres.adminUrl);
    wired.port = String(wires.postgres.port);
    const launcher = await startLauncher(home, {
      log: options.log,
      env: {
        // Short, so that what went silent is given up while a test waits.
        DATABASE_ANSWER_SECONDS: '20',
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
    const kills = { count: 0 };
    const portOf = (service: string): number => {
      const line = readFileSync(`/proc/${pidOf(service)}/environ`, 'utf8')
        .split('\0')
        .find((entry) => entry.startsWith('HEDUI_PORT='));
      return Number(line?.slice('HEDUI_PORT='.length));
    };
    const restarted = async (service: string, old: number): Promise<void> => {
      const back = await until(
        async () => {
          try {
            if (pidOf(service) === old) return undefined;
            return (await fetch(`http://127.0.0.1:${portOf(service)}/ready`)).ok ? true : undefined;
          } catch {
            return undefined;
          }
        },
        120_000,
        100,
      );
      if (!back) throw new Error(`${service} has not come back`);
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
      kills,
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
        if (!seen) {
          // Left there, it would strike later, where nobody expects it.
          await rm(path.join(faults, `${service}.json`), { force: true });
          throw new Error(`what was planned for ${service} did not happen within ${withinMs} ms`);
        }
        await rm(done);
        kills.count++;
        return Number(readFileSync(path.join(faults, `${service}.pid`), 'utf8'));
      },
      async shiftClock(service, ms) {
        await writeFile(path.join(faults, 'clock.json'), JSON.stringify(ms === 0 ? {} : { [service]: ms }));
        const old = signal(service, 'SIGKILL');
        await restarted(service, old);
      },
      restarted,
      portOf,
      pidOf,
      findPid(service) {
        try {
          return pidOf(service);
        } catch {
          return null;
        }
      },
      signal,
      kill(service) {
        kills.count++;
        return signal(service, 'SIGKILL');
      },
      async startCopy(service, changed) {
        const copy = await copyOf(pidOf(service), service, path.join(home, 'logs'), changed);
        copies.push(copy);
        return copy;
      },
      async restartPostgres(how) {
        kills.count++;
        if (how === 'crash') postgres.kill();
        else await postgres.stop();
        await postgres.exited;
        postgres = await bringPostgres();
      },
      async restartKafka(how) {
        kills.count++;
        if (!kafka || !wires.kafka) throw new Error('there is no broker');
        if (how === 'fast') await kafka.stop();
        else kafka.kill();
        await kafka.exited;
        if (how === 'empty') await rm(path.join(kafkaDir, 'data'), { recursive: true });
        kafka = await bringKafka(wires.kafka);
      },
      async restartRedis() {
        kills.count++;
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
        removePostgres(postgresDir);
        await rm(home, { recursive: true, force: true });
      },
    };
  }
}
