import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { HeduiError, heduiError } from '@hedui/errors';
import { type ClientTls, clientGone, mediaType, takeBody, tlsClientOptions } from '@hedui/http';
import { traceparentOf } from '@hedui/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Agent, type Dispatcher } from 'undici';
import { type BodyLimits, DEFAULT_BODY_LIMITS, watchBody } from './body-limits.js';
import { amongInstances, type Instances } from './instances.js';
import { untilStopping } from './live.js';

/** Headers of one connection, not of the message (RFC 9110, 7.6.1); `host` and `expect` are settled with the gateway. */
const HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
]);
/** What a client may not say of itself: the gateway says from where a call came. */
const FORWARDED = /^(?:forwarded|via|x-forwarded-.*|x-real-ip|x-original-.*|x-rewrite-.*)$/;

const CONNECT_MS = 3_000;
/** A file of millions of rows is read, checked and stored before it is answered. */
const UPLOAD_MS = 3_600_000;
/** A check may wait for its report for a minute. */
const ANSWER_MS = 120_000;
/** Between two pieces of an answer; event streams say something every 15 s. */
const SILENCE_MS = 300_000;

/** Connections to the services, kept open between calls; a service of several `instances` is asked by its first address. */
export function createAgent(tls: ClientTls = {}, instances: Instances = new Map()): Dispatcher {
  const agent = new Agent({
    connect: { timeout: CONNECT_MS, ...tlsClientOptions(tls) },
    bodyTimeout: SILENCE_MS,
    headersTimeout: ANSWER_MS,
  });
  return instances.size === 0 ? agent : agent.compose(amongInstances(instances));
}

type Headers = Record<string, string | string[]>;

/** The headers that travel on: all but those of the connection and those that `connection` names. */
export function endToEnd(headers: IncomingHttpHeaders): Headers {
  const named = String(headers.connection ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase());
  const kept = Object.entries(headers).filter(
    (entry): entry is [string, string | string[]] =>
      entry[1] !== undefined && !HOP.has(entry[0]) && !named.includes(entry[0]),
  );
  return Object.fromEntries(kept);
}

/** A client's own, without what only a proxy may say. */
function ofClient(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(Object.entries(endToEnd(headers)).filter(([name]) => !FORWARDED.test(name)));
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function unavailable(cause: unknown): HeduiError {
  // A body that the client broke off comes back as the reason why the service could not be asked.
  return heduiError(cause) ?? new HeduiError('UPSTREAM_UNAVAILABLE', { retriable: true, cause });
}

const isLostConnection = (error: unknown) =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  /^(UND_ERR_SOCKET|ECONNRESET|EPIPE)$/.test(String(error.code));

/**
 * Asks `origin` what the caller asked, and answers with what it answers: bodies flow through in both directions as they
 * come, a client that goes away ends the call behind, and the other way round. Throws UPSTREAM_UNAVAILABLE when the service
 * cannot be reached or hangs up before it has answered, BODY_TOO_LARGE for a body of more than `most` bytes, and what else
 * `watchBody` finds.
 */
export async function passOn(
  request: FastifyRequest,
  reply: FastifyReply,
  origin: string,
  agent: Dispatcher,
  most: number = DEFAULT_BODY_LIMITS.json,
  limits: BodyLimits = DEFAULT_BODY_LIMITS,
): Promise<FastifyReply> {
  const { signal } = clientGone(reply);
  const body: Readable | null =
    request.method === 'POST' && hasBody(request)
      ? takeBody(request.raw, undefined, watchBody(most, request.headers, limits))
      : null;
  const ask = () =>
    agent.request({
      origin,
      path: request.raw.url ?? '/',
      method: request.method === 'POST' ? 'POST' : 'GET',
      headers: {
        ...ofClient(request.headers),
        'x-correlation-id': request.id,
        traceparent: traceparentOf(request.id),
        'x-forwarded-for': request.ip,
        'x-forwarded-host': request.host,
        'x-forwarded-proto': request.protocol,
      },
      body,
      signal,
      headersTimeout: body ? UPLOAD_MS : ANSWER_MS,
    });
  let answer: Dispatcher.ResponseData;
  try {
    answer = await ask().catch((error: unknown) => {
      // A kept connection that the service had closed meanwhile says nothing about the service: reading asks once more.
      if (request.method === 'GET' && isLostConnection(error) && !signal.aborted) return ask();
      throw error;
    });
  } catch (error) {
    if (signal.aborted) {
      request.log.debug('the client left before its answer');
      return reply.hijack();
    }
    const failure = unavailable(error);
    // What is still to come of a body that was refused is not read as the next request.
    if (body && !request.raw.complete) reply.header('connection', 'close');
    throw failure;
  }
  const headers = endToEnd(answer.headers);
  if (!request.raw.complete && body) headers.connection = 'close';
  const live = mediaType(String(answer.headers['content-type'] ?? '')) === 'text/event-stream';
  const { stopping } = request.server.hedui;
  const out = live ? Readable.from(untilStopping(answer.body, stopping), { objectMode: false }) : answer.body;
  return reply.code(answer.statusCode).headers(headers).send(out);
}
