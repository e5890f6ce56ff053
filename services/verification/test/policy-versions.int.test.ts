import { createHash } from 'node:crypto';
import { POLICY_TYPES, type PolicyCheck, type PolicyComparison, type PolicySummary } from '@hedui/contracts';
import { inTransaction } from '@hedui/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { call, type Installation, install, POLICY, post, publish, type RunningService } from './support/service.js';

const YAML = { 'content-type': 'application/yaml' };
const variant = (id: string, version: number, ...edits: readonly (readonly [from: string, to: string])[]) =>
  [['id: sample-city', `id: ${id}`] as const, ['version: 1', `version: ${version}`] as const, ...edits].reduce(
    (text, [from, to]) => text.replace(from, to),
    POLICY,
  );

let at: Installation;
let service: RunningService;
beforeAll(async () => {
  at = await install();
  service = await at.start();
});
afterAll(() => at.close());

const get = async (path: string) => {
  const answer = await call(service, path);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const check = async (text: string, headers: Record<string, string> = YAML) => {
  const answer = await post(service, '/v1/policies/check', text, headers);
  return { status: answer.status, body: (await answer.json()) as PolicyCheck & { code?: string; errors?: unknown[] } };
};
const stored = async (id: string) =>
  (
    await at.pool.query<{ version: number; canonical: string; digest: string }>(
      'SELECT version, canonical, digest FROM policy WHERE id = $1 ORDER BY version',
      [id],
    )
  ).rows;

describe('a published version', () => {
  beforeAll(async () => {
    await publish(service, variant('stays', 1));
  });

  it.each([
    [`UPDATE policy SET canonical = '{}' WHERE id = 'stays'`],
    [`UPDATE policy SET digest = '' WHERE id = 'stays'`],
    [`UPDATE policy SET id = 'goes' WHERE id = 'stays'`],
    [`UPDATE policy SET version = 2 WHERE id = 'stays'`],
    [`UPDATE policy SET effective_from = '2030-01-01' WHERE id = 'stays'`],
    [`UPDATE policy SET published_at = now() WHERE id = 'stays'`],
    [`DELETE FROM policy WHERE id = 'stays'`],
    ['TRUNCATE policy CASCADE'],
    [
      `INSERT INTO policy SELECT id, version, digest, '{}', effective_from, now() FROM policy WHERE id = 'stays'
       ON CONFLICT (id, version) DO UPDATE SET canonical = excluded.canonical`,
    ],
  ])('is refused to %s', async (sql) => {
    const before = await stored('stays');
    expect(before).toHaveLength(1);
    // TRUNCATE locks several tables and may meet the service's own work: a deadlock is tried again, as everywhere.
    await expect(inTransaction(at.pool, (client) => client.query(sql))).rejects.toThrow(
      /does not change|digest_is_of_document/,
    );
    expect(await stored('stays')).toEqual(before);
  });

  it('has the digest of its document, or does not come in', async () => {
    const [row] = await stored('stays');
    expect(row?.digest).toBe(
      createHash('sha256')
        .update(row?.canonical ?? '')
        .digest('hex'),
    );
    const insert = (version: number, digest: string | undefined) =>
      at.pool.query(
        `INSERT INTO policy (id, version, digest, canonical, effective_from, proposed_by, approved_by)
         VALUES ('forged', $1, $2, $3, '2025-01-01', 'one', 'other')`,
        [version, digest, row?.canonical],
      );
    await expect(insert(1, '0'.repeat(64))).rejects.toThrow('digest_is_of_document');
    await expect(insert(0, row?.digest)).rejects.toThrow('version_is_positive');
  });

  it('is the one of two publishers who come at once with other content', async () => {
    for (let round = 0; round < 8; round++) {
      const id = `race-${round}`;
      const answers = await Promise.all(
        [6, 7].map((months) => publish(service, variant(id, 1, ['recentMonths: 12', `recentMonths: ${months}`]))),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      const bodies = (await Promise.all(answers.map((answer) => answer.json()))) as {
        digest?: string;
        code?: string;
      }[];
      const kept = await stored(id);
      expect(kept.map(({ digest }) => digest)).toEqual(bodies.flatMap(({ digest }) => digest ?? []));
      expect(bodies.flatMap(({ code }) => code ?? [])).toEqual(['POLICY_VERSION_EXISTS']);
    }
  });

  it('is published once by any number who come at once with the same content', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => publish(service, variant('together', 1))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
    const summaries = await Promise.all(answers.map((answer) => answer.json()));
    for (const summary of summaries) expect(summary).toEqual(summaries[0]);
  });
});

describe('a check', () => {
  it('says what publishing would do, and changes nothing', async () => {
    const text = variant('checked', 1);
    const first = await check(text);
    expect(first).toMatchObject({
      status: 200,
      body: { valid: true, id: 'checked', version: 1, published: 'new', warnings: [] },
    });
    expect(await stored('checked')).toEqual([]);
    const published = (await (await publish(service, text)).json()) as PolicySummary;
    expect(published.digest).toBe(first.body.digest);
    expect((await check(`# a remark\n${text}`)).body.published).toBe('same');
    const other = await check(variant('checked', 1, ['recentMonths: 12', 'recentMonths: 6']));
    expect(other).toMatchObject({ status: 200, body: { published: 'conflict' } });
    expect(await stored('checked')).toHaveLength(1);
  });

  it('refuses what publishing refuses, with line and key of each error', async () => {
    const text = variant('checked', 2, ['recentMonths: 12', 'recentMonths: often'], ['"700.00"', '-7']);
    const answer = await check(text);
    const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length;
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: 'POLICY_INVALID',
        errors: [
          { line: lineOf('monthly: -7'), column: 'standards.0.monthly', code: 'POLICY_VALUE_INVALID' },
          { line: lineOf('recentMonths'), column: 'recentMonths', code: 'POLICY_VALUE_INVALID' },
        ],
      },
    });
    expect(await (await publish(service, text)).json()).toMatchObject({ errors: answer.body.errors });
    expect((await check('')).body.code).toBe('FILE_EMPTY');
  });

  it('warns of what is seldom meant', async () => {
    const { body } = await check(variant('checked', 2, ['    incomeCeiling: 4\n', '']));
    expect(body.warnings).toMatchObject([{ line: expect.any(Number), column: 'programmes.public_housing' }]);
  });

  it('takes every type of the contract, and no other', async () => {
    const document = (await get('/v1/policies/stays/versions/1')).body.document as Record<string, unknown>;
    for (const type of POLICY_TYPES) {
      const text = JSON.stringify({ ...document, id: 'typed' });
      const headers = { 'content-type': `${type}; charset=utf-8` };
      expect((await check(text, headers)).status).toBe(200);
      const yaml = await check(variant('typed', 1), headers);
      expect(yaml.status).toBe(type === 'application/json' ? 400 : 200);
      expect((await post(service, '/v1/policies', text, headers)).status).toBeLessThan(202);
    }
    expect((await check(POLICY, { 'content-type': 'application/pdf' })).status).toBe(415);
  });
});

describe('the version in force', () => {
  beforeAll(async () => {
    const from = (date: string) => ['effectiveFrom: 2025-01-01', `effectiveFrom: ${date}`] as const;
    await publish(service, variant('dated', 1));
    await publish(service, variant('dated', 2, from('2026-01-01')));
    await publish(service, variant('dated', 3, from('2026-01-01')));
    await publish(service, variant('dated', 4, from('2025-06-01')));
  });

  it.each([
    ['2025-01-01', 1],
    ['2025-05-31', 1],
    ['2025-06-01', 4],
    ['2025-12-31', 4],
    ['2026-01-01', 3],
    ['2099-01-01', 3],
  ])('on %s is %d', async (asOf, version) => {
    const { status, body } = await get(`/v1/policies/dated?asOf=${asOf}`);
    expect([status, body.version, (body.document as PolicySummary).version]).toEqual([200, version, version]);
  });

  it('is not found before the first, of no policy, and without a date', async () => {
    expect(await get('/v1/policies/dated?asOf=2024-12-31')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect((await get('/v1/policies/unheard-of?asOf=2026-01-01')).status).toBe(404);
    expect((await get('/v1/policies/%00?asOf=2026-01-01')).status).toBe(404);
    expect(await get('/v1/policies/dated')).toMatchObject({ status: 400, body: { code: 'AS_OF_INVALID' } });
    expect((await get('/v1/policies/dated?asOf=2026-02-30')).status).toBe(400);
  });

  it('is read in the order in which policies are written', async () => {
    const { body } = await get('/v1/policies/dated?asOf=2026-01-01');
    expect(Object.keys(body.document as object).slice(0, 5)).toEqual([
      'id',
      'version',
      'title',
      'effectiveFrom',
      'standards',
    ]);
  });
});

describe('a comparison', () => {
  beforeAll(async () => {
    await publish(service, variant('compared', 1));
    await publish(
      service,
      variant('compared', 2, ['loanRepayment: "1500.00"\n', ''], ['maxVehicles: 0', 'maxVehicles: 1']),
    );
  });

  it('tells what changes from the one to the other', async () => {
    const { status, body } = await get('/v1/policies/compared/versions/1/compare?with=2');
    expect(status).toBe(200);
    const comparison = body as PolicyComparison;
    expect(comparison).toMatchObject({ id: 'compared', before: { version: 1 }, after: { version: 2 } });
    expect(comparison.changes.map(({ kind, key, before, after }) => [kind, key, before, after])).toEqual([
      ['changed', 'version', '1', '2'],
      ['removed', 'loanRepayment', '1500.00', null],
      ['changed', 'programmes.urban_dibao.maxVehicles', '0', '1'],
    ]);
    const back = (await get('/v1/policies/compared/versions/2/compare?with=1')).body as PolicyComparison;
    expect(back.changes.map(({ kind }) => kind)).toEqual(['changed', 'added', 'changed']);
    expect((await get('/v1/policies/compared/versions/2/compare?with=2')).body.changes).toEqual([]);
  });

  it('is not found without both, and refused without a version to compare with', async () => {
    expect((await get('/v1/policies/compared/versions/1/compare?with=3')).status).toBe(404);
    expect((await get('/v1/policies/compared/versions/3/compare?with=1')).status).toBe(404);
    expect((await get('/v1/policies/compared/versions/1/compare?with=9999999999')).status).toBe(404);
    expect((await get('/v1/policies/compared/versions/1/compare')).status).toBe(400);
    expect((await get('/v1/policies/compared/versions/1/compare?with=0')).status).toBe(400);
  });
});
