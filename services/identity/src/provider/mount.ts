import type { IncomingMessage } from 'node:http';
import { withRawBody } from '@hedui/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pageHeaders, STYLE } from '../pages/html.js';
import { MOUNT } from './addresses.js';
import type { Issuer } from './issuer.js';

const WELL_KNOWN = '/.well-known/openid-configuration';

/** The request as the provider is to see it. */
export interface ProviderRequest extends IncomingMessage {
  originalUrl?: string;
}

/**
 * Prepares a request for the provider: addresses in its answers are those of the issuer, whatever the caller says its host is, and
 * its path is told without the mount. Everything the caller says about proxies is dropped.
 */
export function forProvider(request: FastifyRequest, issuer: URL): ProviderRequest {
  const raw: ProviderRequest = request.raw;
  const { ip } = request;
  for (const name of Object.keys(raw.headers)) if (/^(?:x-forwarded-|forwarded$)/.test(name)) delete raw.headers[name];
  raw.headers.host = issuer.host;
  raw.headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1);
  raw.headers['x-forwarded-for'] = ip;
  const url = raw.url ?? MOUNT;
  raw.originalUrl = url.startsWith(`${MOUNT}/`) ? url : `${MOUNT}${url}`;
  raw.url = raw.originalUrl.slice(MOUNT.length);
  // With the code in its address the provider would answer with a page that sends itself by script: the person presses the button instead.
  const [path] = raw.url.split('?', 1);
  if (path === '/device' && request.method === 'GET') {
    raw.url = path;
  }
  return raw;
}

/** Gives the answer to whoever writes it raw, with the headers that every answer of this service has. */
export function handOver(reply: FastifyReply): FastifyReply['raw'] {
  reply.hijack();
  for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...pageHeaders() })) {
    if (value !== undefined && name !== 'content-type') reply.raw.setHeader(name, value);
  }
  return reply.raw;
}

/** Adds the provider's own addresses below /oidc: authorization, tokens, devices, revocation, keys, discovery. */
export function addProvider(app: FastifyInstance, issuerUrl: URL, issuer: () => Issuer): void {
  const config = { access: 'open' as const };
  app.get(`${MOUNT}/style.css`, { config }, (_request, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'public, max-age=3600').send(STYLE),
  );
  withRawBody(app, (scope) => {
    for (const url of [`${MOUNT}/*`, WELL_KNOWN]) {
      scope.route({
        method: ['GET', 'POST'],
        url,
        config,
        async handler(request, reply) {
          await issuer().handle(forProvider(request, issuerUrl), handOver(reply));
          return reply;
        },
      });
    }
  });
}
