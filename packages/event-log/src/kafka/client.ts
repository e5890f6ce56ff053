import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Logger } from '@hedui/logging';
import kafkajs, { CompressionTypes, Kafka, type LogEntry, logLevel } from 'kafkajs';
import { lookOnlyWhileRequestsWait } from './request-queue.js';

const compress = promisify(gzip);
const decompress = promisify(gunzip);
// The fastest level: kafkajs's own choice takes three times as long to save a few per cent more.
kafkajs.CompressionCodecs[CompressionTypes.GZIP] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => compress(buffer, { level: 1 }),
  decompress: (bytes: Buffer) => decompress(bytes),
});

lookOnlyWhileRequestsWait();

export interface KafkaSettings {
  brokers: readonly string[];
  clientId: string;
  logger: Logger;
  /** How the brokers are recognised; without it nothing is encrypted. */
  tls?: { ca?: string | undefined; cert?: string | undefined; key?: string | undefined } | undefined;
  /** Who this is to the brokers: SASL SCRAM-SHA-512. */
  login?: { username: string; password: string } | undefined;
  /** How long a member may be silent before its partitions go to others (default 15 s; a broker allows 6 s and more). */
  sessionTimeoutMs?: number;
  /** What members say of their process instead of `processMark()`: for tests of one that is gone. */
  processMark?: string;
  /** Makes the connection instead of `net.connect`: for tests that cut it. */
  connect?: (address: { host: string; port: number; onConnect: () => void }) => Socket;
}

/** The texts of the PEM files that are named. */
function filesOf(files: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const named = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(named.map(([name, file]) => [name, readFileSync(file, 'utf8')]));
}

/** Bounded: what fails for longer is told to the caller, who repeats with its own pauses. */
const RETRY = { retries: 5, initialRetryTime: 150, maxRetryTime: 3_000 };

/**
 * A kafkajs instance. Each consumer has to have its own: kafkajs keeps the committed offsets of a group in the instance, and two
 * consumers of one group would clear each other's.
 */
export function createKafka(settings: KafkaSettings, retry: Partial<typeof RETRY> = {}): Kafka {
  const { connect, login, tls } = settings;
  return new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    connectionTimeout: 5_000,
    requestTimeout: 20_000,
    retry: { ...RETRY, ...retry, restartOnFailure: async () => false },
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => writeEntry(settings.logger, entry),
    ...(tls ? { ssl: { minVersion: 'TLSv1.2' as const, ...filesOf(tls) } } : {}),
    ...(login ? { sasl: { mechanism: 'scram-sha-512' as const, ...login } } : {}),
    ...(connect ? { socketFactory: connect } : {}),
  });
}

/**
 * kafkajs calls an error what it then repeats by itself: first joins ("the group coordinator is not available"), metadata that lags behind a
 * new topic, rebalances. What really fails rejects a call or ends a consumer, and is logged there.
 */
const PASSING =
  /coordinator is not available|coordinator is loading|not the correct coordinator|LEADER_NOT_AVAILABLE|no leader for|not the leader|leadership election|rebalancing|re-joining|not aware of this member|does not host this topic|Connection error|connect to seed broker|^Crash|Response without match|Connection timeout|Response Heartbeat|Response JoinGroup|Response SyncGroup|Response GroupCoordinator/i;

/** True for what a broker says while it starts or moves things about. */
export const isPassing = (error: Error): boolean => PASSING.test(error.message);

function writeEntry(logger: Logger, { level, namespace, log }: LogEntry): void {
  const { message, error, broker, groupId, topic, partition } = log;
  const passing = PASSING.test(message) || PASSING.test(String(error ?? ''));
  const to = level === logLevel.ERROR && !passing ? 'warn' : level === logLevel.WARN && !passing ? 'info' : 'debug';
  const why = error === undefined ? undefined : String(error);
  logger[to]({ part: 'kafkajs', namespace, why, broker, groupId, topic, partition }, message);
}

/** The protocol's name of an error, wherever kafkajs put it: `UNKNOWN_TOPIC_OR_PARTITION`, … */
export function protocolError(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++) {
    if ('type' in at && typeof at.type === 'string') return at.type;
  }
  return '';
}
