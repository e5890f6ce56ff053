import { inTransaction } from '@hedui/postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { admit, HOLD_BACK, succeeded } from '../src/passwords/lock-out.js';
import { authorizationOf, PASSWORD, startIdentity, type TestIdentity } from './support/service.js';

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());
afterEach(() => identity.pool.query('DELETE FROM login_attempt'));

const RIGHT = `${PASSWORD}-auditor`;
const from = (address: string) => ({ 'x-forwarded-for': address });

/** A login page of its own, from an address. */
async function attempt(login: string, password: string, address = '192.0.2.1') {
  const browser = identity.browser(from(address));
  const page = await browser.get(authorizationOf(identity.issuer).url);
  return await browser.submit(page, { login, password });
}
const passTime = (seconds: number) =>
  identity.pool.query(
    `UPDATE login_attempt SET open_at = open_at - $1 * interval '1 second', last_at = last_at - $1 * interval '1 second'`,
    [seconds],
  );
/** The page without what belongs to this one attempt. */
const plain = (html: string) => html.replace(/interaction\/[\w-]+/g, '').replace(/value="[^"]*"/g, '');

describe('wrong passwords', () => {
  it('are held back after the fifth, the right one too, and longer each time', async () => {
    for (let i = 0; i < HOLD_BACK.account.free; i++) expect((await attempt('auditor-1', 'wrong')).status).toBe(400);
    expect((await attempt('auditor-1', 'wrong')).status).toBe(400);
    const held = await attempt('auditor-1', RIGHT);
    expect(held.status).toBe(429);
    expect(Number(held.headers.get('retry-after'))).toBeLessThanOrEqual(15);
    await passTime(15);
    expect((await attempt('auditor-1', 'wrong')).status).toBe(400);
    expect(Number((await attempt('auditor-1', RIGHT)).headers.get('retry-after'))).toBeGreaterThan(15);
    await passTime(30);
    expect((await attempt('auditor-1', RIGHT)).url).toMatch(/\?code=/);
    expect((await attempt('auditor-1', 'wrong')).status).toBe(400);
    const kept = await identity.pool.query(`SELECT 1 FROM audit_entry WHERE action = 'login.held_back'`);
    expect(kept.rowCount).toBe(1);
  });

  it('are no cheaper all at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => attempt('auditor-1', `guess-${i}`)));
    const looked = answers.filter(({ status }) => status === 400).length;
    expect(looked).toBe(HOLD_BACK.account.free + 1);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(30 - looked);
  });

  it('hold back nobody who came a moment before another and was looked at after', async () => {
    const address = '192.0.2.9';
    await inTransaction(identity.pool, async (earlier) => {
      await earlier.query('SELECT now()');
      await admit(identity.pool, 'operator-1', address);
      expect(await admit(earlier, 'operator-1', address)).toMatchObject({ admitted: true });
    });
    await inTransaction(identity.pool, async (earlier) => {
      await earlier.query('SELECT now()');
      await succeeded(identity.pool, 'operator-1', address);
      expect(await admit(earlier, 'operator-1', address)).toMatchObject({ admitted: true });
    });
  });

  it('of an address are held back whichever logins it tries, and others go on', async () => {
    const address = '192.0.2.66';
    await attempt('nobody-0', 'wrong', address);
    await identity.pool.query(`UPDATE login_attempt SET failures = $1 WHERE kind = 'address'`, [
      HOLD_BACK.address.free,
    ]);
    expect((await attempt('nobody-1', 'wrong', address)).status).toBe(400);
    expect((await attempt('auditor-1', RIGHT, address)).status).toBe(429);
    expect((await attempt('auditor-1', RIGHT, '192.0.2.67')).url).toMatch(/\?code=/);
  });

  it('look the same for logins that exist, do not, or are disabled', async () => {
    await identity.pool.query(`UPDATE app_user SET disabled = true WHERE login = 'operator-1'`);
    const pages = [
      await attempt('auditor-1', 'wrong'),
      await attempt('nobody-here', 'wrong'),
      await attempt('operator-1', `${PASSWORD}-operator`),
      await attempt("' OR 1=1 --", 'wrong'),
    ];
    expect(new Set(pages.map(({ status, html }) => `${status} ${plain(html)}`)).size).toBe(1);
    await identity.pool.query(`UPDATE app_user SET disabled = false WHERE login = 'operator-1'`);
  });

  it('take as long for a login that does not exist as for one that does', async () => {
    const timed = async (login: string) => {
      const since = performance.now();
      await attempt(login, 'wrong');
      await identity.pool.query('DELETE FROM login_attempt');
      return performance.now() - since;
    };
    const [there, away]: [number[], number[]] = [[], []];
    for (let i = 0; i < 5; i++) {
      there.push(await timed('fresh-1'));
      away.push(await timed('nobody-here'));
    }
    const median = (all: number[]) => [...all].sort((a, b) => a - b)[2] ?? 0;
    expect(median(there) / median(away)).toBeGreaterThan(0.5);
    expect(median(there) / median(away)).toBeLessThan(2);
  });

  it('by the dozen from everywhere do not keep the service from its other work', async () => {
    const guesses = [];
    for (let i = 0; i < 40; i++) {
      const browser = identity.browser(from(`198.51.100.${i}`));
      const page = await browser.get(authorizationOf(identity.issuer).url);
      guesses.push(() => browser.submit(page, { login: `nobody-${i}`, password: 'wrong' }));
    }
    let over = false;
    const storm = Promise.all(guesses.map((guess) => guess())).finally(() => {
      over = true;
    });
    let slowest = 0;
    for (let asked = 0; !over || asked === 0; asked++) {
      const since = performance.now();
      expect((await fetch(`${identity.issuer}/jwks`)).status).toBe(200);
      slowest = Math.max(slowest, performance.now() - since);
    }
    expect(slowest).toBeLessThan(3_000);
    // Those for whom there is no room are told so at once instead of waiting for ever.
    expect(new Set((await storm).map(({ status }) => status))).toEqual(new Set([400, 503]));
  }, 60_000);
});

describe('an administrator', () => {
  it('opens an account at once', async () => {
    for (let i = 0; i < 7; i++) await attempt('auditor-1', 'wrong', `192.0.2.${i + 10}`);
    expect((await attempt('auditor-1', RIGHT)).status).toBe(429);
    const { rows } = await identity.pool.query<{ id: string }>(`SELECT id FROM app_user WHERE login = 'auditor-1'`);
    await identity.admin('POST', `/v1/users/${rows[0]?.id}/enable`);
    expect((await attempt('auditor-1', RIGHT)).url).toMatch(/\?code=/);
  });
});
