import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openApiDocument } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../src/main.js';

let server: Server;
let answer: unknown;
let seen: { call: string; body: unknown }[];
let folder: string;
beforeEach(async () => {
  seen = [];
  folder = mkdtempSync(path.join(tmpdir(), 'hedui-cli-'));
  server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    seen.push({ call: `${request.method} ${request.url}`, body: JSON.parse(Buffer.concat(pieces).toString()) });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function hedui(...words: string[]) {
  const address = server.address();
  const url = typeof address === 'object' && address ? `http://127.0.0.1:${address.port}` : '';
  const out: string[] = [];
  const err: string[] = [];
  const console = { out: (t: string) => void out.push(t), err: (t: string) => void err.push(t), terminal: false };
  const status = await run(words, console, { HEDUI_URL: url, HEDUI_TOKEN: 'secret' });
  return { status, out: out.join('\n'), err: err.join('\n') };
}

function file(content: string): string {
  const at = path.join(folder, 'person.json');
  writeFileSync(at, content);
  return at;
}

/** What the API's own document shows as the answer of a call. */
function documented(address: string, status = '200'): unknown {
  const places = ['paths', address, 'post', 'responses', status, 'content', 'application/json', 'example'];
  return places.reduce<unknown>((here, key) => Object(here)[key], openApiDocument('1'));
}

describe('hedui authorisation', () => {
  const person = { idNumber: '520000196203180013' };

  it('registers and signs a paper', async () => {
    answer = documented('/v1/authorisations', '201');
    const body = { authorisationNo: 'SQ-1', person };
    const made = await hedui('authorisation', 'register', file(JSON.stringify(body)));
    expect(seen).toEqual([{ call: 'POST /v1/authorisations', body }]);
    expect([made.status, made.out]).toEqual([0, expect.stringContaining('provisional')]);
    expect(made.out).toContain('signature due on 2026-11-20');
    answer = documented('/v1/authorisations/{id}/signature');
    const signed = await hedui('authorisation', 'sign', 'A1', '--on', '2026-11-14');
    expect(seen[1]).toEqual({ call: 'POST /v1/authorisations/A1/signature', body: { signedOn: '2026-11-14' } });
    expect(signed.out).toContain('in_force');
  });

  it('withdraws, and lists what was asked about a person', async () => {
    answer = documented('/v1/authorisations/withdrawals');
    const gone = await hedui('authorisation', 'withdraw', file('{"authorisationNo":"SQ-1"}'));
    expect(gone.out).toContain('1 household(s) stopped');
    answer = documented('/v1/citizen-accounts');
    const list = await hedui('authorisation', 'list', file(JSON.stringify(person)));
    expect(seen.map(({ call }) => call)).toEqual(['POST /v1/authorisations/withdrawals', 'POST /v1/citizen-accounts']);
    expect(list.out).toContain('under SQ-2026-0815, by the centre for region 520102; tax answered');
    expect(JSON.parse((await hedui('authorisation', 'list', file('{}'), '--json')).out)).toEqual(answer);
  });

  it('shows nothing of a file that it cannot read', async () => {
    const { status, err } = await hedui('authorisation', 'list', file('520000196203180013 {'));
    expect([status, seen]).toEqual([2, []]);
    expect(err).not.toContain('5200');
  });
});
