import path from 'node:path';
import { createClient } from '@hedui/cli';
import {
  bringDatabases,
  dropDatabases,
  externalPostgres,
  freePort,
  killAll,
  PartUnavailable,
  portIsFree,
  stopAll,
} from '@hedui/local-parts';
import {
  type Home,
  homeAt,
  keepInstallation,
  makeHome,
  readInstallation,
  resetHome,
  takeHome,
  writeWhole,
} from './home.js';
import type { Kept } from './keep-running.js';
import { ensureKeys, type KeyFiles } from './keys.js';
import type { Lines } from './lines.js';
import { LOG_DATABASE, SERVICES, type Surroundings } from './mesh.js';
import type { LogKind, StartOptions } from './options.js';
import { bringLog, bringPostgres, bringRedis } from './parts.js';
import { writeProfile } from './profile.js';
import { runSample } from './sample.js';
import { awaitReady, PATIENCE_MS, startService } from './services.js';

const HOST = '127.0.0.1';
const DATABASES = SERVICES.flatMap((spec) => (spec.database ? [spec.database] : []));

/** A mesh that is being started or runs. */
export interface Mesh {
  /**
   * Starts it and resolves when it is ready and the sample is done.
   * @throws PartUnavailable: which part cannot be had, why, and what to do. What was started until then needs `stop`.
   */
  run(): Promise<void>;
  /** Ends everything that was started, at whatever moment: services first, then the parts they stand on. */
  stop(): Promise<void>;
  /** The same at once, with SIGKILL. */
  kill(): void;
}

/** Thrown by `run` when `stop` was called meanwhile. */
export class Stopped extends Error {}

async function reset(options: StartOptions, home: Home, out: Lines): Promise<void> {
  if (options.databaseUrl)
    await dropDatabases(await externalPostgres(options.databaseUrl), [...DATABASES, LOG_DATABASE]);
  if (options.brokers)
    out.say('reset: topics named hedui.* on the brokers of KAFKA_BROKERS are kept; remove them there');
  await resetHome(home);
  makeHome(home);
}

/** A port for each service: the gateway's is given, the others are free ones. */
async function choosePorts(gateway: number): Promise<Record<string, number>> {
  const ports: Record<string, number> = { gateway };
  for (const { name } of SERVICES) {
    while (!ports[name]) {
      const port = await freePort();
      if (!Object.values(ports).includes(port)) ports[name] = port;
    }
  }
  return ports;
}

/** Where Prometheus finds the metrics of each service, as its `file_sd_configs` reads it; the gateway's ask for a token. */
function writeTargets(home: Home, ports: Readonly<Record<string, number>>): void {
  const targets = Object.entries(ports)
    .filter(([name]) => name !== 'gateway')
    .map(([name, port]) => ({ targets: [`${HOST}:${port}`], labels: { service_name: name } }));
  writeWhole(
    path.join(home.run, 'prometheus-targets.json'),
    `${JSON.stringify(targets, null, 2)}
`,
  );
}

/** `patienceMs`: how long a service may end and start again before it counts as unable to start. */
export function createMesh(options: StartOptions, checkout: string, out: Lines, patienceMs = PATIENCE_MS): Mesh {
  const home = homeAt(options.home);
  // The address that people are told, so that profile and `ready` line agree.
  const url = `http://localhost:${options.port}`;
  const parts: Kept[] = [];
  const services: Kept[] = [];
  let release = () => {};
  let stopped = false;
  const goOn = () => {
    if (stopped) throw new Stopped();
  };
  const say = (text: string) => {
    if (!stopped) out.say(text);
  };

  /** Notes what has come up at once, so that a failure beside it does not leave it running. */
  async function noted<T extends { kept: Kept | null }>(starting: Promise<T>): Promise<T> {
    const started = await starting;
    if (started.kept) parts.push(started.kept);
    return started;
  }

  async function bringParts(remembered: LogKind | null): Promise<Pick<Surroundings, 'databases' | 'log' | 'redisUrl'>> {
    return await out.step('parts', async () => {
      const starting = [
        noted(bringPostgres(options, home, say)),
        noted(bringLog(options, home, remembered, say)),
        noted(bringRedis(options, home, say)),
      ] as const;
      await Promise.allSettled(starting);
      const [postgres, log, redis] = await Promise.all(starting);
      goOn();
      const names = log.value.kind === 'postgres' ? [...DATABASES, LOG_DATABASE] : DATABASES;
      const databases = await bringDatabases(postgres.value, names);
      const value = { databases, log: { ...log.value, url: databases[LOG_DATABASE] ?? null }, redisUrl: redis.value };
      // For whoever looks after the installation, and for what searches all of it.
      writeWhole(path.join(home.run, 'parts.json'), `${JSON.stringify(value, null, 2)}\n`);
      return { told: [postgres.told, log.told, redis.told].join('\n'), value };
    });
  }

  async function bringKeys(remembered: LogKind | null, log: LogKind): Promise<{ files: KeyFiles; token: string }> {
    return await out.step('keys', async () => {
      const files = ensureKeys(home, remembered !== null);
      keepInstallation(home, { log });
      const { token } = writeProfile(home, files, url);
      return { told: `${home.keys}, tokens in ${home.profile}`, value: { files, token } };
    });
  }

  async function bringServices(at: Surroundings): Promise<void> {
    await out.step('services', async () => {
      const starting = SERVICES.map(async (spec) => {
        const service = await startService(spec, at, home, checkout, say);
        services.push(service.kept);
        return service;
      });
      await Promise.allSettled(starting);
      goOn();
      await Promise.all((await Promise.all(starting)).map((service) => awaitReady(service, HOST, patienceMs)));
      return { told: `${SERVICES.length} services are ready`, value: undefined };
    });
  }

  async function sample(token: string): Promise<void> {
    const client = createClient({ url, token });
    try {
      await runSample(client, home, path.join(checkout, 'infra', 'local', 'sample'), out);
    } finally {
      await client.close();
    }
  }

  return {
    async run() {
      makeHome(home);
      release = takeHome(home);
      if (options.reset) {
        await out.step('reset', async () => ({ told: `forgot ${home.root}`, value: await reset(options, home, out) }));
      }
      if (!(await portIsFree(options.port))) {
        throw new PartUnavailable('gateway', `port ${options.port} is in use`, 'Give another one in HEDUI_PORT.');
      }
      const remembered = readInstallation(home)?.log ?? null;
      const found = await bringParts(remembered);
      goOn();
      const keys = await bringKeys(remembered, found.log.kind);
      const ports = await choosePorts(options.port);
      writeTargets(home, ports);
      await bringServices({ host: HOST, url, ports, ...found, keys: keys.files });
      goOn();
      if (!options.empty) await sample(keys.token);
      goOn();
    },
    async stop() {
      stopped = true;
      await Promise.all(services.map((service) => service.stop()));
      await Promise.all(parts.map((part) => part.stop()));
      await stopAll();
      release();
    },
    kill() {
      stopped = true;
      killAll();
      release();
    },
  };
}
