/**
 * The outbox of a producer: messages are written in the transaction of what they tell of, and a relay publishes them after
 * it. A message may be published more than once and is never lost; within a partition the order is that of the commits.
 */
import type { Logger } from '@hedui/logging';
import { type Client, copyRows, inTransaction, type Pool } from '@hedui/postgres';
import { count } from '@hedui/telemetry';
import { deadLetterOf, isTooLarge } from './dead-letter.js';
import type { EventLog, OutgoingMessage } from './port.js';
import { pause, pauseAfter } from './reading/pauses.js';

/** For the service's own migrations. */
export const OUTBOX_SQL = `
CREATE TABLE IF NOT EXISTS outbox_message (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL,
  partition int NOT NULL,
  key bytea NOT NULL,
  value bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE outbox_message ALTER COLUMN value SET STORAGE EXTERNAL`;

const OUTBOX = {
  table: 'outbox_message',
  columns: [
    { name: 'topic', type: 'text' },
    { name: 'partition', type: 'int4' },
    { name: 'key', type: 'bytea' },
    { name: 'value', type: 'bytea' },
  ],
} as const;

/**
 * Puts messages into the outbox. Call it last in the transaction: from here to the commit, other transactions that send to the
 * same partitions wait, so that ids are in the order of commits.
 */
export async function enqueue(client: Client, messages: readonly OutgoingMessage[]): Promise<void> {
  if (messages.length === 0) return;
  const places = new Set(messages.map((message) => `outbox:${message.topic}/${message.partition}`));
  await client.query(
    `SELECT pg_advisory_xact_lock(place) FROM (
       SELECT DISTINCT hashtextextended(p, 0) AS place FROM unnest($1::text[]) AS p ORDER BY place) AS places`,
    [[...places]],
  );
  const rows = messages.map(({ topic, partition, key, value }) => [topic, partition, key, value]);
  await copyRows(client, OUTBOX, [rows]);
}

export interface RelayOptions {
  pool: Pool;
  log: EventLog;
  logger: Logger;
  /** Messages of one publish at most (default 2,000). */
  batch?: number;
  /** Soft bound on their bytes (default 4 MiB). */
  batchBytes?: number;
}

export interface Relay {
  /** Says that something was committed: publish now rather than at the next poll. */
  wake(): void;
  /** Ends after the batch under way. */
  stop(): Promise<void>;
}

const POLL_MS = 1_000;

/** Publishes what stands in the outbox. One relay of a database works at a time, whatever number was started. */
export function startRelay(options: RelayOptions): Relay {
  const { logger } = options;
  const stopping = new AbortController();
  let nap = new AbortController();
  const running = (async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      nap = new AbortController();
      try {
        const full = await relayBatch(options);
        failures = 0;
        if (!full) await pause(POLL_MS, nap.signal);
      } catch (error) {
        failures++;
        const ms = pauseAfter(failures);
        count('retries', 1, { what: 'outbox' });
        logger.warn(
          { err: error, failures, pauseMs: Math.round(ms) },
          'the outbox could not be published; later again',
        );
        await pause(ms, stopping.signal);
      }
    }
  })();
  return {
    wake: () => nap.abort(),
    async stop() {
      stopping.abort();
      nap.abort();
      await running;
    },
  };
}

interface OutboxRow {
  id: string;
  topic: string;
  partition: number;
  key: Buffer;
  value: Buffer;
}

/** In place of a message that no log takes, so that what stands behind it does not wait for ever. */
function letterOf(row: OutboxRow, logger: Logger): OutgoingMessage {
  const { id, topic, partition, value } = row;
  logger.error(
    { topic, partition, bytes: value.length },
    'a message is too large for its topic: sent to the dead letters',
  );
  count('deadLetters', 1, { consumer: 'outbox', reason: 'TOO_LARGE' });
  const letter = {
    consumer: 'outbox',
    reason: `TOO_LARGE: ${value.length} bytes`,
    id: `outbox/${topic}/${partition}/${id}`,
  };
  return deadLetterOf({ ...row, offset: '-' }, letter);
}

/** Publishes and removes the oldest messages. True when there may be more. */
export async function relayBatch({
  pool,
  log,
  logger,
  batch = 2_000,
  batchBytes = 4 * 1024 * 1024,
}: RelayOptions): Promise<boolean> {
  const waiting = await pool.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM outbox_message) AS any');
  if (!waiting.rows[0]?.any) return false;
  return inTransaction(
    pool,
    async (client) => {
      const lock = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock(hashtext($1)) AS mine', [
        'outbox:relay',
      ]);
      if (!lock.rows[0]?.mine) return false;
      const { rows } = await client.query<OutboxRow>(
        `SELECT id, topic, partition, key, value FROM (
           SELECT *, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS before
           FROM (SELECT id, topic, partition, key, value FROM outbox_message ORDER BY id LIMIT $1) AS oldest) AS counted
         WHERE before < $2 ORDER BY id`,
        [batch, batchBytes],
      );
      if (rows.length === 0) return false;
      await log.publish(rows.map((row) => (isTooLarge(row) ? letterOf(row, logger) : row)));
      // By id, never by range: a lower id may have been committed after the rows were read.
      await client.query('DELETE FROM outbox_message WHERE id = ANY($1::bigint[])', [rows.map((row) => row.id)]);
      return true;
    },
    { retries: 0 },
  );
}
