import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROLES, ROUTES, type RouteContract, type RouteName } from '@hedui/contracts';
import { everyone } from '@hedui/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeObjects, type Objects, OTHER, OWN, objectOf, publishPolicy, sentOf } from './fixtures.js';
import { cells, contractOf, faultOf } from './matrix.js';
import { type Mesh, startMesh } from './mesh.js';

const POLICY = readFileSync(path.join(__dirname, '../../../infra/local/sample/policy.yaml'), 'utf8');
const routes = Object.keys(ROUTES) as RouteName[];

describe('who may call what', () => {
  let mesh: Mesh;
  let owners: { own: Objects; other: Objects };
  let counted = 0;
  beforeAll(async () => {
    mesh = await startMesh();
    await publishPolicy(mesh, POLICY);
    owners = { own: await makeObjects(mesh, OWN), other: await makeObjects(mesh, OTHER) };
  }, 120_000);
  afterAll(async () => {
    process.stdout.write(`access: ${counted} cells over ${routes.length} routes\n`);
    await mesh?.close();
  }, 60_000);

  /** Asks every cell, and gives what was wrong. */
  async function faults(which: readonly ReturnType<typeof cells>[number][]): Promise<string[]> {
    const found: string[] = [];
    for (const cell of which) {
      const fault = await faultOf(mesh, cell, owners);
      counted++;
      if (fault !== null) found.push(fault);
    }
    return found;
  }

  it('has a cell for every route, role, place and owner, and none twice', () => {
    const all = cells();
    expect(all).toHaveLength(routes.length * ROLES.length * 4);
    expect(new Set(all.map((cell) => JSON.stringify(cell))).size).toBe(all.length);
  });

  it('is as the table says in every cell', async () => {
    expect(await faults(cells())).toEqual([]);
  }, 300_000);

  it('is the same with row-level security off: the services hold to it by themselves', async () => {
    const tables = await mesh.verificationPool.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace`,
    );
    const set = (state: 'ENABLE' | 'DISABLE') =>
      Promise.all(
        tables.rows.map(({ name }) => mesh.verificationPool.query(`ALTER TABLE ${name} ${state} ROW LEVEL SECURITY`)),
      );
    expect(tables.rows.length).toBeGreaterThan(5);
    await set('DISABLE');
    try {
      const byHousehold = cells().filter(({ route, role }) => {
        const { owner, reach, access } = contractOf(route);
        return owner === 'verification' && reach === 'households' && access.includes(role);
      });
      expect(await faults(byHousehold)).toEqual([]);
    } finally {
      await set('ENABLE');
    }
  }, 300_000);

  it('is nobody without a token that can be believed', async () => {
    const wrong = Object.entries(await mesh.wrongTokens(everyone()));
    expect(wrong).toHaveLength(5);
    const found: string[] = [];
    for (const route of routes) {
      const contract: RouteContract = contractOf(route);
      const sent = sentOf(
        contract,
        await objectOf(contract, { ...owners.own, erasure: async () => owners.own.unmasking }),
      );
      for (const [what, token] of [['no token', null] as const, ...wrong]) {
        const { status, text } = await mesh.askWith(contract, sent, token);
        counted++;
        const code = token === null ? 'TOKEN_MISSING' : 'TOKEN_INVALID';
        if (status !== 401 || !text.includes(code))
          found.push(`${route} with ${what}: ${status} ${text.slice(0, 100)}`);
      }
    }
    expect(found).toEqual([]);
  }, 120_000);

  it('would see a service that lets everybody in', async () => {
    const open: Mesh = { ...mesh, ask: (contract, sent) => mesh.ask(contract, sent, everyone({ secondedBy: null })) };
    const denied = cells().filter(({ route, role, inside, own }) => {
      const { reach, access } = contractOf(route);
      const outOfReach = reach === 'households' && !inside && own && access.includes(role) && role !== 'department';
      return outOfReach || (own && inside && role === 'source_officer' && !access.includes(role));
    });
    const seen: string[] = [];
    for (const cell of denied) {
      const fault = await faultOf(open, cell, owners);
      if (fault === null) seen.push(`${cell.route} by ${cell.role} went unnoticed`);
    }
    expect(denied.length).toBeGreaterThan(routes.length);
    expect(seen).toEqual([]);
  }, 120_000);

  it('fails for a route that no fixture knows', async () => {
    const unknown: RouteContract = { ...ROUTES.getReport, path: '/v1/somethings/:id' };
    await expect(objectOf(unknown, owners.own)).rejects.toThrow('no fixture');
  });
});
