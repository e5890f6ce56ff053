import { civilAffairsSource } from '@hedui/civil-affairs-source';
import {
  type BatchId,
  type ChunkId,
  type CorrelationId,
  encodeEvent,
  formatDay,
  parseDay,
  partitionOfId,
  requestChunkPayload,
  SCHEMA_VERSION,
  TOPICS,
} from '@hedui/contracts';
import type { EventLog } from '@hedui/event-log';
import { housingFundSource } from '@hedui/housing-fund-source';
import { MATCHER_TOPICS } from '@hedui/matcher';
import { uniqueName } from '@hedui/testing';
import { vehicleSource } from '@hedui/vehicle-source';
import { apart } from '../../../services/matcher/test/apart.js';
import { household, person } from '../../../services/matcher/test/builders.js';
import { type Collector, collect } from '../../../services/matcher/test/collector.js';
import { publishedPolicy } from '../../../services/matcher/test/policy.js';
import { type Desk, openDesk } from './desk.js';
import type { TypeName } from './files.js';
import { type Matchers, openMatchers } from './matchers.js';
import type { Guard } from './truth.js';

/** A full load that would withdraw more than a fifth and more than two records waits. */
export const GUARD: Guard = { percent: 20, records: 2 };

export interface SourceSeen {
  source: string;
  state: string;
  asOf: string | null;
  loading: boolean;
}

/** Three sources, the log between and the matcher, each with databases of its own, in one process. */
export interface Town {
  readonly desks: readonly Desk[];
  readonly matchers: Matchers;
  deskOf(type: TypeName): Desk;
  /** What a report of a household in each region says of the sources on a date. */
  sources(regions: readonly string[], asOf: string): Promise<SourceSeen[][]>;
  /** Why messages were set aside. */
  deadLetters(): string[];
  close(): Promise<void>;
}

const policy = publishedPolicy(1);

/** On topics of its own, so that one log serves any number of towns. */
export async function openTown(shared: EventLog): Promise<Town> {
  const log = apart(shared, uniqueName('town'));
  await log.ensureTopics(MATCHER_TOPICS);
  const definitions = [civilAffairsSource, vehicleSource, housingFundSource];
  const [matchers, seen, ...desks] = (await Promise.all([
    openMatchers(log),
    collect(log, 'collector'),
    ...definitions.map((definition) => openDesk(definition, log, GUARD)),
  ] as const)) as [Matchers, Collector, ...Desk[]];
  await log.publish([policy.message]);
  await matchers.run(1);
  let chunks = 0;

  return {
    desks,
    matchers,
    deskOf(type) {
      const desk = desks.find(({ types }) => types.includes(type));
      if (!desk) throw new RangeError(`nobody keeps ${type}`);
      return desk;
    },
    async sources(regions, asOf) {
      const chunkId = `chunk-${chunks++}` as ChunkId;
      const households = regions.map((region, index) => household({ applicant: person(1), region, index }));
      const day = parseDay(asOf);
      if (day === null) throw new RangeError('no date');
      const payload = requestChunkPayload({
        chunkId,
        batchId: 'batch' as BatchId,
        asOf: day,
        policy: policy.ref,
        purpose: 'verification',
        households,
      });
      const value = encodeEvent({
        id: chunkId,
        type: 'verification.requested',
        schemaVersion: SCHEMA_VERSION,
        producedBy: 'test',
        occurredAt: 0,
        correlationId: chunkId as string as CorrelationId,
        payload,
      });
      const { name: topic } = TOPICS.requests;
      await log.publish([{ topic, partition: partitionOfId(chunkId), key: Buffer.from(chunkId), value }]);
      const report = await seen.report(chunkId);
      return report.households.map(({ assessment }) =>
        assessment.sources.map((said) => ({ ...said, asOf: said.asOf === null ? null : formatDay(said.asOf) })),
      );
    },
    deadLetters: () => seen.deadLetters.map(({ reason }) => reason),
    async close() {
      await Promise.all(desks.map((desk) => desk.close()));
      await matchers.close();
      await seen.close();
    },
  };
}
