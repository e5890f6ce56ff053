import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { HeduiError } from '@hedui/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ServerTls, tlsServerOptions } from './tls.js';

/** Bytes of the request line and all headers together; a token of every role is below 2 KiB. */
export const MAX_HEADER_BYTES = 16 * 1024;
/** Lines of headers; no client of this API sends a third of it. */
export const MAX_HEADERS = 100;
/** Characters of path and query. */
export const MAX_URL = 8 * 1024;
export const MAX_QUERY_PARAMETERS = 50;
/** From the first byte of a request to the end of its headers. */
const HEADERS_MS = 15_000;
const CHECKED_EVERY_MS = 3_000;
const KEPT_OPEN_MS = 72_000;

/**
 * A server that gives up on headers that do not come, and sets no limit to how long a body takes: files are read for as long as they
 * come. How slowly they may come is the business of who reads them.
 */
export function createLimitedServer(listener: RequestListener, tls: ServerTls | undefined): Server {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_MS,
    connectionsCheckingInterval: CHECKED_EVERY_MS,
    requestTimeout: 0,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    insecureHTTPParser: false,
    // Node would answer without a body; `checkForm` answers with a problem.
    requireHostHeader: false,
  };
  const server = tls
    ? createTlsServer({ ...limits, ...tlsServerOptions(tls) }, listener)
    : createServer(limits, listener);
  server.keepAliveTimeout = KEPT_OPEN_MS;
  // Node drops what is beyond its own bound without a word; the size bounds them, and `checkForm` counts.
  server.maxHeadersCount = 0;
  return server;
}

function countOf(rawHeaders: readonly string[], name: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) count++;
  return count;
}

const parametersOf = (url: string) => {
  const query = url.split('?', 2)[1];
  return query ? query.split('&').length : 0;
};

/** Why the framing or the target of a request is not taken, whatever it asks for. */
function faultOf({ raw }: FastifyRequest): HeduiError | null {
  const url = raw.url ?? '';
  const coding = raw.headers['transfer-encoding'];
  if (!url.startsWith('/') || url.startsWith('//')) {
    return new HeduiError('BODY_INVALID', { detail: 'the address must begin with one /' });
  }
  // Headers that parsers read differently are how one request is made to look like two.
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
    return new HeduiError('BODY_INVALID', { detail: 'Transfer-Encoding must be chunked or absent' });
  }
  for (const name of ['host', 'content-length', 'transfer-encoding', 'authorization']) {
    if (countOf(raw.rawHeaders, name) > 1) return new HeduiError('BODY_INVALID', { detail: `${name} comes twice` });
  }
  if (raw.httpVersion === '1.1' && raw.headers.host === undefined) {
    return new HeduiError('BODY_INVALID', { detail: 'Host is missing' });
  }
  return null;
}

/** Throws what is wrong with a request before anybody looks at its token; its connection ends with the answer. */
export async function checkForm(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { raw } = request;
  const fault = faultOf(request);
  if (fault) {
    reply.header('connection', 'close');
    throw fault;
  }
  const url = raw.url ?? '';
  if (url.length > MAX_URL) throw new HeduiError('URI_TOO_LONG');
  if (raw.rawHeaders.length / 2 > MAX_HEADERS) throw new HeduiError('HEADERS_TOO_LARGE');
  if (parametersOf(url) > MAX_QUERY_PARAMETERS) {
    throw new HeduiError('BODY_INVALID', { detail: `at most ${MAX_QUERY_PARAMETERS} query parameters` });
  }
  const encoding = raw.headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new HeduiError('MEDIA_TYPE_UNSUPPORTED', { detail: 'bodies are taken without Content-Encoding' });
  }
}
