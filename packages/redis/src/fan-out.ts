import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { describeError } from '@hedui/errors';
import type { Logger } from '@hedui/logging';
import { Redis } from 'ioredis';

/**
 * News to whoever listens just now: progress of a batch, "look again". A listener MUST cope with news that never comes
 * and with news that comes twice; the truth is in a database. Nothing here ever throws at a caller.
 */
export interface FanOut {
  /** Tells every listener of the channel, in this process and (with Redis) in others. */
  publish(channel: string, text: string): Promise<void>;
  /** Calls `listener` with each text until the returned function is called. */
  subscribe(channel: string, listener: (text: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Options of both connections: nothing is queued while Redis is away, and nobody waits for it long. */
export const connectionOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
  commandTimeout: 2_000,
  // Waited for in full when the connection is down already, so kept short.
  disconnectTimeout: 200,
  retryStrategy: (times: number) => Math.min(times * 200, 5_000),
} as const;

/**
 * The address and options of a connection: `rediss://user:password@host:port?sslrootcert=FILE` believes only certificates of the
 * authority in that PEM file, as the address of a PostgreSQL database says it.
 */
export function redisAddress(url: string): { url: string; tls?: ConnectionOptions } {
  const address = new URL(url);
  const file = address.searchParams.get('sslrootcert');
  if (file === null) return { url };
  address.searchParams.delete('sslrootcert');
  return { url: address.toString(), tls: { ca: readFileSync(file), minVersion: 'TLSv1.2' } };
}

/** A connection to the Redis of `url`, not yet open. */
export function connectionTo(url: string, more: { autoResubscribe?: boolean } = {}): Redis {
  const { url: address, tls } = redisAddress(url);
  return new Redis(address, { ...connectionOptions, ...more, ...(tls ? { tls } : {}) });
}

/** Logs that Redis went away once, and once that it is back, however many commands fail in between. */
export function reportOnce(redis: Redis, logger: Logger, consequence: string): void {
  let away = false;
  const lost = (error?: unknown) => {
    if (away) return;
    away = true;
    logger.warn({ reason: error === undefined ? 'connection closed' : describeError(error) }, consequence);
  };
  redis.on('error', lost);
  redis.on('ready', () => {
    if (away) logger.info('Redis answers again');
    away = false;
  });
}

function callSafely(listener: (text: string) => void, text: string, logger: Logger): void {
  try {
    listener(text);
  } catch (error) {
    logger.error({ err: error }, 'a listener of the fan-out failed');
  }
}

/** Listeners of this process. */
function createLocal(logger: Logger) {
  const emitter = new EventEmitter().setMaxListeners(0);
  return {
    tell: (channel: string, text: string) => void emitter.emit(`:${channel}`, text),
    listen(channel: string, listener: (text: string) => void): () => void {
      const safe = (text: string) => callSafely(listener, text, logger);
      emitter.on(`:${channel}`, safe);
      return () => void emitter.off(`:${channel}`, safe);
    },
    count: (channel: string) => emitter.listenerCount(`:${channel}`),
    clear: () => void emitter.removeAllListeners(),
  };
}

function createInProcess(logger: Logger): FanOut {
  const local = createLocal(logger);
  return {
    publish: async (channel, text) => local.tell(channel, text),
    async subscribe(channel, listener) {
      const stop = local.listen(channel, listener);
      return async () => stop();
    },
    close: async () => local.clear(),
  };
}

/**
 * Fan-out through Redis when `url` is given, else within this process. While Redis is away, news reaches the listeners of
 * this process only; that is logged once. Channels are prefixed `hedui:`.
 */
export function createFanOut(url: string | undefined, options: { logger: Logger }): FanOut {
  const { logger } = options;
  if (url === undefined) return createInProcess(logger);
  const local = createLocal(logger);
  const publisher = connectionTo(url);
  const subscriber = connectionTo(url, { autoResubscribe: true });
  reportOnce(publisher, logger, 'Redis is away: progress reaches the listeners of this process only');
  reportOnce(subscriber, logger, 'Redis is away: no progress of other processes is heard');
  subscriber.on('message', (channel: string, text: string) => local.tell(channel, text));
  const name = (channel: string) => `hedui:${channel}`;
  const wanted = new Set<string>();
  const ask = async (channel: string) => {
    if (subscriber.status === 'ready') await subscriber.subscribe(channel).catch(() => undefined);
  };
  // What was asked for while Redis was away is asked now; a repeated SUBSCRIBE changes nothing.
  subscriber.on('ready', () => {
    for (const channel of wanted) void ask(channel);
  });
  for (const redis of [publisher, subscriber]) redis.connect().catch(() => undefined);

  return {
    async publish(channel, text) {
      try {
        if (publisher.status === 'ready') {
          // Redis tells our own subscriber too, unless that is not connected.
          const heard = await publisher.publish(name(channel), text);
          if (heard > 0 && subscriber.status === 'ready') return;
        }
      } catch {
        // Reported once by the connection itself.
      }
      local.tell(name(channel), text);
    },
    async subscribe(channel, listener) {
      const full = name(channel);
      const stop = local.listen(full, listener);
      wanted.add(full);
      await ask(full);
      return async () => {
        stop();
        if (local.count(full) > 0) return;
        wanted.delete(full);
        if (subscriber.status === 'ready') await subscriber.unsubscribe(full).catch(() => undefined);
      };
    },
    async close() {
      local.clear();
      wanted.clear();
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}
