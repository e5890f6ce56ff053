import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, isAlive, removePostgres } from '@hedui/local-parts';
import { eventually } from '@hedui/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { homeAt } from '../src/home.js';
import type { Lines } from '../src/lines.js';
import { SERVICES } from '../src/mesh.js';
import { createMesh, type Mesh } from '../src/mesh-start.js';
import type { StartOptions } from '../src/options.js';

/** Stands for a service: answers everything, notes its environment, and dies when asked to. */
const STAND_IN = `
  const { createServer } = require('node:http');
  require('node:fs').writeFileSync('environment.json', JSON.stringify({ ...process.env, pid: process.pid }));
  if (process.env.HEDUI_BROKEN === process.env.HEDUI_SERVICE) { console.log('no such table'); process.exit(1); }
  const server = createServer((request, response) => (request.url === '/die' ? process.exit(3) : response.end('ok')));
  server.listen(Number(process.env.HEDUI_PORT), process.env.HEDUI_HOST);
  process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeAllConnections(); });
`;

describe('createMesh with services that only answer', () => {
  let checkout: string;
  let options: StartOptions;
  let mesh: Mesh | null = null;
  const said: string[] = [];
  const out: Lines = {
    say: (text) => said.push(text),
    step: async (name, work) => {
      const { told, value } = await work();
      said.push(`${name}: ${told}`);
      return value;
    },
  };
  const environment = (name: string) =>
    JSON.parse(readFileSync(path.join(checkout, 'services', name, 'environment.json'), 'utf8'));
  const start = async (more: Partial<StartOptions> = {}) => {
    mesh = createMesh({ ...options, ...more }, checkout, out, 0);
    await mesh.run();
  };

  beforeAll(async () => {
    checkout = mkdtempSync(path.join(tmpdir(), 'hedui-mesh-'));
    for (const { name } of SERVICES) {
      const folder = path.join(checkout, 'services', name);
      mkdirSync(path.join(folder, 'dist'), { recursive: true });
      writeFileSync(path.join(folder, 'dist', 'server.js'), STAND_IN);
    }
    options = {
      home: mkdtempSync(path.join(tmpdir(), 'hedui-mesh-home-')),
      port: await freePort(),
      empty: true,
      reset: false,
      log: 'postgres',
      databaseUrl: null,
      brokers: null,
      redisUrl: null,
    };
  });
  afterEach(async () => {
    await mesh?.stop();
    mesh = null;
    said.length = 0;
    delete process.env.HEDUI_BROKEN;
  }, 60_000);
  afterAll(() => {
    removePostgres(homeAt(options.home).postgres);
    for (const folder of [checkout, options.home]) rmSync(folder, { recursive: true, force: true });
  });

  it('starts every service with its own database, restarts one that dies, and leaves nothing when it stops', async () => {
    await start();
    expect(said.at(-1)).toBe(`services: ${SERVICES.length} services are ready`);
    const matcher = environment('matcher');
    expect(matcher).toMatchObject({ HEDUI_LOG: 'postgres', EVENT_LOG_URL: expect.stringContaining('/hedui_log') });
    expect(environment('reporting').DATABASE_URL).toContain('hedui_reporting');

    await expect(fetch(`http://127.0.0.1:${matcher.HEDUI_PORT}/die`)).rejects.toThrow();
    await eventually(() => environment('matcher').pid !== matcher.pid, { what: 'the restart of the matcher' });
    expect(said).toContainEqual(expect.stringMatching(/^matcher has ended by itself \(.+\); starting it again$/));

    const pids = SERVICES.map(({ name }) => environment(name).pid);
    const postgres = Number.parseInt(
      readFileSync(path.join(options.home, 'postgres/cluster/postmaster.pid'), 'utf8'),
      10,
    );
    await mesh?.stop();
    expect([...pids, postgres].filter(isAlive)).toEqual([]);
    expect(existsSync(path.join(options.home, 'launcher.pid'))).toBe(false);
  }, 60_000);

  it('goes on with its keys and keeps to its event log', async () => {
    const keys = readFileSync(homeAt(options.home).keys.concat('/pseudonyms.json'), 'utf8');
    await start({ log: null });
    expect(environment('matcher').HEDUI_LOG).toBe('postgres');
    expect(readFileSync(environment('verification').HEDUI_PSEUDONYM_KEYS, 'utf8')).toBe(keys);
    await mesh?.stop();
    await expect(start({ log: 'kafka' })).rejects.toThrow(/keeps its events in postgres, and kafka was asked for/);
  }, 60_000);

  it('names the service that cannot start, with the end of its log', async () => {
    process.env.HEDUI_BROKEN = 'reporting';
    await expect(start()).rejects.toMatchObject({
      part: 'reporting',
      message: expect.stringMatching(/ended \d+ times.*no such table/s),
      remedy: expect.stringContaining('reporting.log'),
    });
  }, 60_000);

  it('says so when the port of the gateway is taken', async () => {
    await start();
    const second = createMesh({ ...options, home: `${options.home}-2` }, checkout, out);
    await expect(second.run()).rejects.toThrow(`port ${options.port} is in use`);
    await second.stop();
    rmSync(`${options.home}-2`, { recursive: true });
  }, 60_000);
});
