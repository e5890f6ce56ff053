/**
 * Every metric of the mesh: what it is called outside, what it counts and which labels it may have. A label holds a name out of a short list
 * (a service, a topic, a route's id), never a person, a reference, an id or a path.
 */
export interface MetricSpec {
  /** As Prometheus shows it. */
  name: string;
  kind: 'counter' | 'histogram' | 'gauge';
  labels: readonly string[];
  /** What one reads off it, with its unit. */
  help: string;
}

const metric = <K extends MetricSpec['kind']>(
  kind: K,
  name: string,
  labels: readonly string[],
  help: string,
): MetricSpec & { kind: K } => ({
  name: `hedui_${name}`,
  kind,
  labels,
  help,
});

export const METRICS = {
  requests: metric('counter', 'requests_total', ['service', 'route', 'status'], 'Requests answered, by route id.'),
  requestSeconds: metric('histogram', 'request_seconds', ['service', 'route'], 'Seconds from request to answer.'),
  chunks: metric('counter', 'chunks_total', ['step', 'what'], 'Chunks and single checks that passed a step.'),
  households: metric('counter', 'households_total', ['step', 'what'], 'Households of these.'),
  chunkSeconds: metric(
    'histogram',
    'chunk_seconds',
    ['step', 'what'],
    'Seconds that a step took for a chunk or a check.',
  ),
  slicesSent: metric('counter', 'slices_sent_total', ['source', 'type'], 'Slices that a source sent.'),
  slicesApplied: metric(
    'counter',
    'slices_applied_total',
    ['topic'],
    'Messages of records that profiles were brought up to date with.',
  ),
  profilesRead: metric(
    'counter',
    'profiles_read_total',
    ['from'],
    'Profiles that batches asked for: memory, database.',
  ),
  retries: metric('counter', 'retries_total', ['what'], 'Work that was begun again after a failure.'),
  deadLettersOpen: metric('gauge', 'dead_letters_open', [], 'Dead letters that nobody has decided on.'),
  deadLetters: metric(
    'counter',
    'dead_letters_total',
    ['consumer', 'reason'],
    'Messages sent to the dead-letter topic.',
  ),
  collectorFailures: metric('counter', 'collector_failures_total', ['collector'], 'Metrics that could not be read.'),
  lag: metric('gauge', 'lag_messages', ['group', 'topic', 'partition'], 'Messages that a group has not yet applied.'),
  outboxMessages: metric('gauge', 'outbox_messages', ['outbox'], 'Messages written and not yet published.'),
  outboxSeconds: metric('gauge', 'outbox_age_seconds', ['outbox'], 'Age of the oldest of them.'),
  slicesPending: metric('gauge', 'slices_pending', ['source', 'type'], 'Slices that changed and are not yet sent.'),
  loadsOpen: metric('gauge', 'loads_open', ['source', 'type', 'state'], 'Loads that are not yet applied everywhere.'),
  batchesRunning: metric('gauge', 'batches_running', [], 'Batches that run.'),
  batchHouseholds: metric(
    'gauge',
    'batch_households',
    ['state'],
    'Households of the running batches: accepted, reported.',
  ),
  batchQuiet: metric('gauge', 'batch_quiet_seconds', [], 'Longest time that a running batch has had no new report.'),
  chunksOpen: metric('gauge', 'chunks_open', ['state'], 'Chunks of running batches that have no report yet.'),
  checksOpen: metric('gauge', 'checks_open', [], 'Single checks without a report.'),
  checkSeconds: metric('gauge', 'check_oldest_seconds', [], 'Age of the oldest of them.'),
  sourceDays: metric(
    'gauge',
    'source_as_of_days',
    ['source', 'type'],
    'Days since the day that a source last vouched for.',
  ),
  pool: metric(
    'gauge',
    'pool_connections',
    ['pool', 'state'],
    'Database connections: busy, idle, and callers that wait.',
  ),
  loopSeconds: metric(
    'gauge',
    'event_loop_delay_seconds',
    ['service'],
    'Delay of the event loop, 99th percentile since the last reading.',
  ),
  memory: metric('gauge', 'memory_bytes', ['service', 'kind'], 'Memory of the process.'),
  auditEntries: metric('gauge', 'audit_entries', ['log'], 'Length of the audit chain.'),
  auditUnsigned: metric('gauge', 'audit_unsigned_entries', ['log'], 'Entries after the newest signed checkpoint.'),
  auditSeconds: metric('gauge', 'audit_unsigned_age_seconds', ['log'], 'Age of the oldest of them.'),
  databaseBytes: metric('gauge', 'database_bytes', ['pool'], 'Size of the database of a service.'),
  diskFree: metric('gauge', 'disk_free_ratio', ['disk'], 'Free share of a disk, 0 to 1.'),
} as const satisfies Record<string, MetricSpec>;

export type MetricKey = keyof typeof METRICS;
type OfKind<K extends MetricSpec['kind']> = {
  [M in MetricKey]: (typeof METRICS)[M]['kind'] extends K ? M : never;
}[MetricKey];
export type CounterKey = OfKind<'counter'>;
export type GaugeKey = OfKind<'gauge'>;
export type HistogramKey = OfKind<'histogram'>;
export type Labels = Readonly<Record<string, string>>;

/** The steps of a chunk, in their order. */
export type ChunkStep = 'packed' | 'sent' | 'assessed' | 'reported' | 'counted';
