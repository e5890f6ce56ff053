import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { recordTopic, TOPIC_ACCESS, TOPICS, type TopicGrant, topicGrants } from '@hedui/contracts';
import { createLogger } from '@hedui/logging';
import {
  type Kafka as Broker,
  describeWith,
  eventually,
  freePort,
  kafkaAvailable,
  startKafka,
  type TestAuthority,
  testAuthority,
} from '@hedui/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { createEventLog } from '../src/create.js';
import type { EventLog } from '../src/port.js';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes } = kafkajs;
const logger = createLogger('event-log-test', 'fatal');
const PASSWORD = 'pw0123456789';
const OPERATIONS = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
} as const;

const entryOf = ({ user, resource, name, pattern, operation }: TopicGrant) => ({
  principal: `User:${user}`,
  host: '*',
  resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
  resourceName: name,
  resourcePatternType: pattern === 'literal' ? ResourcePatternTypes.LITERAL : ResourcePatternTypes.PREFIXED,
  operation: OPERATIONS[operation],
  permissionType: AclPermissionTypes.ALLOW,
});

describeWith(['kafka'], 'a broker that wants TLS and a login, and grants what TOPIC_ACCESS says', () => {
  let folder: string;
  let authority: TestAuthority;
  let broker: Broker | null = null;
  let address: string;
  const opened: EventLog[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'hedui-secured-'));
    authority = await testAuthority();
    // A container's broker has no second listener; where there is only Docker, the settings of compose are what is tested.
    if (!(await kafkaAvailable()).available) return;
    const port = await freePort();
    const { both } = await authority.issue('broker');
    broker = await startKafka({
      dir: folder,
      secured: {
        port,
        certificate: both,
        users: Object.fromEntries([...TOPIC_ACCESS.map(({ service }) => [service, PASSWORD]), ['nobody', PASSWORD]]),
      },
    });
    address = `127.0.0.1:${port}`;
    const admin = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createAcls({ acl: topicGrants().map(entryOf) });
    await admin.disconnect();
  }, 120_000);
  afterAll(async () => {
    await Promise.all(opened.map((log) => log.close()));
    await broker?.stop();
    authority.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function as(user: string, over: { password?: string; ca?: string } = {}): Promise<EventLog> {
    const config = {
      HEDUI_LOG: 'kafka' as const,
      KAFKA_BROKERS: [address],
      KAFKA_SSL_CA: over.ca ?? authority.ca,
      KAFKA_USERNAME: user,
      KAFKA_PASSWORD: over.password ?? PASSWORD,
    };
    const log = await createEventLog(config, { logger, clientId: user });
    opened.push(log);
    return log;
  }

  const specs = new Map(Object.values(TOPICS).map((spec) => [spec.name, spec]));
  const specOf = (name: string) => {
    const [, , source = '', type = ''] = name.split('.');
    return specs.get(name) ?? recordTopic(source, type);
  };
  const message = (topic: string) => ({ topic, partition: 0, key: Buffer.from('k'), value: Buffer.from('v') });

  it('lets each service make, write and read its own, and nothing else', async () => {
    if (!broker) return;
    for (const { service, reads, writes, ensures } of TOPIC_ACCESS) {
      const log = await as(service);
      await log.ensureTopics(ensures.map(specOf));
      await log.publish(writes.map(message));
      expect(await log.ping()).toBe(true);
      for (const topic of reads) expect((await log.offsets(topic)).length).toBeGreaterThan(0);
    }
    const foreign = TOPIC_ACCESS.flatMap(({ service, writes }) =>
      TOPIC_ACCESS.flatMap((other) => other.writes)
        .filter((topic, at, all) => !writes.includes(topic) && all.indexOf(topic) === at)
        .slice(0, 3)
        .map((topic) => ({ service, topic })),
    );
    for (const { service, topic } of foreign) {
      const log = await as(service);
      await expect(log.publish([message(topic)])).rejects.toThrow();
      await log.close();
    }
  }, 120_000);

  it('lets a service read in groups that begin with its name', async () => {
    if (!broker) return;
    const reporting = await as('reporting');
    const heard: string[] = [];
    const consumer = await reporting.consume({
      group: 'reporting.ledger',
      topics: [TOPICS.reports.name],
      positions: async () => [],
      handler: async ({ topic, messages }) => {
        if (messages.length > 0) heard.push(topic);
      },
    });
    await eventually(() => heard.includes(TOPICS.reports.name), { within: 30_000 });
    await consumer.close();
  }, 60_000);

  it('knows nobody without a login, with a wrong one, or without rights', async () => {
    if (!broker) return;
    expect(await (await as('matcher', { password: 'wrong' })).ping()).toBe(false);
    await expect((await as('nobody')).offsets(TOPICS.reports.name)).rejects.toThrow();
    const other = await testAuthority();
    expect(await (await as('matcher', { ca: other.ca })).ping()).toBe(false);
    other.remove();
  }, 60_000);
});
