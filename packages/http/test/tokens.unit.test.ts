import { PURPOSES, ROUTES, type Role } from '@hedui/contracts';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Caller, createTokenVerifier, defineRoute } from '../src/index.js';
import { createIssuer, createService, type TestService } from './service.js';

let service: TestService;
let seen: Caller | null;
beforeEach(async () => {
  seen = null;
  service = await createService({ checkAnswers: false });
  defineRoute(service.app, ROUTES.getReport, async ({ caller }) => {
    seen = caller;
    return { json: {} };
  });
});
afterEach(() => service.close());

const ask = (authorization?: string) =>
  service.app.inject({ url: '/v1/reports/R1', headers: authorization === undefined ? {} : { authorization } });

describe('who may call', () => {
  it('lets in a caller who holds one of the roles', async () => {
    const token = await service.issuer.token(['policy_maker', 'department'], {
      subject: 'housing-office',
      claims: { department: 'housing' },
    });
    expect((await ask(`Bearer ${token}`)).statusCode).toBe(200);
    expect(seen).toEqual({
      subject: 'housing-office',
      roles: ['policy_maker', 'department'],
      regions: ['000000'],
      purposes: [...PURPOSES],
      sources: ['*'],
      department: 'housing',
      secondedBy: null,
    });
  });

  it('forbids households to a department that the token does not name', async () => {
    expect((await ask(`Bearer ${await service.issuer.token(['department'])}`)).statusCode).toBe(403);
    expect((await ask(`Bearer ${await service.issuer.token(['department', 'operator'])}`)).statusCode).toBe(200);
  });

  it('wants a token', async () => {
    const answer = await ask();
    expect(answer.json()).toMatchObject({ status: 401, code: 'TOKEN_MISSING' });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it.each([
    ['of another scheme', async () => 'Basic b3BlcmF0b3I6eA=='],
    ['that is none', async () => 'Bearer abc.def.ghi'],
    ['that has expired', async () => `Bearer ${await service.issuer.token(['operator'], { expires: '-1m' })}`],
    ['for another audience', async () => `Bearer ${await service.issuer.token(['operator'], { audience: 'bank' })}`],
    ['without a signature', async () => `Bearer ${unsigned()}`],
    [
      'of another issuer',
      async () => {
        const other = await createIssuer();
        const token = await other.token(['operator']);
        other.remove();
        return `Bearer ${token}`;
      },
    ],
  ])('refuses a token %s', async (_which, authorization) => {
    expect((await ask(await authorization())).json()).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    expect(seen).toBeNull();
  });

  it.each([[['source_officer']], [[]], [['root' as Role]]] as [Role[]][])('forbids roles %j', async (roles) => {
    expect((await ask(`Bearer ${await service.issuer.token(roles)}`)).json()).toMatchObject({
      status: 403,
      code: 'FORBIDDEN',
    });
    expect(seen).toBeNull();
  });

  it('reads the keys again when they have been rotated', async () => {
    await ask(`Bearer ${await service.issuer.token(['operator'])}`);
    await service.issuer.rotate();
    expect((await ask(`Bearer ${await service.issuer.token(['operator'])}`)).statusCode).toBe(200);
  });

  it('fails at once when the keys cannot be read', () => {
    expect(() => createTokenVerifier({ jwksFile: '/nowhere/jwks.json' })).toThrow(/ENOENT/);
  });
});

describe('a route', () => {
  it('cannot be added without saying who may call it', async () => {
    expect(() => defineRoute(service.app, { ...ROUTES.listBatches, access: [] }, async () => ({ json: {} }))).toThrow(
      /does not say who/,
    );
    const other = await createService();
    expect(() => other.app.get('/v1/secret', async () => 'everything')).toThrow(/does not say who may call it/);
    const config = { access: ['operator' as Role] };
    expect(() => other.app.get('/v1/half', { config }, async () => 'something')).toThrow(
      /does not say who may call it/,
    );
    await other.close();
  });

  it('with Idempotency-Key cannot be added without a store', async () => {
    const bare = await createService();
    bare.app.hedui.idempotency = null;
    expect(() => defineRoute(bare.app, ROUTES.cancelBatch, async () => ({ json: {} }))).toThrow(/needs a store/);
    await bare.close();
  });
});

function unsigned(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ sub: 'x', aud: 'hedui', exp: 4_000_000_000, roles: ['operator'] })}.`;
}
