import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type AuditKey,
  canonical,
  EXPORT_FORMAT,
  fingerprint,
  GENESIS,
  growingTree,
  recordHash,
  sha256Hex,
  signStatement,
} from '@hedui/audit/proof';
import type { AuditRecord } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../src/main.js';

function newKey(): AuditKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const x = publicKey.export({ format: 'jwk' }).x ?? '';
  return { id: fingerprint(x) ?? '', x, privateKey };
}
const key = newKey();
const at = '2026-11-01T00:00:00.000Z';

/** A log of a few entries as a service exports it. */
function exported(log: string, part: number, parts: number, before: string): string {
  const tree = growingTree();
  let head = GENESIS;
  const lines = [
    canonical({ header: { before, format: EXPORT_FORMAT, keys: [{ id: key.id, x: key.x }], log, part, parts } }),
  ];
  for (let seq = 1; seq <= 3; seq++) {
    const actor = { subject: 'reviewer', roles: [], department: null };
    const object = { kind: 'report', id: `R${seq}` };
    const none = { correlationId: null, covers: null, purpose: null, region: null };
    const entry = { action: 'report.read', actor, object, details: {}, ...none };
    const record: AuditRecord = { at, entry, previous: head, seq };
    const hash = recordHash(record);
    tree.add(hash);
    head = hash.toString('hex');
    lines.push(canonical({ hash: head, record }));
  }
  const content = sha256Hex(`${lines.join('\n')}\n`);
  const root = tree.root().toString('hex');
  const statement = { at, head, key: key.id, log, previous: 0, root, size: 3, content, before, part, parts };
  return `${[...lines, canonical({ tail: { ...signStatement('tail', statement, key) } })].join('\n')}\n`;
}

let server: Server;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'hedui-cli-'));
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const log = searchParams.get('service') ?? '';
    if (log === 'identity') {
      const problem = { type: 'about:blank', title: 'not found', status: 404, code: 'NOT_FOUND' };
      response.writeHead(404, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
    } else if (pathname === '/v1/audit') {
      response.end(JSON.stringify({ items: [], next: null }));
    } else {
      const number = (name: string) => Number(searchParams.get(name));
      response.end(exported(log, number('part'), number('parts'), searchParams.get('before') ?? ''));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

async function hedui(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const address = server.address();
  const url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
  const out: string[] = [];
  const err: string[] = [];
  const console = { out: (t: string) => void out.push(t), err: (t: string) => void err.push(t), terminal: false };
  const status = await run(words, console, { HEDUI_URL: url, HEDUI_TOKEN: 'secret' });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

describe('hedui audit', () => {
  it('exports the logs of all services that keep one, and verifies the file without any', async () => {
    const file = path.join(folder, 'audit.ndjson');
    expect((await hedui('audit', 'export', '--out', file)).status).toBe(0);
    const whole = await hedui('audit', 'verify', file, '--against', file, '--key', key.id);
    expect(whole).toMatchObject({ status: 0, err: '' });
    expect(whole.out).toContain('civil_affairs: 3 entries');
    expect(whole.out).toContain('reporting: 3 entries');
    expect(whole.out).not.toContain('identity');
    expect((await hedui('audit', 'verify', file, '--key', '0'.repeat(64))).status).toBe(1);
  });

  it('says where a file was changed, and fails', async () => {
    const file = path.join(folder, 'audit.ndjson');
    await hedui('audit', 'export', '--service', 'tax,reporting', '--out', file);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"R2"', '"R7"'));
    const changed = await hedui('audit', 'verify', file);
    expect(changed.status).toBe(1);
    expect(changed.err).toContain('line 3, tax, entry 2');
    await writeFile(file, text.split('\n').slice(0, 5).join('\n'));
    expect((await hedui('audit', 'verify', file)).status).toBe(1);
    await writeFile(file, '{}');
    expect((await hedui('audit', 'verify-receipt', file)).status).toBe(1);
  });
});
