import fastifyRateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import { HeduiError } from '@hedui/errors';
import type { Counter } from '@hedui/redis';
import type { FastifyInstance } from 'fastify';

const WINDOW_MS = 60_000;

/** The plugin wants a class that it makes itself; this one counts where `counter` counts. */
function storeOf(counter: Counter): FastifyRateLimitStoreCtor {
  return class CounterStore implements FastifyRateLimitStore {
    incr(key: string, callback: (error: Error | null, result?: { current: number; ttl: number }) => void): void {
      counter.add(`gateway:${key}`, WINDOW_MS).then(
        ({ count, leftMs }) => callback(null, { current: count, ttl: leftMs }),
        (error: Error) => callback(error),
      );
    }
    child(): CounterStore {
      return this;
    }
  };
}

/**
 * At most `max` requests a minute by each caller, by address where no token is needed; 429 with Retry-After beyond. It never
 * stands in the way when it cannot count.
 */
export async function limitRate(app: FastifyInstance, counter: Counter, max: number): Promise<void> {
  await app.register(fastifyRateLimit, {
    max,
    timeWindow: WINDOW_MS,
    skipOnError: true,
    store: storeOf(counter),
    keyGenerator: (request) => (request.caller ? `caller:${request.caller.subject}` : `address:${request.ip}`),
    errorResponseBuilder: () => new HeduiError('RATE_LIMITED', { retriable: true }),
  });
}
