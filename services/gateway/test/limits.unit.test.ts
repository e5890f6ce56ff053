import { once } from 'node:events';
import { request } from 'node:http';
import { eventually } from '@hedui/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createDepthGauge } from '../src/body-limits.js';
import { type Stand, speak, startGateway } from './gateway.js';

let stand: Stand;
afterEach(() => stand.stop());

const headers = () => ({ authorization: stand.authorization });
const check = '{"policy":"p"}';

/** A POST whose body the test writes piece by piece; what came back, once it has. */
function upload(path: string, more: Record<string, string>) {
  const sent = request(new URL(path, stand.base), { method: 'POST', headers: { ...headers(), ...more }, agent: false });
  sent.on('error', () => undefined);
  const answer = once(sent, 'response').then(async ([response]) => {
    let text = '';
    for await (const piece of response) text += String(piece);
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(text) };
  });
  answer.catch(() => undefined);
  sent.flushHeaders();
  return { sent, answer };
}

describe('the size of a body', () => {
  it('is refused by its length before anybody behind is asked', async () => {
    stand = await startGateway({}, ['operator']);
    const { answer } = upload('/v1/verifications', { 'content-type': 'application/json', 'content-length': '1048577' });
    expect(await answer).toMatchObject({ status: 413, body: { code: 'BODY_TOO_LARGE' } });
    expect(stand.behind.requests).toHaveLength(0);
  });

  it('is counted while it comes when nobody said it, and the request behind ends', async () => {
    stand = await startGateway({ bodies: { file: 1_000 } }, ['operator']);
    const { sent, answer } = upload('/v1/batches', { 'content-type': 'text/csv' });
    sent.write(Buffer.alloc(900, 'x'));
    await eventually(() => stand.behind.requests.length === 1);
    sent.write(Buffer.alloc(200, 'x'));
    expect(await answer).toMatchObject({
      status: 413,
      body: { code: 'BODY_TOO_LARGE' },
      headers: { connection: 'close' },
    });
    expect(stand.seen).toEqual([]);
    sent.destroy();
  });

  it('of a file may be what JSON may not', async () => {
    stand = await startGateway({}, ['operator']);
    const { sent, answer } = upload('/v1/batches', { 'content-type': 'text/csv' });
    sent.end(Buffer.alloc(3 * 1024 * 1024, 'x'));
    expect((await answer).status).toBe(200);
    expect(stand.seen[0]?.body).toHaveLength(3 * 1024 * 1024);
  });

  it('is not hidden by a Content-Encoding', async () => {
    stand = await startGateway({}, ['operator']);
    for (const encoding of ['gzip', 'deflate', 'br', 'gzip, identity']) {
      const { sent, answer } = upload('/v1/batches', { 'content-type': 'text/csv', 'content-encoding': encoding });
      sent.end('x');
      expect(await answer).toMatchObject({ status: 415, body: { code: 'MEDIA_TYPE_UNSUPPORTED' } });
    }
    expect(stand.behind.requests).toHaveLength(0);
  });
});

describe('the depth of JSON', () => {
  it('is bounded while it passes', async () => {
    stand = await startGateway({}, ['operator']);
    for (const [depth, status] of [
      [32, 200],
      [33, 400],
      [100_000, 400],
    ] as const) {
      const { sent, answer } = upload('/v1/verifications', { 'content-type': 'application/json' });
      sent.end('['.repeat(depth) + ']'.repeat(depth));
      expect((await answer).status).toBe(status);
    }
    const { sent, answer } = upload('/v1/batches', { 'content-type': 'application/x-ndjson' });
    sent.end(`{"a":1}\n${'{"a":'.repeat(40)}1${'}'.repeat(40)}\n`);
    expect(await answer).toMatchObject({ status: 400, body: { code: 'BODY_INVALID' } });
  });

  it('does not count brackets in text, nor is it fooled by escapes or pieces', async () => {
    stand = await startGateway();
    const depthOf = (text: string, size: number) => {
      const gauge = createDepthGauge();
      const bytes = Buffer.from(text);
      let deepest = 0;
      for (let at = 0; at < bytes.length; at += size) deepest = gauge(bytes.subarray(at, at + size));
      return deepest;
    };
    for (const size of [1, 2, 3, 1000]) {
      expect(depthOf('{"a":"[[[[","b":[1]}', size)).toBe(2);
      expect(depthOf('{"a":"\\"[[[","b":"\\\\"}', size)).toBe(1);
      expect(depthOf('{"张":"三[","b":[[{}]]}', size)).toBe(4);
      expect(depthOf('{}\n{"a":[]}\n', size)).toBe(2);
    }
  });
});

describe('time', () => {
  it('runs out for headers that do not come', async () => {
    stand = await startGateway();
    // The server's own clock is 15 s; the test turns it on.
    stand.app.server.headersTimeout = 1;
    const { statuses, text, closed } = await speak(stand.base, 'GET /v1/batches HTTP/1.1\r\nHost: h\r\n', 2_000);
    expect({ statuses, closed }).toEqual({ statuses: [408], closed: true });
    expect(text).toContain('REQUEST_TIMEOUT');
  });

  it('runs out for a body that only drips, and not for one that goes on', async () => {
    stand = await startGateway({ bodies: { pace: { bytes: 4, ms: 150 } } }, ['operator']);
    const steady = upload('/v1/batches', { 'content-type': 'text/csv' });
    const dripping = upload('/v1/batches', { 'content-type': 'text/csv' });
    const timer = setInterval(() => {
      steady.sent.write('row,row\n');
      dripping.sent.write('r');
    }, 50);
    const refused = await dripping.answer;
    expect(refused).toMatchObject({ status: 408, body: { code: 'REQUEST_TIMEOUT' }, headers: { connection: 'close' } });
    clearInterval(timer);
    steady.sent.end('end');
    expect((await steady.answer).status).toBe(200);
    expect(stand.seen).toHaveLength(1);
    dripping.sent.destroy();
  });

  it('has no bound for a body as a whole', async () => {
    stand = await startGateway();
    expect(stand.app.server.requestTimeout).toBe(0);
    expect(stand.app.server.timeout).toBe(0);
    expect(stand.app.server.headersTimeout).toBeLessThanOrEqual(15_000);
  });
});

describe('headers and addresses', () => {
  it.each([
    [
      'headers of more than 16 KiB',
      () => `GET /v1/batches HTTP/1.1\r\nHost: h\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    [
      'more than a hundred headers',
      () => `GET /v1/batches HTTP/1.1\r\nHost: h\r\n${'X: 1\r\n'.repeat(120)}Connection: close\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    [
      'an address of more than 8 KiB',
      () => `GET /v1/batches?a=${'a'.repeat(9_000)} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
      414,
      'URI_TOO_LONG',
    ],
    [
      'more than fifty parameters',
      () => `GET /v1/batches?${'a=1&'.repeat(60)} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n`,
      400,
      'BODY_INVALID',
    ],
    [
      'an expectation that nobody meets',
      () => 'POST /v1/batches HTTP/1.1\r\nHost: h\r\nExpect: magic\r\nContent-Length: 0\r\n\r\n',
      417,
      'EXPECTATION_FAILED',
    ],
    [
      'a path that nothing has',
      () => 'GET /etc/passwd HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      404,
      'NOT_FOUND',
    ],
    [
      'a path out of the root',
      () => 'GET /docs/static/..%2f..%2f..%2fpackage.json HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      404,
      'NOT_FOUND',
    ],
    [
      'a method that the path has not',
      () => 'DELETE /v1/batches HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      405,
      'METHOD_NOT_ALLOWED',
    ],
    [
      'a broken percent sign',
      () => 'GET /v1/batches/%zz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n',
      404,
      'NOT_FOUND',
    ],
  ])('%s are answered by a problem that says nothing of the inside', async (_name, bytes, status, code) => {
    stand = await startGateway();
    const { text, statuses, closed } = await speak(stand.base, bytes());
    expect({ statuses, closed }).toEqual({ statuses: [status], closed: true });
    expect(text).toContain('application/problem+json');
    expect(text).toContain(`"code":"${code}"`);
    expect(text.toLowerCase()).not.toMatch(/x-powered-by|\r\nserver:|node_modules|fst_err|\.js:|stack/);
  });

  it('of every answer are strict, and speak of https only where it is', async () => {
    stand = await startGateway();
    for (const url of ['/v1/batches', '/none', '/docs', '/openapi.json', '/live']) {
      const { headers: given } = await stand.app.inject({ url, headers: headers() });
      expect(given['content-security-policy']).toContain("default-src 'self'");
      expect(given['content-security-policy']).toContain("base-uri 'none'");
      expect(given['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(given).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      });
      expect(given).not.toHaveProperty('strict-transport-security');
      expect(given).not.toHaveProperty('access-control-allow-origin');
    }
    await stand.stop();
    stand = await startGateway({ publicHttps: true });
    expect((await stand.app.inject('/live')).headers['strict-transport-security']).toBe(
      'max-age=63072000; includeSubDomains',
    );
  });
});

describe('how often', () => {
  it('an address may ask without a valid token is bounded, whatever token it guesses', async () => {
    stand = await startGateway({ limits: { anonymous: 4 } });
    const guess = (n: number) =>
      stand.app.inject({ url: '/v1/batches', headers: { authorization: `Bearer guess${n}` } });
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) statuses.push((await guess(n)).statusCode);
    expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
    const last = await guess(7);
    expect(last.json()).toMatchObject({ code: 'RATE_LIMITED' });
    expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
    expect((await stand.app.inject('/live')).statusCode).toBe(200);
  });

  it('a caller makes costly calls has its own bound; other calls go on', async () => {
    stand = await startGateway({ limits: { costly: 2 } });
    const post = (url: string, type: string) =>
      stand.app.inject({ method: 'POST', url, headers: { ...headers(), 'content-type': type }, payload: check });
    const statuses: number[] = [];
    for (let n = 0; n < 3; n++) statuses.push((await post('/v1/batches', 'text/csv')).statusCode);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await post('/v1/verifications', 'application/json')).statusCode).toBe(200);
  });

  it('a caller has calls under way at once is bounded, and each that ends makes room', async () => {
    stand = await startGateway({ limits: { concurrent: 2 } }, ['operator']);
    const first = upload('/v1/batches', { 'content-type': 'text/csv' });
    const second = upload('/v1/batches', { 'content-type': 'text/csv' });
    first.sent.write('a');
    second.sent.write('b');
    await eventually(() => stand.behind.requests.length === 2);
    const get = () => stand.app.inject({ url: '/v1/batches', headers: headers() });
    expect((await get()).statusCode).toBe(429);
    first.sent.end();
    expect((await first.answer).status).toBe(200);
    await eventually(async () => (await get()).statusCode === 200);
    second.sent.destroy();
  });
});
