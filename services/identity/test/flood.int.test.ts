import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HOLD_BACK } from '../src/passwords/lock-out.js';
import type { PageSeen } from './support/browser.js';
import { authorizationOf, PASSWORD, startIdentity, type TestIdentity } from './support/service.js';

/** How many wrong passwords come for one login, and how many of them are under way at any moment. */
const MANY = Number(process.env.HEDUI_WRONG_PASSWORDS ?? 2_000);
const AT_ONCE = 200;
/** No more than are hashed and wait: each is looked at or held back, none is sent away for want of room. */
const WITH_ROOM = 20;
const MIB = 2 ** 20;

let identity: TestIdentity;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity.stop());

/** One of the first 2^24 addresses of 10.0.0.0/8. */
const address = (n: number) => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;

async function login(name: string, password: string, from: string): Promise<PageSeen> {
  const browser = identity.browser({ 'x-forwarded-for': from });
  return await browser.submit(await browser.get(authorizationOf(identity.issuer).url), { login: name, password });
}

/** Logs in like a person who is told that the service is busy, and comes again. */
async function patiently(name: string, password: string, from: string): Promise<PageSeen> {
  for (let tries = 0; tries < 500; tries++) {
    const seen = await login(name, password, from);
    if (seen.status !== 503) return seen;
  }
  throw new Error('it stayed busy');
}

/** Adds wrong passwords until the pause is not about to end. */
async function hold(name: string, from: string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { status, headers } = await login(name, 'wrong', from);
    if (status === 429 && Number(headers.get('retry-after')) > 5) return;
  }
  throw new Error('it is not held back');
}

/** Sends wrong passwords; how often each status was answered, and by how much the process grew meanwhile. */
async function flood(many: number, atOnce: number, guess: (n: number) => { login: string; from: string }) {
  const browser = identity.browser();
  const page = await browser.get(authorizationOf(identity.issuer).url);
  const statuses = new Map<number, number>();
  const before = process.memoryUsage().rss;
  let most = before;
  let next = 0;
  const send = async () => {
    while (next < many) {
      const n = next++;
      const { login: name, from } = guess(n);
      const more = { 'x-forwarded-for': from };
      const { status } = await browser.submit(page, { login: name, password: `wrong-${n}` }, more);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (n % 100 === 0) most = Math.max(most, process.memoryUsage().rss);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  return { statuses, grown: (most - before) / MIB };
}

const looked = ({ statuses }: Awaited<ReturnType<typeof flood>>) => statuses.get(400) ?? 0;

describe('thousands of wrong passwords at once', () => {
  it('for one login from as many addresses: few are looked at, the right one waits too, others log in', async () => {
    const others = { over: false, entered: 0 };
    const storm = flood(MANY, AT_ONCE, (n) => ({ login: 'auditor-1', from: address(n) })).finally(() => {
      others.over = true;
    });
    while (!others.over || others.entered === 0) {
      const seen = await patiently('operator-1', `${PASSWORD}-operator`, '192.0.2.7');
      expect(seen.url).toMatch(/\?code=/);
      others.entered++;
    }
    const seen = await storm;
    // Those before the pause; after 15 s and 30 s one more each, when the machine is slow.
    expect(looked(seen)).toBeGreaterThan(HOLD_BACK.account.free);
    expect(looked(seen)).toBeLessThanOrEqual(HOLD_BACK.account.free + 5);
    expect(looked(seen) + (seen.statuses.get(429) ?? 0)).toBe(MANY);
    await hold('auditor-1', '192.0.2.9');
    expect((await login('auditor-1', `${PASSWORD}-auditor`, '192.0.2.8')).status).toBe(429);
    // Unbounded, the hashes alone would take 32 MiB each.
    expect(seen.grown).toBeLessThan(700);
  }, 600_000);

  it('for as many logins from one address: the address is held back, and nobody else', async () => {
    await identity.pool.query('DELETE FROM login_attempt');
    const seen = await flood(MANY / 4, WITH_ROOM, (n) => ({ login: `nobody-${n}`, from: '192.0.2.66' }));
    expect(looked(seen)).toBeLessThanOrEqual(HOLD_BACK.address.free + 5);
    expect(looked(seen) + (seen.statuses.get(429) ?? 0)).toBe(MANY / 4);
    await hold('nobody-0', '192.0.2.66');
    expect((await login('operator-1', `${PASSWORD}-operator`, '192.0.2.66')).status).toBe(429);
    expect((await patiently('operator-1', `${PASSWORD}-operator`, '192.0.2.67')).url).toMatch(/\?code=/);
    expect(seen.grown).toBeLessThan(700);
  }, 600_000);

  it('for as many logins from as many addresses: what there is no room for is told so, and people get in between', async () => {
    await identity.pool.query('DELETE FROM login_attempt');
    const storm = flood(MANY / 4, AT_ONCE, (n) => ({ login: `nobody-${n}`, from: address(n) }));
    expect((await patiently('operator-1', `${PASSWORD}-operator`, '192.0.2.68')).url).toMatch(/\?code=/);
    const seen = await storm;
    expect([...seen.statuses.keys()].filter((status) => status !== 400 && status !== 503)).toEqual([]);
    expect(seen.statuses.get(503) ?? 0).toBeGreaterThan(looked(seen));
    expect(seen.grown).toBeLessThan(700);
  }, 600_000);
});
