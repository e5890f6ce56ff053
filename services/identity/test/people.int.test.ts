import { eventually } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { authorizationOf, CALLBACK, logIn, PASSWORD, startIdentity, type TestIdentity } from './support/service.js';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

const AUDITOR = ['auditor-1', `${PASSWORD}-auditor`] as const;
const refresh = (token: unknown) =>
  identity.post('token', { grant_type: 'refresh_token', client_id: 'hedui-cli', refresh_token: String(token) });

describe('a person, by authorization code', () => {
  it('gets a token that services take, for some minutes', async () => {
    const { status, body } = await logIn(identity, ...AUDITOR);
    expect({ status, ...body }).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 600 });
    const token = String(body.access_token);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', typ: 'at+jwt' });
    const claims = decodeJwt(token);
    expect(claims).toMatchObject({ iss: identity.issuer, aud: 'hedui', client_id: 'hedui-cli' });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(600);
    expect(await identity.verifier.verify(token)).toMatchObject({
      subject: expect.stringMatching(/^user-/),
      roles: ['auditor'],
      regions: ['520100'],
      department: null,
      secondedBy: null,
    });
    const record = await identity.pool.query(`SELECT 1 FROM audit_entry WHERE action = 'user.login' AND actor = $1`, [
      claims.sub,
    ]);
    expect(record.rowCount).toBe(1);
  });

  it('sees a page in both languages without scripts, under a strict policy', async () => {
    const page = await identity.browser().get(authorizationOf(identity.issuer).url);
    expect(page.status).toBe(200);
    expect(page.html).toMatch(/登录[\s\S]*Log in[\s\S]*密码[\s\S]*Password/);
    expect(page.html).not.toMatch(/<script|style=|\son\w+=/i);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:9; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect((await fetch(new URL('/oidc/style.css', identity.issuer))).headers.get('content-type')).toMatch(/css/);
  });

  it('gets a cookie for the issuer alone, and no other site reads what the issuer says', async () => {
    const browser = identity.browser();
    const [login, password] = AUDITOR;
    const seen = await browser.submit(await browser.get(authorizationOf(identity.issuer).url), { login, password });
    const cookies = seen.headers.getSetCookie().filter((cookie) => cookie.startsWith('hedui_login'));
    expect(cookies).toHaveLength(2);
    for (const cookie of cookies) expect(cookie).toMatch(/; path=\/oidc;.*samesite=lax; httponly/i);
    const origin = 'https://other.example';
    for (const [endpoint, method] of Object.entries({ jwks: 'GET', token: 'POST' })) {
      const { headers } = await fetch(`${identity.issuer}/${endpoint}`, { method, headers: { origin } });
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it.each([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    ['with a plain challenge', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['for an unknown program', { client_id: 'nobody' }, 'invalid_client'],
    ['to somewhere else', { redirect_uri: 'http://evil.example/callback' }, 'invalid_redirect_uri'],
    ['for another resource', { resource: 'urn:other' }, 'invalid_target'],
  ])('is not sent on %s', async (_which, over, error) => {
    const seen = await identity.browser().get(authorizationOf(identity.issuer, over).url);
    const said = new URL(seen.url).searchParams.get('error') ?? /<code>(\w+)<\/code>/.exec(seen.html)?.[1];
    expect(said).toBe(error);
    if (error !== 'invalid_request' && error !== 'invalid_target')
      expect(new URL(seen.url).pathname).toBe('/oidc/auth');
  });

  it('cannot use a code twice, nor with the verifier of somebody else', async () => {
    const flow = authorizationOf(identity.issuer);
    const browser = identity.browser();
    const seen = await browser.submit(await browser.get(flow.url), { login: AUDITOR[0], password: AUDITOR[1] });
    const code = new URL(seen.url).searchParams.get('code') ?? '';
    const form = { grant_type: 'authorization_code', client_id: 'hedui-cli', code, redirect_uri: CALLBACK };
    const stolen = await identity.post('token', { ...form, code_verifier: 'x'.repeat(43) });
    expect(stolen).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    const [one, two] = await Promise.all(
      [1, 2].map(() => identity.post('token', { ...form, code_verifier: flow.verifier })),
    );
    const statuses = [one?.status, two?.status].sort();
    expect(statuses[1]).toBe(400);
  });

  it('does not log in through a form of another site', async () => {
    const browser = identity.browser();
    const page = await browser.get(authorizationOf(identity.issuer).url);
    const seen = await browser.submit(
      page,
      { login: AUDITOR[0], password: AUDITOR[1] },
      { 'sec-fetch-site': 'cross-site' },
    );
    expect(seen.status).toBe(403);
  });

  it('does not log in on a page that was begun in another browser', async () => {
    const page = await identity.browser().get(authorizationOf(identity.issuer).url);
    const seen = await identity.browser().submit(page, { login: AUDITOR[0], password: AUDITOR[1] });
    expect(seen.status).toBe(400);
    expect(seen.html).toContain('session_not_found');
  });

  it('has to choose a password first when somebody else knows the present one', async () => {
    const flow = authorizationOf(identity.issuer);
    const browser = identity.browser();
    const asked = await browser.submit(await browser.get(flow.url), { login: 'fresh-1', password: PASSWORD });
    expect(asked.html).toContain('Choose a new password');
    const short = await browser.submit(asked, { password: PASSWORD, fresh: 'short', again: 'short' });
    expect(short.html).toContain('12 to 200 characters');
    const same = await browser.submit(short, { password: PASSWORD, fresh: PASSWORD, again: PASSWORD });
    expect(same.html).toContain('must differ');
    const chosen = { password: PASSWORD, fresh: 'my-own-new-password', again: 'my-own-new-password' };
    expect((await browser.submit(same, { ...chosen, again: 'x' })).html).toContain('not the same');
    const common = await browser.submit(same, { ...chosen, fresh: 'fresh-1-fresh-1', again: 'fresh-1-fresh-1' });
    expect(common).toMatchObject({ status: 400 });
    expect(common.html).toMatch(/容易猜到.*easily guessed/s);
    expect((await browser.submit(same, chosen)).url).toMatch(/\?code=/);
    expect((await logIn(identity, 'fresh-1', 'my-own-new-password')).status).toBe(200);
    await expect(logIn(identity, 'fresh-1', PASSWORD)).rejects.toThrow(/no code: 400/);
  });
});

describe('logins of a person', () => {
  const [login, password] = ['operator-1', `${PASSWORD}-operator`];
  const most = 5;

  it('end with the oldest when there are too many, also when they come all at once', async () => {
    const first = await logIn(identity, login, password);
    const once = await Promise.all(Array.from({ length: most - 1 }, () => logIn(identity, login, password)));
    const still = await refresh(first.body.refresh_token);
    expect(still.status).toBe(200);
    const last = await logIn(identity, login, password);
    const ended = await refresh(still.body.refresh_token);
    expect(ended).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    for (const { body } of [...once, last]) expect((await refresh(body.refresh_token)).status).toBe(200);

    for (let burst = 0; burst < 2; burst++)
      await Promise.all(Array.from({ length: most }, () => logIn(identity, login, password)));
    const { rows } = await identity.pool.query<{ model: string; n: number }>(
      `SELECT model, count(*)::int AS n FROM oidc_state s JOIN app_user u ON u.id = s.account_id
       WHERE u.login = $1 AND model IN ('Session', 'Grant') GROUP BY model ORDER BY model`,
      [login],
    );
    expect(rows).toEqual([
      { model: 'Grant', n: most },
      { model: 'Session', n: most },
    ]);
    const kept = await identity.pool.query<{ body: string }>(
      `SELECT body FROM audit_entry WHERE action = 'login.ended' ORDER BY seq`,
    );
    expect(kept.rowCount).toBe(1 + 2 * most);
    expect(kept.rows[0]?.body).toMatch(/"ended":1/);
    expect((await logIn(identity, ...AUDITOR)).status).toBe(200);
  }, 180_000);

  it('count one in which only a program is left, and none that has been revoked', async () => {
    const program = await logIn(identity, login, password);
    await identity.pool.query(`DELETE FROM oidc_state WHERE model = 'Session'`);
    const revoked = await logIn(identity, login, password);
    await identity.post('token/revocation', { client_id: 'hedui-cli', token: String(revoked.body.refresh_token) });
    await identity.pool.query(`DELETE FROM oidc_state WHERE model = 'Session'`);
    for (let i = 1; i < most; i++) await logIn(identity, login, password);
    const after = await refresh(program.body.refresh_token);
    expect(after.status).toBe(200);
    await logIn(identity, login, password);
    expect((await refresh(after.body.refresh_token)).status).toBe(400);
  }, 180_000);

  it('end after their time, however much they are used', async () => {
    const begun = authorizationOf(identity.issuer);
    const browser = identity.browser();
    await browser.submit(await browser.get(begun.url), { login, password });
    expect((await browser.get(begun.url)).url).toMatch(/\?code=/);
    await identity.pool.query(
      `UPDATE oidc_state SET payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::bigint - 86401))
       WHERE model = 'Session'`,
    );
    expect((await browser.get(begun.url)).html).toContain('Log in');
    const again = await browser.submit(await browser.get(begun.url), { login, password });
    expect(again.url).toMatch(/\?code=/);
  });

  it('give a program refresh tokens only to their own end', async () => {
    const begun = authorizationOf(identity.issuer);
    const browser = identity.browser();
    await browser.submit(await browser.get(begun.url), { login, password });
    await identity.pool.query(
      `UPDATE oidc_state SET payload = jsonb_set(payload, '{loginTs}', to_jsonb((payload->>'loginTs')::bigint - 86340))
       WHERE model = 'Session'`,
    );
    const code = new URL((await browser.get(begun.url)).url).searchParams.get('code') ?? '';
    const { status } = await identity.post('token', {
      grant_type: 'authorization_code',
      client_id: 'hedui-cli',
      code,
      redirect_uri: CALLBACK,
      code_verifier: begun.verifier,
    });
    expect(status).toBe(200);
    const { rows } = await identity.pool.query<{ left: number }>(
      `SELECT extract(epoch FROM expires_at - now())::int AS left FROM oidc_state
       WHERE model = 'RefreshToken' ORDER BY created_at DESC LIMIT 1`,
    );
    expect(rows[0]?.left).toBeLessThanOrEqual(60);
  });
});

describe('a refresh token', () => {
  it('gives new tokens once, and all of them end when it is used again', async () => {
    const first = await logIn(identity, ...AUDITOR);
    const second = await refresh(first.body.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
    expect(await refresh(first.body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    expect(await refresh(second.body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('ends when it is revoked', async () => {
    const { body } = await logIn(identity, ...AUDITOR);
    const form = { token: String(body.refresh_token), client_id: 'hedui-cli' };
    expect((await identity.post('token/revocation', form)).status).toBe(200);
    expect((await refresh(body.refresh_token)).status).toBe(400);
  });

  it('cannot be read from the database', async () => {
    const { body } = await logIn(identity, ...AUDITOR);
    const { rows } = await identity.pool.query<{ all: string }>(
      `SELECT string_agg(oidc_state::text, ' ') AS all FROM oidc_state WHERE model IN ('RefreshToken', 'AuthorizationCode')`,
    );
    expect(rows[0]?.all).not.toContain(String(body.refresh_token));
  });

  it('says what the user may do now, and ends when the user is disabled', async () => {
    const { body } = await logIn(identity, 'operator-1', `${PASSWORD}-operator`);
    const { sub } = decodeJwt(String(body.access_token));
    const rights = { roles: ['reviewer'], regions: ['520102'], purposes: ['housing'] };
    expect((await identity.admin('POST', `/v1/users/${sub}/rights`, rights)).status).toBe(200);
    const changed = await refresh(body.refresh_token);
    expect(await identity.verifier.verify(String(changed.body.access_token))).toMatchObject({
      roles: ['reviewer'],
      regions: ['520102'],
      purposes: ['housing'],
    });
    await identity.admin('POST', `/v1/users/${sub}/disable`);
    expect((await refresh(changed.body.refresh_token)).status).toBe(400);
    await expect(logIn(identity, 'operator-1', `${PASSWORD}-operator`)).rejects.toThrow(/no code: 400/);
    await identity.admin('POST', `/v1/users/${sub}/enable`);
    expect((await refresh(changed.body.refresh_token)).status).toBe(400);
    expect((await logIn(identity, 'operator-1', `${PASSWORD}-operator`)).status).toBe(200);
  });
});

describe('a person, by device', () => {
  async function begin() {
    const { status, body } = await identity.post('device/auth', {
      client_id: 'hedui-cli',
      scope: 'openid offline_access hedui',
    });
    expect(status).toBe(200);
    return body;
  }
  const poll = (code: unknown) =>
    identity.post('token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: 'hedui-cli',
      device_code: String(code),
    });

  it('confirms the code, logs in, and the command line gets its tokens', async () => {
    const device = await begin();
    expect(device.verification_uri).toBe(`${identity.issuer}/device`);
    expect((await poll(device.device_code)).body.error).toBe('authorization_pending');
    const browser = identity.browser();
    const asked = await browser.get(String(device.verification_uri_complete));
    expect(asked.html).toContain(`value="${device.user_code}"`);
    expect(asked.html).not.toContain('<script');
    const confirm = await browser.submit(asked, {});
    expect(confirm.html).toContain('Is this your code?');
    const login = await browser.submit(confirm, { confirm: 'yes' });
    expect(login.html).toContain('Log in');
    const connected = await browser.submit(login, { login: AUDITOR[0], password: AUDITOR[1] });
    expect(connected.html).toContain('Connected');
    const answer = await eventually(async () => {
      const polled = await poll(device.device_code);
      return polled.status === 200 ? polled : null;
    });
    expect(await identity.verifier.verify(String(answer.body.access_token))).toMatchObject({ roles: ['auditor'] });
    expect((await refresh(answer.body.refresh_token)).status).toBe(200);
    expect((await poll(device.device_code)).body.error).toBe('invalid_grant');
  });

  it('is told of a wrong code, and of one that was refused', async () => {
    const browser = identity.browser();
    const wrong = await browser.submit(await browser.get(`${identity.issuer}/device`), { user_code: 'BBBB-BBBB' });
    expect(wrong.html).toContain('not valid or has expired');
    const device = await begin();
    const confirm = await browser.submit(wrong, { user_code: String(device.user_code) });
    await browser.submit(confirm, { abort: 'yes' });
    expect((await poll(device.device_code)).body.error).toBe('access_denied');
  });
});
