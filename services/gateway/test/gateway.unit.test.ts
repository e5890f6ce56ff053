// Longer than other tests: what the gateway adds to a call is held against one set of pretended services, call by call.
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { ROLES, ROUTES, type Role, type RouteContract } from '@hedui/contracts';
import { createLogger } from '@hedui/logging';
import { createCounter } from '@hedui/redis';
import { eventually } from '@hedui/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../src/app.js';
import type { RateLimits } from '../src/rate-limit.js';
import { createTokens, type FakeUpstream, startUpstream, type Tokens } from './upstreams.js';

const logger = createLogger('test', 'silent');
const UUID = '019a1f6e-3c00-7a10-8e55-0a4f5d2c1b00';

let tokens: Tokens;
let app: FastifyInstance;
let base: URL;
let authorization: string;
let tax: FakeUpstream;
let vehicle: FakeUpstream;
let verification: FakeUpstream;
let reporting: FakeUpstream;
let identity: FakeUpstream;
/** What verification does in the test at hand. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const named = (name: string) => (incoming: IncomingMessage, response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  if (incoming.url === '/v1/sources') {
    return void response.end(
      JSON.stringify({
        items: [{ source: name, title: { zh: '某局', en: `The ${name} office` }, recordTypes: [], available: true }],
      }),
    );
  }
  incoming.resume();
  incoming.on('end', () => response.end(JSON.stringify({ name, method: incoming.method, url: incoming.url })));
};

beforeEach(async () => {
  answer = named('verification');
  tokens = await createTokens();
  [tax, vehicle, reporting, identity, verification] = await Promise.all([
    startUpstream(named('tax')),
    startUpstream(named('vehicle')),
    startUpstream(named('reporting')),
    startUpstream(named('identity')),
    startUpstream((incoming, response) => answer(incoming, response)),
  ]);
  await start({});
  authorization = `Bearer ${await tokens.token(ROLES)}`;
});
afterEach(async () => {
  await app.close();
  await Promise.all([tax, vehicle, reporting, identity, verification].map((upstream) => upstream.stop()));
  tokens.remove();
});

async function start(limits: Partial<RateLimits>): Promise<void> {
  app = await buildApp({
    logger,
    tokens: tokens.verifier,
    counter: createCounter(undefined, { logger }),
    upstreams: {
      sources: new Map([
        ['tax', tax.origin],
        ['vehicle', vehicle.origin],
      ]),
      verification: verification.origin,
      reporting: reporting.origin,
      identity: identity.origin,
    },
    limits,
    loginRateLimit: 3,
  });
  base = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
}

const get = (url: string, headers: Record<string, string> = { authorization }) => app.inject({ url, headers });

function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
): { sent: ClientRequest; response: Promise<IncomingMessage> } {
  const sent = request(new URL(path, base), { method, headers: { authorization, ...headers }, agent: false });
  const response = new Promise<IncomingMessage>((resolve, reject) => {
    sent.on('response', resolve).on('error', reject);
  });
  response.catch(() => undefined);
  sent.flushHeaders();
  return { sent, response };
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

const exampleOf = (contract: RouteContract, over: Record<string, string> = {}) =>
  contract.path.replace(/:(\w+)/g, (_match, name: string) => over[name] ?? (name === 'version' ? '1' : 'x'));

describe('the way to the issuer', () => {
  it('is open to everybody, with its body and its answer as they are', async () => {
    const login = await app.inject({
      method: 'POST',
      url: '/oidc/token?x=1',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: 'grant_type=client_credentials',
    });
    expect(login.json()).toEqual({ name: 'identity', method: 'POST', url: '/oidc/token?x=1' });
    expect((await get('/.well-known/openid-configuration', {})).json()).toMatchObject({ name: 'identity' });
  });

  it('is narrow: an address that asks too often has to wait', async () => {
    for (let i = 0; i < 3; i++) expect((await get('/oidc/jwks', {})).statusCode).toBe(200);
    expect((await get('/oidc/jwks', {})).json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect((await get('/v1/batches')).statusCode).toBe(200);
  });
});

describe('the way to the owner', () => {
  it.each(Object.values(ROUTES).filter(({ owner }) => owner !== 'gateway'))(
    '$method $path is passed on with its query',
    async (contract: RouteContract) => {
      const path = `${exampleOf(contract, { source: 'vehicle', id: contract.owner === 'source' ? `tax-${UUID}` : 'b' })}?a=1&b=%E5%BC%A0`;
      const response = await app.inject({ method: contract.method, url: path, headers: { authorization } });
      expect(response.statusCode).toBe(200);
      const owner =
        contract.owner === 'source'
          ? contract.path.includes(':source')
            ? 'vehicle'
            : 'tax'
          : contract.owner === 'named'
            ? 'verification'
            : contract.owner;
      expect(response.json()).toEqual({ name: owner, method: contract.method, url: path });
    },
  );

  it('does not exist for a source that is not there', async () => {
    const load = await app.inject({
      method: 'POST',
      url: '/v1/sources/medical/visit/loads',
      headers: { authorization },
    });
    expect(load.json()).toMatchObject({ status: 404, code: 'SOURCE_UNKNOWN' });
    for (const id of [`medical-${UUID}`, 'tax', 'tax-1', `${UUID}`]) {
      expect((await get(`/v1/loads/${id}`)).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
  });

  it('is closed to those who may not, before anyone behind is asked', async () => {
    expect((await get('/v1/batches', {})).json()).toMatchObject({ code: 'TOKEN_MISSING' });
    const department = `Bearer ${await tokens.token(['department'] satisfies Role[])}`;
    expect((await get('/v1/batches', { authorization: department })).json()).toMatchObject({ code: 'FORBIDDEN' });
    expect(verification.requests).toHaveLength(0);
  });

  it('carries the token, the correlation id and the headers of the message, not those of the connection', async () => {
    const correlation = '019a1f6e-3bff-7001-8aaa-5b1f3a9e2d00';
    answer = (_incoming, response) => {
      response.writeHead(202, {
        'x-thing': 'kept',
        connection: 'x-secret',
        'x-secret': '1',
        'idempotency-replayed': 'true',
      });
      response.end('{}');
    };
    const { sent, response } = send('POST', '/v1/verifications', {
      'x-correlation-id': correlation,
      'idempotency-key': 'k',
      prefer: 'wait=9',
      connection: 'x-mine',
      'x-mine': '1',
      expect: '100-continue',
    });
    sent.end('{}');
    const got = await response;
    await textOf(got);
    expect(got.statusCode).toBe(202);
    expect(got.headers).toMatchObject({
      'x-thing': 'kept',
      'idempotency-replayed': 'true',
      'x-correlation-id': correlation,
    });
    expect(got.headers['x-secret']).toBeUndefined();
    const headers = verification.requests[0]?.headers;
    expect(headers).toMatchObject({
      authorization,
      'idempotency-key': 'k',
      prefer: 'wait=9',
      'x-correlation-id': correlation,
    });
    expect(headers?.['x-mine']).toBeUndefined();
    expect(headers?.host).toBe(new URL(verification.origin).host);
  });
});

describe('bodies', () => {
  it('flow through while they are being sent', async () => {
    const heard: string[] = [];
    answer = (incoming, response) => {
      incoming.on('data', (chunk) => heard.push(String(chunk)));
      incoming.on('end', () => response.end(JSON.stringify({ chunks: heard.length })));
    };
    const { sent, response } = send('POST', '/v1/batches', { 'content-type': 'text/csv; charset=gb18030' });
    sent.write('first');
    await eventually(() => heard.join() === 'first');
    expect(verification.requests[0]?.headers['content-type']).toBe('text/csv; charset=gb18030');
    sent.end('second');
    expect(await textOf(await response)).toBe('{"chunks":2}');
  });

  it('break off behind when the client breaks off', async () => {
    let brokenOff = false;
    answer = (incoming) => {
      incoming.resume();
      incoming.on('aborted', () => {
        brokenOff = true;
      });
    };
    const { sent } = send('POST', '/v1/batches', { 'content-type': 'text/csv' });
    sent.write('half');
    await eventually(() => verification.requests.length === 1);
    sent.destroy();
    await eventually(() => brokenOff);
  });

  it('that are refused half-way get their refusal', async () => {
    answer = (incoming, response) => {
      incoming.once('data', () => {
        response.writeHead(400, { 'content-type': 'application/problem+json' });
        response.end('{"code":"HEADER_UNUSABLE"}');
      });
    };
    const { sent, response } = send('POST', '/v1/batches', { 'content-type': 'text/csv' });
    sent.on('error', () => undefined);
    for (let i = 0; i < 64; i++) sent.write(Buffer.alloc(256 * 1024, 'x'));
    const got = await response;
    expect([got.statusCode, await textOf(got)]).toEqual([400, '{"code":"HEADER_UNUSABLE"}']);
    sent.destroy();
  });
});

describe('answers', () => {
  it('that are events come one by one, and end behind when the client leaves', async () => {
    let stream: ServerResponse | undefined;
    let left = false;
    answer = (_incoming, response) => {
      stream = response;
      response.on('close', () => {
        left = true;
      });
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': open\n\n');
    };
    const { sent, response } = send('GET', '/v1/batches/b/events');
    const got = await response;
    let heard = '';
    got.on('data', (chunk) => {
      heard += chunk;
    });
    got.on('error', () => undefined);
    await eventually(() => heard === ': open\n\n');
    stream?.write('event: batch\ndata: {}\n\n');
    await eventually(() => heard.endsWith('data: {}\n\n'));
    sent.destroy();
    await eventually(() => left);
  });

  it('that are events end when the gateway stops', async () => {
    let left = false;
    answer = (_incoming, response) => {
      response.on('close', () => {
        left = true;
      });
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(': open\n\n');
    };
    const got = await send('GET', '/v1/batches/b/events').response;
    await once(got, 'readable');
    const text = textOf(got);
    await app.close();
    expect(await text).toBe(': open\n\n');
    await eventually(() => left);
  });

  it('are not waited for any more when the client leaves', async () => {
    let left = false;
    answer = (incoming, response) => {
      incoming.resume();
      response.on('close', () => {
        left = true;
      });
    };
    const { sent } = send('POST', '/v1/verifications', { prefer: 'wait=60' });
    sent.end('{}');
    await eventually(() => verification.requests.length === 1);
    sent.destroy();
    await eventually(() => left);
  });

  it('break off when the service dies in the midst', async () => {
    answer = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write('{"reportNo":"1"}\n');
    };
    const got = await send('GET', '/v1/batches/b/reports').response;
    await once(got, 'readable');
    const rest = textOf(got);
    await verification.stop();
    await expect(rest).rejects.toThrow(/aborted/);
  });
});

describe('a service that is away', () => {
  it('is 503 with Retry-After, and the others go on', async () => {
    await verification.stop();
    const gone = await get('/v1/batches');
    expect(gone.json()).toMatchObject({ status: 503, code: 'UPSTREAM_UNAVAILABLE' });
    expect(gone.headers['retry-after']).toBe('5');
    expect(gone.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect((await get('/v1/detection-rates?from=2026-01&to=2026-02')).statusCode).toBe(200);
  });

  it('is 503 when it hangs up before it has answered, also during an upload', async () => {
    answer = (incoming) => void incoming.once('data', () => incoming.destroy());
    const { sent, response } = send('POST', '/v1/batches', { 'content-type': 'text/csv' });
    sent.on('error', () => undefined);
    sent.write('rows');
    const got = await response;
    expect([got.statusCode, JSON.parse(await textOf(got))]).toEqual([
      503,
      expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' }),
    ]);
    sent.destroy();
  });

  it('is asked once more when only a kept connection had ended', async () => {
    let asked = 0;
    answer = (incoming, response) => (asked++ === 0 ? incoming.destroy() : void response.end('[]'));
    expect((await get('/v1/batches')).statusCode).toBe(200);
    expect(asked).toBe(2);
  });

  it('makes the gateway not ready', async () => {
    const all = { tax: true, vehicle: true, verification: true, reporting: true, identity: true };
    expect((await get('/ready', {})).json()).toEqual({ ready: true, parts: all });
    await reporting.stop();
    const answered = await get('/ready', {});
    expect([answered.statusCode, answered.json().parts]).toEqual([503, { ...all, reporting: false }]);
    expect((await get('/live', {})).statusCode).toBe(200);
  });
});

describe('GET /v1/sources', () => {
  it('tells of all, and of one that does not answer that it is not available', async () => {
    const items = async () => (await get('/v1/sources')).json().items;
    expect(await items()).toMatchObject([
      { source: 'tax', available: true },
      { source: 'vehicle', available: true },
    ]);
    expect(tax.requests[0]?.headers.authorization).toBe(authorization);
    await tax.stop();
    expect(await items()).toEqual([
      { source: 'tax', title: { zh: '某局', en: 'The tax office' }, recordTypes: [], available: false },
      expect.objectContaining({ source: 'vehicle', available: true }),
    ]);
  });
});

describe('the rate limit', () => {
  it('is each caller’s own', async () => {
    await app.close();
    await start({ caller: 3 });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await get('/v1/batches')).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const limited = await get('/v1/batches');
    expect(limited.json()).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
    const other = `Bearer ${await tokens.token(['operator'], 'another')}`;
    expect((await get('/v1/batches', { authorization: other })).statusCode).toBe(200);
  });
});

describe('the documents', () => {
  it('can be read without a token', async () => {
    const openApi = (await get('/openapi.json', {})).json();
    expect(Object.keys(openApi.paths)).toContain('/v1/sources/{source}/{recordType}/loads');
    expect((await get('/asyncapi.json', {})).json().asyncapi).toBe('3.0.0');
    expect((await get('/', {})).headers.location).toBe('/docs');
  });

  it('are shown by a page whose parts all come from here', async () => {
    const page = await get('/docs', {});
    expect(page.headers['content-type']).toContain('text/html');
    const parts = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part ?? '');
    expect(parts.length).toBeGreaterThan(3);
    for (const part of parts) {
      const url = new URL(part, 'http://here/docs');
      expect(url.host).toBe('here');
      expect([part, (await get(url.pathname, {})).statusCode]).toEqual([part, 200]);
    }
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    expect(page.body).not.toMatch(/<script>(?!\s*<\/script>)/);
    expect((await get('/docs/json', {})).json().info.title).toContain('Hedui');
  });
});
