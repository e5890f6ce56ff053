import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Policy, PolicyCheck, PolicyComparison } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { run } from '../src/main.js';

const SAMPLE = path.join(__dirname, '../../../infra/local/sample/policy.yaml');
const summary = {
  id: 'city',
  version: 1,
  digest: 'abc',
  title: { zh: '市', en: 'City' },
  effectiveFrom: '2025-01-01',
  publishedAt: '2025-01-01T00:00:00.000Z',
};

let server: Server;
let folder: string;
let file: string;
let answer: { status: number; body: unknown };
let seen: { line: string; body: string; type: string | undefined }[];

beforeEach(async () => {
  seen = [];
  folder = await mkdtemp(path.join(tmpdir(), 'hedui-policy-'));
  file = path.join(folder, 'policy.yaml');
  await writeFile(file, 'id: city\n');
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      seen.push({ line: `${request.method} ${request.url}`, body, type: request.headers['content-type'] });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
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
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const [out, err]: string[][] = [[], []];
  const console = { out: (t: string) => void out?.push(t), err: (t: string) => void err?.push(t), terminal: false };
  const status = await run(words, console, { HEDUI_URL: `http://127.0.0.1:${port}`, HEDUI_TOKEN: 'x' });
  return { status, out: out?.join('\n') ?? '', err: err?.join('\n') ?? '' };
}

const refused = {
  type: 'about:blank',
  title: '政策文件有错误 / The policy document has errors',
  status: 400,
  code: 'POLICY_INVALID',
  errors: [
    { line: 12, column: 'standards.0.monthly', code: 'POLICY_VALUE_INVALID', rule: '金额 / money' },
    { line: null, column: null, code: 'POLICY_SYNTAX', rule: '文件 / document' },
  ],
};

describe('hedui policy check', () => {
  const valid: PolicyCheck = { valid: true, id: 'city', version: 1, digest: 'abc', warnings: [], published: 'new' };

  it('says that a document is in order, and whether it is published', async () => {
    answer = { status: 200, body: valid };
    expect(await hedui('policy', 'check', file)).toEqual({
      status: 0,
      out: 'policy city@1 is valid, not published yet, digest abc',
      err: '',
    });
    expect(seen).toEqual([{ line: 'POST /v1/policies/check', body: 'id: city\n', type: 'application/yaml' }]);
    answer = { status: 200, body: { ...valid, published: 'same' } };
    expect(await hedui('policy', 'check', file)).toMatchObject({
      status: 0,
      out: expect.stringContaining('published with this content'),
    });
    expect(JSON.parse((await hedui('policy', 'check', file, '--json')).out)).toEqual(answer.body);
  });

  it('sends JSON as JSON', async () => {
    answer = { status: 200, body: valid };
    const json = path.join(folder, 'policy.json');
    await writeFile(json, '{}');
    await hedui('policy', 'check', json);
    expect(seen[0]?.type).toBe('application/json');
  });

  it('exits 1 for a version that is published with other content', async () => {
    answer = { status: 200, body: { ...valid, published: 'conflict' } };
    const result = await hedui('policy', 'check', file);
    expect(result).toMatchObject({ status: 1, out: expect.stringContaining('published with other content') });
    expect(result.err).toBe('city@1 never changes: give the document the next version');
    expect((await hedui('policy', 'check', file, '--json')).status).toBe(1);
  });

  it('warns with the place, and exits 0', async () => {
    const warning = { line: 7, column: 'programmes.p', code: 'POLICY_MEANING', rule: '无 / none' };
    answer = { status: 200, body: { ...valid, warnings: [warning] } };
    const result = await hedui('policy', 'check', file);
    expect(result).toMatchObject({ status: 0, err: `warning: ${file}:7 programmes.p POLICY_MEANING 无 / none` });
  });

  it.each(['check', 'publish'])(
    'tells every error of a document in a line of its own when it is to %s',
    async (command) => {
      answer = { status: 400, body: refused };
      expect(await hedui('policy', command, file)).toEqual({
        status: 1,
        out: '',
        err: `${file}:12 standards.0.monthly POLICY_VALUE_INVALID 金额 / money\n${file}:1 - POLICY_SYNTAX 文件 / document`,
      });
      const json = await hedui('policy', command, file, '--json');
      expect([json.status, JSON.parse(json.out)]).toEqual([1, refused]);
    },
  );

  it('exits 1 for a file that is not there, and asks nobody', async () => {
    expect((await hedui('policy', 'check', path.join(folder, 'none.yaml'))).status).toBe(1);
    expect(seen).toEqual([]);
  });
});

describe('hedui policy show', () => {
  const policyOf = async (): Promise<Policy> => ({ ...summary, document: parse(await readFile(SAMPLE, 'utf8')) });

  it('prints YAML that says the same when it is read again', async () => {
    const policy = await policyOf();
    answer = { status: 200, body: policy };
    const { status, out } = await hedui('policy', 'show', 'city@1');
    expect(status).toBe(0);
    expect(seen[0]?.line).toBe('GET /v1/policies/city/versions/1');
    expect(out.split('\n')[0]).toBe('# city@1, digest abc, published 2025-01-01T00:00:00.000Z');
    expect(parse(out)).toEqual(policy.document);
    expect(out).toContain('region: "520100"');
    expect(out).toContain('- "07"');
    expect((await hedui('policy', 'show', 'city@1', '--yaml')).out).toBe(out);
  });

  it('prints the object of the service with --json', async () => {
    answer = { status: 200, body: await policyOf() };
    expect(JSON.parse((await hedui('policy', 'show', 'city@1', '--json')).out)).toEqual(answer.body);
  });

  it('asks for the version in force when none is named', async () => {
    answer = { status: 200, body: await policyOf() };
    await hedui('policy', 'show', 'city', '--as-of', '2026-11-15');
    await hedui('policy', 'show', 'city');
    expect(seen[0]?.line).toBe('GET /v1/policies/city?asOf=2026-11-15');
    expect(seen[1]?.line).toMatch(/^GET \/v1\/policies\/city\?asOf=\d{4}-\d\d-\d\d$/);
  });

  it('exits 1 when there is none', async () => {
    answer = {
      status: 404,
      body: { type: 'about:blank', title: '未找到 / Not found', status: 404, code: 'NOT_FOUND' },
    };
    expect(await hedui('policy', 'show', 'city@9')).toMatchObject({
      status: 1,
      err: expect.stringContaining('NOT_FOUND'),
    });
  });
});

describe('hedui policy compare', () => {
  const comparison: PolicyComparison = {
    id: 'city',
    before: summary,
    after: { ...summary, version: 2 },
    changes: [
      { kind: 'changed', key: 'version', before: '1', after: '2', sentence: { zh: '甲', en: 'a' } },
      { kind: 'removed', key: 'loanRepayment', before: '1500.00', after: null, sentence: { zh: '乙', en: 'b' } },
      { kind: 'added', key: 'programmes.p.requires', before: null, after: '', sentence: { zh: '丙', en: 'c' } },
    ],
  };

  it('tells each change with its sentence in both languages', async () => {
    answer = { status: 200, body: comparison };
    const { status, out } = await hedui('policy', 'compare', 'city@1', 'city@2');
    expect(seen[0]?.line).toBe('GET /v1/policies/city/versions/1/compare?with=2');
    expect([status, out.split('\n')]).toEqual([
      0,
      [
        'city@1 → city@2',
        '~ version: 1 → 2',
        '    甲 / a',
        '- loanRepayment: 1500.00',
        '    乙 / b',
        '+ programmes.p.requires: (empty)',
        '    丙 / c',
      ],
    ]);
    expect(JSON.parse((await hedui('policy', 'compare', 'city@1', 'city@2', '--json')).out)).toEqual(comparison);
  });

  it('says when nothing changes', async () => {
    answer = { status: 200, body: { ...comparison, changes: [] } };
    expect((await hedui('policy', 'compare', 'city@1', 'city@2')).out).toContain('nothing changes');
  });
});

describe('usage of hedui policy', () => {
  it.each([
    [['compare', 'city@1', 'other@2']],
    [['compare', 'city@1', 'city']],
    [['compare', 'city@1']],
    [['compare', 'city@0', 'city@1']],
    [['show', '@1']],
    [['show', 'city@x']],
    [['show', 'city', '--yaml', '--json']],
    [['check']],
  ])('exits 2 for %p and asks nobody', async (words) => {
    answer = { status: 200, body: {} };
    const { status, err } = await hedui('policy', ...words);
    expect([status, err]).toEqual([2, expect.stringContaining('error:')]);
    expect(seen).toEqual([]);
  });
});

describe('publishing by two people', () => {
  const { publishedAt: _, ...version } = summary;
  const proposal = {
    ...version,
    state: 'proposed',
    proposedBy: 'wang',
    proposedAt: '2026-11-01T00:00:00.000Z',
    decidedBy: null,
    decidedAt: null,
  };

  it('says who has to act when a version was only proposed', async () => {
    answer = { status: 202, body: proposal };
    expect(await hedui('policy', 'publish', file)).toMatchObject({
      status: 0,
      out: 'policy city@1 is proposed; another policy maker has to approve: hedui policy approve city@1 --digest abc',
    });
    expect(JSON.parse((await hedui('policy', 'publish', file, '--json')).out)).toEqual(proposal);
  });

  it('approves the document that was read, and withdraws', async () => {
    answer = { status: 201, body: summary };
    expect(await hedui('policy', 'approve', 'city@1', '--digest', 'abc')).toMatchObject({
      status: 0,
      out: 'policy city@1 in force from 2025-01-01, digest abc',
    });
    answer = { status: 200, body: { ...proposal, state: 'withdrawn' } };
    expect(await hedui('policy', 'withdraw', 'city@1')).toMatchObject({ status: 0, out: 'policy city@1 is withdrawn' });
    answer = { status: 200, body: { items: [proposal] } };
    expect((await hedui('policy', 'proposals')).out).toBe(
      'city@1 proposed by wang at 2026-11-01T00:00:00.000Z, digest abc',
    );
    expect(seen.map(({ line }) => line)).toEqual([
      'POST /v1/policies/city/versions/1/approval?digest=abc',
      'POST /v1/policies/city/versions/1/withdrawal',
      'GET /v1/policy-proposals',
    ]);
  });
});
