import {
  keyFromBytes,
  type NameKey,
  type PersonKey,
  parseMonth,
  partitionOfPerson,
  recordTopic,
  TOPICS,
} from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { pseudonyms, type SourceUnderTest, startSource } from './support/source.js';

describe('a source that nobody had thought of is one more definition', () => {
  const topic = recordTopic('social_insurance', 'pension').name;
  let source: SourceUnderTest;
  beforeAll(async () => {
    source = await startSource(socialInsurance);
  });
  afterAll(() => source.close());

  it('takes a file in, sends slices between the markers of its load, and tells that it is complete', async () => {
    const [a, b] = [person(1), person(2)];
    const file = csv(PENSION, pension('R1', a, '10.50'), pension('R2', a, '20.00', '2026-06'), pension('R3', b));
    const load = await source.load('pension', file, { mode: 'full' });
    expect(load).toMatchObject({
      source: 'social_insurance',
      recordType: 'pension',
      state: 'stored',
      counts: { read: 3, applied: 3, unchanged: 0, withdrawn: 0, rejected: 0, superseded: 0 },
    });
    await source.allSent();

    const keyOf = (n: number) => pseudonyms.person({ type: 'resident_id', number: person(n).id });
    const ofA = source.log.slices(topic).find((s) => s.person === keyOf(1));
    expect(ofA?.slice).toEqual({
      source: 'social_insurance',
      recordType: 'pension',
      epoch: 1,
      counter: 1,
      names: [pseudonyms.name(a.name)],
      records: [
        [0, 'R1', parseMonth('2026-05'), 1050],
        [0, 'R2', parseMonth('2026-06'), 2000],
      ],
    });
    const marker = { loadId: load.id, scope: '520100', mode: 'full', seq: 1, epoch: 1, firstFullSeq: 1 };
    for (let partition = 0; partition < 8; partition++) {
      const here = source.log.sent.filter((m) => m.topic === topic && m.partition === partition);
      expect(here.map((m) => m.event.type)).toEqual([
        'load.begin',
        ...here.slice(1, -1).map(() => 'record.slice'),
        'load.complete',
      ]);
      expect(here.at(-1)?.event.payload).toMatchObject(marker);
      for (const message of here.slice(1, -1)) {
        expect(partitionOfPerson(keyFromBytes<PersonKey>(message.key))).toBe(partition);
      }
    }
    expect(source.log.markers(TOPICS.coverage.name, 'load.complete')).toMatchObject([marker]);
  });

  it('shows what it holds', async () => {
    expect(await source.status()).toMatchObject({
      source: 'social_insurance',
      title: { zh: '人社' },
      recordTypes: [
        {
          recordType: 'pension',
          records: 3,
          queued: 0,
          loads: [{ scope: '520100', asOf: '2026-10-01', state: 'stored' }],
        },
        { recordType: 'guardianship', records: 0, queued: 0, loads: [] },
      ],
    });
  });

  it('sends nothing that names a person', () => {
    const everything = JSON.stringify(source.log.sent);
    for (const who of [person(1), person(2)]) {
      expect(everything).not.toContain(who.id);
      expect(everything).not.toContain(who.name);
    }
    const names = source.log.slices(topic).flatMap((s): NameKey[] => s.slice.names);
    expect(names.length).toBeGreaterThan(0);
  });
});
