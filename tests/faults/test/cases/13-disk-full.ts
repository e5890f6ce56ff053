/** A full disk under PostgreSQL, and one under the broker. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '@hedui/local-parts';
import { type SmallDisk, smallDisk } from '../world/small-disk.js';
import { loadFile, makeTown, nextDay, type Town, type TownFile } from '../world/town.js';
import { judge } from '../world/verdict.js';
import type { World } from '../world/world.js';
import { loadedWorld } from './loaded-world.js';
import { duringBatch, type Fault, type Scene } from './scene.js';

const POSTGRES_MB = 900;
const BROKER_MB = 400;

interface Sent {
  status: number;
  retryAfter: string | null;
  id: string | null;
}

/** Sends a file without trying again: what the service says at once counts. */
async function send(world: World, town: Town, { source, type, file, scope, asOf, mode }: TownFile): Promise<Sent> {
  const query = new URLSearchParams({ scope, asOf, mode, confirmWithdrawals: 'true' });
  const answer = await world.fetch(`/v1/sources/${source}/${type}/loads?${query}`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv', 'idempotency-key': crypto.randomUUID() },
    body: await readFile(path.join(town.folder, file)),
  });
  const body = (await answer.json().catch(() => ({}))) as { id?: string };
  return { status: answer.status, retryAfter: answer.headers.get('retry-after'), id: body.id ?? null };
}

async function state(world: World, id: string): Promise<string | null> {
  const answer = await world.fetch(`/v1/loads/${id}`).catch(() => null);
  return answer?.ok ? ((await answer.json()) as { state: string }).state : null;
}

/** Sends until the service refuses; every file that it took on the way must be there later. */
async function sendUntilRefused(scene: Scene): Promise<string[]> {
  const { world } = scene;
  const taken: string[] = [];
  for (let attempt = 0; attempt < 10; attempt++) {
    const { town, load } = await nextDay(scene.town, 'income', scene.random);
    const sent = await send(world, town, load);
    if (sent.status === 202) {
      if (sent.id === null) throw new Error('a load was taken without an id');
      taken.push(sent.id);
      scene.town = town;
      continue;
    }
    if (sent.status !== 503) throw new Error(`a full disk is answered with ${sent.status}, not 503`);
    if (!(Number(sent.retryAfter) > 0)) throw new Error('a 503 without Retry-After');
    return taken;
  }
  throw new Error('a full disk is not noticed');
}

async function postgresFull(scene: Scene, disk: SmallDisk): Promise<void> {
  const { world } = scene;
  disk.fill();
  world.kills.count++;
  const taken = await sendUntilRefused(scene);
  disk.free();
  const server = world.parts.postgres.pid;
  // A server that found no room for its journal has ended itself; the operator starts it when there is room.
  if (server !== null && !(await alive(server))) await world.restartPostgres('crash');
  for (const id of taken) {
    const done = await until(async () => ((await state(world, id)) === 'applied' ? true : undefined), 120_000, 500);
    if (!done) throw new Error(`a load that was taken is lost: ${await state(world, id)}`);
  }
  scene.note('loads taken before the refusal', taken.length);
  const { town, load } = await nextDay(scene.town, 'account', scene.random);
  await loadFile(world, town, load);
  scene.town = town;
}

async function alive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return status !== '' && !/\) Z /.test(status);
}

async function brokerFull(scene: Scene, disk: SmallDisk): Promise<void> {
  const { world } = scene;
  disk.fill();
  world.kills.count++;
  const { town, load } = await nextDay(scene.town, 'role', scene.random);
  const sent = await send(world, town, load);
  // The source keeps it in its own database: it may be taken, and is sent when the broker has room again.
  if (sent.status !== 202 && sent.status !== 503) throw new Error(`a full broker is answered with ${sent.status}`);
  disk.free();
  await world.restartKafka('crash');
  await loadFile(world, town, load);
  scene.town = town;
}

export const diskFull: Fault = {
  number: 13,
  title: 'the disk of PostgreSQL or of the broker is full: 503 with Retry-After, nothing taken is lost',
  alone: true,
  async run(outer) {
    const home = await mkdtemp(path.join(tmpdir(), 'hedui-disk-'));
    const disks = [await smallDisk(path.join('/tmp', `${path.basename(home)}-postgres`), POSTGRES_MB)];
    try {
      const { log } = outer.world;
      if (log === 'kafka') disks.push(await smallDisk(path.join('/tmp', `${path.basename(home)}-broker`), BROKER_MB));
      const [postgresDisk, brokerDisk] = disks;
      if (!postgresDisk) throw new Error('there is no disk');
      const world = await loadedWorld(outer, {
        log,
        town: (folder) => makeTown(folder, { seed: 13, households: 200, bystanders: 50 }),
        postgresDir: path.join(postgresDisk.folder, 'data'),
        postgres: { max_wal_size: '96MB', shared_buffers: '64MB' },
        ...(brokerDisk ? { kafkaDir: path.join(brokerDisk.folder, 'kafka') } : {}),
      });
      try {
        await postgresFull(world.scene, postgresDisk);
        if (brokerDisk) await brokerFull(world.scene, brokerDisk);
        await duringBatch(world.scene, async () => undefined);
        const { scene } = world;
        const breaches = await judge(scene.world, scene.town, scene.batches);
        if (breaches.length > 0) throw new Error(JSON.stringify(breaches, null, 2));
      } finally {
        await world.remove();
      }
    } finally {
      for (const disk of disks) await disk.remove();
      await rm(home, { recursive: true, force: true });
    }
  },
};
