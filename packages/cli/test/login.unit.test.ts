import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROLES, ROUTES } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { accessOf } from '../src/call-access.js';
import { run } from '../src/main.js';

const summary = {
  id: 'city',
  version: 1,
  digest: 'abc',
  title: { zh: '市', en: 'City' },
  effectiveFrom: '2025-01-01',
  publishedAt: '2025-01-01T00:00:00.000Z',
};
const proposal = {
  ...summary,
  state: 'proposed',
  proposedBy: 'one',
  proposedAt: summary.publishedAt,
  decidedBy: null,
  decidedAt: null,
};

let server: Server;
let home: string;
let url: string;
let seen: { line: string; token: string | undefined; body: string }[];
let answers: Record<string, (body: string) => { status: number; body: unknown }>;

beforeEach(async () => {
  seen = [];
  answers = {};
  home = await mkdtemp(path.join(tmpdir(), 'hedui-login-'));
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      const line = `${request.method} ${request.url?.split('?')[0]}`;
      seen.push({ line, token: request.headers.authorization?.replace('Bearer ', ''), body });
      const answer = answers[line]?.(body) ?? { status: 200, body: { items: [], next: null } };
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const each = (mark: string) => Object.fromEntries(ROLES.map((role) => [role, `${role}${mark}`]));
  const profile = { url, token: 'everything', roles: each(''), seconds: each('-second') };
  await writeFile(path.join(home, 'profile.json'), JSON.stringify(profile));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(home, { recursive: true, force: true });
});

async function hedui(words: string[], env: Record<string, string> = {}) {
  const [out, err]: string[][] = [[], []];
  const console = { out: (t: string) => void out?.push(t), err: (t: string) => void err?.push(t), terminal: false };
  const status = await run(words, console, { HEDUI_HOME: home, ...env });
  return { status, out: out?.join('\n') ?? '', err: err?.join('\n') ?? '' };
}

describe('the login that a command takes', () => {
  it('is one that may make the call', async () => {
    await hedui(['policy', 'list']);
    await hedui(['user', 'list']);
    expect(ROUTES.listPolicies.access).toContain(seen[0]?.token);
    expect(seen[1]?.token).toBe('administrator');
  });

  it.each([
    ['auditor', 'auditor'],
    ['policy-maker', 'policy_maker'],
    ['policy_maker_2', 'policy_maker-second'],
  ])('is that of --as %s', async (as, token) => {
    await hedui(['--as', as, 'policy', 'list']);
    expect(seen.map((call) => call.token)).toEqual([token]);
  });

  it('is that of HEDUI_TOKEN when it is given', async () => {
    await hedui(['policy', 'list'], { HEDUI_TOKEN: 'mine' });
    expect(seen[0]?.token).toBe('mine');
    expect((await hedui(['--as', 'auditor', 'policy', 'list'], { HEDUI_TOKEN: 'mine' })).status).toBe(1);
  });

  it('is the one for everything in a profile without roles', async () => {
    await writeFile(path.join(home, 'profile.json'), JSON.stringify({ url, token: 'everything' }));
    await hedui(['policy', 'list']);
    expect(seen[0]?.token).toBe('everything');
    expect((await hedui(['--as', 'auditor', 'policy', 'list'])).err).toMatch(/no login as auditor/);
  });

  it('is found for every call', () => {
    for (const contract of Object.values(ROUTES)) {
      expect(accessOf(contract.method, contract.path.replace(/:\w+/g, 'x'))).not.toEqual([]);
    }
    expect(accessOf('GET', '/elsewhere')).toEqual([]);
  });
});

describe('policy publish', () => {
  const publish = async (...before: string[]) => {
    const file = path.join(home, 'policy.yaml');
    await writeFile(file, 'id: city\n');
    answers['POST /v1/policies'] = () => ({ status: 202, body: proposal });
    answers['POST /v1/policies/city/versions/1/approval'] = () => ({ status: 201, body: summary });
    return await hedui([...before, 'policy', 'publish', file, '--json']);
  };

  it('finds its second person', async () => {
    const { status, out } = await publish();
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual(summary);
    expect(seen.map(({ line, token }) => `${token} ${line}`)).toEqual([
      'policy_maker POST /v1/policies',
      'policy_maker-second POST /v1/policies/city/versions/1/approval',
    ]);
  });

  it('does not when somebody acts as one person', async () => {
    expect(JSON.parse((await publish('--as', 'policy_maker')).out)).toMatchObject({ state: 'proposed' });
    expect(seen).toHaveLength(1);
  });
});

describe('hedui login', () => {
  const tokens = (n: number, expires_in: number) => ({
    status: 200,
    body: { access_token: `access-${n}`, refresh_token: `refresh-${n}`, expires_in },
  });

  it('shows where to confirm, keeps the login, refreshes it when it ends, and forgets it at logout', async () => {
    let asked = 0;
    answers['POST /oidc/device/auth'] = () => ({
      status: 200,
      body: {
        device_code: 'd',
        user_code: 'AB-CD',
        verification_uri: `${url}/oidc/device`,
        expires_in: 60,
        interval: 0,
      },
    });
    answers['POST /oidc/token'] = (body) => {
      if (body.includes('refresh-1')) return tokens(2, 600);
      return asked++ === 0 ? { status: 400, body: { error: 'authorization_pending' } } : tokens(1, 1);
    };
    const login = await hedui(['login']);
    expect([login.status, login.err]).toEqual([0, `open ${url}/oidc/device\nand confirm the code AB-CD`]);
    const file = path.join(home, 'login.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await hedui(['policy', 'list']);
    expect(seen.at(-1)?.token).toBe('access-2');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ refreshToken: 'refresh-2' });
    await hedui(['policy', 'list']);
    expect(seen.filter(({ body }) => body.includes('refresh-1'))).toHaveLength(1);
    expect((await hedui(['logout'])).out).toBe('logged out');
    expect(seen.at(-1)).toMatchObject({ line: 'POST /oidc/token/revocation' });
    await hedui(['user', 'list']);
    expect(seen.at(-1)?.token).toBe('administrator');
    expect((await hedui(['logout'])).out).toBe('nobody was logged in');
  });

  it('says why when it was refused', async () => {
    answers['POST /oidc/device/auth'] = () => ({
      status: 200,
      body: { device_code: 'd', user_code: 'X', verification_uri: url, expires_in: 60, interval: 0 },
    });
    answers['POST /oidc/token'] = () => ({ status: 400, body: { error: 'access_denied' } });
    const { status, err } = await hedui(['login']);
    expect(status).toBe(1);
    expect(err).toMatch(/access_denied/);
  });
});

describe('hedui user add', () => {
  it('draws a first password and shows it once', async () => {
    const user = {
      id: 'user-1',
      login: 'li-1',
      roles: ['auditor'],
      regions: ['520100'],
      purposes: [],
      sources: [],
      department: null,
      disabled: false,
      mustChangePassword: true,
      createdAt: 'x',
      lastLoginAt: null,
    };
    answers['POST /v1/users'] = () => ({ status: 201, body: user });
    const { out, err } = await hedui(['user', 'add', 'li-1', '--role', 'auditor', '--region', '520100']);
    expect(out).toBe('li-1 (user-1): auditor');
    const { password, ...sent } = JSON.parse(seen[0]?.body ?? '{}');
    expect(err).toBe(`first password: ${password}`);
    expect(sent).toMatchObject({ login: 'li-1', roles: ['auditor'], regions: ['520100'] });
  });
});
