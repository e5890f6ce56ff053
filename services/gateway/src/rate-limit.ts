import fastifyRateLimit, { type FastifyRateLimitStore, type FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import type { RouteContract } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { Counter } from '@hedui/redis';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const WINDOW_MS = 60_000;
/** Addresses of whose refusal this process keeps a note at most. */
const MOST_ADDRESSES = 10_000;

export interface RateLimits {
  /** Requests a caller may make in a minute. */
  caller: number;
  /** Requests without a valid token that may come from one address in a minute; /live and /ready do not count. */
  anonymous: number;
  /** Of the costly calls, how many a caller may make in a minute. */
  costly: number;
  /** Calls of one caller that may be under way at once, streams among them. */
  concurrent: number;
}

export const DEFAULT_LIMITS: RateLimits = { caller: 6_000, anonymous: 1_200, costly: 1_200, concurrent: 512 };

/** Calls whose answer costs a service far more than its question costs the caller. */
const COSTLY: ReadonlySet<string> = new Set([
  'createBatch',
  'createLoad',
  'checkPolicy',
  'publishPolicy',
  'replayReport',
  'getReportDocument',
]);
const HEALTH = /^\/(?:live|ready)(?:\?|$)/;

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

const hasOwnLimit = (request: FastifyRequest) => request.routeOptions.config.rateLimit !== undefined;

function refuse(reply: FastifyReply, leftMs: number): never {
  reply.header('retry-after', Math.max(1, Math.ceil(leftMs / 1000)));
  throw new HeduiError('RATE_LIMITED', { retriable: true });
}

/**
 * At most `limits.caller` requests a minute by each caller; 429 with Retry-After beyond. It never stands in the way when it cannot
 * count.
 */
export async function limitRate(app: FastifyInstance, counter: Counter, limits: RateLimits): Promise<void> {
  await app.register(fastifyRateLimit, {
    max: limits.caller,
    timeWindow: WINDOW_MS,
    skipOnError: true,
    store: storeOf(counter),
    keyGenerator: (request) => (request.caller ? `caller:${request.caller.subject}` : `address:${request.ip}`),
    // What comes without a token is counted by `limitAnonymous`, but for the pages that say how often they may be asked for.
    allowList: (request) => request.caller === null && !hasOwnLimit(request),
    errorResponseBuilder: () => new HeduiError('RATE_LIMITED', { retriable: true }),
  });
}

export interface AnonymousLimit {
  /** Before the token is looked at: refuses an address that has asked too often without a valid one. */
  before(request: FastifyRequest, reply: FastifyReply): Promise<void>;
  /** After the answer: a token that was refused counts like none. */
  after(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** Counts by address what comes without a valid token, so that guessing one is slow and costs no signature checks. */
export function limitAnonymous(counter: Counter, limits: RateLimits, now = Date.now): AnonymousLimit {
  const refusedUntil = new Map<string, number>();

  async function count(address: string): Promise<void> {
    const { count: counted, leftMs } = await counter.add(`gateway:anonymous:${address}`, WINDOW_MS);
    if (counted < limits.anonymous) return;
    const [oldest] = refusedUntil.keys();
    if (refusedUntil.size >= MOST_ADDRESSES && oldest !== undefined) refusedUntil.delete(oldest);
    refusedUntil.set(address, now() + leftMs);
  }

  return {
    async before(request, reply) {
      const until = refusedUntil.get(request.ip);
      if (until === undefined) return;
      const leftMs = until - now();
      if (leftMs > 0) {
        if (!HEALTH.test(request.url)) refuse(reply, leftMs);
      } else refusedUntil.delete(request.ip);
    },
    async after(request, reply) {
      if (request.caller !== null || HEALTH.test(request.url) || hasOwnLimit(request)) return;
      // A valid token of the wrong role is no guess.
      if (reply.statusCode !== 403 && reply.statusCode !== 429) await count(request.ip);
    },
  };
}

/** Refuses a caller's costly call beyond `limits.costly` a minute. */
export async function limitCostly(
  counter: Counter,
  limits: RateLimits,
  contract: RouteContract,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (!COSTLY.has(contract.id)) return;
  const { count, leftMs } = await counter.add(`gateway:costly:${request.caller?.subject ?? request.ip}`, WINDOW_MS);
  if (count > limits.costly) refuse(reply, leftMs);
}

/** Counts the calls of each caller that are under way; the one beyond `most` is refused. */
export function limitConcurrent(most: number): (request: FastifyRequest, reply: FastifyReply) => void {
  const underWay = new Map<string, number>();
  return (request, reply) => {
    const who = request.caller?.subject ?? request.ip;
    const now = underWay.get(who) ?? 0;
    if (now >= most) refuse(reply, 1_000);
    underWay.set(who, now + 1);
    reply.raw.once('close', () => {
      const left = (underWay.get(who) ?? 1) - 1;
      if (left > 0) underWay.set(who, left);
      else underWay.delete(who);
    });
  };
}
