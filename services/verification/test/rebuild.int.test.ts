import {
  type Batch,
  type ChunkId,
  decodeEvent,
  partitionOfId,
  readReportChunk,
  type ServiceHealth,
  TOPICS,
} from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepare } from '../src/app.js';
import { type PretendedMatcher, reportEvent, startMatcher } from './support/matcher.js';
import { csv, households } from './support/people.js';
import { call, type Installation, inState, install, publish, type RunningService, submit } from './support/service.js';

describe('when something is lost', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start({ keepTopicsEveryMs: 200 });
    await publish(service);
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const create = async (rows: string) => (await (await submit(service, rows)).json()) as Batch;
  const check = async (name: string) => {
    const health = (await (await call(service, '/v1/doctor/service')).json()) as ServiceHealth;
    return health.checks.find((one) => one.check === name);
  };
  const reportsOnTopic = async (): Promise<ChunkId[]> => {
    const offsets = await at.log.offsets(TOPICS.reports.name);
    const wanted = offsets.reduce((sum, { start, end }) => sum + Number(end - start), 0);
    const found: ChunkId[] = [];
    const consumer = await at.log.consume({
      group: `look-${Math.random()}`,
      topics: [TOPICS.reports.name],
      positions: async () => [],
      handler: async ({ messages }) => {
        for (const { value } of messages) found.push(readReportChunk(decodeEvent(value).payload).chunkId);
      },
    });
    await eventually(() => found.length >= wanted, { what: 'the reports on the topic' });
    await consumer.close();
    return found;
  };

  it('the whole log: policies and reports are published again, and what was not answered is asked again', async () => {
    const first = await create(csv(...households(2100)));
    await inState(service, first.id, 'done');
    const before = new Set(await reportsOnTopic());
    expect(before.size).toBe(3);
    matcher.answering = false;
    const open = await create(csv(...households(3)));
    await eventually(() => matcher.seen.some(({ batchId }) => batchId === open.id), { what: 'the chunk was asked' });

    await service.stop();
    await matcher.close();
    await at.wipeLog();
    await prepare(at);
    matcher = await startMatcher(at.log);
    service = await at.start({ keepTopicsEveryMs: 200 });

    expect((await inState(service, open.id, 'done')).counts.reports).toBe(3);
    const ends = async (topic: string) => (await at.log.offsets(topic)).map(({ end }) => end);
    await eventually(async () => (await ends(TOPICS.policies.name))[0] === 1n, { what: 'the policy' });
    const again = await eventually(
      async () => {
        const now = new Set(await reportsOnTopic());
        return [...before].every((id) => now.has(id)) ? now : null;
      },
      { what: 'the reports' },
    );
    expect(again.size).toBe(4);
    await eventually(async () => (await check('GENERATIONS'))?.state === 'ok', { what: 'positions of the new topics' });
    expect(await check('COUNTS')).toMatchObject({ state: 'ok' });
  });

  it('the work of an hour, when an older copy of the database was restored: it is named', async () => {
    expect(await check('LOST')).toMatchObject({ state: 'ok' });
    const [chunk] = matcher.seen;
    if (chunk === undefined) throw new Error('nothing was asked');
    const lost = {
      ...chunk,
      chunkId: 'C-lost' as ChunkId,
      batchId: 'batch-lost' as Batch['id'] as typeof chunk.batchId,
    };
    const partition = partitionOfId(lost.chunkId);
    await at.log.publish([
      { topic: TOPICS.reports.name, partition, key: Buffer.from(lost.chunkId), value: reportEvent(lost) },
    ]);
    const found = await eventually(
      async () => {
        const now = await check('LOST');
        return now?.state === 'warning' ? now : null;
      },
      { what: 'the lost batch is named' },
    );
    expect(found.seen.en).toContain('batch-lost');
  });
});
