import { decodeEvent, pseudonymsMessage, readSlicePayload, recordTopic, TOPICS } from '@hedui/contracts';
import type { OutgoingMessage } from '@hedui/event-log';
import { createPseudonyms, type KeyFile, type KeySource } from '@hedui/privacy';
import { eventually } from '@hedui/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { defineSource } from '../src/index.js';
import { csv, GUARDIANSHIP, guardianship, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { type Person, person } from './support/people.js';
import { type RecordingLog, recordingLog } from './support/recording-log.js';
import { type SourceUnderTest, startSourceOn } from './support/source.js';

const file = (names: Readonly<Record<string, number>>, current: string): KeyFile => ({
  current,
  keys: new Map(Object.entries(names).map(([name, byte]) => [name, Buffer.alloc(32, byte)])),
});
const under = (version: string) => createPseudonyms(file({ 1: 11, 2: 22, 3: 33 }, version));
const topic = recordTopic('social_insurance', 'pension').name;
const keyOf = (who: Person, version: string) => under(version).person({ type: 'resident_id', number: who.id });
const [a, b, c] = [person(1), person(2), person(3)];

/** Key files that a test changes. */
function changing(first: KeyFile): KeySource & { become(file: KeyFile): void } {
  let now = first;
  return {
    read: () => now,
    become(next) {
      now = next;
    },
  };
}

/** What verification says when nothing needs the version before any more. */
const drained = (from: string, to: string) =>
  pseudonymsMessage('verification', 'pseudonyms.step', `step:${to}:drained`, {
    from,
    to,
    step: 'drained',
    reports: [],
  });

/** The last message under each key of a topic, as compaction leaves them: the person's key and what is said. */
function kept(log: RecordingLog, of = topic): Map<string, { type: string; records: number }> {
  const last = new Map<string, { type: string; records: number }>();
  for (const { topic: at, key, event } of log.sent) {
    if (at !== of || key.length !== 16) continue;
    const records = event.type === 'record.slice' ? readSlicePayload(event.payload).records.length : 0;
    last.set(key.toString('hex'), { type: event.type, records });
  }
  return last;
}

describe('the pseudonym key of a source is rotated while it works', () => {
  const pseudonyms = changing(file({ 1: 11 }, '1'));
  const ring = changing(file({ k1: 44 }, 'k1'));
  let source: SourceUnderTest;
  afterEach(async () => {
    await source.close();
    pseudonyms.become(file({ 1: 11 }, '1'));
    ring.become(file({ k1: 44 }, 'k1'));
  });
  const start = async (definition = socialInsurance) => {
    source = await startSourceOn(definition, recordingLog(), {}, undefined, { pseudonyms, ring });
  };
  const told = (step: string) =>
    eventually(
      () =>
        source.log.sent.some(
          ({ event }) => event.type === 'pseudonyms.told' && (event.payload as { step: string }).step === step,
        ),
      { what: `the source has ${step}` },
    );
  const marked = (step: string) =>
    source.log.sent.filter(
      ({ event }) => event.type === 'pseudonyms.mark' && (event.payload as { step: string }).step === step,
    );
  /** Fails the publishing of some messages, once each time it is asked to. */
  const failOnce = (which: (message: OutgoingMessage) => boolean) => {
    let failed = false;
    source.log.onPublish = (messages) => {
      if (failed || !messages.some(which)) return;
      failed = true;
      throw new Error('the process dies here');
    };
  };

  it('sends slices under both versions, then under the new one, and takes back what stood under the old one', async () => {
    await start();
    await source.load('pension', csv(PENSION, pension('A', a), pension('B', b)), { mode: 'full' });
    await source.allSent();
    pseudonyms.become(file({ 1: 11, 2: 22 }, '2'));
    await told('doubled');
    expect(
      marked('doubled')
        .map(({ partition }) => partition)
        .sort(),
    ).toHaveLength(16);
    await source.load('pension', csv(PENSION, pension('A', a), pension('C', c)), { mode: 'full' });
    await source.allSent();
    const [one, two] = [kept(source.log), kept(source.log)];
    for (const version of ['1', '2']) {
      expect([a, b, c].map((who) => one.get(keyOf(who, version))?.records)).toEqual([1, 0, 1]);
    }
    expect(two.size).toBe(6);

    await source.log.publish([drained('1', '2')]);
    await told('cleared');
    const after = kept(source.log);
    expect([a, b, c].map((who) => after.get(keyOf(who, '1'))?.type)).toEqual(Array(3).fill('person.moved'));
    expect([a, c].map((who) => after.get(keyOf(who, '2'))?.records)).toEqual([1, 1]);
    // Nobody is sent under the old version any more, and a newcomer is sent under the new one.
    const before = source.log.sent.length;
    await source.load('pension', csv(PENSION, pension('A', a, '1.00'), pension('D', person(4))));
    await source.allSent();
    const later = source.log.sent
      .slice(before)
      .flatMap(({ event, key }) => (event.type === 'record.slice' ? [key] : []));
    expect(later.map((key) => key.toString('hex')).sort()).toEqual([keyOf(a, '2'), keyOf(person(4), '2')].sort());
  });

  it('translates everything that stands in a slice: names, the other person, benefits', async () => {
    await start(
      defineSource({
        ...socialInsurance,
        recordTypes: socialInsurance.recordTypes.map((type) =>
          type.type === 'pension'
            ? { ...type, blind: [...type.blind, { column: 'account_no', as: 'benefitKey' as const }] }
            : type,
        ),
      }),
    );
    await source.load('pension', csv(PENSION, pension('A', a)), { mode: 'full' });
    await source.load('guardianship', csv(GUARDIANSHIP, guardianship('G', a, b)), { mode: 'full' });
    await source.allSent();
    pseudonyms.become(file({ 1: 11, 2: 22 }, '2'));
    await told('doubled');
    const sliceOf = (of: string, who: Person) => {
      const found = source.log.slices(of).findLast(({ person: key }) => key === keyOf(who, '2'));
      if (!found) throw new Error('there is no slice');
      return found.slice;
    };
    const own = sliceOf(topic, a);
    expect(own.names).toEqual([under('2').name(a.name)]);
    expect(Buffer.from(own.records[0]?.[4] as Uint8Array).toString('hex')).toBe(under('2').benefit('A-A'));
    const guard = recordTopic('social_insurance', 'guardianship').name;
    expect(Buffer.from(sliceOf(guard, a).records[0]?.[3] as Uint8Array).toString('hex')).toBe(keyOf(b, '2'));
    expect(Buffer.from(sliceOf(guard, b).records[0]?.[3] as Uint8Array).toString('hex')).toBe(keyOf(a, '2'));
    expect(sliceOf(guard, b).names).toEqual([under('2').name(b.name)]);
  });

  it.each<[string, (message: OutgoingMessage) => boolean]>([
    ['while slices are doubled', ({ key }) => Buffer.from(key).toString('hex') === keyOf(a, '2')],
    ['before the marks', ({ value }) => decodeEvent(value).type === 'pseudonyms.mark'],
    ['while the old ones are taken back', ({ value }) => decodeEvent(value).type === 'person.moved'],
    ['before it can tell', ({ topic: at }) => at === TOPICS.pseudonyms.name],
  ])('goes on after a failure %s', async (_, which) => {
    await start();
    await source.load('pension', csv(PENSION, pension('A', a), pension('B', b)), { mode: 'full' });
    await source.allSent();
    failOnce(which);
    pseudonyms.become(file({ 1: 11, 2: 22 }, '2'));
    await eventually(() => marked('doubled').length > 0, { what: 'slices are doubled' });
    await source.log.publish([drained('1', '2')]);
    await eventually(() => marked('cleared').length > 0, { what: 'the old ones are taken back' });
    const after = kept(source.log);
    expect([a, b].map((who) => after.get(keyOf(who, '1'))?.type)).toEqual(['person.moved', 'person.moved']);
    expect([a, b].map((who) => after.get(keyOf(who, '2'))?.records)).toEqual([1, 1]);
  });

  it('starts without the old version when it is done, tells unchanged rows from changed ones, and can be rotated again', async () => {
    await start();
    const rows = csv(PENSION, pension('A', a), pension('B', b));
    await source.load('pension', rows, { mode: 'full' });
    await source.allSent();
    pseudonyms.become(file({ 1: 11, 2: 22 }, '2'));
    await told('doubled');
    await source.log.publish([drained('1', '2')]);
    await told('cleared');
    pseudonyms.become(file({ 2: 22 }, '2'));
    const first = source;
    await first.app.close();
    source = await startSourceOn(socialInsurance, first.log, {}, first.database, { pseudonyms, ring });
    await first.pool.end();
    const load = await source.load('pension', rows, { mode: 'full' });
    expect(load.counts).toMatchObject({ unchanged: 2, applied: 0 });
    pseudonyms.become(file({ 2: 22, 3: 33 }, '3'));
    await eventually(() => marked('doubled').some(({ event }) => (event.payload as { to: string }).to === '3'), {
      what: 'slices are doubled again',
    });
    await source.log.publish([drained('2', '3')]);
    await eventually(() => marked('cleared').some(({ event }) => (event.payload as { to: string }).to === '3'), {
      what: 'the second version is taken back',
    });
    const after = kept(source.log);
    expect([a, b].map((who) => after.get(keyOf(who, '2'))?.type)).toEqual(['person.moved', 'person.moved']);
    expect([a, b].map((who) => after.get(keyOf(who, '3'))?.records)).toEqual([1, 1]);
    const { rows: left } = await source.pool.query("SELECT DISTINCT version FROM pseudonym WHERE version <> '3'");
    expect(left).toEqual([]);
  });

  it('seals names and evidence anew under another key of the ring, those of a load that waits too', async () => {
    await start();
    const many = Array.from({ length: 120 }, (_, n) => pension(`R${n}`, person(n + 10)));
    await source.load('pension', csv(PENSION, ...many), { mode: 'full' });
    const waiting = await source.load('pension', csv(PENSION, pension('A', a)), { mode: 'full' });
    expect(waiting.waitingFor).toBe('confirmWithdrawals');
    ring.become(file({ k1: 44, k2: 55 }, 'k2'));
    await eventually(
      () =>
        source.log.sent.some(
          ({ event }) =>
            event.type === 'pseudonyms.told' && event.id.startsWith('told:ring:k2:') && event.id.includes(':resealed:'),
        ),
      { what: 'everything is sealed anew' },
    );
    ring.become(file({ k2: 55 }, 'k2'));
    await source.app.inject({
      method: 'POST',
      url: `/v1/loads/${waiting.id}/confirm`,
      headers: { authorization: 'Bearer test' },
    });
    await eventually(async () => (await source.getLoad(waiting.id)).state !== 'received', {
      what: 'the load is confirmed',
    });
    const { rows } = await source.pool.query<{ sealed: Buffer }>(
      'SELECT sealed FROM person_name UNION ALL SELECT sealed FROM evidence_chunk UNION ALL SELECT own_key FROM source_state',
    );
    expect(rows.length).toBeGreaterThan(121);
    expect(rows.filter(({ sealed }) => sealed.subarray(2, 4).toString() !== 'k2')).toEqual([]);
    pseudonyms.become(file({ 1: 11, 2: 22 }, '2'));
    await told('doubled');
    expect(kept(source.log).get(keyOf(a, '2'))?.records).toBe(1);
  });
});
