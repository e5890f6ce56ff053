import {
  type CorrelationId,
  coverageKey,
  encodeEvent,
  type LoadMarker,
  letterToldMessage,
  recordTopic,
  SCHEMA_VERSION,
  TOPICS,
} from '@hedui/contracts';
import { createEventLog } from '@hedui/event-log';
import { eventually, testDatabase } from '@hedui/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { recordingLog } from './support/recording-log.js';
import { logger, pseudonyms, type SourceUnderTest, startSource, startSourceOn } from './support/source.js';

const topic = recordTopic('social_insurance', 'pension').name;
const keyOf = (n: number) => pseudonyms.person({ type: 'resident_id', number: person(n).id });
const file = (...rows: string[]) => csv(PENSION, ...rows);

/** A promise that is kept from outside. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe('what was noted is sent', () => {
  const running: { close(): Promise<void> }[] = [];
  const keep = <T extends { close(): Promise<void> }>(source: T): T => {
    running.push(source);
    return source;
  };
  afterEach(async () => {
    for (const source of running.splice(0).reverse()) await source.close();
  });

  /** Tells, as the matcher does, that a load and those before it are applied. */
  function announceApplied(source: SourceUnderTest, marker: LoadMarker): Promise<void> {
    const value = encodeEvent({
      id: 'applied',
      type: 'load.applied',
      schemaVersion: SCHEMA_VERSION,
      producedBy: 'matcher',
      occurredAt: Date.parse('2026-11-15T08:00:00Z'),
      correlationId: 'c' as CorrelationId,
      payload: marker,
    });
    const key = coverageKey('load.applied', marker);
    return source.log.publish([{ topic: TOPICS.coverage.name, partition: 0, key, value }]);
  }

  it('again, the person alone, when a slice became a dead letter and somebody asks for it', async () => {
    const source = keep(await startSource(socialInsurance));
    await source.load('pension', file(pension('A', person(1)), pension('B', person(2))));
    await source.allSent();
    source.log.sent.length = 0;
    const about = { kind: 'slice', source: 'social_insurance', recordType: 'pension', person: keyOf(1) } as const;
    const told = { letterId: 'D-1', state: 'again', about, reason: 'BAD_PAYLOAD' } as const;
    await source.log.publish([letterToldMessage(told, 'reporting', Date.now(), 'c' as CorrelationId)]);
    await eventually(() => source.log.slices(topic).length > 0);
    await source.allSent();
    expect(source.log.slices(topic).map((sent) => sent.person)).toEqual([keyOf(1)]);
  });

  it('after a restart, when the process died between the commit and the send', async () => {
    const first = recordingLog();
    first.onPublish = () => {
      throw new Error('the process is about to die');
    };
    const before = await startSourceOn(socialInsurance, first);
    await before.load('pension', file(pension('A', person(1))), { mode: 'full' });
    await before.app.close();
    expect(first.sent).toEqual([]);

    const after = keep(await startSourceOn(socialInsurance, recordingLog(), {}, before.database));
    await before.pool.end();
    await after.allSent();
    expect(after.log.slices(topic).map((s) => s.person)).toEqual([keyOf(1)]);
    expect(after.log.markers(TOPICS.coverage.name, 'load.complete')).toHaveLength(1);
  });

  it('once more, as the same events, when it died after the send', async () => {
    const source = keep(await startSource(socialInsurance));
    let failed = false;
    source.log.onPublish = (messages) => {
      const isCoverage = messages[0]?.topic === TOPICS.coverage.name;
      if (!isCoverage || failed) return;
      failed = true;
      throw new Error('the answer was lost');
    };
    await source.load('pension', file(pension('A', person(1))), { mode: 'full' });
    await source.allSent();
    const begins = source.log.sent.filter((m) => m.event.type === 'load.begin');
    expect(begins).toHaveLength(16);
    expect(new Set(begins.map((m) => m.event.id)).size).toBe(1);
    expect(source.log.slices(topic)).toHaveLength(1);
  });

  it('with its newest state, and again, when a load changed a person whose slice was on its way', async () => {
    const source = keep(await startSource(socialInsurance));
    const reached = gate();
    const go = gate();
    source.log.onPublish = async (messages) => {
      if (messages[0]?.key.length !== 16) return;
      source.log.onPublish = () => {};
      reached.open();
      await go.opened;
    };
    await source.load('pension', file(pension('A', person(1), '1.00')));
    await reached.opened;
    await source.load('pension', file(pension('A', person(1), '2.00')));
    go.open();
    await source.allSent();
    const sent = source.log.slices(topic).map(({ slice }) => [slice.counter, slice.records[0]?.[3]]);
    expect(sent).toEqual([
      [1, 100],
      [2, 200],
    ]);
    // The first load is not told to be complete before the person's newest slice is out.
    const order = source.log.sent.filter(
      (m) => m.topic === topic && m.partition === Number.parseInt(keyOf(1).slice(0, 8), 16) % 8,
    );
    const kinds = order.map((m) =>
      m.event.type === 'record.slice' ? 'slice' : `${m.event.type} ${(m.event.payload as LoadMarker).seq}`,
    );
    expect(kinds).toEqual(['load.begin 1', 'slice', 'slice', 'load.complete 1', 'load.begin 2', 'load.complete 2']);
  });

  it('does not announce a load while a person still waits since then, though a later load touched them again', async () => {
    const log = recordingLog();
    log.onPublish = () => {
      throw new Error('no broker');
    };
    const source = keep(await startSourceOn(socialInsurance, log));
    await source.load('pension', file(pension('A', person(1), '1.00'), pension('B', person(2))), { mode: 'full' });
    await source.load('pension', file(pension('A', person(1), '2.00')));
    log.onPublish = () => {};
    await source.allSent();
    const at = (test: (m: (typeof log.sent)[number]) => boolean) => log.sent.findIndex(test);
    const slice = at((m) => m.key.toString('hex') === keyOf(1));
    const complete = at((m) => m.event.type === 'load.complete');
    expect(slice).toBeGreaterThan(-1);
    expect(slice).toBeLessThan(complete);
    expect(
      log
        .slices(topic)
        .map((s) => s.slice.counter)
        .sort(),
    ).toEqual([1, 2]);
    expect(log.markers(TOPICS.coverage.name, 'load.complete')).toMatchObject([
      { seq: 1, mode: 'full', firstFullSeq: 1 },
      { seq: 2, mode: 'delta', firstFullSeq: 1 },
    ]);
  });

  it('and is applied when the matcher says so; an announcement speaks for the loads before it', async () => {
    const source = keep(await startSource(socialInsurance));
    const first = await source.load('pension', file(pension('A', person(1))));
    const second = await source.load('pension', file(pension('A', person(2))), { scope: '520102' });
    await source.allSent();
    const [, marker] = source.log.markers(TOPICS.coverage.name, 'load.complete');
    if (!marker) throw new Error('no marker');
    await announceApplied(source, { ...marker, epoch: 7 });
    await announceApplied(source, { ...marker, source: 'tax' });
    expect(await source.getLoad(second.id)).toMatchObject({ state: 'stored', appliedAt: null });
    await announceApplied(source, marker);
    for (const { id } of [first, second]) {
      expect(await source.getLoad(id)).toMatchObject({ state: 'applied', appliedAt: '2026-11-15T08:00:00.000Z' });
    }
  });

  it('all over again when the topic began a new life, and under a new epoch when the database was restored', async () => {
    const log = recordingLog();
    const first = await startSourceOn(socialInsurance, log);
    await first.load('pension', file(pension('A', person(1)), pension('B', person(2))), { mode: 'full' });
    await first.load('pension', file(pension('B', person(2))), { mode: 'full' });
    await first.allSent();
    await first.app.close();
    await first.pool.end();

    log.beginAgain();
    const second = keep(await startSourceOn(socialInsurance, log, {}, first.database));
    await eventually(() => log.markers(TOPICS.coverage.name, 'load.complete').length === 2);
    await second.allSent();
    expect(log.slices(topic).map((s) => [s.person, s.slice.epoch, s.slice.counter])).toEqual([[keyOf(2), 1, 2]]);
    expect(log.markers(TOPICS.coverage.name, 'load.complete').map((m) => m.seq)).toEqual([1, 2]);

    log.sent.length = 0;
    expect(await second.engine.restored()).toBe(2);
    await second.allSent();
    expect(log.slices(topic).map((s) => [s.person, s.slice.epoch, s.slice.counter])).toEqual([[keyOf(2), 2, 2]]);
  });

  it('under the new epoch too when the old one was just on its way', async () => {
    const source = keep(await startSource(socialInsurance));
    const reached = gate();
    const go = gate();
    source.log.onPublish = async (messages) => {
      if (messages[0]?.key.length !== 16) return;
      source.log.onPublish = () => {};
      reached.open();
      await go.opened;
    };
    await source.load('pension', file(pension('A', person(1))), { mode: 'full' });
    await reached.opened;
    let done = false;
    const epoch = source.engine.restored().finally(() => {
      done = true;
    });
    await eventually(async () => {
      const held = await source.pool.query("SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted");
      return done || held.rows.length > 0;
    });
    go.open();
    expect(await epoch).toBe(2);
    await source.allSent();
    expect(source.log.slices(topic).map((s) => [s.person, s.slice.epoch])).toEqual([
      [keyOf(1), 1],
      [keyOf(1), 2],
    ]);
    expect(source.log.markers(TOPICS.coverage.name, 'load.complete').map((m) => m.epoch)).toEqual([1, 2]);
  });

  it('through the real log, where two processes of a source do no harm to each other', async () => {
    const logDatabase = await testDatabase('log');
    keep({ close: () => logDatabase.drop() });
    const openLog = (clientId: string) =>
      createEventLog({ HEDUI_LOG: 'postgres', EVENT_LOG_URL: logDatabase.url }, { logger, clientId });
    const one = keep(await startSourceOn(socialInsurance, await openLog('one')));
    const two = await startSourceOn(socialInsurance, await openLog('two'), {}, one.database);
    keep({
      async close() {
        await two.app.close();
        await two.log.close();
        await two.pool.end();
      },
    });
    const received: string[] = [];
    const reader = keep(await openLog('reader'));
    await eventually(() => reader.offsets(topic).then((offsets) => offsets.length === 8));
    await reader.consume({
      group: 'test',
      topics: [topic],
      positions: async () => [],
      async handler(batch) {
        for (const message of batch.messages) if (message.key.length === 16) received.push(message.key.toString('hex'));
      },
    });
    const loads = await Promise.all([
      one.load('pension', file(pension('A', person(1))), { scope: '520101' }),
      two.load('pension', file(pension('B', person(2))), { scope: '520102' }),
      one.load('pension', file(pension('C', person(3))), { scope: '520103' }),
    ]);
    expect(loads.map((load) => load.state)).toEqual(['stored', 'stored', 'stored']);
    await one.allSent();
    await eventually(() => received.length >= 3);
    expect(received.sort()).toEqual([keyOf(1), keyOf(2), keyOf(3)].sort());
  });
});
