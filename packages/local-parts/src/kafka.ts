import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { startChild } from './children.js';
import { until } from './deadline.js';
import { dockerAnswers } from './docker.js';
import type { Kafka, KafkaOptions, SecuredListener } from './kafka-broker.js';
import { keepsDataInDocker, startKafkaContainer } from './kafka-docker.js';
import { kafkaAvailable, kafkaProgram } from './kafka-jars.js';
import { freePort, portIsFree } from './ports.js';
import { stopLeftover } from './processes.js';
import { PartUnavailable } from './unavailable.js';

const run = promisify(execFile);
const READY_MS = 60_000;

interface Ports {
  broker: number;
  controller: number;
}

const LOGGING = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN" shutdownHook="disable">
  <Appenders>
    <Console name="console"><PatternLayout pattern="%d{ISO8601} %p %m (%c{1})%n"/></Console>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="console"/></Root>
  </Loggers>
</Configuration>
`;

/** A broker and controller in one, for one machine: everything that assumes three brokers is set to one. */
export function brokerSettings(dir: string, ports: Ports, more: Readonly<Record<string, string>> = {}): string {
  const settings: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': path.join(dir, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'default.replication.factor': '1',
    'min.insync.replicas': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'message.max.bytes': '10485760',
    'replica.fetch.max.bytes': '10485760',
    'broker.session.timeout.ms': '6000',
    'broker.heartbeat.interval.ms': '1000',
    'log.cleaner.dedupe.buffer.size': '33554432',
    ...more,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

/** What makes the second listener: TLS, SCRAM, and that nobody but the administrator may do what no list allows. */
export function securedSettings(ports: Ports, { port, certificate }: SecuredListener): Record<string, string> {
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return {
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller},SASL_SSL://127.0.0.1:${port}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker},SASL_SSL://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': scram,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificate,
    'ssl.enabled.protocols': 'TLSv1.3,TLSv1.2',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Who comes in on the plain listeners, which are this machine's own, has no name.
    'super.users': 'User:ANONYMOUS',
    'allow.everyone.if.no.acl.found': 'false',
  };
}

/** The ports of the last start while they are free; a port that the caller names wins. */
async function choosePorts(file: string, wanted: number | undefined): Promise<Ports> {
  const kept: Partial<Ports> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const keep = async (port: number | undefined) => (port && (await portIsFree(port)) ? port : await freePort());
  const ports = { broker: wanted ?? (await keep(kept.broker)), controller: await keep(kept.controller) };
  writeFileSync(file, JSON.stringify(ports));
  return ports;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/**
 * Starts Apache Kafka in KRaft mode on `dir` and returns when it serves: on Java, its jars fetched once; where Java or Maven is
 * missing, in a container when Docker answers. A folder keeps to the way it began with, because its data lies there.
 * @throws PartUnavailable when neither can be had, or the broker does not come up.
 */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  if (keepsDataInDocker(options.dir)) return await startKafkaContainer(options);
  if (!(await kafkaAvailable()).available && (await dockerAnswers())) return await startKafkaContainer(options);
  return await startOnJava(options);
}

async function startOnJava(options: KafkaOptions): Promise<Kafka> {
  const { java, classPath } = await kafkaProgram();
  const dir = path.resolve(options.dir);
  mkdirSync(dir, { recursive: true });
  const pidFile = path.join(dir, 'kafka.pid');
  const properties = path.join(dir, 'server.properties');
  await stopLeftover(pidFile, properties, 'SIGTERM', 20_000);

  const ports = await choosePorts(path.join(dir, 'ports.json'), options.port);
  writeFileSync(
    properties,
    brokerSettings(dir, ports, {
      ...(options.secured ? securedSettings(ports, options.secured) : {}),
      ...options.settings,
    }),
  );
  const logging = path.join(dir, 'log4j2.xml');
  writeFileSync(logging, LOGGING);
  const log = options.log ?? path.join(dir, 'kafka.log');
  const jvm = [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=4',
    `-Dlog4j2.configurationFile=${logging}`,
    '-Djava.awt.headless=true',
    '-cp',
    classPath,
  ];

  if (!existsSync(path.join(dir, 'data', 'meta.properties'))) {
    // A cluster id is 16 random bytes in base64url; one that begins with a hyphen would be read as an option.
    const clusterId = `H${randomBytes(16).toString('base64url').slice(1)}`;
    await run(
      java,
      [
        ...jvm,
        'kafka.tools.StorageTool',
        'format',
        '-t',
        clusterId,
        '-c',
        properties,
        '--ignore-formatted',
        ...Object.entries(options.secured?.users ?? {}).flatMap(([name, password]) => [
          '--add-scram',
          `SCRAM-SHA-512=[name=${name},password=${password}]`,
        ]),
      ],
      { cwd: dir },
    );
  }
  const logFrom = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
  const child = await startChild({
    command: java,
    args: ['-Xmx512m', '-Xms128m', ...jvm, 'kafka.Kafka', properties],
    cwd: dir,
    log,
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
    order: 1,
    pidFile,
  });
  const said = () => readFileSync(log).subarray(logFrom).toString('utf8');
  const ready = await until(
    async () => {
      if (child.hasExited()) return false;
      return (said().includes('Kafka Server started') && (await accepts(ports.broker))) || undefined;
    },
    READY_MS,
    150,
  );
  if (!ready) {
    await child.stop();
    throw new PartUnavailable(
      'Kafka',
      `the broker did not start:\n${said().trim().split('\n').slice(-6).join('\n')}`,
      `See ${log}.`,
    );
  }
  return {
    brokers: [`127.0.0.1:${ports.broker}`],
    pid: child.pid,
    exited: child.exited,
    stop: () => child.stop(),
    kill: () => child.kill(),
  };
}
