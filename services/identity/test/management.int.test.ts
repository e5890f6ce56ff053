import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, startIdentity, type TestIdentity } from './support/service.js';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const user = (login: string, over: object = {}) => ({
  login,
  password: PASSWORD,
  roles: ['auditor'],
  regions: ['520100'],
  purposes: ['inspection'],
  ...over,
});
const create = (login: string, over: object = {}) => identity.admin('POST', '/v1/users', user(login, over));

describe('an administrator', () => {
  it('adds users, lists them by pages, and is answered the same for the same key', async () => {
    const headers = { 'idempotency-key': 'one' };
    const first = await identity.admin('POST', '/v1/users', user('li-1'), headers);
    const again = await identity.admin('POST', '/v1/users', user('li-1'), headers);
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(first.body).not.toHaveProperty('password');
    expect(JSON.stringify(first.body)).not.toContain(PASSWORD);
    const logins: unknown[] = [];
    for (let cursor = ''; ; ) {
      const { body, items } = await identity.admin('GET', `/v1/users?limit=2${cursor}`);
      logins.push(...items.map(({ login }) => login));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    expect(logins).toEqual(['auditor-1', 'fresh-1', 'li-1', 'operator-1']);
    expect((await identity.admin('GET', `/v1/users/${first.body.id}`)).body.login).toBe('li-1');
    const kept = await identity.pool.query<{ fingerprint: string }>(
      "SELECT fingerprint FROM idempotency_key WHERE key = 'one'",
    );
    const sent = JSON.stringify(user('li-1'));
    const digest = createHash('sha256').update(`POST /v1/users\n${sent}`).digest('hex');
    expect(kept.rows[0]?.fingerprint).toMatch(new RegExp(`^${sent.length}:[0-9a-f]{64}$`));
    expect(kept.rows[0]?.fingerprint).not.toContain(digest);
    expect(await create('li-1')).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
  });

  it.each<[string, object, string]>([
    ['an administrator with another role', { roles: ['administrator', 'auditor'], regions: [], purposes: [] }, 'roles'],
    ['an administrator with a region', { roles: ['administrator'], purposes: [] }, 'regions'],
    ['a department without its name', { roles: ['department'] }, 'department'],
    ['a department of the centre', { roles: ['department', 'operator'], department: 'housing' }, 'roles'],
    ['an operator of a department', { roles: ['operator'], department: 'housing' }, 'department'],
    ['a source officer without a source', { roles: ['source_officer'] }, 'sources'],
    ['a role that stands twice', { roles: ['auditor', 'auditor'] }, 'roles'],
    ['a role that does not exist', { roles: ['root'] }, 'roles'],
    ['a region that is none', { regions: ['5201'] }, 'regions'],
    ['a short password', { password: 'short' }, 'password'],
  ])('cannot add %s', async (_which, over, column) => {
    const { status, body } = await create('somebody', over);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'BODY_INVALID' });
    expect(JSON.stringify(body.errors)).toContain(column);
    expect(JSON.stringify(body)).not.toContain(PASSWORD);
  });

  it('cannot choose a password that is easily guessed', async () => {
    for (const password of ['Password1234!', 'hedui-hedui-2026', 'guessed-1-guessed-1', '52010219900101123X']) {
      const { status, body } = await create('guessed-1', { password });
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'PASSWORD_GUESSABLE' });
      expect(body.title).toContain('容易猜到');
      expect(JSON.stringify(body)).not.toContain(password);
    }
    const { body } = await create('guessed-1');
    const reset = await identity.admin('POST', `/v1/users/${body.id}/password`, { password: 'zhongguo19491001' });
    expect({ status: reset.status, code: reset.body.code }).toEqual({ status: 400, code: 'PASSWORD_GUESSABLE' });
    const nobody = await identity.admin('POST', '/v1/users/nobody/password', { password: `${PASSWORD}-3` });
    expect(nobody.status).toBe(404);
  });

  it('cannot touch their own rights', async () => {
    const rights = { roles: ['operator'], regions: ['000000'], purposes: ['assistance'] };
    expect((await identity.admin('POST', '/v1/users/user-root/rights', rights)).status).toBe(403);
    expect((await identity.admin('POST', '/v1/users/user-root/disable')).status).toBe(403);
  });

  it('finds nobody who is not there', async () => {
    for (const url of ['/v1/users/nobody', '/v1/clients/nobody']) {
      expect((await identity.admin('GET', url)).status).toBe(404);
      expect((await identity.admin('POST', `${url}/disable`)).status).toBe(404);
    }
  });

  it('cannot give a system a name that means something else, nor the rights of an administrator', async () => {
    const credentials = { secret: 'x'.repeat(40) };
    const rights = { roles: ['operator'], regions: ['520100'], purposes: ['assistance'] };
    for (const id of ['hedui', 'hedui-cli', 'user-1', 'local-operator', 'trial-second']) {
      expect((await identity.admin('POST', '/v1/clients', { id, credentials, ...rights })).status).toBe(409);
    }
    const administrator = { id: 'robot', credentials, roles: ['administrator'] };
    expect((await identity.admin('POST', '/v1/clients', administrator)).status).toBe(400);
  });

  it('leaves an entry for each change, without names or secrets', async () => {
    const { body } = await create('recorded-1');
    await identity.admin('POST', `/v1/users/${body.id}/password`, { password: `${PASSWORD}-2` });
    await identity.admin('POST', `/v1/users/${body.id}/disable`);
    const { rows } = await identity.pool.query<{ action: string; actor: string; body: string }>(
      'SELECT action, actor, body FROM audit_entry WHERE object_id = $1 ORDER BY seq',
      [body.id],
    );
    expect(rows.map(({ action, actor }) => `${actor} ${action}`)).toEqual([
      'user-root user.create',
      'user-root user.password',
      'user-root user.disable',
    ]);
    expect(rows.map((row) => row.body).join(' ')).not.toMatch(/Rainy|scrypt|recorded-1/);
  });
});

describe('everybody else', () => {
  it.each(['/v1/users', '/v1/clients', '/v1/signing-keys'])('is refused at %s', async (url) => {
    const asOperator = await identity.admin('GET', url, undefined, { authorization: 'Bearer operator' });
    expect(asOperator).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const asNobody = await identity.admin('GET', url, undefined, { authorization: 'Bearer x' });
    expect(asNobody).toMatchObject({ status: 401, body: { code: 'TOKEN_INVALID' } });
  });
});
