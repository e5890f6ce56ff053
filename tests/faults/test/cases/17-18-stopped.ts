/** Services that are told to stop, and uploads that end in the middle. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { until } from '@hedui/local-parts';
import pg from 'pg';
import { gone } from '../world/copies.js';
import { nextDay, type TownFile } from '../world/town.js';
import { duringBatch, type Fault, type Scene, underWay } from './scene.js';

/** What the launcher gives a service before it ends it by force. */
const GRACE_MS = 20_000;
const STOPPED = ['matcher', 'verification', 'reporting', 'tax-source'] as const;

export const toldToStop: Fault = {
  number: 17,
  title: 'SIGTERM in mid-batch: work is drained or given back, exit 0 within the grace time',
  async run(scene) {
    const { world } = scene;
    const copies = await Promise.all(STOPPED.map((service) => world.startCopy(service)));
    await duringBatch(
      scene,
      async (id) => {
        await underWay(scene, id);
        const began = Date.now();
        const codes = await Promise.all(copies.map((copy) => copy.stop('SIGTERM')));
        const took = Date.now() - began;
        world.kills.count += copies.length;
        scene.note('stopped within, ms', took);
        const wrong = STOPPED.filter((_, i) => codes[i] !== 0);
        if (wrong.length > 0) throw new Error(`${wrong.join()} ended with ${codes.join()} when told to stop`);
        if (took > GRACE_MS) throw new Error(`stopping took ${took} ms`);
        // And those that the launcher keeps: it brings them back.
        const old = world.signal('matcher', 'SIGTERM');
        await gone(old, GRACE_MS);
      },
      { holdMs: 10_000 },
    );
  },
};

/** Sends a share of a file and then breaks off or does `then` while the rest is missing. */
async function sendPart(scene: Scene, load: TownFile, share: number, then: () => Promise<void>): Promise<void> {
  const { world, town } = scene;
  const { source, type, file, scope, asOf, mode } = load;
  const bytes = await readFile(path.join(town.folder, file));
  const query = new URLSearchParams({ scope, asOf, mode, confirmWithdrawals: 'true' });
  const call = request(new URL(`/v1/sources/${source}/${type}/loads?${query}`, world.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${world.token}`,
      'content-type': 'text/csv',
      'content-length': bytes.length,
      'idempotency-key': crypto.randomUUID(),
    },
  });
  const answered = new Promise<number | null>((resolve) => {
    call.once('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    call.once('error', () => resolve(null));
    call.once('close', () => resolve(null));
  });
  await new Promise<void>((resolve) =>
    call.write(bytes.subarray(0, Math.floor(bytes.length * share)), () => resolve()),
  );
  await then();
  call.destroy();
  const status = await answered;
  if (status !== null && status < 400) throw new Error(`half a file is answered with ${status}`);
}

async function receiving(scene: Scene, source: string): Promise<number> {
  const db = new pg.Client({ connectionString: scene.world.databaseUrl(`hedui_${source}`) });
  await db.connect();
  try {
    const { rows } = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM load WHERE state = 'receiving'`);
    return rows[0]?.n ?? 0;
  } finally {
    await db.end();
  }
}

export const halfAFile: Fault = {
  number: 18,
  title: 'a full load is interrupted at half: the earlier state stands, whole',
  async run(scene) {
    const { world } = scene;
    // What would be withdrawn if half a file counted: every file is full.
    for (const type of ['registration', 'account'] as const) {
      const { load } = await nextDay(scene.town, type, scene.random);
      const service = `${load.source.replaceAll('_', '-')}-source`;
      const begins = async () => {
        const seen = await until(
          async () => ((await receiving(scene, load.source)) > 0 ? true : undefined),
          30_000,
          50,
        );
        if (!seen) throw new Error('the upload never began');
      };
      await sendPart(scene, { ...load, mode: 'full' }, 0.5, begins);
      await sendPart(scene, { ...load, mode: 'full' }, 0.5, async () => {
        await begins();
        const old = world.kill(service);
        await gone(old);
      });
      await world.restarted(service, 0);
    }
    await duringBatch(scene, async () => undefined);
  },
};
