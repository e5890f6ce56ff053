import type { HealthCheck, ServiceHealth } from '@hedui/contracts';
import { describe, expect, it } from '@jest/globals';
import { Agent } from 'undici';
import { diagnosis, type Examined, examine } from '../src/doctor.js';
import { startUpstream } from './upstreams.js';

const check = (name: string, en = '0 messages'): HealthCheck => ({
  check: name,
  state: 'ok',
  seen: { zh: en, en },
  todo: null,
});
const examined = (service: string, over: Partial<ServiceHealth> = {}, clockMs = 0): Examined => ({
  service,
  health: { service, now: '2026-11-23T00:00:00.000Z', checks: [], facts: {}, ...over },
  failure: null,
  clockMs,
});
const found = (all: readonly Examined[], name: string) =>
  diagnosis(all, new Date(0)).items.filter((item) => item.check === name);

describe('the doctor', () => {
  it('says of services that do not answer, and of clocks that are far away', () => {
    const away: Examined = { service: 'tax', health: null, failure: 'ECONNREFUSED', clockMs: 0 };
    const doctor = diagnosis([away, examined('vehicle', {}, -600_000), examined('reporting', {}, 4_000)], new Date(0));
    expect(doctor.state).toBe('broken');
    expect(doctor.items.filter(({ state }) => state !== 'ok').map(({ service, check: of }) => [service, of])).toEqual([
      ['tax', 'REACHED'],
      ['vehicle', 'CLOCK'],
    ]);
  });

  it('does not wait long for a service that hangs', async () => {
    const hanging = await startUpstream(() => undefined);
    const agent = new Agent();
    const since = performance.now();
    const { health, failure } = await examine(agent, ['matcher', hanging.origin], {});
    expect({ health, failure }).toEqual({ health: null, failure: expect.stringContaining('Timeout') });
    expect(performance.now() - since).toBeLessThan(20_000);
    expect(hanging.requests.map(({ url }) => url)).toEqual(['/live']);
    await agent.destroy();
    await hanging.stop();
  }, 30_000);

  it('holds the ledger against the reports of each batch', () => {
    const verification = examined('verification', { facts: { 'reports:a': 3, 'reports:b': 2, 'reports:c': 0 } });
    const ledger = (facts: Record<string, number>, lag = '0 messages') =>
      examined('reporting', { facts, checks: [check('LAG', lag)] });
    expect(found([verification, ledger({ 'reports:a': 3, 'reports:b': 2 })], 'LEDGER')[0]?.state).toBe('ok');
    const [wrong] = found([verification, ledger({ 'reports:a': 3, 'reports:b': 1 })], 'LEDGER');
    expect(wrong).toMatchObject({ state: 'broken', seen: { en: expect.stringContaining('about b') } });
    expect(found([verification, ledger({ 'reports:a': 3 })], 'LEDGER')[0]?.state).toBe('broken');
    expect(found([verification, ledger({ 'reports:a': 3 }, '7 messages')], 'LEDGER')[0]?.state).toBe('warning');
  });

  it('holds profiles against what the sources have stored', () => {
    const source = examined('tax', { facts: { 'stored:tax/income': 5, 'epoch:tax/income': 1 } });
    const matcher = (seq: number, epoch = 1) =>
      examined('matcher', { facts: { 'applied:tax/income': seq, 'epoch:tax/income': epoch } });
    const state = (seq: number, epoch?: number) => found([source, matcher(seq, epoch)], 'PROFILES')[0]?.state;
    expect([state(5), state(4), state(6), state(1, 2)]).toEqual(['ok', 'warning', 'broken', 'broken']);
  });
});
