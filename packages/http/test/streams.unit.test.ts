import { EventEmitter, once } from 'node:events';
import { ROUTES, type RouteContract } from '@hedui/contracts';
import { HeduiError } from '@hedui/errors';
import { eventually } from '@hedui/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defineRoute, listen } from '../src/index.js';
import { listening, open, receive } from './connections.js';
import { createService, type TestService } from './service.js';

const upload = { ...ROUTES.createBatch, idempotent: false } as const satisfies RouteContract;

let service: TestService;
let authorization: string;
beforeEach(async () => {
  service = await createService({ checkAnswers: false });
  authorization = `Bearer ${await service.issuer.token(['operator'])}`;
});
afterEach(() => service.close());

const post = (base: URL, headers: Record<string, string> = {}) =>
  open(base, '/v1/batches?asOf=2026-11-15', {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/csv', ...headers },
  });

describe('a streamed body', () => {
  it('reaches the handler while it is being sent', async () => {
    const heard: string[] = [];
    defineRoute(service.app, upload, async ({ body }) => {
      for await (const chunk of body) heard.push(String(chunk));
      return { status: 202, json: { rows: heard.length } };
    });
    const { request, response } = post(await listening(service.app));
    request.write('first');
    await eventually(() => heard.length === 1);
    request.end('second');
    expect(await receive(await response)).toMatchObject({ status: 202, text: '{"rows":2}' });
    expect(heard).toEqual(['first', 'second']);
  });

  it('holds the sender back when the handler is slow', async () => {
    const turn = new EventEmitter();
    defineRoute(service.app, upload, async ({ body }) => {
      await once(turn, 'read');
      let bytes = 0;
      for await (const chunk of body) bytes += chunk.length;
      return { status: 202, json: { bytes } };
    });
    const { request, response } = post(await listening(service.app));
    const block = Buffer.alloc(1024 * 1024, 'x');
    for (let i = 0; i < 64; i++) request.write(block);
    request.end();
    await eventually(() => turn.listenerCount('read') === 1);
    // What the kernel and the stream buffer is some megabytes, and the rest stays with the sender.
    expect(request.writableLength).toBeGreaterThan(16 * 1024 * 1024);
    turn.emit('read');
    expect((await receive(await response)).text).toBe(`{"bytes":${64 * 1024 * 1024}}`);
  });

  it('ends in BODY_BROKEN_OFF when the client breaks off', async () => {
    let ended: unknown;
    let gone = false;
    defineRoute(service.app, upload, async ({ body, signal }) => {
      signal.addEventListener('abort', () => {
        gone = true;
      });
      try {
        for await (const chunk of body) ended = chunk;
        ended = 'whole';
      } catch (error) {
        ended = error;
        throw error;
      }
      return { status: 202, json: {} };
    });
    const { request } = post(await listening(service.app));
    request.write('half a file');
    await eventually(() => ended !== undefined);
    request.destroy();
    await eventually(() => ended instanceof HeduiError && gone);
    expect(ended).toMatchObject({ code: 'BODY_BROKEN_OFF' });
  });

  it('gets its refusal although the handler did not read it to its end', async () => {
    defineRoute(service.app, upload, async ({ body }) => {
      for await (const chunk of body) {
        if (String(chunk)) throw new HeduiError('HEADER_UNUSABLE');
      }
      return { json: {} };
    });
    const { request, response } = post(await listening(service.app));
    request.on('error', () => undefined);
    const block = Buffer.alloc(256 * 1024, 'x');
    for (let i = 0; i < 64; i++) request.write(block);
    request.end();
    const answer = await receive(await response);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'HEADER_UNUSABLE' });
  });

  it.each(['text/csv; charset=gb18030', 'application/x-ndjson', 'application/octet-stream', ''])(
    'may be of type %j',
    async (type) => {
      let seen: string | undefined;
      defineRoute(service.app, upload, async ({ body, contentType }) => {
        seen = contentType;
        for await (const chunk of body) expect(String(chunk)).toBe('{"a":1}');
        return { status: 202, json: {} };
      });
      const headers: Record<string, string> = { authorization, ...(type ? { 'content-type': type } : {}) };
      const sent = open(await listening(service.app), '/v1/batches', { method: 'POST', headers });
      sent.request.end('{"a":1}');
      expect((await sent.response).statusCode).toBe(202);
      expect(seen).toBe(type);
    },
  );

  it('is refused when it is of another type, and empty when there is none', async () => {
    let bytes = 0;
    defineRoute(service.app, upload, async ({ body }) => {
      for await (const chunk of body) bytes += chunk.length;
      return { status: 202, json: { bytes } };
    });
    const headers = { authorization, 'content-type': 'application/pdf' };
    const refused = await service.app.inject({ method: 'POST', url: '/v1/batches', headers, payload: '%PDF' });
    expect(refused.json()).toMatchObject({ status: 415, code: 'MEDIA_TYPE_UNSUPPORTED' });
    const empty = await service.app.inject({ method: 'POST', url: '/v1/batches', headers: { authorization } });
    expect(empty.json()).toEqual({ bytes: 0 });
  });
});

describe('a streamed answer', () => {
  const reports = () => open(base, '/v1/batches/b/reports', { headers: { authorization } });
  let base: URL;

  it('is put together from small pieces and held back by a slow reader', async () => {
    let made = 0;
    defineRoute(service.app, ROUTES.getBatchReports, async () => ({
      contentType: 'application/x-ndjson',
      stream: (async function* () {
        for (; made < 200_000; made++) yield `{"reportNo":"${String(made).padStart(100, '0')}"}\n`;
      })(),
    }));
    base = await listening(service.app);
    const response = await reports().response;
    response.pause();
    let before = -1;
    await eventually(
      () => {
        const still = made === before;
        before = made;
        return still && made > 0;
      },
      { every: 100, what: 'the handler waits for the reader' },
    );
    expect(made).toBeLessThan(200_000);
    const { text } = await receive(response);
    expect(text.split('\n')).toHaveLength(200_001);
  });

  it('is a problem when it fails before its first piece, and breaks off when it fails later', async () => {
    let good = 0;
    defineRoute(service.app, ROUTES.getBatchReports, async () => ({
      contentType: 'application/x-ndjson',
      stream: (async function* () {
        for (let i = 0; i < good; i++) yield new Uint8Array(1000).fill(10);
        throw new HeduiError('NOT_FOUND');
      })(),
    }));
    base = await listening(service.app);
    expect((await receive(await reports().response)).status).toBe(404);
    good = 100;
    const response = await reports().response;
    expect(response.statusCode).toBe(200);
    await expect(receive(response)).rejects.toThrow(/aborted/);
    expect(service.log).toContainEqual(expect.objectContaining({ msg: 'an answer broke off' }));
  });

  it('stops the handler when the client goes away', async () => {
    let stopped = false;
    defineRoute(service.app, ROUTES.getBatchReports, async ({ signal }) => ({
      contentType: 'application/x-ndjson',
      stream: (async function* () {
        try {
          for (;;) yield 'x'.repeat(70_000);
        } finally {
          stopped = signal.aborted;
        }
      })(),
    }));
    base = await listening(service.app);
    const { request, response } = reports();
    (await response).once('data', () => request.destroy());
    await eventually(() => stopped);
  });
});

describe('server-sent events', () => {
  const news = new EventEmitter();
  let left = false;
  beforeEach(() => {
    left = false;
    defineRoute(service.app, ROUTES.getBatchEvents, async ({ signal }) => ({
      contentType: 'text/event-stream',
      stream: (async function* () {
        try {
          for (;;) {
            const [text] = await once(news, 'news', { signal });
            yield `event: batch\ndata: ${text}\n\n`;
          }
        } finally {
          left = true;
        }
      })(),
    }));
  });
  const listenTo = async (base: URL) => {
    const { request, response } = open(base, '/v1/batches/b/events', { headers: { authorization } });
    const answer = await response;
    let text = '';
    answer.on('data', (chunk) => {
      text += chunk;
    });
    const ended = new Promise<boolean>((resolve) => answer.once('end', () => resolve(true)));
    return { request, answer, heard: () => text, ended };
  };

  it('open at once and pass on each event as it comes', async () => {
    const { request, answer, heard } = await listenTo(await listening(service.app));
    expect(answer.headers['content-type']).toBe('text/event-stream');
    await eventually(() => heard().includes(': open') && news.listenerCount('news') === 1);
    news.emit('news', '{"state":"running"}');
    await eventually(() => heard().includes('data: {"state":"running"}\n\n'));
    request.destroy();
    await eventually(() => left);
  });

  it('end when the service stops, which waits for running requests and takes no new ones', async () => {
    const release = new EventEmitter();
    defineRoute(service.app, upload, async () => {
      await once(release, 'now');
      return { status: 202, json: { finished: true } };
    });
    let status: number | null = null;
    await listen(service.app, {
      host: '127.0.0.1',
      port: 0,
      exit: (code) => {
        status = code;
      },
    });
    const base = new URL(service.app.listeningOrigin);
    const { heard, ended } = await listenTo(base);
    await eventually(() => heard().includes(': open'));
    const running = post(base);
    running.request.end('rows');
    await eventually(() => release.listenerCount('now') === 1);
    process.emit('SIGTERM');
    process.emit('SIGINT');
    expect(await ended).toBe(true);
    await eventually(() => left);
    expect(status).toBeNull();
    await expect(open(base, '/live', {}).response).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    release.emit('now');
    expect(await receive(await running.response)).toMatchObject({ status: 202, text: '{"finished":true}' });
    await eventually(() => status === 0);
  });
});
