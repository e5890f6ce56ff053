import { EventEmitter, once } from 'node:events';
import { ROUTES } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { eventually } from '@hedui/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startFingerprint } from '../src/fingerprint.js';
import { createMemoryIdempotencyStore, defineRoute } from '../src/index.js';
import { listening, open, receive } from './connections.js';
import { createService, type TestService } from './service.js';

let service: TestService;
let authorization: string;
let runs: number;
let fail: HeduiError | Error | null;
const gate = new EventEmitter();
let wait = false;

beforeEach(async () => {
  runs = 0;
  fail = null;
  wait = false;
  service = await createService({ checkAnswers: false });
  authorization = `Bearer ${await service.issuer.token(['operator'])}`;
  defineRoute(service.app, ROUTES.createBatch, async ({ body }) => {
    runs++;
    let text = '';
    for await (const chunk of body) {
      text += chunk;
      if (text.startsWith('unusable')) throw new HeduiError('HEADER_UNUSABLE');
    }
    if (wait) await once(gate, 'go');
    if (fail) throw fail;
    return { status: 202, json: { id: `batch-${runs}`, bytes: text.length } };
  });
  defineRoute(service.app, ROUTES.cancelBatch, async ({ params }) => ({ json: { id: params.id, run: ++runs } }));
});
afterEach(() => service.close());

const send = (payload: string, headers: Record<string, string> = {}, url = '/v1/batches?asOf=2026-11-15') =>
  service.app.inject({
    method: 'POST',
    url,
    headers: {
      authorization,
      'content-type': payload ? 'text/csv' : 'application/json',
      'idempotency-key': 'k-1',
      ...headers,
    },
    payload,
  });

describe('what is kept of a request', () => {
  it('is the same for the same request under the same key only, however its body came in pieces', () => {
    const of = (key: string | null, ...pieces: string[]) => {
      const fingerprint = startFingerprint('POST', '/v1/users', key === null ? null : Buffer.from(key));
      for (const piece of pieces) fingerprint.add(piece);
      expect(fingerprint.value()).toBe(fingerprint.value());
      return fingerprint.value();
    };
    expect(of('a', 'pass', 'word')).toBe(of('a', 'password'));
    const others = [of('a', 'password'), of('b', 'password'), of(null, 'password'), of('a', 'passwort')];
    expect(new Set(others).size).toBe(4);
    expect(others.every((one) => /^8:[0-9a-f]{64}$/.test(one))).toBe(true);
  });
});

describe('the same Idempotency-Key', () => {
  it('gives the same answer, and the work is done once', async () => {
    const first = await send('rows');
    const again = await send('rows');
    expect(first.statusCode).toBe(202);
    expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body]);
    expect(again.headers['content-type']).toBe(first.headers['content-type']);
    expect([first.headers['idempotency-replayed'], again.headers['idempotency-replayed']]).toEqual([undefined, 'true']);
    expect(runs).toBe(1);
  });

  it.each([
    ['another body', 'Rows', '/v1/batches?asOf=2026-11-15'],
    ['a longer body', 'rows and more', '/v1/batches?asOf=2026-11-15'],
    ['a shorter body', 'row', '/v1/batches?asOf=2026-11-15'],
    ['a blank body', '\n', '/v1/batches?asOf=2026-11-15'],
    ['another query', 'rows', '/v1/batches?asOf=2026-11-16'],
  ])('with %s is refused', async (_what, payload, url) => {
    await send('rows');
    expect((await send(payload, {}, url)).json()).toMatchObject({ status: 422, code: 'IDEMPOTENCY_MISMATCH' });
    expect(runs).toBe(1);
  });

  it('is refused while the first is under way, however its body is', async () => {
    wait = true;
    const first = send('rows');
    await eventually(() => gate.listenerCount('go') === 1);
    expect((await send('rows')).json()).toMatchObject({ status: 409, code: 'IDEMPOTENCY_UNDER_WAY' });
    gate.emit('go');
    const done = await first;
    expect((await send('rows')).body).toBe(done.body);
    expect(runs).toBe(1);
  });

  it.each([
    ['a refusal', new HeduiError('POLICY_UNKNOWN')],
    ['a conflict', new HeduiError('AS_OF_BACKWARDS')],
    ['lost storage', new HeduiError('STORAGE_UNAVAILABLE')],
    ['an unforeseen error', new Error('oops')],
  ])('may be used again after %s, with whatever body', async (_what, error) => {
    fail = error;
    expect((await send('rows')).statusCode).toBeGreaterThanOrEqual(400);
    fail = null;
    expect((await send('mended rows')).statusCode).toBe(202);
    expect(runs).toBe(2);
  });

  it('belongs to one caller and one route', async () => {
    await send('rows');
    const other = `Bearer ${await service.issuer.token(['operator'], { subject: 'somebody-else' })}`;
    expect((await send('other rows', { authorization: other })).statusCode).toBe(202);
    const cancelled = await send('', {}, '/v1/batches/b-1/cancel');
    expect(cancelled.json()).toEqual({ id: 'b-1', run: 3 });
    expect((await send('', {}, '/v1/batches/b-1/cancel')).json()).toEqual({ id: 'b-1', run: 3 });
    expect((await send('', {}, '/v1/batches/b-2/cancel')).json()).toMatchObject({ code: 'IDEMPOTENCY_MISMATCH' });
  });

  it.each([' ', 'k'.repeat(256), 'a b', 'schlüssel'])('cannot be %j', async (key) => {
    expect((await send('rows', { 'idempotency-key': key })).json()).toMatchObject({
      code: 'BODY_INVALID',
      errors: [{ column: 'Idempotency-Key', code: 'VALUE_INVALID' }],
    });
    expect(runs).toBe(0);
  });

  it('is not needed', async () => {
    for (const id of ['batch-1', 'batch-2']) {
      const answer = await service.app.inject({ method: 'POST', url: '/v1/batches', headers: { authorization } });
      expect(answer.json().id).toBe(id);
    }
  });
});

describe('over a connection', () => {
  const post = (base: URL, key: string) =>
    open(base, '/v1/batches', {
      method: 'POST',
      headers: { authorization, 'content-type': 'text/csv', 'idempotency-key': key },
    });

  it('a body that breaks off frees the key', async () => {
    const base = await listening(service.app);
    const broken = post(base, 'k');
    broken.request.write('half');
    await eventually(() => runs === 1);
    broken.request.destroy();
    const answer = await eventually(async () => {
      const again = post(base, 'k');
      again.request.end('whole');
      const got = await receive(await again.response);
      return got.status === 202 ? got : null;
    });
    expect(JSON.parse(answer.text)).toMatchObject({ bytes: 5 });
  });

  it('a repeat that is refused before its body is read whole is still answered', async () => {
    const base = await listening(service.app);
    const first = post(base, 'k');
    first.request.end('rows');
    await receive(await first.response);
    const again = post(base, 'k');
    again.request.on('error', () => undefined);
    for (let i = 0; i < 64; i++) again.request.write(Buffer.alloc(256 * 1024, 'x'));
    expect((await receive(await again.response)).status).toBe(422);
    again.request.destroy();
  });

  it('a handler that refuses before the end frees the key', async () => {
    const base = await listening(service.app);
    const first = post(base, 'k');
    first.request.end('unusable header');
    expect((await receive(await first.response)).status).toBe(400);
    const again = post(base, 'k');
    again.request.end('good');
    expect((await receive(await again.response)).status).toBe(202);
  });
});

describe('a store that fails after the work is done', () => {
  it('does not turn the answer into an error', async () => {
    const store = createMemoryIdempotencyStore();
    const failing = await createService({
      idempotency: { ...store, finish: async () => Promise.reject(new HeduiError('STORAGE_UNAVAILABLE')) },
      checkAnswers: false,
    });
    defineRoute(failing.app, ROUTES.cancelBatch, async () => ({ json: { done: true } }));
    const answer = await failing.app.inject({
      method: 'POST',
      url: '/v1/batches/b/cancel',
      headers: { authorization: `Bearer ${await failing.issuer.token(['operator'])}`, 'idempotency-key': 'k' },
    });
    expect(answer.json()).toEqual({ done: true });
    expect(failing.log).toContainEqual(expect.objectContaining({ level: 'error' }));
    await failing.close();
  });
});
