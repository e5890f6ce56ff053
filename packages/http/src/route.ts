import { Readable } from 'node:stream';
import type { Caller } from '@hedui/contracts';
import { type CorrelationId, isStream, type RouteContract, type StreamShape } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import type { z } from 'zod';
import { callerOf } from './access.js';
import { type Answer, afterFirst, events, gathered, jsonText } from './answers.js';
import { takeBody } from './body.js';
import { type Fingerprint, sameBody, startFingerprint } from './fingerprint.js';
import { type IdempotencyEntry, type IdempotencyStore, idempotencyKey, type WorkTransaction } from './idempotency.js';
import { logBrokenAnswer } from './problems.js';
import { accepts, mediaType, preferredWait } from './request-headers.js';

type Part<C, K extends string> = C extends { readonly [P in K]: infer S extends z.ZodType } ? z.output<S> : undefined;
type Body<C> = C extends { readonly body: StreamShape } ? Readable : Part<C, 'body'>;

/** One request as a handler sees it: checked against the contract, and typed from it. */
export interface Call<C extends RouteContract> {
  params: Part<C, 'params'>;
  query: Part<C, 'query'>;
  headers: Part<C, 'headers'>;
  /** A stream when the contract says so: it ends in the error BODY_BROKEN_OFF when the client breaks off. */
  body: Body<C>;
  /** Media type and parameters as sent; empty when the caller gave none. */
  contentType: string;
  caller: Caller;
  correlationId: CorrelationId;
  /** True when the caller asks for an answer of this type rather than for JSON. */
  accepts(type: string): boolean;
  /** Seconds of `Prefer: wait=n`; null when the caller does not say. */
  wait: number | null;
  /**
   * What an earlier call with this Idempotency-Key committed, as it noted it, when its process died before it could answer: answer for that and
   * make nothing. The body has been read then, and was the same.
   */
  made: string | null;
  /**
   * Notes what is being made in the transaction that makes it, so that no repeat of the call makes it twice. To be called when the body
   * has been read; does nothing without an Idempotency-Key. Throws IDEMPOTENCY_UNDER_WAY when another call has taken the key over.
   */
  note(transaction: WorkTransaction, made: string): Promise<void>;
  /** Aborted when the client went away before it had its answer, or when the service stops during server-sent events. */
  signal: AbortSignal;
}

export type Handler<C extends RouteContract> = (call: Call<C>) => Promise<Answer>;

const JSON_TYPE = 'application/json; charset=utf-8';
const EVENTS = 'text/event-stream';
/** What clients send that nobody told the type of a file: curl and several libraries put the form type there. */
const UNTYPED = new Set(['', 'application/octet-stream', 'application/x-www-form-urlencoded', 'text/plain']);

/** The signal of a client that goes away before its answer is out. */
export function clientGone(reply: FastifyReply): AbortController {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone;
}

/** Refuses a body of a type that the contract does not name (415). A file without a type is read as what it is. */
export function checkContentType(shape: StreamShape, header: string | undefined): void {
  const type = mediaType(header);
  if (!UNTYPED.has(type) && !shape.stream.includes(type)) throw new HeduiError('MEDIA_TYPE_UNSUPPORTED');
}

/** Route settings that follow from a contract alone: shared with the gateway, which passes calls on. */
export function routeSettings(contract: RouteContract): Pick<RouteOptions, 'method' | 'url' | 'config'> {
  return {
    method: contract.method,
    url: contract.path,
    config: { access: contract.access, reach: contract.reach, id: contract.id },
  };
}

/** Lets the routes that `add` defines have their body as it comes; nothing of it is read before the handler asks. */
export function withRawBody(app: FastifyInstance, add: (scope: FastifyInstance) => void): void {
  void app.register((scope, _options, ready) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));
    add(scope);
    ready();
  });
}

function validated(contract: RouteContract) {
  const { params, query, headers, body } = contract;
  return {
    ...(params ? { params } : {}),
    ...(query ? { querystring: query } : {}),
    ...(headers ? { headers: headers.loose() } : {}),
    ...(body && !isStream(body) ? { body } : {}),
  };
}

function send(
  reply: FastifyReply,
  request: FastifyRequest,
  answer: Answer,
  text: string | null,
  gone: AbortController,
) {
  reply.code(answer.status ?? 200).headers({ 'cache-control': 'no-store', ...answer.headers });
  if (!('stream' in answer)) return reply.type(JSON_TYPE).send(text);
  const live = mediaType(answer.contentType) === EVENTS;
  const { stopping } = request.server.hedui;
  if (live) {
    const stop = () => gone.abort();
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
    reply.raw.once('close', () => stopping.removeEventListener('abort', stop));
  }
  const pieces = live ? events(answer.stream, stopping) : gathered(answer.stream);
  const stream = Readable.from(pieces, { objectMode: false, highWaterMark: 64 * 1024 });
  stream.once('error', (error) => logBrokenAnswer(request, reply.raw, error));
  if (live) reply.header('x-accel-buffering', 'no');
  return reply.type(answer.contentType).send(stream);
}

interface Once extends Pick<Call<RouteContract>, 'made' | 'note'> {
  fingerprint: Fingerprint;
}

const WITHOUT_KEY: Pick<Call<RouteContract>, 'made' | 'note'> = { made: null, note: async () => undefined };

/**
 * Runs `work` at most once for a key. Only an answer below 400 is kept: what was refused or failed has changed nothing,
 * so the caller may mend it and use the key again.
 */
async function onceForKey(
  request: FastifyRequest,
  store: IdempotencyStore,
  entry: IdempotencyEntry,
  streamed: boolean,
  work: (once: Once) => Promise<{ answer: Answer; text: string | null }>,
): Promise<{ answer: Answer; text: string | null; repeated: boolean }> {
  const fingerprint = startFingerprint(request.method, request.url, request.server.hedui.fingerprintKey);
  if (!streamed) fingerprint.add(request.bodyText);
  const known = await store.begin(entry);
  if (known.state === 'under_way') throw new HeduiError('IDEMPOTENCY_UNDER_WAY', { retriable: true });
  if (known.state === 'done') {
    const same = streamed
      ? await sameBody(request.raw, fingerprint, known.fingerprint)
      : fingerprint.value() === known.fingerprint;
    if (!same) throw new HeduiError('IDEMPOTENCY_MISMATCH');
    const { status, body: text } = known.answer;
    return { answer: { status, json: null, headers: { 'idempotency-replayed': 'true' } }, text, repeated: true };
  }
  const made = known.state === 'made' ? known.made : null;
  const note = (transaction: WorkTransaction, what: string) =>
    store.note(transaction, entry, fingerprint.value(), what);
  try {
    if (known.state === 'made') {
      const same = streamed
        ? await sameBody(request.raw, fingerprint, known.fingerprint)
        : fingerprint.value() === known.fingerprint;
      if (!same) throw new HeduiError('IDEMPOTENCY_MISMATCH');
    }
    const done = await work({ fingerprint, made, note });
    const status = done.answer.status ?? 200;
    if (done.text === null || status >= 400 || (streamed && !request.raw.readableEnded)) {
      await store.release(entry);
    } else {
      // The work is done and will not be undone: a store that fails now must not turn the answer into an error.
      await store.finish(entry, fingerprint.value(), { status, body: done.text }).catch((error: unknown) => {
        request.log.error({ err: error }, 'the answer to an Idempotency-Key could not be kept');
      });
    }
    return { ...done, repeated: false };
  } catch (error) {
    await store.release(entry).catch((failure: unknown) => {
      request.log.error({ err: failure }, 'an Idempotency-Key could not be released');
    });
    throw error;
  }
}

/**
 * Adds the route of `contract`: its access, the checks of its parts, its body and Idempotency-Key. Throws TypeError when
 * the contract names nobody who may call it, or wants idempotency and the app has no store.
 */
export function defineRoute<C extends RouteContract>(app: FastifyInstance, contract: C, handler: Handler<C>): void {
  const { body, responses } = contract;
  const store = app.hedui.idempotency;
  if (contract.access.length === 0) throw new TypeError(`${contract.id} does not say who may call it`);
  if (contract.idempotent && !store) throw new TypeError(`${contract.id} needs a store for Idempotency-Key`);
  const streamShape = body && isStream(body) ? body : null;

  /** Also of an answer that is given again: it is shown again. */
  async function record(request: FastifyRequest, answer: Answer, text: string | null): Promise<void> {
    const status = answer.status ?? 200;
    if (app.hedui.audit === null || status >= 400) return;
    await app.hedui.audit(contract, {
      params: (request.params ?? {}) as Record<string, unknown>,
      query: (request.query ?? {}) as Record<string, unknown>,
      caller: callerOf(request),
      correlationId: request.id as CorrelationId,
      status,
      json: 'json' in answer && answer.json !== null ? answer.json : text === null ? null : JSON.parse(text),
    });
  }

  async function handle(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    if (streamShape) checkContentType(streamShape, request.headers['content-type']);
    const caller = callerOf(request);
    const gone = clientGone(reply);
    const work = async (once?: Once) => {
      const observe = once ? (chunk: Buffer) => once.fingerprint.add(chunk) : undefined;
      const { made, note } = once ?? WITHOUT_KEY;
      const streamed = () => (made === null ? takeBody(request.raw, observe) : Readable.from([]));
      const call = {
        params: request.params,
        query: request.query,
        headers: request.headers,
        body: streamShape ? streamed() : request.body,
        contentType: request.headers['content-type'] ?? '',
        caller,
        correlationId: request.id as CorrelationId,
        accepts: (type: string) => accepts(request.headers.accept, type),
        wait: preferredWait(request.headers.prefer),
        made,
        note,
        signal: gone.signal,
      } as Call<C>;
      const answer = await handler(call);
      if ('stream' in answer) {
        const live = mediaType(answer.contentType) === EVENTS;
        return { answer: live ? answer : { ...answer, stream: await afterFirst(answer.stream) }, text: null };
      }
      const shape = app.hedui.checkAnswers ? responses[answer.status ?? 200] : undefined;
      const schema = shape && !isStream(shape) ? shape : undefined;
      return { answer, text: jsonText(answer.json, schema) };
    };
    const key = contract.idempotent ? idempotencyKey(request.headers['idempotency-key']) : null;
    if (key === null || !store) {
      const { answer, text } = await work();
      await record(request, answer, text);
      return send(reply, request, answer, text, gone);
    }
    const entry = { key, caller: caller.subject, route: contract.id };
    const { answer, text } = await onceForKey(request, store, entry, streamShape !== null, work);
    await record(request, answer, text);
    return send(reply, request, answer, text, gone);
  }

  const route: RouteOptions = { ...routeSettings(contract), schema: validated(contract), handler: handle };
  if (streamShape) withRawBody(app, (scope) => scope.route(route));
  else app.route(route);
}
