import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './children.js';
import { until } from './deadline.js';
import { outputOf } from './error-code.js';
import type { Kafka, KafkaOptions } from './kafka-broker.js';
import { KAFKA_VERSION } from './kafka-jars.js';
import { freePort, portIsFree } from './ports.js';
import { PartUnavailable } from './unavailable.js';

const run = promisify(execFile);
const IMAGE = `apache/kafka:${KAFKA_VERSION}`;
const PULL_MS = 600_000;
const READY_MS = 90_000;

const markFile = (dir: string) => path.join(dir, 'container.json');
/** Whether the broker of this folder keeps its data in a Docker volume. */
export const keepsDataInDocker = (dir: string): boolean => existsSync(markFile(path.resolve(dir)));
const nameFor = (dir: string) => `hedui-kafka-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`;

/** The arguments of `docker run` for a broker whose clients reach it on `port` of this machine. */
export function containerArguments(name: string, port: number): string[] {
  const settings = {
    NODE_ID: '1',
    PROCESS_ROLES: 'broker,controller',
    LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://127.0.0.1:9093`,
    ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
    LOG_DIRS: '/var/lib/kafka/data',
    OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    TRANSACTION_STATE_LOG_MIN_ISR: '1',
    GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    AUTO_CREATE_TOPICS_ENABLE: 'false',
    MESSAGE_MAX_BYTES: '10485760',
    HEAP_OPTS: '-Xmx512m',
  };
  const env = Object.entries(settings).flatMap(([key, value]) => ['-e', `KAFKA_${key}=${value}`]);
  return [
    'run',
    '--rm',
    '--name',
    name,
    '-p',
    `127.0.0.1:${port}:${port}`,
    '-v',
    `${name}:/var/lib/kafka/data`,
    ...env,
    IMAGE,
  ];
}

/** Removes the volume that holds the data of this folder's broker, if it has one. */
export async function removeKafkaVolume(dir: string): Promise<void> {
  if (!keepsDataInDocker(dir)) return;
  const name = nameFor(path.resolve(dir));
  await run('docker', ['rm', '-f', name]).catch(() => {});
  await run('docker', ['volume', 'rm', '-f', name]).catch(() => {});
}

/**
 * Starts Apache Kafka in a container, for a machine with Docker and without Java. Its data lies in a volume of its own. The
 * `docker run` stays in the foreground as our child and passes a SIGTERM on.
 * @throws PartUnavailable when the image cannot be had or the broker does not come up.
 */
export async function startKafkaContainer(options: KafkaOptions): Promise<Kafka> {
  const dir = path.resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const name = nameFor(dir);
  const remedy =
    'Give a broker in KAFKA_BROKERS, install Java 17 and Maven, or use the PostgreSQL event log (--log postgres).';
  try {
    await run('docker', ['image', 'inspect', IMAGE]).catch(() =>
      run('docker', ['pull', '-q', IMAGE], { timeout: PULL_MS }),
    );
    // What a killed start left.
    await run('docker', ['rm', '-f', name]);
  } catch (error) {
    throw new PartUnavailable('Kafka', `Docker cannot provide ${IMAGE}: ${outputOf(error, 'stderr')}`, remedy, error);
  }
  const kept: { port?: number } = existsSync(markFile(dir)) ? JSON.parse(readFileSync(markFile(dir), 'utf8')) : {};
  const again = kept.port && (await portIsFree(kept.port)) ? kept.port : await freePort();
  const port = options.port ?? again;
  writeFileSync(markFile(dir), JSON.stringify({ port }));
  const log = options.log ?? path.join(dir, 'kafka.log');
  const logFrom = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const args = containerArguments(name, port);
  const child = await startChild({
    command: 'docker',
    args,
    cwd: dir,
    log,
    stopSignal: 'SIGTERM',
    graceMs: 30_000,
    order: 1,
  });
  const said = () => readFileSync(log).subarray(logFrom).toString('utf8');
  const ready = await until(
    async () => (child.hasExited() ? false : said().includes('Kafka Server started') || undefined),
    READY_MS,
    150,
  );
  if (!ready) {
    await child.stop();
    throw new PartUnavailable(
      'Kafka',
      `the broker's container did not start:\n${said().trim().split('\n').slice(-6).join('\n')}`,
      remedy,
    );
  }
  return {
    brokers: [`127.0.0.1:${port}`],
    pid: child.pid,
    exited: child.exited,
    stop: () => child.stop(),
    kill: () => {
      child.kill();
      execFile('docker', ['kill', name], () => {});
    },
  };
}
