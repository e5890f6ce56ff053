import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../src/main.js';
import { patiently, retryAfterMs } from '../src/patience.js';

const batch = {
  id: 'b1',
  asOf: '2026-11-15',
  policy: { id: 'p', version: 1, digest: 'd' },
  state: 'running',
  counts: { households: 2, accepted: 2, rejected: 0, rejectedRows: 0, reports: 0 },
  warnings: [],
  createdAt: '2026-11-23T00:00:00Z',
  finishedAt: null,
  correlationId: 'c',
};
const problem = (code: string, status: number) => ({
  status,
  body: { type: 'about:blank', title: code, status, code },
});

type Step = 'reset' | { status: number; body: unknown; after?: string };
let server: Server;
let folder: string;
let steps: Step[];
let seen: { body: string; key: unknown }[];

beforeEach(async () => {
  seen = [];
  folder = await mkdtemp(path.join(tmpdir(), 'hedui-cli-'));
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      seen.push({ body: Buffer.concat(pieces).toString(), key: request.headers['idempotency-key'] });
      const step = steps.shift() ?? { status: 202, body: batch };
      if (step === 'reset') {
        request.socket.destroy();
        return;
      }
      const headers = { 'content-type': 'application/json', ...(step.after ? { 'retry-after': step.after } : {}) };
      response.writeHead(step.status, headers).end(JSON.stringify(step.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function submit(patience = '20'): Promise<{ status: number; err: string }> {
  const address = server.address();
  const url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
  const file = path.join(folder, 'h.csv');
  await writeFile(file, 'household_ref\nH1\n');
  const err: string[] = [];
  const console = { out: () => {}, err: (t: string) => void err.push(t), terminal: false };
  const words = ['batch', 'submit', file, '--as-of', '2026-11-15'];
  const status = await run(words, console, { HEDUI_URL: url, HEDUI_TOKEN: 'x', HEDUI_PATIENCE_SECONDS: patience });
  return { status, err: err.join('\n') };
}

describe('hedui batch submit, when the service is away for a moment', () => {
  it('sends the whole file again under the same Idempotency-Key, and says so', async () => {
    const unavailable = { ...problem('STORAGE_UNAVAILABLE', 503), after: '0' };
    steps = ['reset', unavailable, { ...problem('IDEMPOTENCY_UNDER_WAY', 409), after: '0' }];
    const { status, err } = await submit();
    expect(status).toBe(0);
    expect(seen.map(({ body }) => body)).toEqual(Array.from({ length: 4 }, () => 'household_ref\nH1\n'));
    expect(new Set(seen.map(({ key }) => key)).size).toBe(1);
    expect(seen[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
    expect(err).toMatch(/UND_ERR_SOCKET: tried again|ECONNRESET: tried again/);
    expect(err).toContain('STORAGE_UNAVAILABLE: tried again in 0.0 s');
  });

  it('does not wait longer than its patience, and takes other refusals as they are', async () => {
    steps = [{ ...problem('RATE_LIMITED', 429), after: '60' }];
    expect((await submit('5')).status).toBe(1);
    steps = [problem('AS_OF_INVALID', 400)];
    expect((await submit()).status).toBe(1);
    steps = [problem('IDEMPOTENCY_UNDER_WAY', 409)];
    expect((await submit()).status).toBe(1);
    expect(seen).toHaveLength(3);
  });
});

describe('patience', () => {
  it('reads Retry-After as seconds and as a date', () => {
    expect([retryAfterMs('3', 0), retryAfterMs(undefined, 0), retryAfterMs('soon', 0)]).toEqual([3000, null, null]);
    expect(retryAfterMs('Thu, 01 Jan 1970 00:00:05 GMT', 1000)).toBe(4000);
  });

  it('ends with the failure when the body cannot be sent again', async () => {
    let made = 0;
    const attempt = () => (made++ === 0 ? Promise.reject(new Error('lost')) : null);
    const again = () => ({ why: 'lost', afterMs: 0, underWay: false });
    await expect(patiently(attempt, again, { ms: 1000, say: () => {} })).rejects.toThrow('lost');
  });
});
