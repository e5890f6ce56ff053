import { connect } from 'node:net';
import { createLogger } from '@hedui/logging';
import { describeWith, testKafka } from '@hedui/testing';
import { Kafka, logLevel } from 'kafkajs';
import { createKafkaLog } from '../src/kafka/log.js';
import { conformance } from './conformance.js';
import { openLine } from './cut.js';

const logger = createLogger('event-log-test', process.env.LOG_LEVEL ?? 'fatal');

describeWith(['kafka'], 'on a broker', () => {
  conformance('kafka', async () => {
    const { brokers } = await testKafka();
    const settings = { brokers, clientId: 'event-log-test', logger, sessionTimeoutMs: 8_000 };
    return {
      open: async () => createKafkaLog(settings),
      async openOver(processMark) {
        const [host = '', port] = (brokers[0] ?? '').split(':');
        const line = await openLine(host, Number(port));
        const log = createKafkaLog({
          ...settings,
          // So long that nobody waits for its end by mistake.
          ...(processMark === undefined ? {} : { processMark, sessionTimeoutMs: 30_000 }),
          connect: ({ onConnect }) => connect({ host: '127.0.0.1', port: line.port }, onConnect),
        });
        return { log, line };
      },
      async deleteTopic(name) {
        const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
        await admin.connect();
        await admin.deleteTopics({ topics: [name] });
        await admin.disconnect();
      },
      close: async () => {},
    };
  });
});
