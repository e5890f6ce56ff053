import { RECORD_TYPES, recordTopic } from '@hedui/contracts';
import { consumeInTransaction, type EventLog, type LogConsumer, type Reset } from '@hedui/event-log';
import type { Logger } from '@hedui/logging';
import { allowLonger, type Client, type Pool } from '@hedui/postgres';
import { count } from '@hedui/telemetry';
import { bumpCoverageVersion, forgetCoverage, lockCoverage } from '../db/coverage.js';
import { forgetSlices } from '../db/profiles.js';
import { type Applied, applyRecordBatch, RECORDS_GROUP } from './apply.js';
import type { RecordTopic } from './read-batch.js';

const topics: ReadonlyMap<string, RecordTopic> = new Map(
  RECORD_TYPES.map(({ source, type }) => [recordTopic(source, type).name, { source, type }]),
);

function recordTopicOf(name: string): RecordTopic {
  const topic = topics.get(name);
  if (topic === undefined) throw new RangeError(`${name} is no record topic`);
  return topic;
}

/** Keeps the profiles and the coverage up to date with all record topics. */
export async function consumeRecords(deps: {
  log: EventLog;
  pool: Pool;
  logger: Logger;
  wake(): void;
}): Promise<LogConsumer> {
  const { log, pool, logger } = deps;
  const consumer = await consumeInTransaction<Applied>({
    log,
    pool,
    logger,
    group: RECORDS_GROUP,
    topics: [...topics.keys()],
    apply: (client, fresh, context) => applyRecordBatch(client, recordTopicOf(context.batch.topic), fresh, context),
    afterCommit(applied, { topic, partition }) {
      const { slices, changed, markers, outgoing } = applied;
      logger.debug({ topic, partition, slices, changed, markers }, 'records were applied');
      count('slicesApplied', slices, { topic });
      if (outgoing.length > 0) deps.wake();
    },
    onReset: forgetPartition,
  });
  // A topic that was empty at the start is whole from the start.
  await bumpCoverageVersion(pool);
  return consumer;
}

/** What came from a partition that begins again is forgotten with its position: its topic's coverage counts no more. */
async function forgetPartition(client: Client, { stored }: Reset): Promise<void> {
  const topic = recordTopicOf(stored.topic);
  await allowLonger(client, 7200);
  await forgetSlices(client, topic.type, stored.partition);
  await lockCoverage(client, topic.source, topic.type);
  await forgetCoverage(client, topic.source, topic.type, stored.partition);
  await bumpCoverageVersion(client);
}
