import { type Batch, deadLetterSchema, decodeEvent, partitionOfId, TOPICS } from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PretendedMatcher, reportEvent, startMatcher } from './support/matcher.js';
import { applicant, csv, households } from './support/people.js';
import {
  batchOf,
  type Installation,
  inState,
  install,
  publish,
  type RunningService,
  reportsOf,
  submit,
} from './support/service.js';

describe('faults around a batch', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start({ outstandingChunks: 2 });
    await publish(service);
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const create = async (rows: string) => (await (await submit(service, rows)).json()) as Batch;
  const letters: string[] = [];

  it('reports that cannot be used go to the dead letters, and the partition goes on', async () => {
    const consumer = await at.log.consume({
      group: 'letters',
      topics: [TOPICS.deadLetter.name],
      positions: async () => [],
      handler: async (batch) => {
        for (const { value } of batch.messages) letters.push(deadLetterSchema.parse(decodeEvent(value).payload).reason);
      },
    });
    matcher.answering = false;
    const batch = await create(csv(...households(3)));
    const chunk = await eventually(() => matcher.seen.find((seen) => seen.batchId === batch.id), { what: 'the chunk' });
    const partition = partitionOfId(chunk.chunkId);
    const to = (value: Buffer) => ({ topic: TOPICS.reports.name, partition, key: Buffer.from('x'), value });
    await at.log.publish([
      to(Buffer.from('not an event')),
      to(reportEvent({ ...chunk, households: chunk.households.slice(1) })),
      to(reportEvent({ ...chunk, chunkId: 'unknown' as typeof chunk.chunkId })),
    ]);
    matcher.answering = true;
    await matcher.answerKept();
    await inState(service, batch.id, 'done');
    await eventually(() => letters.length >= 2, { what: 'two dead letters' });
    expect(letters).toEqual([expect.stringContaining('NOT_'), 'HOUSEHOLDS_DIFFER']);
    await consumer.close();
  });

  it('a batch is finished although every database connection is cut in the middle', async () => {
    matcher.answering = false;
    const batch = await create(csv(...households(4200)));
    await eventually(() => matcher.seen.filter((seen) => seen.batchId === batch.id).length === 2, {
      what: 'two chunks',
    });
    matcher.answering = true;
    await matcher.answerKept();
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY($1) AND pid <> pg_backend_pid()`;
    await at.pool.query(cut, [[at.database.name, at.logDatabase.name]]);
    const done = await eventually(
      async () => {
        const now = await batchOf(service, batch.id);
        return now.state === 'done' ? now : null;
      },
      { within: 25_000, what: 'the batch is done' },
    );
    expect(done.counts).toMatchObject({ accepted: 4200, reports: 4200 });
    const refs = (await reportsOf(service, batch.id)).map((report) => report.householdRef);
    expect(refs).toEqual(households(4200).map((row) => row.household_ref));
  });

  it('a person whose number stands where the reference should be is not shown in the database', async () => {
    const row = applicant('', 1);
    const batch = await create(csv({ ...row, household_ref: row.id_number ?? '', name: '' }));
    const { rows } = await at.pool.query<{ text: string }>('SELECT r::text AS text FROM reject r WHERE batch_id = $1', [
      batch.id,
    ]);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.text).not.toContain(row.id_number ?? '');
  });
});
