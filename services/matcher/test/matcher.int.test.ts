import path from 'node:path';
import {
  aboutOf,
  partitionOfId,
  placesOf,
  RECORD_TYPES,
  type ReportChunk,
  readBasis,
  readRequestChunk,
  TOPICS,
  unpack,
} from '@hedui/contracts';
import { createEventLog, type EventLog, type OutgoingMessage } from '@hedui/event-log';
import { createLogger } from '@hedui/logging';
import { argumentsFromBasis, assess, ENGINE_VERSION } from '@hedui/means-test';
import { createPool, migrate, type Pool } from '@hedui/postgres';
import { describeWith, eventually, type TestDatabase, testDatabase, uniqueName } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MATCHER_TOPICS, type Matcher, startMatcher } from '../src/app.js';
import type { WaitLimits } from '../src/requests/waiting.js';
import { apart } from './apart.js';
import {
  day,
  fen,
  household,
  load,
  markerEverywhere,
  month,
  nameKey,
  person,
  requestMessage,
  sliceMessage,
} from './builders.js';
import { type Collector, collect } from './collector.js';
import { LOGS } from './logs.js';
import { publishedPolicy } from './policy.js';

const logger = createLogger('test', process.env.TEST_LOG ?? 'silent');
const LIMITS: WaitLimits = { policyMs: 15_000, loadMs: 15_000, rebuildMs: 15_000, pollMs: 20 };
const policy = publishedPolicy(1);

const OWNER = person(101);
const CLEAN = person(102);
const EARNER = person(103);

/** The first full load of every record type, with what it holds between its markers. */
const records: OutgoingMessage[] = [
  sliceMessage({
    person: OWNER,
    source: 'vehicle',
    type: 'registration',
    counter: 1,
    records: [[0, 'V-1', '02', 'A', 'A', day('2020-01-01'), null]],
  }),
  sliceMessage({
    person: EARNER,
    source: 'tax',
    type: 'income',
    counter: 1,
    records: [[0, month('2026-05'), 'wages', fen(20_000)]],
  }),
];
const city: OutgoingMessage[] = RECORD_TYPES.flatMap(({ source, type }, i) => {
  const marker = load({ source, recordType: type, seq: 1, loadId: `first-${i}`, scope: '520000' });
  const own = records.filter(({ topic }) => topic.endsWith(`.${type}`));
  return [...markerEverywhere('load.begin', marker), ...own, ...markerEverywhere('load.complete', marker)];
});

for (const { name, parts, config } of LOGS) {
  describeWith(parts, `a matcher ${name}`, () => {
    let log: EventLog;
    let seen: Collector;
    let dropLog: (() => Promise<void>) | undefined;
    const running: { matcher: Matcher; pool: Pool; database: TestDatabase | null }[] = [];
    let shared: TestDatabase;

    async function start(on: TestDatabase, limits: Partial<WaitLimits> = {}, own = false, over = log): Promise<void> {
      const pool = createPool({ url: on.url, name: 'matcher', logger, max: 12 });
      await migrate(pool, path.join(__dirname, '../migrations'));
      const matcher = await startMatcher({
        pool,
        log: over,
        logger,
        limits: { ...LIMITS, ...limits },
        residentBytes: 4 * 1024 * 1024,
      });
      running.push({ matcher, pool, database: own ? on : null });
      await matcher.joined;
    }
    async function stopAll(): Promise<void> {
      for (const { matcher, pool, database } of running.splice(0)) {
        await matcher.close();
        await pool.end();
        await database?.drop();
      }
    }
    const ask = (chunkId: string, households = [household({ applicant: CLEAN })], over = policy.ref) =>
      log.publish([requestMessage('requests', chunkId, over, households)]);
    const askOnline = (chunkId: string) =>
      log.publish([requestMessage('requestsOnline', chunkId, policy.ref, [household({ applicant: CLEAN })])]);
    const conclusions = (chunk: ReportChunk) => chunk.households.map((h) => h.assessment.conclusion);
    const loadingSources = (chunk: ReportChunk) =>
      chunk.households[0]?.assessment.sources.filter((s) => s.loading).map((s) => s.source);

    beforeAll(async () => {
      const { drop, ...settings } = await config();
      dropLog = drop;
      log = apart(await createEventLog(settings, { logger, clientId: 'test' }), uniqueName('matcher'));
      await log.ensureTopics(MATCHER_TOPICS);
      seen = await collect(log, 'collector');
      shared = await testDatabase('matcher');
    }, 120_000);
    afterEach(stopAll);
    afterAll(async () => {
      await seen.close();
      await log.close();
      await shared.drop();
      await dropLog?.();
    });

    it('turns slices into profiles and chunks into reports', async () => {
      await start(shared);
      await log.publish([policy.message, ...city]);
      await eventually(() => seen.applied.length === RECORD_TYPES.length, {
        what: 'every load applied',
        within: 20_000,
      });
      const asked = [
        household({ applicant: OWNER, index: 0 }),
        household({ applicant: CLEAN, index: 1 }),
        household({ applicant: EARNER, index: 2 }),
        household({ applicant: OWNER, name: nameKey(9), index: 3 }),
      ];
      await ask('c-1', asked);
      const report = await seen.report('c-1');
      expect(report).toMatchObject({ batchId: 'batch-1', policy: policy.ref, engineVersion: ENGINE_VERSION });
      expect(conclusions(report)).toEqual(['does_not_meet', 'meets', 'does_not_meet', 'needs_review']);
      expect(report.households[0]?.assessment.findings).toMatchObject([
        { code: 'VEHICLE_OWNED', source: 'vehicle', recordId: 'V-1' },
      ]);
      expect(report.households[3]?.assessment.findings).toMatchObject([
        { code: 'ID_NAME_MISMATCH', source: 'vehicle' },
      ]);
      expect(report.households[1]?.assessment.sources).toContainEqual({
        source: 'tax',
        state: 'answered',
        asOf: day('2026-11-10'),
        loading: false,
      });
      const basis = readBasis(report.basis ?? new Uint8Array());
      const places = placesOf(asked);
      expect(basis.coverage.map(({ scope }) => scope)).toEqual(RECORD_TYPES.map(() => '520000'));
      expect(basis.facts.map((facts) => facts === null)).toEqual([false, true, false, false]);
      for (const household of asked) {
        const again = assess(...argumentsFromBasis(policy.policy, report.asOf, household, places, basis));
        expect(again).toEqual(report.households[household.index]?.assessment);
      }
      const message = seen.reports.find(({ chunk }) => chunk.chunkId === 'c-1');
      expect(message).toMatchObject({
        topic: TOPICS.reports.name,
        partition: partitionOfId('c-1'),
        event: { id: 'report:c-1', correlationId: 'c-c-1' },
      });
    });

    it('answers online checks on their own topic, a repeated chunk with the same event', async () => {
      await start(shared);
      await askOnline('o-1');
      await askOnline('o-1');
      await eventually(() => seen.reports.filter(({ chunk }) => chunk.chunkId === 'o-1').length === 2);
      const [first, second] = seen.reports.filter(({ chunk }) => chunk.chunkId === 'o-1');
      expect(first?.topic).toBe(TOPICS.reportsOnline.name);
      expect(second?.event.id).toBe(first?.event.id);
      expect(second?.chunk.households).toEqual(first?.chunk.households);
    });

    it('loses no online check when its answer cannot be published, or was published and nobody heard of it', async () => {
      let attempts = 0;
      await start(shared, {}, false, {
        ...log,
        async publish(messages) {
          attempts++;
          if (attempts === 1) throw new Error('not published');
          await log.publish(messages);
          if (attempts === 2) throw new Error('published, and nobody heard of it');
        },
      });
      await askOnline('o-2');
      await eventually(() => attempts === 3, { within: 20_000 });
      await eventually(() => seen.reports.filter(({ chunk }) => chunk.chunkId === 'o-2').length === 2);
      await askOnline('o-3');
      await seen.report('o-3');
      const [first, second] = seen.reports.filter(({ chunk }) => chunk.chunkId === 'o-2');
      expect(second?.event.id).toBe(first?.event.id);
      expect(attempts).toBe(4);
    });

    it('answers a replay like a check, without a basis, and says that it is one', async () => {
      await start(shared);
      const asked = [household({ applicant: OWNER })];
      await log.publish([requestMessage('requestsOnline', 'again-1', policy.ref, asked, 'replay')]);
      const report = await seen.report('again-1');
      expect(report).toMatchObject({ purpose: 'replay', basis: null });
      expect(conclusions(report)).toEqual(['does_not_meet']);
    });

    it('waits for a policy that is not here yet, and sets a chunk aside whose policy does not come', async () => {
      const later = publishedPolicy(2);
      await start(shared);
      await ask('p-1', undefined, later.ref);
      await ask('p-2');
      await seen.report('p-2');
      await log.publish([later.message]);
      expect((await seen.report('p-1')).policy.version).toBe(2);
      await stopAll();
      await start(shared, { policyMs: 50 });
      await ask('p-3', undefined, { ...policy.ref, version: 3 });
      await ask('p-4', undefined, { ...policy.ref, digest: 'another' });
      const unknown = await seen.deadLetter(/^POLICY_UNKNOWN$/);
      expect(unknown).toMatchObject({ topic: TOPICS.requests.name, consumer: 'matcher.requests' });
      await seen.deadLetter(/^POLICY_DIFFERS$/);
    });

    it('lets a batch wait for the rest of a full load, an online check not', async () => {
      const second = load({ source: 'vehicle', recordType: 'registration', seq: 2, scope: '520102', loadId: 'second' });
      await start(shared);
      await log.publish(markerEverywhere('load.begin', second));
      await eventually(async () => {
        const chunkId = `w-${seen.reports.length}`;
        await askOnline(chunkId);
        return loadingSources(await seen.report(chunkId))?.includes('vehicle');
      });
      await ask('w-batch');
      await askOnline('w-online');
      expect(loadingSources(await seen.report('w-online'))).toEqual(['vehicle']);
      expect(seen.reports.some(({ chunk }) => chunk.chunkId === 'w-batch')).toBe(false);
      await log.publish([
        sliceMessage({
          person: CLEAN,
          source: 'vehicle',
          type: 'registration',
          counter: 2,
          records: [[0, 'V-2', '02', 'A', 'A', day('2020-01-01'), null]],
        }),
        ...markerEverywhere('load.complete', second),
      ]);
      const report = await seen.report('w-batch');
      expect(loadingSources(report)).toEqual([]);
      expect(conclusions(report)).toEqual(['does_not_meet']);
    });

    it('goes on when a load does not come to its end in time, and says so', async () => {
      const third = load({ source: 'tax', recordType: 'income', seq: 3, scope: '520102', loadId: 'third' });
      await start(shared, { loadMs: 200 });
      await log.publish(markerEverywhere('load.begin', third));
      await eventually(async () => {
        const chunkId = `t-${seen.reports.length}`;
        await ask(chunkId);
        return loadingSources(await seen.report(chunkId))?.includes('tax');
      });
      await log.publish(markerEverywhere('load.complete', third));
      await eventually(() => seen.applied.some((event) => event.id === 'applied:third'));
    });

    it('sets one household aside and answers nothing of its chunk in part, and poison without the chunks behind it', async () => {
      await start(shared);
      await log.publish([
        { topic: TOPICS.requests.name, partition: 0, key: Buffer.from('x'), value: Buffer.from('{"bad":"json"}') },
      ]);
      await ask('q-1', [
        household({ applicant: CLEAN, index: 0 }),
        household({ applicant: OWNER, index: 1, programme: 'no_such_programme' }),
        household({ applicant: EARNER, index: 2 }),
      ]);
      const letter = await seen.deadLetter(/^HOUSEHOLD_NOT_ASSESSABLE: PROGRAMME_UNKNOWN$/);
      expect(readRequestChunk(unpack(letter.value)).households).toMatchObject([{ index: 1 }]);
      expect(aboutOf(letter)).toEqual({ kind: 'chunk', chunkId: 'q-1', place: 1 });
      await seen.deadLetter(/^NOT_MESSAGEPACK$/);
      await ask('q-2', [household({ applicant: EARNER, index: 2 })]);
      await seen.report('q-2');
      expect(seen.reports.filter(({ chunk }) => chunk.chunkId === 'q-1')).toEqual([]);
    });

    it('gives the same reports from an empty database', async () => {
      await stopAll();
      const fresh = await testDatabase('matcher');
      await start(fresh, { rebuildMs: 20_000 }, true);
      await ask('r-1', [household({ applicant: OWNER, index: 0 }), household({ applicant: EARNER, index: 1 })]);
      const again = await seen.report('r-1');
      await stopAll();
      await start(shared);
      await ask('r-2', [household({ applicant: OWNER, index: 0 }), household({ applicant: EARNER, index: 1 })]);
      expect(again.households).toEqual((await seen.report('r-2')).households);
    });

    it('rebuilds what came from topics that were made again', async () => {
      const pool = createPool({ url: shared.url, name: 'test', logger, max: 1 });
      await pool.query("UPDATE log_position SET generation = 'gone' WHERE consumer_group = 'matcher.records'");
      await pool.query("UPDATE profile SET registration_counter = 999, registration = '\\xc0'");
      await pool.end();
      await start(shared);
      await ask('g-1', [household({ applicant: OWNER })]);
      const report = await seen.report('g-1');
      expect(conclusions(report)).toEqual(['does_not_meet']);
      expect(loadingSources(report)).toEqual([]);
    });

    it('shares the work between two matchers', async () => {
      await start(shared);
      await start(shared);
      const ids = Array.from({ length: 40 }, (_, i) => `s-${i}`);
      await log.publish(
        ids.map((id) =>
          requestMessage('requests', id, policy.ref, [
            household({ applicant: OWNER, index: 0 }),
            household({ applicant: EARNER, index: 1 }),
          ]),
        ),
      );
      for (const id of ids) expect(conclusions(await seen.report(id))).toEqual(['does_not_meet', 'does_not_meet']);
      expect(seen.reports.filter(({ chunk }) => ids.includes(chunk.chunkId))).toHaveLength(40);
    });
  });
}

describe('the migrations', () => {
  it('make the tables of the event log as its package says', async () => {
    const { readFile } = await import('node:fs/promises');
    const { OUTBOX_SQL, POSITIONS_SQL } = await import('@hedui/event-log');
    const own = await readFile(path.join(__dirname, '../migrations/0002_event_log.sql'), 'utf8');
    const plain = (sql: string) => sql.replaceAll('IF NOT EXISTS ', '').replace(/\s+/g, ' ').trim();
    for (const sql of [OUTBOX_SQL, POSITIONS_SQL]) expect(plain(own)).toContain(plain(sql));
  });
});
