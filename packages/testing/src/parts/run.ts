import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  dockerAnswers,
  isAlive,
  NO_REDIS,
  PartUnavailable,
  startKafka,
  startPostgres,
  startRedis,
} from '@hedui/local-parts';
import type { PartAddress, PartName } from './names.js';

interface Running {
  address: PartAddress;
  stop(): Promise<unknown>;
}

/** The parts of one jest run. */
export interface Parts {
  /** Starts a part unless it runs; how to reach it. @throws PartUnavailable */
  demand(part: string): Promise<PartAddress>;
  close(): Promise<void>;
}

const FOLDER = 'hedui-test-';

/** A folder for this run's data; those of runs that were killed are removed. */
function runFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(name.startsWith(FOLDER) ? name.split('-')[2] : Number.NaN);
    if (pid > 0 && !isAlive(pid)) rmSync(path.join(tmpdir(), name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(path.join(tmpdir(), `${FOLDER}${process.pid}-`));
  // For root PostgreSQL runs as another user, who has to get in.
  chmodSync(folder, 0o755);
  return folder;
}

const local: Record<PartName, (folder: string) => Promise<Running>> = {
  async postgres(folder) {
    const server = await startPostgres({
      dataDir: path.join(folder, 'postgres'),
      durable: false,
      settings: { shared_buffers: '128MB', max_wal_size: '1GB' },
    });
    return { address: { url: server.adminUrl }, stop: () => server.stop() };
  },
  async kafka(folder) {
    const broker = await startKafka({ dir: path.join(folder, 'kafka') });
    return { address: { url: broker.brokers.join(',') }, stop: () => broker.stop() };
  },
  async redis(folder) {
    const server = await startRedis({ dir: path.join(folder, 'redis') });
    if (!server) throw new PartUnavailable('Redis', NO_REDIS, 'Install redis-server or valkey-server.');
    return { address: { url: server.url }, stop: () => server.stop() };
  },
};

/** A part in a container where Docker answers, else as a child process. */
async function start(part: PartName, folder: string): Promise<Running> {
  if (await dockerAnswers()) {
    const { containers } = await import('./containers.js');
    try {
      return await containers[part]();
    } catch (error) {
      process.stderr.write(`${part} in a container failed, starting it as a process: ${error}\n`);
    }
  }
  return await local[part](folder);
}

const isPart = (name: string): name is PartName => name in local;

/** Opens the parts of a run: each is started at the first demand and lives until `close`. */
export function openParts(): Parts {
  const folder = runFolder();
  const started = new Map<PartName, Promise<Running>>();
  return {
    async demand(name) {
      if (!isPart(name)) throw new Error(`there is no part ${name}`);
      const running = started.get(name) ?? start(name, folder);
      started.set(name, running);
      return (await running).address;
    },
    async close() {
      const running = await Promise.allSettled(started.values());
      await Promise.all(running.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.stop() : null)));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
