import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Batch, DetectionRates, Load } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { run } from '../src/main.js';
import { ratesCsv, ratesTable } from '../src/rates-table.js';

type Answer = { status?: number; type?: string; body: string };
type Handler = (request: IncomingMessage, body: string) => Answer;

let server: Server;
let folder: string;
let handler: Handler;
let seen: { line: string; body: string; headers: IncomingMessage['headers'] }[];

beforeEach(async () => {
  seen = [];
  folder = await mkdtemp(path.join(tmpdir(), 'hedui-cli-'));
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString();
      seen.push({ line: `${request.method} ${request.url}`, body, headers: request.headers });
      const answer = handler(request, body);
      response.writeHead(answer.status ?? 200, { 'content-type': answer.type ?? 'application/json' }).end(answer.body);
    });
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
const json = (value: unknown, status = 200): Answer => ({ status, body: JSON.stringify(value) });

const load: Load = {
  id: 'tax-1',
  source: 'tax',
  recordType: 'income',
  scope: '520100',
  asOf: '2026-11-10',
  mode: 'full',
  state: 'applied',
  counts: { read: 3, applied: 3, unchanged: 0, withdrawn: 0, rejected: 0, superseded: 0 },
  warnings: [],
  waitingFor: null,
  refusal: null,
  receivedAt: '2026-11-23T00:00:00Z',
  storedAt: '2026-11-23T00:00:00Z',
  appliedAt: '2026-11-23T00:00:00Z',
  correlationId: 'c',
};
const batch: Batch = {
  id: 'b1',
  asOf: '2026-11-15',
  policy: { id: 'p', version: 1, digest: 'd' },
  state: 'done',
  counts: { households: 2, accepted: 2, rejected: 0, rejectedRows: 0, reports: 2 },
  warnings: [],
  createdAt: '2026-11-23T00:00:00Z',
  finishedAt: '2026-11-23T00:00:00Z',
  correlationId: 'c',
};

describe('hedui source load', () => {
  it('streams the file with its query and follows the load until the matcher has it', async () => {
    const file = path.join(folder, 'tax.csv');
    await writeFile(file, 'record_id\nT1\n');
    let asked = 0;
    handler = (request) =>
      request.method === 'POST'
        ? json({ ...load, state: 'received' }, 202)
        : json(asked++ < 2 ? { ...load, state: 'stored' } : load);
    const result = await hedui(
      'source',
      'load',
      'tax',
      'income',
      file,
      '--scope',
      '520100',
      '--as-of',
      '2026-11-10',
      '--mode',
      'full',
    );
    expect(result).toMatchObject({ status: 0 });
    expect(result.out).toContain('load tax-1 applied: 3 rows read, 3 applied');
    expect(seen[0]).toMatchObject({
      line: 'POST /v1/sources/tax/income/loads?scope=520100&asOf=2026-11-10&mode=full',
      body: 'record_id\nT1\n',
      headers: { 'content-type': 'text/csv', authorization: 'Bearer secret' },
    });
    expect(seen[0]?.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
    expect(asked).toBe(3);
  });

  it('exits 1 for rejected rows alone, says where they are, and writes them whole', async () => {
    const file = path.join(folder, 'tax.csv');
    const rejects = path.join(folder, 'rejects.csv');
    await writeFile(file, 'record_id\nT1\n');
    handler = (request) =>
      request.url?.includes('/rejects')
        ? { type: 'text/csv', body: 'line,ref,column,code,rule\n2,T1,name,COLUMN_MISSING,x\n' }
        : json({ ...load, counts: { ...load.counts, rejected: 1 } }, 202);
    const result = await hedui(
      'source',
      'load',
      'tax',
      'income',
      file,
      '--scope',
      '520100',
      '--as-of',
      '2026-11-10',
      '--rejects',
      rejects,
    );
    expect(result.status).toBe(1);
    expect(result.err).toContain(`1 rows were rejected: see ${rejects}`);
    expect(await readFile(rejects, 'utf8')).toContain('COLUMN_MISSING');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('says how to go on when withdrawals must be confirmed', async () => {
    const file = path.join(folder, 'tax.csv');
    await writeFile(file, 'record_id\n');
    handler = () =>
      json(
        { ...load, state: 'received', waitingFor: 'confirmWithdrawals', counts: { ...load.counts, withdrawn: 500 } },
        202,
      );
    const result = await hedui('source', 'load', 'tax', 'income', file, '--scope', '520100', '--as-of', '2026-11-10');
    expect(result.status).toBe(1);
    expect(result.err).toContain('withdraw 500 records');
    expect(result.err).toContain('hedui source confirm tax-1');
  });
});

describe('exit statuses', () => {
  it('prints each place and rule of a refusal, and exits 1', async () => {
    const errors = [{ line: 12, column: 'standards', code: 'POLICY_VALUE_INVALID', rule: '金额 / money' }];
    handler = () =>
      json({ type: 'about:blank', title: '政策文件有错误 / bad', status: 400, code: 'POLICY_INVALID', errors }, 400);
    const file = path.join(folder, 'policy.yaml');
    await writeFile(file, 'id: x');
    const result = await hedui('policy', 'publish', file);
    expect(result.status).toBe(1);
    expect(result.err).toBe(`${file}:12 standards POLICY_VALUE_INVALID 金额 / money`);
  });

  it.each([
    [['batch', 'submit']],
    [['nothing']],
    [['rates', '--from', '2026-01', '--to', '2026-02', '--format', 'xml']],
  ])('exits 2 for the usage %p', async (words) => expect((await hedui(...words)).status).toBe(2));

  it('exits 0 for help', async () => expect((await hedui('--help')).status).toBe(0));

  it('exits 1 when the service cannot be reached, and says what to look at', async () => {
    const err: string[] = [];
    const console = { out: () => {}, err: (t: string) => void err.push(t), terminal: false };
    const status = await run(['source', 'status'], console, {
      HEDUI_URL: 'http://127.0.0.1:9',
      HEDUI_TOKEN: 'x',
      HEDUI_PATIENCE_SECONDS: '0',
    });
    expect([status, err.join('')]).toEqual([1, expect.stringContaining('Is the installation running?')]);
  });

  it('exits 1 without an installation, and says how to get one', async () => {
    const err: string[] = [];
    const console = { out: () => {}, err: (t: string) => void err.push(t), terminal: false };
    const status = await run(['source', 'status'], console, { HEDUI_HOME: folder });
    expect([status, err.join('')]).toEqual([1, expect.stringContaining('npm start')]);
  });
});

describe('hedui batch submit', () => {
  it('follows the events, prints plain lines in a pipe, and writes the reports', async () => {
    const file = path.join(folder, 'h.ndjson');
    const out = path.join(folder, 'reports.ndjson');
    await writeFile(file, '{}\n');
    const event = (b: Batch) => `event: batch\ndata: ${JSON.stringify(b)}\n\n`;
    const counts = { ...batch.counts, reports: 1 };
    const running: Batch = { ...batch, state: 'running', counts, progress: 0.7 };
    handler = (request) => {
      if (request.method === 'POST') return json({ ...running, counts: { ...counts, reports: 0 }, progress: 0.4 }, 202);
      if (request.url?.endsWith('/events'))
        return { type: 'text/event-stream', body: `: open\n\n${event(running)}${event(batch)}` };
      return { type: 'application/x-ndjson', body: '{"reportNo":"R1"}\n' };
    };
    const result = await hedui('batch', 'submit', file, '--as-of', '2026-11-15', '--wait', '--out', out);
    expect(result.status).toBe(0);
    const told = ['batch, %: 40 of 100 (40%)', 'batch, %: 70 of 100 (70%)', 'batch, %: 100 of 100 (100%)'];
    const places = told.map((line) => result.err.indexOf(line));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(seen[0]?.headers['content-type']).toBe('application/x-ndjson');
    expect(await readFile(out, 'utf8')).toBe('{"reportNo":"R1"}\n');
  });
});

describe('rates for people and for spreadsheets', () => {
  const figures = {
    completed: 3,
    leftOut: { incomplete: 1, withdrawn: 0, unauthorised: 0 },
    flagged: { count: 2, rate: '0.6667' },
    detected: { count: 1, rate: '0.3333' },
    confirmed: { count: 0, rate: null },
    overturned: { count: 0, rate: null },
    lowIncome: { count: 1, rate: '0.3333', tiers: { dibao: 1 } },
  };
  const rates: DetectionRates = {
    from: '2026-01',
    to: '2026-12',
    groupBy: ['programme'],
    knownOn: '2026-11-23T00:00:00Z',
    rows: [{ programme: 'urban_dibao', ...figures }],
    total: figures,
  };

  it('shows each rate with numerator, denominator and what was left out', () => {
    const table = ratesTable(rates);
    expect(table).toMatch(/urban_dibao.*3.*1 \/ 0 \/ 0.*2 {2}66\.67%.*1 {2}33\.33%/);
    expect(table).toContain('Known on 2026-11-23T00:00:00Z');
    expect(table).not.toContain('still being counted');
    expect(ratesTable({ ...rates, behind: true })).toContain('still being counted');
  });

  it('writes CSV with the total last', () => {
    expect(ratesCsv(rates).split('\n')).toEqual([
      expect.stringMatching(/^programme,denominator,incomplete/),
      'urban_dibao,3,1,0,0,2,0.6667,1,0.3333,0,,0,,1,0.3333,dibao=1',
      'total,3,1,0,0,2,0.6667,1,0.3333,0,,0,,1,0.3333,dibao=1',
    ]);
  });
});
