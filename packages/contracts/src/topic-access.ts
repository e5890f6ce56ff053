import { RECORD_TYPES, SOURCES, type SourceName } from './registry.js';
import { recordTopic, TOPICS, type TopicSpec } from './topics.js';

/** What one service does with the event log: no more than this is granted to it where the log knows who asks. */
export interface TopicAccess {
  /** Its name, which is its user at the broker and begins the names of its consumer groups. */
  service: string;
  reads: readonly string[];
  writes: readonly string[];
  /** Topics that it makes when they are missing, or only looks at. */
  ensures: readonly string[];
}

const names = (...specs: { name: string }[]) => specs.map(({ name }) => name);
const recordsOf = (source: SourceName) =>
  RECORD_TYPES.filter((one) => one.source === source).map(({ type }) => recordTopic(source, type).name);
const everyRecord = RECORD_TYPES.map(({ source, type }) => recordTopic(source, type).name);

function ofSource(source: SourceName): TopicAccess {
  const own = recordsOf(source);
  return {
    service: `${source.replaceAll('_', '-')}-source`,
    reads: [...own, ...names(TOPICS.coverage, TOPICS.pseudonyms, TOPICS.mending)],
    writes: [...own, ...names(TOPICS.coverage, TOPICS.pseudonyms, TOPICS.deadLetter)],
    ensures: [...own, ...names(TOPICS.coverage, TOPICS.pseudonyms, TOPICS.mending, TOPICS.deadLetter)],
  };
}

const writtenByVerification = names(
  TOPICS.policies,
  TOPICS.requests,
  TOPICS.requestsOnline,
  TOPICS.reports,
  TOPICS.reportsOnline,
  TOPICS.endings,
  TOPICS.pseudonyms,
  TOPICS.deadLetter,
);

/**
 * Who may do what with which topic. Sources write their own records and nobody else's; the blind zone's matcher reads all records and writes
 * reports; the ledger only reads reports. A test holds it against what the services name.
 */
export const TOPIC_ACCESS: readonly TopicAccess[] = [
  ...SOURCES.map(ofSource),
  {
    service: 'matcher',
    reads: [...everyRecord, ...names(TOPICS.policies, TOPICS.requests, TOPICS.requestsOnline, TOPICS.pseudonyms)],
    writes: names(TOPICS.coverage, TOPICS.reports, TOPICS.reportsOnline, TOPICS.pseudonyms, TOPICS.deadLetter),
    ensures: [
      ...everyRecord,
      ...names(TOPICS.coverage, TOPICS.policies, TOPICS.requests, TOPICS.requestsOnline),
      ...names(TOPICS.reports, TOPICS.reportsOnline, TOPICS.pseudonyms, TOPICS.deadLetter),
    ],
  },
  {
    service: 'verification',
    reads: names(TOPICS.reports, TOPICS.reportsOnline, TOPICS.pseudonyms, TOPICS.mending),
    // Reports too: what the log has lost is published again from what was stored.
    writes: writtenByVerification,
    ensures: [...writtenByVerification, ...names(TOPICS.mending)],
  },
  {
    service: 'reporting',
    reads: names(TOPICS.reports, TOPICS.reportsOnline, TOPICS.endings, TOPICS.pseudonyms, TOPICS.deadLetter),
    writes: names(TOPICS.pseudonyms, TOPICS.mending, TOPICS.deadLetter),
    ensures: [
      ...names(TOPICS.reports, TOPICS.reportsOnline, TOPICS.endings, TOPICS.pseudonyms),
      ...names(TOPICS.mending, TOPICS.deadLetter),
    ],
  },
];

const specs = new Map<string, TopicSpec>(
  [...Object.values(TOPICS), ...RECORD_TYPES.map(({ source, type }) => recordTopic(source, type))].map((spec) => [
    spec.name,
    spec,
  ]),
);

/** The topics that a service makes when they are missing. Throws RangeError for a service that TOPIC_ACCESS does not name. */
export function topicsOf(service: string): TopicSpec[] {
  const access = TOPIC_ACCESS.find((one) => one.service === service);
  if (access === undefined) throw new RangeError(`nothing is said of the topics of ${service}`);
  return access.ensures.flatMap((name) => specs.get(name) ?? []);
}

/** One access control entry of a Kafka broker. */
export interface TopicGrant {
  user: string;
  resource: 'topic' | 'group';
  name: string;
  /** `prefixed`: every name that begins with it. */
  pattern: 'literal' | 'prefixed';
  operation: 'Read' | 'Write' | 'Create' | 'Describe' | 'DescribeConfigs';
}

/**
 * The entries that TOPIC_ACCESS comes to. Reading and writing include describing; a service's consumer groups begin with its name. Whoever
 * reads, writes or looks needs the topic's settings too, by which it notices that a topic was made anew.
 */
export function topicGrants(access: readonly TopicAccess[] = TOPIC_ACCESS): TopicGrant[] {
  return access.flatMap(({ service, reads, writes, ensures }): TopicGrant[] => {
    const all = [...new Set([...reads, ...writes, ...ensures])].sort();
    const topic = (name: string, operation: TopicGrant['operation']): TopicGrant => ({
      user: service,
      resource: 'topic',
      name,
      pattern: 'literal',
      operation,
    });
    return [
      ...all.flatMap((name) => [
        ...(reads.includes(name) ? [topic(name, 'Read')] : []),
        ...(writes.includes(name) ? [topic(name, 'Write')] : []),
        ...(ensures.includes(name) ? [topic(name, 'Create')] : []),
        topic(name, 'Describe'),
        topic(name, 'DescribeConfigs'),
      ]),
      { user: service, resource: 'group', name: service, pattern: 'prefixed', operation: 'Read' },
    ];
  });
}
