import { PARTITIONS, recordTopic } from '@hedui/contracts';
import { createEventLog, type LogMessage } from '@hedui/event-log';
import { describeWith, eventually, testKafka, uniqueName } from '@hedui/testing';
import { expect, it } from '@jest/globals';
import { csv, PENSION, pension } from './support/csv.js';
import { socialInsurance } from './support/definitions.js';
import { person } from './support/people.js';
import { logger, pseudonyms, startSourceOn } from './support/source.js';

describeWith(['kafka'], 'on Kafka', () => {
  it('slices and markers arrive in their partitions, the markers around the slices', async () => {
    const { brokers } = await testKafka();
    const log = await createEventLog(
      { HEDUI_LOG: 'kafka', KAFKA_BROKERS: brokers },
      { logger, clientId: uniqueName() },
    );
    // A name of its own, so that its topics are: letters only, as a source is called.
    const name = `insurance_${uniqueName('x').replaceAll(/\d/g, 'd').slice(2)}`;
    const source = await startSourceOn({ ...socialInsurance, source: name }, log);
    try {
      const people = Array.from({ length: 50 }, (_, i) => person(i));
      const rows = people.map((who, i) => pension(`R${i}`, who));
      await source.load('pension', csv(PENSION, ...rows), { mode: 'full' });
      await source.allSent();
      const partitions = new Map<number, LogMessage[]>();
      await log.consume({
        group: uniqueName('group'),
        topics: [recordTopic(name, 'pension').name],
        positions: async () => [],
        async handler(batch) {
          partitions.set(batch.partition, [...(partitions.get(batch.partition) ?? []), ...batch.messages]);
        },
      });
      const all = () => [...partitions.values()].flat();
      await eventually(() => all().length >= 50 + 2 * PARTITIONS, { within: 20_000 });
      const keys = all().flatMap((m) => (m.key.length === 16 ? [m.key.toString('hex')] : []));
      expect(keys.sort()).toEqual(people.map((p) => pseudonyms.person({ type: 'resident_id', number: p.id })).sort());
      for (const messages of partitions.values()) {
        expect(messages.at(0)?.key.toString()).toMatch(/^load\.begin:/);
        expect(messages.at(-1)?.key.toString()).toMatch(/^load\.complete:/);
      }
    } finally {
      await source.close();
    }
  }, 60_000);
});
