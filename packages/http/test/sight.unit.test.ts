import { HeduiError } from '@hedui/errors';
import { createLogger } from '@hedui/logging';
import { startTelemetry, type Telemetry } from '@hedui/telemetry';
import { everyone } from '@hedui/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createApp, listen, type TokenVerifier } from '../src/index.js';

const logger = createLogger('test', 'silent');
const tokens: TokenVerifier = {
  async verify(token) {
    if (token === 'administrator') return everyone({ roles: ['administrator'] });
    if (token === 'operator') return everyone({ roles: ['operator'] });
    throw new HeduiError('TOKEN_INVALID');
  },
};
const appOf = (entry: boolean) =>
  createApp({ service: 'here', logger, tokens, entry, ready: async () => ({ database: true }) });
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('GET /metrics', () => {
  let telemetry: Telemetry;
  beforeEach(async () => {
    telemetry = await startTelemetry({ HEDUI_METRICS: 'on' }, 'here', { logger });
  });
  afterEach(() => telemetry.close());

  it('is open to this machine, but not to whom a proxy on it speaks for', async () => {
    const app = await appOf(false);
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(200);
    const forwarded = await app.inject({ url: '/metrics', headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(forwarded.statusCode).toBe(401);
    expect((await app.inject({ url: '/metrics', remoteAddress: '192.0.2.7' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/metrics', remoteAddress: '192.0.2.7', ...bearer('operator') })).statusCode).toBe(
      403,
    );
    expect(
      (await app.inject({ url: '/metrics', remoteAddress: '192.0.2.7', ...bearer('administrator') })).statusCode,
    ).toBe(200);
    await app.close();
  });

  it('asks everybody for a token where calls enter the mesh', async () => {
    const app = await appOf(true);
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(401);
    expect((await app.inject({ url: '/metrics', ...bearer('administrator') })).statusCode).toBe(200);
    await app.close();
  });

  it('counts calls by route and never by path', async () => {
    const app = await appOf(false);
    await app.inject({ url: '/v1/households/520000199001011234' });
    const text = (await app.inject({ url: '/metrics' })).body;
    expect(text).toMatch(/^hedui_requests_total\{service="here",route="other",status="404"[^}]*\} 1$/m);
    expect(text).not.toContain('520000199001011234');
    await app.close();
  });

  it('is not there while telemetry is off', async () => {
    await telemetry.close();
    const app = await appOf(false);
    expect((await app.inject({ url: '/metrics' })).statusCode).toBe(404);
    await app.close();
  });
});

describe('/live and /ready', () => {
  it('the first touches no dependency; the second asks all and names the one that is away', async () => {
    let asked = 0;
    const parts = { database: true, eventLog: false };
    const app = await createApp({
      service: 'here',
      logger,
      tokens,
      ready: async () => {
        asked++;
        return parts;
      },
    });
    expect((await app.inject('/live')).json()).toEqual({ live: true });
    expect(asked).toBe(0);
    const away = await app.inject('/ready');
    expect([away.statusCode, away.json().parts, asked]).toEqual([503, parts, 1]);
    parts.eventLog = true;
    expect((await app.inject('/ready')).json()).toEqual({ ready: true, parts });
    await app.close();
  });

  it('says its last word when everything has ended, and ends with 0 although it fails', async () => {
    const app = await createApp({ service: 'here', logger, tokens, ready: async () => ({}) });
    const order: string[] = [];
    app.addHook('onClose', async () => {
      order.push('closed');
    });
    const stopped = async () => {
      order.push('last word');
      throw new Error('nobody listens');
    };
    const status = new Promise<number>((resolve) => {
      void listen(app, { host: '127.0.0.1', port: 0, stopped, exit: resolve }).then(() => process.emit('SIGTERM'));
    });
    expect([await status, ...order]).toEqual([0, 'closed', 'last word']);
  });

  it('ends with exit status 1 when stopping takes too long', async () => {
    const app = await createApp({ service: 'here', logger, tokens, ready: async () => ({}) });
    let letGo: () => void = () => undefined;
    app.addHook('onClose', async () => {
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
    });
    const status = new Promise<number>((resolve) => {
      void listen(app, { host: '127.0.0.1', port: 0, limitMs: 50, exit: resolve }).then(() => process.emit('SIGTERM'));
    });
    expect(await status).toBe(1);
    letGo();
  });
});

describe('a store that is away', () => {
  it.each([
    ['a full disk', '53100'],
    ['an input/output error', '58030'],
    ['a database that is shut down', '57P01'],
    ['a lost connection', '08006'],
    ['nobody who listens', 'ECONNREFUSED'],
    ['a full disk of this process', 'ENOSPC'],
  ])('%s is 503 with Retry-After, whoever asked it', async (_what, code) => {
    const app = await appOf(false);
    app.get('/fails', { config: { access: 'open' } }, async () => {
      throw Object.assign(new Error('raw error of a driver'), { code });
    });
    const answer = await app.inject({ url: '/fails' });
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await app.close();
  });

  it.each(['23505', '22P02', '40001', 'ERR_ASSERTION'])('%s is not', async (code) => {
    const app = await appOf(false);
    app.get('/fails', { config: { access: 'open' } }, async () => {
      throw Object.assign(new Error('raw error of a driver'), { code });
    });
    expect((await app.inject({ url: '/fails' })).statusCode).toBe(500);
    await app.close();
  });
});
