import {
  type DeadLetter,
  deadLetterSchema,
  decodeEvent,
  type Envelope,
  type ReportChunk,
  readReportChunk,
  TOPICS,
} from '@hedui/contracts';
import type { EventLog, StoredPosition } from '@hedui/event-log';
import { eventually } from '@hedui/testing';

/** Everything that appears on the topics that the matcher writes. */
export interface Collector {
  applied: Envelope[];
  reports: { topic: string; partition: number; event: Envelope; chunk: ReportChunk }[];
  deadLetters: DeadLetter[];
  /** The first report chunk of a chunk id, once it is there. */
  report(chunkId: string): Promise<ReportChunk>;
  deadLetter(reason: RegExp): Promise<DeadLetter>;
  close(): Promise<void>;
}

export async function collect(log: EventLog, group: string): Promise<Collector> {
  const positions = new Map<string, StoredPosition>();
  const applied: Collector['applied'] = [];
  const reports: Collector['reports'] = [];
  const deadLetters: DeadLetter[] = [];
  const consumer = await log.consume({
    group,
    topics: [TOPICS.coverage.name, TOPICS.reports.name, TOPICS.reportsOnline.name, TOPICS.deadLetter.name],
    positions: async () => [...positions.values()],
    async handler({ topic, partition, generation, next, messages }) {
      for (const { value } of messages) {
        const event = decodeEvent(value);
        if (event.type === 'load.applied') applied.push(event);
        if (event.type === 'dead.letter') deadLetters.push(deadLetterSchema.parse(event.payload));
        if (event.type === 'verification.reported') {
          reports.push({ topic, partition, event, chunk: readReportChunk(event.payload) });
        }
      }
      positions.set(`${topic}/${partition}`, { topic, partition, generation, next });
    },
  });
  return {
    applied,
    reports,
    deadLetters,
    report: async (chunkId) =>
      await eventually(() => reports.find(({ chunk }) => chunk.chunkId === chunkId)?.chunk, {
        what: `a report of ${chunkId}`,
        within: 20_000,
      }),
    deadLetter: async (reason) =>
      await eventually(() => deadLetters.find((letter) => reason.test(letter.reason)), { within: 20_000 }),
    close: () => consumer.close(),
  };
}
