import { freePort } from '@hedui/local-parts';
import { GenericContainer, type StartedTestContainer, Wait } from 'testcontainers';
import type { PartName } from './names.js';

const running = (container: StartedTestContainer, url: string) => ({ address: { url }, stop: () => container.stop() });

/** The images that run in production, for machines with Docker. */
export const containers: Record<PartName, () => Promise<ReturnType<typeof running>>> = {
  async postgres() {
    const container = await new GenericContainer('postgres:18')
      .withEnvironment({ POSTGRES_USER: 'hedui', POSTGRES_PASSWORD: 'hedui', POSTGRES_DB: 'postgres' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
      .withExposedPorts(5432)
      .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
      .start();
    return running(
      container,
      `postgres://hedui:hedui@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
    );
  },
  async kafka() {
    // The broker tells clients its own address, so the port outside has to be known before it starts.
    const port = await freePort();
    const container = await new GenericContainer('apache/kafka:4.1.1')
      .withEnvironment({
        KAFKA_NODE_ID: '1',
        KAFKA_PROCESS_ROLES: 'broker,controller',
        KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://127.0.0.1:9093`,
        KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://localhost:${port}`,
        KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
        KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
        KAFKA_CONTROLLER_QUORUM_VOTERS: '1@127.0.0.1:9093',
        KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
        KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
        KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
        KAFKA_MESSAGE_MAX_BYTES: '10485760',
      })
      .withExposedPorts({ container: port, host: port })
      .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
      .start();
    return running(container, `${container.getHost()}:${port}`);
  },
  async redis() {
    const container = await new GenericContainer('valkey/valkey:8')
      .withExposedPorts(6379)
      .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
      .start();
    return running(container, `redis://${container.getHost()}:${container.getMappedPort(6379)}`);
  },
};
