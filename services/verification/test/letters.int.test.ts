import {
  type Batch,
  type ChunkId,
  type CorrelationId,
  type LetterAbout,
  type LetterTold,
  letterToldMessage,
  type ServiceHealth,
  TOPICS,
} from '@hedui/contracts';
import { eventually } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { reportNoOf } from '../src/identifiers.js';
import { type PretendedMatcher, startMatcher } from './support/matcher.js';
import { csv, households } from './support/people.js';
import {
  batchOf,
  call,
  type Installation,
  inState,
  install,
  publish,
  type RunningService,
  reportsOf,
  submit,
} from './support/service.js';

describe('a batch whose chunk is a dead letter', () => {
  let at: Installation;
  let service: RunningService;
  let matcher: PretendedMatcher;
  let letters = 0;
  beforeAll(async () => {
    at = await install();
    matcher = await startMatcher(at.log);
    service = await at.start();
    await publish(service);
  });
  afterEach(() => {
    matcher.answering = true;
  });
  afterAll(async () => {
    await matcher.close();
    await at.close();
  });

  const tell = (letterId: string, state: LetterTold['state'], about: LetterAbout) => {
    const told: LetterTold = { letterId, state, about, reason: 'POLICY_UNKNOWN' };
    return at.log.publish([letterToldMessage(told, 'reporting', Date.now(), 'c' as CorrelationId)]);
  };
  /** A batch of one chunk that nobody answers, with an open letter. */
  async function stuck(place: number | null = null) {
    matcher.answering = false;
    const batch = (await (await submit(service, csv(...households(3)))).json()) as Batch;
    const chunk = await eventually(() => matcher.seen.find((seen) => seen.batchId === batch.id), { what: 'the chunk' });
    const about: LetterAbout = { kind: 'chunk', chunkId: chunk.chunkId, place };
    letters++;
    const letterId = `D-${letters}`;
    await tell(letterId, 'open', about);
    const shown = await eventually(
      async () => {
        const now = await batchOf(service, batch.id);
        return now.counts.stuck === undefined ? null : now;
      },
      { what: 'the batch says that it is stuck' },
    );
    expect(shown).toMatchObject({ state: 'running', counts: { stuck: 3, reports: 0 } });
    return { batch, chunk, about, letterId };
  }
  const asked = (chunkId: ChunkId) => matcher.seen.filter((chunk) => chunk.chunkId === chunkId);

  it('says so, and finishes when the chunk is asked about again', async () => {
    const { batch, chunk, about, letterId } = await stuck();
    matcher.answering = true;
    await tell(letterId, 'again', about);
    const done = await inState(service, batch.id, 'done');
    expect(asked(chunk.chunkId)).toHaveLength(2);
    expect(done.counts).toEqual({ households: 3, accepted: 3, rejected: 0, rejectedRows: 0, reports: 3 });
  });

  it('ends with its households counted as dropped when it is discarded, and says so of each', async () => {
    const { batch, chunk, about, letterId } = await stuck();
    await tell(letterId, 'discarded', about);
    await tell(letterId, 'discarded', about);
    const done = await inState(service, batch.id, 'done');
    expect(done.counts).toMatchObject({ accepted: 3, reports: 0, dropped: 3 });
    expect(done.counts.stuck).toBeUndefined();
    const report = await call(service, `/v1/reports/${reportNoOf(chunk.chunkId, 1)}`);
    expect([report.status, ((await report.json()) as { code: string }).code]).toEqual([409, 'HOUSEHOLD_DROPPED']);
    // The ledger has counted a report that comes all the same: it counts here too.
    await matcher.answer(chunk);
    const late = await eventually(
      async () => {
        const now = await batchOf(service, batch.id);
        return now.counts.reports === 3 ? now : null;
      },
      { what: 'the late reports' },
    );
    expect(late.counts.dropped).toBeUndefined();
    expect(await reportsOf(service, batch.id)).toHaveLength(3);
  });

  it('loses only the household that is discarded', async () => {
    const { batch, chunk, about, letterId } = await stuck(1);
    matcher.answering = true;
    await tell(letterId, 'discarded', about);
    const done = await inState(service, batch.id, 'done');
    expect(done.counts).toMatchObject({ accepted: 3, reports: 2, dropped: 1 });
    expect(
      asked(chunk.chunkId)
        .at(-1)
        ?.households.map(({ index }) => index),
    ).toEqual([0, 2]);
    expect((await reportsOf(service, batch.id)).map(({ householdRef }) => householdRef)).toEqual(['H1', 'H3']);
  });

  it('publishes its policies again when one of them is asked for', async () => {
    const ends = async () => (await at.log.offsets(TOPICS.policies.name))[0]?.end ?? 0n;
    const before = await ends();
    await tell('D-policies', 'again', { kind: 'policies' });
    await eventually(async () => (await ends()) === before + 1n, { what: 'the policy' });
  });

  it('is told by the service that looks at itself', async () => {
    const look = async () => (await (await call(service, '/v1/doctor/service')).json()) as ServiceHealth;
    const states = async () => Object.fromEntries((await look()).checks.map(({ check, state }) => [check, state]));
    const well = {
      OUTBOX: 'ok',
      LAG: 'ok',
      GENERATIONS: 'ok',
      AUDIT_CHAIN: 'ok',
      CHUNKS: 'ok',
      BATCHES: 'ok',
      STUCK: 'ok',
      COUNTS: 'ok',
      KEYS: 'ok',
    };
    expect(await states()).toMatchObject(well);
    const { batch } = await stuck();
    await at.pool.query('UPDATE batch SET reports = 1 WHERE id = $1', [batch.id]);
    await at.pool.query(`UPDATE chunk SET sent_at = now() - interval '10 minutes' WHERE batch_id = $1`, [batch.id]);
    await at.pool.query('ALTER TABLE audit_head DISABLE TRIGGER USER');
    await at.pool.query(`UPDATE audit_head SET hash = decode(repeat('00', 32), 'hex')`);
    expect(await states()).toMatchObject({
      ...well,
      STUCK: 'warning',
      CHUNKS: 'warning',
      COUNTS: 'broken',
      AUDIT_CHAIN: 'broken',
    });
  });
});
