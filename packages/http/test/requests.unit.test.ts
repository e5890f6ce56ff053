import { PROBLEMS, type RouteContract } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineRoute } from '../src/index.js';
import { createService, type TestService } from './service.js';

const household = {
  id: 'createThing',
  method: 'POST',
  path: '/v1/things/:kind',
  owner: 'verification',
  access: ['operator'],
  reach: 'nothing',
  tag: 'batches',
  summary: { zh: '测试', en: 'A thing' },
  params: z.object({ kind: z.enum(['car', 'house']) }),
  query: z.object({ limit: z.coerce.number().int().min(1).optional() }),
  body: z.object({ region: z.string().regex(/^\d{6}$/), persons: z.array(z.object({ name: z.string() })) }),
  responses: { 200: z.object({ kind: z.string(), limit: z.number().nullable(), persons: z.number() }) },
} as const satisfies RouteContract;

const failing = {
  id: 'fail',
  method: 'GET',
  path: '/v1/fail/:how',
  owner: 'verification',
  access: ['operator', 'auditor'],
  reach: 'nothing',
  tag: 'batches',
  summary: { zh: '测试', en: 'Fails' },
  params: z.object({ how: z.string() }),
  responses: { 200: z.object({ answer: z.literal('right') }) },
} as const satisfies RouteContract;

let service: TestService;
let authorization: string;
beforeEach(async () => {
  service = await createService();
  authorization = `Bearer ${await service.issuer.token(['operator'])}`;
  defineRoute(service.app, household, async ({ params, query, body }) => ({
    json: { kind: params.kind, limit: query.limit ?? null, persons: body.persons.length },
  }));
  defineRoute(service.app, failing, async ({ params }) => {
    if (params.how === 'storage') throw new HeduiError('STORAGE_UNAVAILABLE', { retriable: true });
    if (params.how === 'conflict') throw new HeduiError('STATE_CONFLICT', { detail: 'it is done already' });
    if (params.how === 'wrapped') throw new Error('outer', { cause: new HeduiError('NOT_FOUND') });
    if (params.how === 'contract') return { json: { answer: 'wrong' } };
    throw new Error('password of the database is hunter2');
  });
});
afterEach(() => service.close());

const post = (payload: unknown, over: { url?: string; headers?: Record<string, string> } = {}) =>
  service.app.inject({
    method: 'POST',
    url: over.url ?? '/v1/things/car?limit=3',
    headers: { authorization, 'content-type': 'application/json', ...over.headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });
const get = (url: string, headers: Record<string, string> = { authorization }) => service.app.inject({ url, headers });

describe('a request against its contract', () => {
  it('reaches the handler with checked and typed parts', async () => {
    const answer = await post({ region: '520102', persons: [{ name: '张三' }] });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.json()).toEqual({ kind: 'car', limit: 3, persons: 1 });
  });

  it('names each place and rule of a bad body, never the value', async () => {
    const answer = await post({ region: '520000196203180013', persons: [{}, { name: 7 }] });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    const problem = answer.json();
    expect(problem).toMatchObject({ code: 'BODY_INVALID', status: 400, title: expect.stringContaining(' / ') });
    expect(problem.errors).toEqual([
      { line: null, column: 'region', code: 'VALUE_INVALID', rule: expect.stringContaining(' / ') },
      { line: null, column: 'persons.0.name', code: 'COLUMN_MISSING', rule: expect.stringContaining('string') },
      { line: null, column: 'persons.1.name', code: 'VALUE_INVALID', rule: expect.stringContaining('string') },
    ]);
    expect(answer.body).not.toContain('520000196203180013');
  });

  it('checks the query', async () => {
    const answer = await post({ region: '520102', persons: [] }, { url: '/v1/things/car?limit=0' });
    expect(answer.json()).toMatchObject({ code: 'BODY_INVALID', errors: [{ column: 'limit', code: 'VALUE_INVALID' }] });
  });

  it('does not find what no path can name', async () => {
    const answer = await post({ region: '520102', persons: [] }, { url: '/v1/things/boat' });
    expect(answer.json()).toMatchObject({ code: 'NOT_FOUND', status: 404, errors: [{ column: 'kind' }] });
  });

  it.each([
    ['JSON that is none', '{"region": ', 400, 'BODY_INVALID'],
    ['no body', '', 400, 'BODY_INVALID'],
    ['a body that is too large', JSON.stringify({ region: 'x'.repeat(1024 * 1024) }), 413, 'BODY_TOO_LARGE'],
    ['a poisoned prototype', '{"__proto__": {"x": 1}}', 400, 'BODY_INVALID'],
  ])('refuses %s', async (_what, payload, status, code) => {
    const answer = await post(payload);
    expect(answer.json()).toMatchObject({ status, code, correlationId: answer.headers['x-correlation-id'] });
    expect(answer.statusCode).toBe(status);
  });

  it('refuses another content type', async () => {
    const answer = await post('region=520102', { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(answer.json()).toMatchObject({ status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' });
  });
});

describe('errors', () => {
  it.each([
    ['/v1/nowhere', 404, 'NOT_FOUND'],
    ['/v1/things/car', 405, 'METHOD_NOT_ALLOWED'],
    ['/v1/fail/conflict', 409, 'STATE_CONFLICT'],
    ['/v1/fail/wrapped', 404, 'NOT_FOUND'],
    ['/v1/fail/storage', 503, 'STORAGE_UNAVAILABLE'],
    ['/v1/%zz', 404, 'NOT_FOUND'],
    [`/v1/fail/${'x'.repeat(300)}`, 404, 'NOT_FOUND'],
  ] as const)('GET %s is a problem', async (url, status, code) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status, code, title: `${PROBLEMS[code].zh} / ${PROBLEMS[code].en}` });
    expect(answer.headers['retry-after']).toBe(status === 503 ? '5' : undefined);
    expect(answer.headers.allow).toBe(status === 405 ? 'POST' : undefined);
  });

  it('keeps the inside of an unforeseen error for the log, under the correlation id', async () => {
    const answer = await get('/v1/fail/oddly');
    expect(answer.json()).toMatchObject({ status: 500, code: 'INTERNAL' });
    expect(answer.body).not.toContain('hunter2');
    const entry = service.log.find((line) => line.level === 'error');
    expect(entry).toMatchObject({ correlationId: answer.headers['x-correlation-id'], err: { type: 'Error' } });
  });

  it('finds an answer that breaks its contract, where that is checked', async () => {
    expect((await get('/v1/fail/contract')).json()).toMatchObject({ status: 500, code: 'INTERNAL' });
  });
});

describe('every request', () => {
  it('keeps a correlation id that looks like one, and makes one otherwise', async () => {
    const mine = '01926b2e-7c1e-7aaa-8bbb-0123456789ab';
    const answer = await get('/v1/fail/conflict', { authorization, 'x-correlation-id': mine });
    expect(answer.headers['x-correlation-id']).toBe(mine);
    expect(answer.json().correlationId).toBe(mine);
    for (const naming of ['张三 520102', '520000196203180013', 'case-52000019780715008X', 'case-520000781223450']) {
      const other = await get('/v1/fail/conflict', { authorization, 'x-correlation-id': naming });
      expect(other.headers['x-correlation-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    }
  });

  it('is logged in one line, without query values and unknown paths', async () => {
    await get('/v1/fail/conflict?name=zhangsan');
    await get('/v1/520000196203180013');
    const requests = service.log.filter((line) => line.msg === 'request');
    expect(requests).toMatchObject([
      { method: 'GET', route: '/v1/fail/:how', path: '/v1/fail/conflict', status: 409, caller: 'somebody' },
      { method: 'GET', status: 404 },
    ]);
    expect(JSON.stringify(service.log)).not.toMatch(/zhangsan|520000196203180013/);
  });

  it('carries security headers', async () => {
    const { headers } = await get('/live', {});
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['x-content-type-options']).toBe('nosniff');
  });
});

describe('health', () => {
  it('lives without a dependency and is ready with all of them', async () => {
    expect((await get('/live', {})).json()).toEqual({ live: true });
    expect((await get('/ready', {})).json()).toEqual({ ready: true, parts: { database: true } });
  });

  it('is not ready when one is away or cannot be asked', async () => {
    for (const ready of [async () => ({ database: false }), async () => Promise.reject(new Error('gone'))]) {
      const other = await createService({ ready });
      const answer = await other.app.inject('/ready');
      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toMatchObject({ ready: false, code: 'UPSTREAM_UNAVAILABLE' });
      expect((await other.app.inject('/live')).statusCode).toBe(200);
      await other.close();
    }
  });
});
