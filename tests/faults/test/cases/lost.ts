/** What is left after a part is lost altogether, done as infra/local/README.md tells the operator. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { until } from '@hedui/local-parts';
import pg from 'pg';
import { drained } from '../world/verdict.js';
import type { World } from '../world/world.js';
import { duringBatch, loadNextDay, type Scene } from './scene.js';

/** Everything of a part is lost; the mesh is whole again when this resolves. */
export interface Loss {
  what: string;
  run(scene: Scene): Promise<void>;
}

const WHOLE_MS = 300_000;

/** Ends every connection to a database and puts an empty one of the same owner in its place. */
async function empty(world: World, database: string): Promise<void> {
  const admin = new pg.Client({ connectionString: world.databaseUrl('postgres') });
  await admin.connect();
  try {
    const name = pg.escapeIdentifier(database);
    const { rows } = await admin.query<{ owner: string }>(
      'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
      [database],
    );
    const owner = rows[0]?.owner;
    if (owner === undefined) throw new Error(`there is no database ${database}`);
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${name} OWNER ${pg.escapeIdentifier(owner)} TEMPLATE template0 ENCODING 'UTF8'`);
    await admin.query(`REVOKE ALL ON DATABASE ${name} FROM public`);
  } finally {
    await admin.end();
  }
}

async function restart(world: World, services: readonly string[]): Promise<void> {
  const old = services.map((service) => ({ service, pid: world.kill(service) }));
  await Promise.all(old.map(({ service, pid }) => world.restarted(service, pid)));
}

async function allServices(world: World): Promise<string[]> {
  const files = await readdir(path.join(world.home, 'run'));
  return files.filter((file) => file.endsWith('.pid')).map((file) => file.slice(0, -'.pid'.length));
}

/** Waits until the operator would: until `hedui doctor` finds nothing broken and nobody is behind. */
async function whole({ world, note }: Scene): Promise<void> {
  const began = Date.now();
  const last = { said: '' };
  const done = await until(
    async () => {
      const { status, out, err } = await world.hedui('doctor');
      last.said = `${out}\n${err}`;
      return status === 0 ? true : undefined;
    },
    WHOLE_MS,
    500,
  );
  if (!done) throw new Error(`the mesh is not whole after ${WHOLE_MS} ms:\n${last.said}`);
  await drained(world, WHOLE_MS);
  note('whole again after, ms', Date.now() - began);
}

/** `lose` strikes while a batch is under way that a hanging commit holds up. */
async function inMidBatch(scene: Scene, lose: () => Promise<void>): Promise<void> {
  await duringBatch(scene, lose, { holdMs: 2000 });
  await whole(scene);
}

const log: Loss = {
  what: 'the event log with all its topics: sources and verification publish again what they hold',
  async run(scene) {
    const { world } = scene;
    await inMidBatch(scene, async () => {
      if (world.log === 'kafka') await world.restartKafka('empty');
      else await empty(world, 'hedui_log');
      await restart(world, await allServices(world));
    });
    // What is loaded from here on is newer than what was published again.
    await loadNextDay(scene, 'income', async () => undefined);
  },
};

const lostDatabase = (service: string, database: string, what: string): Loss => ({
  what,
  run: (scene) =>
    inMidBatch(scene, async () => {
      await empty(scene.world, database);
      await restart(scene.world, [service]);
    }),
});

/** In this order: a ledger that is read again counts reports of one date in the order of their arrival, so nothing newer is loaded between. */
export const LOSSES: readonly Loss[] = [
  lostDatabase('reporting', 'hedui_reporting', 'the ledger: it is read again from the report topics'),
  lostDatabase('matcher', 'hedui_matcher', 'the profiles: they are read again from the compacted topics'),
  log,
];
