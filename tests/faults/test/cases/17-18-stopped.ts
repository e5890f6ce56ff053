/** Services that are told to stop, and uploads that end in the middle. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { until } from '@hedui/local-parts';
import pg from 'pg';
import { type Copy, gone } from '../world/copies.js';
import { nextDay, type TownFile } from '../world/town.js';
import { duringBatch, type Fault, type Scene, underWay } from './scene.js';

/** What the launcher gives a service before it ends it by force. */
const GRACE_MS = 20_000;
/** What a load without rows may take to be applied: the matcher is brought back meanwhile. */
const APPLIED_MS = 120_000;
const STOPPED = ['matcher', 'verification', 'reporting', 'tax-source'] as const;

export const toldToStop: Fault = {
  number: 17,
  title: 'SIGTERM in mid-batch: work is drained or given back, exit 0 within the grace time',
  async run(scene) {
    const { world } = scene;
    const copies = await Promise.all(STOPPED.map((service) => world.startCopy(service)));
    const [, verification, reporting, tax] = copies;
    if (!verification || !reporting || !tax) throw new Error('there are no copies');
    const gateway = await gatewayBefore(scene, { verification, reporting, tax });
    const taken: string[] = [];
    await duringBatch(
      scene,
      async (id) => {
        await underWay(scene, id);
        const asking = await askAllAlong(scene, gateway, id);
        const began = Date.now();
        const codes = await Promise.all(copies.map((copy) => copy.stop('SIGTERM')));
        const took = Date.now() - began;
        world.kills.count += copies.length;
        scene.note('stopped within, ms', took);
        const wrong = STOPPED.filter((_, i) => codes[i] !== 0);
        if (wrong.length > 0) throw new Error(`${wrong.join()} ended with ${codes.join()} when told to stop`);
        if (took > GRACE_MS) throw new Error(`stopping took ${took} ms`);
        const { answered, loads } = await asking.end();
        scene.note('calls answered meanwhile by the instances that were left', answered);
        taken.push(...loads);
        // And those that the launcher keeps: it brings them back.
        const old = world.signal('matcher', 'SIGTERM');
        await gone(old, GRACE_MS);
      },
      { holdMs: 10_000 },
    );
    await gateway.stop('SIGTERM');
    for (const load of taken) await applied(scene, load);
  },
};

/** Resolves when a load that was taken while an instance stopped has been applied: by the one that stopped or by the one that was left. */
async function applied({ world }: Scene, load: string): Promise<void> {
  const seen = { state: 'unknown' };
  const done = await until(
    async () => {
      const answer = await world.fetch(`/v1/loads/${load}`).catch(() => null);
      if (answer?.ok) seen.state = ((await answer.json()) as { state: string }).state;
      return seen.state === 'applied' ? true : undefined;
    },
    APPLIED_MS,
    250,
  );
  if (!done) throw new Error(`a load that was taken while an instance stopped is ${seen.state} after ${APPLIED_MS} ms`);
}

/** One more gateway, which knows a second instance of three services. */
async function gatewayBefore(
  { world }: Scene,
  { verification, reporting, tax }: Record<'verification' | 'reporting' | 'tax', Copy>,
): Promise<Copy> {
  const at = ({ port }: Copy) => `|http://127.0.0.1:${port}`;
  return await world.startCopy('gateway', (env) => ({
    HEDUI_VERIFICATION_URL: `${env.HEDUI_VERIFICATION_URL}${at(verification)}`,
    HEDUI_REPORTING_URL: `${env.HEDUI_REPORTING_URL}${at(reporting)}`,
    HEDUI_SOURCES: (env.HEDUI_SOURCES ?? '').replace(/tax=[^,]+/, (one) => `${one}${at(tax)}`),
  }));
}

/** Asks by a gateway, over and over, what two instances can answer, and loads files without rows; every call must succeed. */
async function askAllAlong(
  { town, world }: Scene,
  gateway: Copy,
  id: string,
): Promise<{ end(): Promise<{ answered: number; loads: readonly string[] }> }> {
  const load = town.loads.find(({ type }) => type === 'income');
  const file = await readFile(path.join(town.folder, load?.file ?? ''), 'utf8');
  const query = new URLSearchParams({ scope: load?.scope ?? '', asOf: load?.asOf ?? '', mode: 'delta' });
  const header = file.slice(0, file.indexOf('\n') + 1);
  const calls: readonly [target: string, init: () => RequestInit][] = [
    [`/v1/batches/${id}`, () => ({})],
    ['/v1/detection-rates?from=2026-01&to=2026-12&groupBy=programme', () => ({})],
    [
      `/v1/sources/tax/income/loads?${query}`,
      () => ({
        method: 'POST',
        headers: { 'content-type': 'text/csv', 'idempotency-key': crypto.randomUUID() },
        body: header,
      }),
    ],
  ];
  const state = { over: false, answered: 0 };
  const loads: string[] = [];
  const asking = (async () => {
    while (!state.over) {
      for (const [target, init] of calls) {
        const answer = await world.fetch(`http://127.0.0.1:${gateway.port}${target}`, init());
        const body = await answer.text();
        if (!answer.ok) throw new Error(`${target} is answered with ${answer.status} while an instance stops`);
        if (answer.status === 202) loads.push((JSON.parse(body) as { id: string }).id);
        state.answered++;
      }
      await pass(50);
    }
  })();
  // Met where it is awaited.
  asking.catch(() => undefined);
  return {
    async end() {
      state.over = true;
      await asking;
      return { answered: state.answered, loads };
    },
  };
}

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
