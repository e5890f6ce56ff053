import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Stand, speak, startGateway } from './gateway.js';

let stand: Stand;
beforeAll(async () => {
  stand = await startGateway({}, ['operator', 'policy_maker']);
});
afterAll(() => stand.stop());
beforeEach(() => {
  stand.seen.length = 0;
});

const lines = (...all: string[]) => all.join('\r\n');
/** The request that an attacker hides behind another one. */
const hidden = () => `GET /v1/batches?hidden=1 HTTP/1.1\r\nHost: h\r\nAuthorization: ${stand.authorization}\r\n\r\n`;
const post = (...headers: string[]) =>
  lines(
    'POST /v1/batches HTTP/1.1',
    'Host: h',
    `Authorization: ${stand.authorization}`,
    'Content-Type: text/csv',
    ...headers,
  );

/** Nothing hidden came through as a request of its own, and the connection takes nothing more. */
async function refused(bytes: string): Promise<void> {
  const { statuses, closed, text } = await speak(stand.base, bytes);
  expect({ statuses, closed }).toEqual({ statuses: [expect.any(Number)], closed: true });
  expect(statuses[0]).toBeGreaterThanOrEqual(400);
  expect(text).toContain('application/problem+json');
  expect(text).not.toMatch(/node_modules|at \w+ \(|HPE_|llhttp|undici/);
  expect(stand.seen).toEqual([]);
}

describe('a request that parsers could read as two', () => {
  it.each([
    [
      'Content-Length and Transfer-Encoding',
      () => post('Content-Length: 6', 'Transfer-Encoding: chunked', '', `0\r\n\r\n${hidden()}`),
    ],
    [
      'the two the other way round',
      () => post('Transfer-Encoding: chunked', `Content-Length: 4`, '', `5c\r\n${hidden()}\r\n0\r\n\r\n`),
    ],
    ['two Content-Lengths', () => post('Content-Length: 0', `Content-Length: ${hidden().length}`, '', hidden())],
    ['two equal Content-Lengths', () => post('Content-Length: 2', 'Content-Length: 2', '', 'ab')],
    ['a list of Content-Lengths', () => post('Content-Length: 0, 100', '', hidden())],
    ['a signed Content-Length', () => post('Content-Length: +2', '', 'ab')],
    ['a hexadecimal Content-Length', () => post('Content-Length: 0x2', '', 'ab')],
    ['a negative Content-Length', () => post('Content-Length: -1', '', hidden())],
    ['an unknown transfer coding', () => post('Transfer-Encoding: xchunked', '', `0\r\n\r\n${hidden()}`)],
    [
      'two Transfer-Encodings',
      () => post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity', '', `0\r\n\r\n${hidden()}`),
    ],
    [
      'two equal Transfer-Encodings',
      () => post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked', '', '0\r\n\r\n'),
    ],
    ['a coding before chunked', () => post('Transfer-Encoding: gzip, chunked', '', '0\r\n\r\n')],
    ['a coding after chunked', () => post('Transfer-Encoding: chunked, identity', '', `0\r\n\r\n${hidden()}`)],
    ['a coding behind a tab', () => post('Transfer-Encoding:\u000bchunked', '', `0\r\n\r\n${hidden()}`)],
    ['a space before the colon', () => post('Transfer-Encoding : chunked', '', `0\r\n\r\n${hidden()}`)],
    ['a header that goes on in the next line', () => post('Content-Length: 0', 'X-Long: a', ' b', '', hidden())],
    [
      'a Transfer-Encoding that goes on in the next line',
      () => post('Transfer-Encoding:', ' chunked', '', `0\r\n\r\n${hidden()}`),
    ],
    [
      'a bare line feed between headers',
      () => post('X-A: 1\nTransfer-Encoding: chunked', 'Content-Length: 0', '', hidden()),
    ],
    ['a bare carriage return in a header', () => post('X-A: 1\rContent-Length: 0', '', hidden())],
    ['a zero byte in a header', () => post('X-A: 1\0', 'Content-Length: 0', '', hidden())],
    ['a chunk size with a sign', () => post('Transfer-Encoding: chunked', '', `+0\r\n\r\n${hidden()}`)],
    ['a chunk size with 0x', () => post('Transfer-Encoding: chunked', '', `0x0\r\n\r\n${hidden()}`)],
    [
      'a chunk size beyond all numbers',
      () => post('Transfer-Encoding: chunked', '', `ffffffffffffffff1\r\n${hidden()}`),
    ],
    [
      'a chunk that ends in a bare line feed',
      () => post('Transfer-Encoding: chunked', '', `1\r\na\n0\r\n\r\n${hidden()}`),
    ],
    ['a chunk longer than its size', () => post('Transfer-Encoding: chunked', '', `1\r\nabc\r\n0\r\n\r\n${hidden()}`)],
    [
      'a chunk extension without end',
      () => post('Transfer-Encoding: chunked', '', `1;${'a'.repeat(40_000)}\r\na\r\n0\r\n\r\n`),
    ],
  ])('%s is refused, and its connection ends', async (_name, bytes) => {
    await refused(bytes());
  });

  it.each([
    [
      'a whole address',
      () => `GET http://elsewhere/v1/batches HTTP/1.1\r\nHost: h\r\nAuthorization: ${stand.authorization}\r\n\r\n`,
    ],
    [
      'two slashes',
      () => `GET //elsewhere/v1/batches HTTP/1.1\r\nHost: h\r\nAuthorization: ${stand.authorization}\r\n\r\n`,
    ],
    ['no Host', () => `GET /v1/batches HTTP/1.1\r\nAuthorization: ${stand.authorization}\r\n\r\n`],
    [
      'two Hosts',
      () => `GET /v1/batches HTTP/1.1\r\nHost: a\r\nHost: b\r\nAuthorization: ${stand.authorization}\r\n\r\n`,
    ],
    [
      'two Authorizations',
      () =>
        `GET /v1/batches HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nAuthorization: ${stand.authorization}\r\n\r\n`,
    ],
    ['a space in the address', () => `GET /v1/batches x HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['another protocol', () => `GET /v1/batches HTTP/9.9\r\nHost: a\r\n\r\n`],
    ['HTTP/2 without an upgrade', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no method of HTTP', () => `HIDE /v1/batches HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['bytes of TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('a request line with %s is refused, and its connection ends', async (_name, bytes) => {
    await refused(bytes());
  });

  it('says nothing to CONNECT, and opens no way through', async () => {
    const { statuses, closed } = await speak(stand.base, 'CONNECT elsewhere:443 HTTP/1.1\r\nHost: elsewhere\r\n\r\n');
    expect(closed).toBe(true);
    expect(statuses.every((status) => status >= 400)).toBe(true);
  });

  it('answers methods that the address does not take with 405', async () => {
    const with_ = (method: string, more = '') =>
      `${method} /v1/batches HTTP/1.1\r\nHost: h\r\nAuthorization: ${stand.authorization}\r\n${more}Connection: close\r\n\r\n`;
    expect((await speak(stand.base, with_('TRACE'))).statuses).toEqual([405]);
    expect((await speak(stand.base, with_('PUT', 'Content-Length: 0\r\n'))).statuses).toEqual([405]);
    expect(stand.seen).toEqual([]);
  });
});

describe('a body with all its framing right', () => {
  it('is one request behind, whatever its text says', async () => {
    const body = `household_ref\r\n\r\n${hidden()}`;
    const { statuses } = await speak(stand.base, post(`Content-Length: ${body.length}`, 'Connection: close', '', body));
    expect(statuses).toEqual([200]);
    expect(stand.seen).toEqual([{ method: 'POST', url: '/v1/batches', body }]);
  });

  it('in chunks with extensions and trailers is one request without them', async () => {
    const chunks = '3;a=b\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n';
    const { statuses } = await speak(stand.base, post('Transfer-Encoding: chunked', 'Connection: close', '', chunks));
    expect(statuses).toEqual([200]);
    expect(stand.seen).toEqual([{ method: 'POST', url: '/v1/batches', body: 'abc' }]);
    expect(stand.behind.requests.at(-1)?.headers['x-trailer']).toBeUndefined();
  });

  it('of a GET is no second request', async () => {
    const bytes = `GET /v1/batches HTTP/1.1\r\nHost: h\r\nAuthorization: ${stand.authorization}\r\nContent-Length: ${hidden().length}\r\n\r\n${hidden()}`;
    await speak(stand.base, bytes);
    expect(stand.seen.map(({ url }) => url)).toEqual(['/v1/batches']);
  });

  it('that is refused before it is read leaves nothing to be read as a request', async () => {
    const bytes = `POST /v1/policies/none HTTP/1.1\r\nHost: h\r\nContent-Length: ${hidden().length}\r\n\r\n${hidden()}`;
    const { statuses } = await speak(stand.base, bytes);
    expect(statuses).toHaveLength(1);
    expect(stand.seen).toEqual([]);
  });

  it('two requests on one connection are two, in their order', async () => {
    const one = `GET /v1/batches?n=1 HTTP/1.1\r\nHost: h\r\nAuthorization: ${stand.authorization}\r\n\r\n`;
    const { statuses } = await speak(stand.base, one + one.replace('n=1', 'n=2'));
    expect(statuses).toEqual([200, 200]);
    expect(stand.seen.map(({ url }) => url)).toEqual(['/v1/batches?n=1', '/v1/batches?n=2']);
  });

  it('cannot say for the gateway from where it comes', async () => {
    const { statuses } = await speak(
      stand.base,
      lines(
        'GET /v1/batches HTTP/1.1',
        'Host: h',
        `Authorization: ${stand.authorization}`,
        'X-Forwarded-For: 10.9.8.7',
        'X-Real-IP: 10.9.8.7',
        'Forwarded: for=10.9.8.7',
        'X-Original-URL: /v1/policies',
        'Connection: close, x-forwarded-for',
        '',
        '',
      ),
    );
    expect(statuses).toEqual([200]);
    const { headers } = stand.behind.requests.at(-1) ?? {};
    expect(headers?.['x-forwarded-for']).toBe('127.0.0.1');
    expect(JSON.stringify(headers)).not.toMatch(/10\.9\.8\.7|x-original/);
  });
});
