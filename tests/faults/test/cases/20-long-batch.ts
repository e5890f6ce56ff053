/** One large batch, and strikes that are spread over its way from the first household to the last. */
import { setTimeout as pass } from 'node:timers/promises';
import { until } from '@hedui/local-parts';
import pg from 'pg';
import { submitTown } from '../world/town.js';
import { batchDone, drained } from '../world/verdict.js';
import { type Scene, underWay } from './scene.js';
import { type LeftOver, STRIKES_ON_BATCH } from './strikes.js';

const BATCH_MS = 1_800_000;
/** Held back so long is each piece to and from PostgreSQL when the batch is just ahead of the strikes, and when it is ahead by a whole strike. */
const SLOW_MS = 300;
const SLOWEST_MS = 1_000;
const LOOK_MS = 200;

/** Households of a batch that have a report, counted past the wire, so that asking is neither slow nor struck. */
interface Progress {
  /** What was true last while the database is away. */
  reported(): Promise<number>;
  close(): Promise<void>;
}

function progressOf({ world }: Scene, id: string): Progress {
  const pool = new pg.Pool({ connectionString: world.databaseUrl('hedui_verification'), max: 1 });
  pool.on('error', () => undefined);
  let last = 0;
  return {
    async reported() {
      const answer = await pool
        .query<{ reports: number }>('SELECT reports FROM batch WHERE id = $1', [id])
        .catch(() => null);
      last = answer?.rows[0]?.reports ?? last;
      return last;
    },
    close: () => pool.end(),
  };
}

/** Parts of the households that are left when the last strike is due: what was planned and finds nothing is drawn anew, which takes a while. */
const SHARES_LEFT = 3;

/**
 * Slows the batch down whenever more of its households have a report than `due` says, the more so the further it is ahead (as a part of
 * `share`), so that it is under way for every strike.
 */
function holdBack(scene: Scene, progress: Progress, share: number, due: () => number): { end(): Promise<void> } {
  const { postgres } = scene.world.wires;
  const over = new AbortController();
  const holding = (async () => {
    while (!over.signal.aborted) {
      const ahead = ((await progress.reported()) - due()) / share;
      postgres.delay(ahead > 0 ? Math.min(SLOWEST_MS, SLOW_MS + ahead * (SLOWEST_MS - SLOW_MS)) : 0);
      await pass(LOOK_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
    postgres.delay(0);
  })();
  return {
    end() {
      over.abort();
      return holding;
    },
  };
}

/** One strike that finds something to strike; says which. */
async function strikeOnce(scene: Scene, id: string, left: LeftOver): Promise<string> {
  for (;;) {
    await underWay(scene, id);
    const one = scene.random.pick(STRIKES_ON_BATCH);
    const struck = await one.strike(scene, left);
    if (struck !== null) return `${one.name} (${struck})`;
  }
}

/**
 * Submits the town and strikes so many times while its batch runs, the nth time when about n parts of its households have a report.
 * Resolves when the batch is done and every consumer has read what there is; throws when it was done before the last strike.
 */
export async function longBatch(scene: Scene, strikes: number): Promise<void> {
  const { world, town } = scene;
  const left: LeftOver = { copies: [] };
  const began = Date.now();
  const { id } = await submitTown(world, town);
  scene.batches.push(id);
  scene.note('batch received after, ms', Date.now() - began);
  const households = town.households.accepted.size;
  const share = households / (strikes + SHARES_LEFT);
  const progress = progressOf(scene, id);
  let over = Date.now();
  let struck = 0;
  const holding = holdBack(scene, progress, share, () => share * (struck + 1));
  try {
    for (; struck < strikes; struck++) {
      await until(async () => ((await progress.reported()) >= share * struck ? true : undefined), BATCH_MS, 50);
      const one = await strikeOnce(scene, id, left);
      scene.note(`${one}, reports by then`, await progress.reported());
    }
    over = Date.now();
  } finally {
    await holding.end();
    await progress.close();
    for (const copy of left.copies) await copy.stop('SIGTERM');
  }
  await batchDone(world, id, BATCH_MS);
  scene.note('batch done after, ms', Date.now() - began);
  await drained(world, BATCH_MS);
  scene.note('recovery after the last strike, ms', Date.now() - over);
  scene.note('kills', world.kills.count);
}
