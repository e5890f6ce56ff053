import { HeduiError } from '@hedui/errors';
import { callerSpan, count, metricsText, observe, span } from '@hedui/telemetry';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bearer } from './access.js';

/** Asked every few seconds by whoever looks after the installation: neither counted nor traced. */
const WATCHED = /^\/(?:live|ready|metrics)$/;

/** Counts and times each request by the id of its contract, and exports its span. What has no contract is `other`: a path could be anything. */
export function measureRequests(app: FastifyInstance, entry: boolean): void {
  app.addHook('onResponse', async (request, reply) => {
    const { url, config }: { url?: string | undefined; config?: { id?: string } } = request.routeOptions;
    if (url !== undefined && WATCHED.test(url)) return;
    const { service } = app.hedui;
    const route = (request.is404 ? undefined : config?.id) ?? 'other';
    const { statusCode } = reply;
    const seconds = reply.elapsedTime / 1000;
    count('requests', 1, { service, route, status: String(statusCode) });
    observe('requestSeconds', seconds, { service, route });
    const ended = Date.now();
    const correlationId = request.id;
    span({
      name: `${entry ? 'gateway' : 'service'} ${route}`,
      service,
      correlationId,
      began: ended - reply.elapsedTime,
      ended,
      ...(entry ? { is: correlationId, caller: callerSpan(request.headers.traceparent) } : {}),
      attributes: {
        'hedui.route': route,
        'http.request.method': request.method,
        'http.response.status_code': statusCode,
      },
      failed: statusCode >= 500,
    });
  });
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** From a program on this machine itself; a proxy on this machine speaks for others. */
function fromHere({ raw, socket }: FastifyRequest): boolean {
  const { headers } = raw;
  return (
    LOOPBACK.test(socket.remoteAddress ?? '') &&
    headers['x-forwarded-for'] === undefined &&
    headers.forwarded === undefined &&
    headers.via === undefined
  );
}

/**
 * `GET /metrics` while telemetry is on: for programs of the same machine and for administrators. Where calls enter the mesh a proxy on
 * the same machine may stand before it, so there it is for administrators only.
 */
export function addMetrics(app: FastifyInstance, entry: boolean): void {
  app.get('/metrics', { logLevel: 'silent' }, async (request, reply) => {
    if (entry || !fromHere(request)) {
      const caller = await app.hedui.tokens.verify(bearer(request.headers.authorization));
      if (!caller.roles.includes('administrator')) throw new HeduiError('FORBIDDEN');
    }
    const text = await metricsText();
    if (text === null) throw new HeduiError('NOT_FOUND', { detail: 'metrics are not turned on' });
    return reply.type('text/plain; version=0.0.4; charset=utf-8').header('cache-control', 'no-store').send(text);
  });
}
