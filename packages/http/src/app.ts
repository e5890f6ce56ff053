import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import fastifyHelmet from '@fastify/helmet';
import type { Caller, ProblemCode, Reach } from '@hedui/contracts';
import type { Logger } from '@hedui/logging';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { authorise, type RouteAccess } from './access.js';
import type { AuditCall } from './audit.js';
import { drainRest } from './body.js';
import type { IdempotencyStore } from './idempotency.js';
import { addNotFound } from './not-found.js';
import { handleError, PROBLEM_TYPE, problemOf, rawProblem, sendProblem } from './problems.js';
import { correlationIdOf } from './request-headers.js';
import { checkForm, createLimitedServer } from './server-limits.js';
import { addMetrics, measureRequests } from './sight.js';
import type { ServerTls } from './tls.js';
import type { TokenVerifier } from './tokens.js';

export interface AppOptions {
  service: string;
  logger: Logger;
  tokens: TokenVerifier;
  /** Each dependency by name, true when it answers. A call that takes longer than 3 s counts as not ready. */
  ready(): Promise<Readonly<Record<string, boolean>>>;
  /** Needed when a route with `idempotent: true` is defined. */
  idempotency?: IdempotencyStore;
  /**
   * A secret that is not in the store's database: what is kept of a request to know it again is an HMAC under it. Needed where requests hold
   * passwords or name persons; copies of a service, and its restarts, have the same one.
   */
  fingerprintKey?: Uint8Array;
  /** Largest JSON body in bytes (default 1 MiB). Streams have no limit. */
  jsonLimit?: number;
  /** Check each JSON answer against its contract (500 when it does not fit). For tests. */
  checkAnswers?: boolean;
  /** Addresses or networks of proxies before this service whose X-Forwarded-* is believed; none by default. */
  trustedProxies?: readonly string[];
  /** Plain HTTP without it. */
  tls?: ServerTls | undefined;
  /** Runs before an answer below 400 leaves: it records what the call did and showed in the audit log. */
  audit?: AuditCall;
  /** People reach this service by https: it says so (Strict-Transport-Security). */
  publicHttps?: boolean;
  /** Calls from outside enter the mesh here: its span stands for all that follows, and metrics are for administrators only. */
  entry?: boolean;
  /** Runs before anybody looks at the token: it may refuse whoever calls too often without one. */
  beforeToken?(request: FastifyRequest, reply: FastifyReply): Promise<void>;
}

/** What routes of this package find on their app. */
export interface AppContext {
  service: string;
  tokens: TokenVerifier;
  idempotency: IdempotencyStore | null;
  fingerprintKey: Uint8Array | null;
  checkAnswers: boolean;
  /** Null: this service keeps no audit log. */
  audit: AuditCall | null;
  /** Aborted when the service begins to stop. */
  stopping: AbortSignal;
}

declare module 'fastify' {
  interface FastifyInstance {
    hedui: AppContext;
  }
  interface FastifyRequest {
    caller: Caller | null;
    /** Text of the JSON body, kept only for requests with an Idempotency-Key. */
    bodyText: string;
  }
  interface FastifyContextConfig {
    /** Roles of which a caller must hold one; `open`: no token is needed. A route without it cannot be added. */
    access?: RouteAccess;
    /** What the caller's token is held against besides its roles; as `access`, a route cannot be added without it. */
    reach?: Reach;
    /** Id of the contract, by which calls are counted. */
    id?: string;
  }
}

const READY_MS = 3_000;
const HSTS_SECONDS = 2 * 365 * 86_400;
/** How long a client that could not be understood may take to read why. */
const LAST_WORD_MS = 1_000;
/** Addresses that need no token, whoever registers them. */
const OPEN = /^\/(?:live|ready|metrics|openapi\.json|asyncapi\.json|docs(?:\/.*)?)$/;

function addSecurityHeaders(app: FastifyInstance, publicHttps: boolean) {
  return app.register(fastifyHelmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
        objectSrc: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        // The page of /docs sets styles from its own script.
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
    // Said where https is known to be the way in, by this server's own TLS or by the configuration; a browser that heard it keeps to it.
    strictTransportSecurity: publicHttps ? { maxAge: HSTS_SECONDS, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginEmbedderPolicy: false,
  });
}

async function readiness(ready: AppOptions['ready']): Promise<Readonly<Record<string, boolean>>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Record<string, boolean>>((resolve) => {
    timer = setTimeout(() => resolve({ inTime: false }), READY_MS);
  });
  try {
    return await Promise.race([ready(), late]);
  } catch {
    return { answered: false };
  } finally {
    clearTimeout(timer);
  }
}

function addHealth(app: FastifyInstance, ready: AppOptions['ready']): void {
  app.get('/live', { logLevel: 'silent' }, () => ({ live: true }));
  app.get('/ready', { logLevel: 'silent' }, async (request, reply) => {
    const parts = app.hedui.stopping.aborted ? { running: false } : await readiness(ready);
    if (Object.values(parts).every(Boolean)) return { ready: true, parts };
    reply.code(503).type(PROBLEM_TYPE).header('retry-after', 5);
    return JSON.stringify({ ...problemOf('UPSTREAM_UNAVAILABLE', { correlationId: request.id }), ready: false, parts });
  });
}

/** JSON as Fastify reads it, but an empty body counts as none, and the text is kept for fingerprints. */
function addJsonBody(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser(['application/json', 'text/plain']);
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (request.headers['idempotency-key'] !== undefined) request.bodyText = String(text);
    if (text.length === 0) return done(null, undefined);
    void parse(request, String(text), done);
  });
}

function addRequestLog(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    drainRest(request.raw);
    const route = request.is404 ? undefined : request.routeOptions.url;
    request.log.info(
      {
        method: request.method,
        route,
        // Query values and unknown paths could hold what names a person.
        path: route === undefined ? undefined : request.url.split('?', 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        caller: request.caller?.subject,
      },
      'request',
    );
  });
}

const unreadable: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'BODY_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** The last word to a connection whose bytes are no HTTP: nothing that comes after them is read as a request. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  socket.end(rawProblem(unreadable[error.code ?? ''] ?? 'BODY_INVALID'));
  setTimeout(() => socket.destroy(), LAST_WORD_MS).unref();
}

/** A request that waits for more than `100-continue`. */
function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const problem = problemOf('EXPECTATION_FAILED');
  response.writeHead(problem.status, { 'content-type': PROBLEM_TYPE, connection: 'close' });
  response.end(JSON.stringify(problem));
}

/**
 * An app with everything that each service of the mesh has, and no routes of its own but /live and /ready. It never
 * listens. Its routes are added with `defineRoute`; a route without access is refused when it is added.
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const stopping = new AbortController();
  const logger: FastifyBaseLogger = options.logger;
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlationId' }),
    genReqId: (raw) => correlationIdOf(raw.headers['x-correlation-id'], raw.headers.traceparent),
    bodyLimit: options.jsonLimit ?? 1024 * 1024,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    routerOptions: { maxParamLength: 200 },
    serverFactory: (listener) => createLimitedServer(listener, options.tls),
    frameworkErrors: (_error, request, reply) => {
      sendProblem(request, reply, 'NOT_FOUND');
    },
    clientErrorHandler: answerUnreadable,
  });
  app.decorate('hedui', {
    service: options.service,
    tokens: options.tokens,
    idempotency: options.idempotency ?? null,
    fingerprintKey: options.fingerprintKey ?? null,
    checkAnswers: options.checkAnswers ?? false,
    audit: options.audit ?? null,
    stopping: stopping.signal,
  });
  app.decorateRequest('caller', null);
  app.decorateRequest('bodyText', '');
  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(handleError);
  app.server.on('checkExpectation', refuseExpectation);
  addJsonBody(app);
  addRequestLog(app);
  measureRequests(app, options.entry ?? false);
  app.addHook('onRoute', (route) => {
    const open: { access?: RouteAccess } = OPEN.test(route.url) ? { access: 'open' } : {};
    const config = { ...open, ...route.config };
    const { access, reach }: { access?: RouteAccess; reach?: Reach } = config;
    if (access === undefined || access.length === 0 || (access !== 'open' && reach === undefined)) {
      throw new TypeError(`${String(route.method)} ${route.url} does not say who may call it`);
    }
    route.config = config;
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-correlation-id', request.id);
    // Who stops takes no more connections. What was on its way on an open one, because nobody there could know, is answered as its last:
    // what the service lives on is closed when every connection has ended.
    if (stopping.signal.aborted) reply.header('connection', 'close');
  });
  app.addHook('onRequest', checkForm);
  if (options.beforeToken) app.addHook('onRequest', options.beforeToken);
  app.addHook('onRequest', authorise);
  app.addHook('preClose', async () => stopping.abort());
  await addSecurityHeaders(app, options.publicHttps ?? options.tls !== undefined);
  addNotFound(app);
  addHealth(app, options.ready);
  addMetrics(app, options.entry ?? false);
  return app;
}
