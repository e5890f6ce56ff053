import type { PolicySummary } from '@hedui/contracts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPolicyChooser } from '../src/policies/choose.js';
import { call, type Installation, install, POLICY, post, publish, type RunningService } from './support/service.js';

const variant = (id: string, version: number, effectiveFrom: string) =>
  POLICY.replace('id: sample-city', `id: ${id}`)
    .replace('version: 1', `version: ${version}`)
    .replace('effectiveFrom: 2025-01-01', `effectiveFrom: ${effectiveFrom}`);

describe('policies', () => {
  let at: Installation;
  let service: RunningService;
  beforeAll(async () => {
    at = await install();
    service = await at.start();
  });
  afterAll(() => at.close());

  const choose = async (text: string | undefined, asOf: number) => {
    const chosen = await createPolicyChooser()(
      at.pool,
      text,
      asOf as Parameters<ReturnType<typeof createPolicyChooser>>[2],
    ).catch((error: { code: string }) => error.code);
    return typeof chosen === 'string' ? chosen : `${chosen.ref.id}@${chosen.ref.version}`;
  };
  const JAN_2025 = 20_089;

  it('are published once and never change', async () => {
    expect(await choose(undefined, JAN_2025)).toBe('POLICY_REQUIRED');
    const first = await publish(service);
    expect(first.status).toBe(201);
    const summary = (await first.json()) as PolicySummary;
    expect(summary).toMatchObject({
      id: 'sample-city',
      version: 1,
      effectiveFrom: '2025-01-01',
      title: { en: expect.any(String) },
    });
    const again = await publish(service, `# a remark\n${POLICY}`);
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual(summary);
    const other = await publish(service, POLICY.replace('recentMonths: 12', 'recentMonths: 6'));
    expect(other.status).toBe(409);
    expect(await other.json()).toMatchObject({ code: 'POLICY_VERSION_EXISTS' });
  });

  it('are refused with line and key of each error', async () => {
    const answer = await publish(service, POLICY.replace('recentMonths: 12', 'recentMonths: often'));
    expect(answer.status).toBe(400);
    const problem = (await answer.json()) as { code: string; errors: { line: number; column: string }[] };
    expect(problem).toMatchObject({
      code: 'POLICY_INVALID',
      errors: [{ line: expect.any(Number), column: 'recentMonths' }],
    });
    const json = await post(service, '/v1/policies', '{', { 'content-type': 'application/json' });
    expect(json.status).toBe(400);
  });

  it('are listed and read', async () => {
    await publish(service, variant('sample-city', 2, '2026-01-01'));
    await publish(service, variant('sample-city', 3, '2026-01-01'));
    const page = (await (await call(service, '/v1/policies?limit=2')).json()) as {
      items: PolicySummary[];
      next: string;
    };
    const rest = (await (await call(service, `/v1/policies?cursor=${page.next}`)).json()) as typeof page;
    expect([...page.items, ...rest.items].map((policy) => policy.version)).toEqual([3, 2, 1]);
    const one = await (await call(service, '/v1/policies/sample-city/versions/2')).json();
    expect(one).toMatchObject({ version: 2, document: { id: 'sample-city', version: 2 } });
    expect((await call(service, '/v1/policies/sample-city/versions/9')).status).toBe(404);
  });

  it('are chosen by id, version and as-of date', async () => {
    const day = (text: string) => Date.parse(text) / 86_400_000;
    expect(await choose(undefined, day('2025-12-31'))).toBe('sample-city@1');
    expect(await choose(undefined, day('2026-01-01'))).toBe('sample-city@3');
    expect(await choose('sample-city', day('2026-06-01'))).toBe('sample-city@3');
    expect(await choose('sample-city@2', day('2026-06-01'))).toBe('sample-city@2');
    expect(await choose('sample-city', day('2024-06-01'))).toBe('POLICY_UNKNOWN');
    expect(await choose('sample-city@9', day('2026-06-01'))).toBe('POLICY_UNKNOWN');
    expect(await choose('@1', day('2026-06-01'))).toBe('POLICY_UNKNOWN');
    await publish(service, variant('other', 1, '2025-01-01'));
    expect(await choose(undefined, day('2026-06-01'))).toBe('POLICY_REQUIRED');
  });
});
